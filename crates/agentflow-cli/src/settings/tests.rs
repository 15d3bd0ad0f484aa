#![expect(clippy::unwrap_used, reason = "tests")]

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    run: RunArgs,
}

const DEMO: &[u64] = &[1, 2, 3, 4, 5];
const NO_KEYS: &str = "";

fn settings(line: &str, keys: &str, demo: Option<&[u64]>) -> Result<Settings, UsageError> {
    let words = std::iter::once("test").chain(line.split_whitespace());
    let args = Cli::try_parse_from(words).unwrap().run;
    let key = |name: &str| keys.contains(name).then(|| SecretString::from("k"));
    let environment = Environment {
        github_token: key("github"),
        openrouter_key: key("openrouter"),
        model_key: key("model"),
    };
    Settings::of(&args, &environment, demo)
}

/// Source and model in short.
fn shown(settings: &Settings) -> String {
    let source = match &settings.source {
        Source::Demo { issues } => format!("demo {issues:?}"),
        Source::Folder { path, issues } => {
            let issues: Vec<_> = issues.iter().map(ToString::to_string).collect();
            format!("folder {} {}", path.display(), issues.join(" "))
        }
        Source::Hosted { url, issues, .. } => format!("hosted {} {issues:?}", url.repo),
    };
    let model = match &settings.model {
        ModelChoice::Script => "script".to_owned(),
        ModelChoice::OpenRouter { model, .. } => format!("openrouter {model:?}"),
        ModelChoice::Compatible { key, model, .. } => {
            format!("{model} with key: {}", key.is_some())
        }
    };
    format!("{source}, {model}")
}

#[test]
fn flags_and_environment_together_choose_issues_and_model() {
    for (line, keys, want) in [
        ("", NO_KEYS, "demo [1, 2, 3, 4, 5], script"),
        ("--issue 3 --issue 1,3", NO_KEYS, "demo [3, 1], script"),
        ("", "openrouter", "demo [1, 2, 3, 4, 5], script"),
        (
            "--model m",
            "openrouter",
            "demo [1, 2, 3, 4, 5], openrouter Some(\"m\")",
        ),
        (
            "--base-url http://h/v1 --model m",
            "openrouter",
            "demo [1, 2, 3, 4, 5], m with key: false",
        ),
        (
            "--base-url http://h/v1 --model m",
            "model",
            "demo [1, 2, 3, 4, 5], m with key: true",
        ),
        (
            "--repo . --issue a.md,2",
            "openrouter",
            "folder . a.md 2, openrouter None",
        ),
        (
            "--repo o/n --issue 7",
            "github openrouter",
            "hosted o/n [7], openrouter None",
        ),
        (
            "--repo o/n --issue 7 --token t",
            "openrouter",
            "hosted o/n [7], openrouter None",
        ),
        (
            "--repo o/n --issue 7 --base-url https://openrouter.ai/api/v1 --model m",
            "github openrouter",
            "hosted o/n [7], m with key: true",
        ),
        (
            "--repo o/n --issue 7 --base-url https://openrouter.ai.example/v1 --model m",
            "github openrouter",
            "hosted o/n [7], m with key: false",
        ),
        (
            "--repo http://127.0.0.1:3000/o/n --issue 7",
            "github openrouter",
            "hosted o/n [7], openrouter None",
        ),
    ] {
        assert_eq!(
            shown(&settings(line, keys, Some(DEMO)).unwrap()),
            want,
            "{line} with {keys}"
        );
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    for (line, keys, want) in [
        (
            "--issue 9",
            NO_KEYS,
            "the demo has no issue 9; it has 1, 2, 3, 4, 5",
        ),
        ("--issue bug.md", NO_KEYS, "`bug.md` is a file"),
        ("--repo o/n", "github openrouter", "add --issue"),
        (
            "--repo o/n --issue bug.md",
            "github openrouter",
            "`bug.md` is a file",
        ),
        ("--repo o/n --issue 1", "openrouter", "set GITHUB_TOKEN"),
        ("--repo o/n --issue 1", "github", "set OPENROUTER_API_KEY"),
        ("--repo . --issue 1", NO_KEYS, "set OPENROUTER_API_KEY"),
        ("--model m", NO_KEYS, "set OPENROUTER_API_KEY"),
        (
            "--base-url http://h/v1",
            NO_KEYS,
            "--base-url needs --model",
        ),
        (
            "--repo http://h/o/n --issue 1",
            "github openrouter",
            "use https",
        ),
        (
            "--repo o/n --issue 1 --serve",
            "github openrouter",
            "leave it out",
        ),
    ] {
        let error = settings(line, keys, Some(DEMO)).unwrap_err().to_string();
        assert!(error.contains(want), "{line} with {keys}: {error}");
    }
    let error = settings("--issue 1", NO_KEYS, None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("add --repo"), "{error}");
}

#[test]
fn resume_says_whether_runs_begin_and_what_is_answered() {
    for (line, want) in [
        ("", Resume::AsNeeded),
        ("--resume", Resume::Only),
        ("--resume=", Resume::Only),
        ("--resume=approve", Resume::With("approve".to_owned())),
    ] {
        assert_eq!(
            settings(line, NO_KEYS, Some(DEMO)).unwrap().resume,
            want,
            "{line}"
        );
    }
}

#[test]
fn a_token_on_the_command_line_is_warned_of_and_never_shown() {
    let settings = settings("--repo o/n --issue 1 --token hunter2", "openrouter", None).unwrap();
    assert!(settings.notices[0].contains("can be seen by others"));
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn approvals_are_read_from_a_list() {
    for (line, plan, merge) in [
        ("", false, false),
        ("--approve plan", true, false),
        ("--approve merge --approve plan", true, true),
        ("--approve plan,merge", true, true),
    ] {
        let approvals = settings(line, NO_KEYS, Some(DEMO)).unwrap().approvals;
        assert_eq!((approvals.plan, approvals.merge), (plan, merge), "{line}");
    }
}
