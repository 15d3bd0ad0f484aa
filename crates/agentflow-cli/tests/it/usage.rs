//! The binary's command line: what it refuses, and what it teaches.

use crate::support::{coding_agent, end_of};

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_to_do() {
    for (flags, want) in [
        ("", "Usage: coding-agent"),
        ("walk", "unrecognized subcommand"),
        ("run", "add --repo"),
        ("run --repo octo/hello", "add --issue"),
        ("run --repo octo/hello --issue 1", "set GITHUB_TOKEN"),
        (
            "run --repo octo/hello --issue 1 --token t",
            "set OPENROUTER_API_KEY",
        ),
        ("run --repo octo/ --issue 1", "names no repository"),
        ("run --repo octo/hello --issue x", "`x` names no issue"),
        ("run --repo octo/hello --issue 0", "`0` names no issue"),
        (
            "run --repo octo/hello --issue 1 --approve all",
            "[possible values: plan, merge]",
        ),
        ("run --nonsense", "unexpected argument"),
        (
            "run --repo ./no/such/folder --issue 1 --base-url http://127.0.0.1:9/v1 --model m",
            "is not a folder",
        ),
        (
            "run --repo octo/hello --issue a.md --token t",
            "`a.md` is a file",
        ),
    ] {
        let words: Vec<&str> = flags.split_whitespace().collect();
        let folder = tempfile::tempdir().unwrap();
        let mut command = coding_agent(&words);
        command.current_dir(folder.path());
        let ended = end_of(command);
        assert_eq!(ended.exit, 2, "{flags}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(want) || ended.stdout.contains(want),
            "{flags}: {}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("panicked"), "{flags}");
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            0,
            "{flags}: nothing is made"
        );
    }
}

#[test]
fn with_json_a_wrong_command_line_ends_with_a_result_too() {
    for flags in [&["run", "--json"][..], &["run", "--json", "--issue", "x"]] {
        let ended = end_of(coding_agent(flags));
        assert_eq!(ended.exit, 2);
        let result = ended.result();
        assert_eq!(
            (&result["type"], &result["ok"]),
            (&"result".into(), &false.into()),
            "{flags:?}"
        );
        assert!(
            result["error"]
                .as_str()
                .is_some_and(|error| !error.is_empty()),
            "{flags:?}"
        );
    }
}

#[test]
fn help_teaches_with_examples_and_shows_no_key() {
    let mut command = coding_agent(&["run", "--help"]);
    command
        .env("GITHUB_TOKEN", "hunter2")
        .env("OPENROUTER_API_KEY", "hunter2");
    let ended = end_of(command);
    assert_eq!(ended.exit, 0);
    assert!(ended.stdout.contains("Examples:") && ended.stdout.contains("Exit codes:"));
    assert!(!ended.stdout.contains("hunter2"));
}
