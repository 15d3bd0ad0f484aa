//! A demo of a few lines: one repository of shell and text, and issues that end in
//! different ways. Its tests need no compiler.

use agentflow_cli::{Demo, DemoFile, DemoIssue, DemoRepository, Machine};

const FILES: &[DemoFile] = &[
    (".agentflow.toml", "test = \"sh test.sh\"\n", false),
    (".ci/run", "#!/bin/sh\nsh test.sh\n", true),
    ("greeting.txt", "helo\n", false),
    ("test.sh", TEST, false),
];

/// Prints what the pipeline reads as one test.
const TEST: &str = "\
if grep -q hello greeting.txt; then
    echo 'test result: ok. 1 passed; 0 failed; 0 ignored'
else
    echo 'test result: FAILED. 0 passed; 1 failed; 0 ignored'
    exit 1
fi
";

const PLAN_CODE_REVIEW: &str = r#"
[[reply]]
label = "plan/1"
text = '{"steps": [{"what": "Mend the word", "files": ["greeting.txt"]}]}'

[[reply]]
label = "code/1"
text = "One letter is missing."
[[reply.call]]
tool = "edit"
[[reply.call.arguments.edits]]
action = "replace"
path = "greeting.txt"
old = "helo"
new = "hello"

[[reply]]
label = "code/1"
text = "Done."
[[reply.call]]
tool = "submit"
arguments = { summary = "The greeting is spelt right." }

[[reply]]
label = "code/1"
text = "Nothing else."
[[reply.call]]
tool = "submit"
arguments = { summary = "The greeting is spelt right." }

[[reply]]
label = "review/1"
prompt_contains = ["+hello"]
text = '{"score": 0.9, "decision": "approve", "summary": "Right.", "comments": []}'
"#;

const CLEAR: &str = r#"
[[reply]]
label = "analyse/1"
text = '{"summary": "Spell the greeting right", "kind": "bug", "requirements": ["It says hello"]}'
"#;

const UNCLEAR: &str = r#"
[[reply]]
label = "analyse/1"
text = '{"summary": "Mend it", "kind": "bug", "requirements": [], "question": "Which word?"}'

[[reply]]
label = "analyse/2"
prompt_contains = ["The greeting."]
text = '{"summary": "Spell the greeting right", "kind": "bug", "requirements": ["It says hello"]}'
"#;

const NONSENSE: &str = r#"
[[reply]]
label = "analyse/1"
text = "I would rather not."
[[reply]]
label = "analyse/1"
text = "No."
[[reply]]
label = "analyse/1"
text = "Still no."
"#;

/// An issue that is clear.
pub(crate) fn clear(_: &Machine) -> Demo {
    demo(&[CLEAR, PLAN_CODE_REVIEW], None)
}

/// An issue that makes the agent ask, and an author who does not answer.
pub(crate) fn unanswered(_: &Machine) -> Demo {
    demo(&[UNCLEAR, PLAN_CODE_REVIEW], None)
}

/// The same, with an author who answers.
pub(crate) fn answered(_: &Machine) -> Demo {
    demo(&[UNCLEAR, PLAN_CODE_REVIEW], Some("The greeting."))
}

/// A model that never gives what it is asked for.
pub(crate) fn nonsense(_: &Machine) -> Demo {
    demo(&[NONSENSE], None)
}

fn demo(scripts: &[&str], answer: Option<&'static str>) -> Demo {
    let issue = DemoIssue {
        number: 7,
        repository: "greeting",
        title: "The greeting is misspelt",
        body: "It should say hello.",
        author: "ann",
        labels: &["bug"],
        answer,
        // Scripts live as long as the program; so do those of a test.
        script: scripts.concat().leak(),
    };
    Demo {
        repositories: vec![DemoRepository {
            name: "greeting",
            files: FILES,
        }],
        issues: vec![issue],
        notices: vec!["a demo of a few lines".to_owned()],
    }
}
