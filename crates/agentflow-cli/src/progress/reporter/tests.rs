#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use agentflow_pipeline::PipelineEvent;
use serde_json::{Value, json};

use super::*;
use crate::report::{IssueReport, Status, Tests};

/// A writer whose text can be read afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn report() -> IssueReport {
    IssueReport {
        status: Status::Merged,
        pr: Some(6),
        iterations: 2,
        tests_before: Some(Tests {
            passed: 12,
            failed: 0,
        }),
        tests_after: Some(Tests {
            passed: 13,
            failed: 0,
        }),
        duration: std::time::Duration::from_millis(8_250),
        tokens: 900,
        ..IssueReport::not_started(2, "Read fractions in recipes")
    }
}

fn begins(goes_on: bool) -> RunEvent {
    RunEvent::Around(Around::Begins {
        title: "Read fractions\u{1b}[2J in recipes".to_owned(),
        place: "demo/larder#2".to_owned(),
        goes_on,
        state: None,
        iterations_max: 5,
    })
}

/// A run as it was recorded: two rounds of an issue, without what its display leaves out.
fn recorded() -> Vec<RunEvent> {
    let events = json!([
        {"event": "phase", "phase": "parse_issue", "iteration": 0},
        {"event": "phase", "phase": "analyse", "iteration": 0},
        {"event": "model", "label": "analyse/1", "said": "{}", "usage": {}},
        {"event": "phase", "phase": "baseline", "iteration": 0},
        {"event": "tests", "phase": "before", "summary": {"ok": true, "passed": 12, "failed": 0}},
        {"event": "phase", "phase": "plan", "iteration": 0},
        {"event": "model", "label": "code/1", "said": "I look.", "usage": {}},
        {"event": "tool", "label": "code/1", "tool": "read_file", "call": "{\"path\":\"src/a.rs\"}", "result": "1: x", "ok": true},
        {"event": "tool", "label": "code/1", "tool": "run", "call": "{\"command\":\"cargo test\"}", "result": "[exit code 101]", "ok": false},
        {"event": "tool", "label": "code/1", "tool": "run", "call": "{\"command\":\"cargo test\"}", "result": "[exit code 0]", "ok": true},
        {"event": "phase", "phase": "verify", "iteration": 1},
        {"event": "tests", "phase": "after", "summary": {"ok": false, "passed": 12, "failed": 1}},
        {"event": "model", "label": "code/2", "said": "Again.", "usage": {}},
        {"event": "phase", "phase": "verify", "iteration": 1},
        {"event": "tests", "phase": "after", "summary": {"ok": true, "passed": 13, "failed": 0}},
        {"event": "phase", "phase": "publish", "iteration": 1},
        {"event": "pushed", "branch": "coding-assistant/20261103-100000-2-tides", "sha": "0123456789abcdef"},
        {"event": "phase", "phase": "open_pull_request", "iteration": 1},
        {"event": "pull_request", "number": 6, "url": "http://h/demo/larder/pull/6"},
        {"event": "phase", "phase": "wait_for_checks", "iteration": 1},
        {"event": "checks", "passed": false, "failed": ["ci"]},
        {"event": "checks", "passed": true, "failed": []},
        {"event": "phase", "phase": "review", "iteration": 1},
        {"event": "review", "round": 1, "decision": "request_changes", "score": 0.55, "comments": 2, "summary": "Not yet."},
        {"event": "review", "round": 2, "decision": "approve", "score": 0.9, "comments": 0, "summary": "Good."},
        {"event": "phase", "phase": "merge", "iteration": 2},
        {"event": "merged", "number": 6, "sha": "fedcba9876543210"},
        {"event": "phase", "phase": "report", "iteration": 2},
    ]);
    let events: Vec<PipelineEvent> = serde_json::from_value(events).unwrap();
    events.into_iter().map(RunEvent::Pipeline).collect()
}

#[test]
fn a_recorded_run_is_told_in_plain_lines() {
    let (stdout, stderr) = (Page::default(), Page::default());
    let mut reporter = Reporter::new(Console::of(stdout.clone(), stderr.clone()), false);
    reporter.notice("commands are not isolated\nsandbox: process");
    reporter.begin(1);
    reporter.event(2, &begins(false));
    for event in recorded() {
        reporter.event(2, &event);
    }
    reporter.event(2, &RunEvent::ended(&report()));
    reporter.end(&RunReport::of(vec![report()], false), "\nWhere to look:\n");
    let want = "\
note: commands are not isolated
  sandbox: process
issue 2: Read fractions [2J in recipes (demo/larder#2)
    reading the issue
    understanding the issue
    running the tests as they are
  ✓ tests before the change: 12 passed, 0 failed
    planning
    coding, round 1
  ✗ ran cargo test: exit code 101
  ✓ ran cargo test
    testing the change
  ✗ tests with the change: 12 passed, 1 failed
    coding, round 2
    testing the change
  ✓ tests with the change: 13 passed, 0 failed
    committing and pushing
  ✓ pushed coding-assistant/20261103-100000-2-tides at 0123456
    opening the pull request
  ✓ pull request #6: http://h/demo/larder/pull/6
    waiting for checks
  ✗ checks failed: ci
  ✓ no check failed
    reviewing, round 1
  ✗ review 1: changes requested, score 0.55, 2 comments: Not yet.
  ✓ review 2: approved, score 0.90: Good.
    merging
  ✓ merged pull request #6 as fedcba9
    reporting on the issue
  ✓ done after 8.2 s

issue  title                      status  PR  iterations  tests before → after  time   tokens  cost
2      Read fractions in recipes  merged  #6  2           12/0 → 13/0           8.2 s  900     –
tests: passed/failed

Where to look:
";
    assert_eq!(stdout.text(), want);
    assert_eq!(stderr.text(), "");
}

#[test]
fn what_happens_around_the_pipeline_has_its_lines() {
    let around = |event: Around| line(&RunEvent::Around(event)).unwrap();
    for (event, want) in [
        (
            Around::TaskRetries {
                node: "plan".to_owned(),
                attempt: 1,
                error: "busy\nagain".to_owned(),
            },
            "! `plan` failed and is tried again, attempt 1: busy again",
        ),
        (
            Around::Answered {
                by: "you",
                answer: "The second.".to_owned(),
            },
            "✓ you answered: The second.",
        ),
        (
            Around::Waits {
                question: "Which?".to_owned(),
                interrupt: "i".to_owned(),
            },
            "? waits for an answer:\n    Which?",
        ),
        (
            Around::Failed {
                error: "it failed\n  because: x".to_owned(),
            },
            "✗ it failed\n      because: x\n  what was done is kept; run the same command again to go on",
        ),
        (
            Around::Already {
                status: Status::Merged,
                pr: Some(1),
            },
            "✓ already merged, PR #1",
        ),
        (
            Around::Ended {
                status: Status::GaveUp,
                pr: None,
                duration_ms: 61_000,
            },
            "✗ gave up after 1:01 min",
        ),
    ] {
        assert_eq!(around(event), want);
    }
    let none = json!({"event": "tests", "phase": "before", "summary": {"ok": true, "passed": 0, "failed": 0}});
    let none: PipelineEvent = serde_json::from_value(none).unwrap();
    assert!(
        line(&RunEvent::Pipeline(none))
            .unwrap()
            .contains("no tests were counted")
    );
}

#[test]
fn programs_get_one_object_a_line_and_people_the_other_stream() {
    let (stdout, stderr) = (Page::default(), Page::default());
    let mut reporter = Reporter::new(Console::of(stdout.clone(), stderr.clone()), true);
    reporter.begin(1);
    reporter.event(2, &begins(true));
    for event in recorded() {
        reporter.event(2, &event);
    }
    reporter.event(
        2,
        &RunEvent::Around(Around::Checkpointed {
            id: 3,
            graph: String::new(),
        }),
    );
    reporter.end(&RunReport::of(vec![report()], false), "");
    let text = stdout.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, events) = lines.split_last().unwrap();
    assert_eq!(events.len(), recorded().len() + 2);
    assert!(
        events
            .iter()
            .all(|event| event["type"] == "event" && event["issue"] == 2)
    );
    assert_eq!(
        events[0],
        json!({"type": "event", "issue": 2, "event": "begins", "title": "Read fractions\u{1b}[2J in recipes",
               "place": "demo/larder#2", "goes_on": true})
    );
    assert_eq!(
        events[1],
        json!({"type": "event", "issue": 2, "event": "phase", "phase": "parse_issue", "iteration": 0})
    );
    assert_eq!(
        (last["type"].as_str(), last["ok"].as_bool()),
        (Some("result"), Some(true))
    );
    assert!(stderr.text().contains("going on where it stopped"));
}
