//! Events in the words of a person. A line claims only what its event says.

use std::time::Duration;

use agentflow_pipeline::{Phase, PipelineEvent, ReviewDecision, TestPhase, TestSummary};

use super::event::{Around, RunEvent};
use crate::report::Status;

/// Characters of a commit's hash that people read.
const SHA_CHARS: usize = 7;
/// Characters of a tool call, an answer or a summary on one line.
const SHOWN_CHARS_MAX: usize = 80;

/// The step that an event begins, if it begins one.
pub(super) fn step(event: &RunEvent) -> Option<String> {
    match event {
        RunEvent::Pipeline(PipelineEvent::Phase { phase, iteration }) => {
            Some(phase_words(*phase, *iteration))
        }
        RunEvent::Pipeline(
            PipelineEvent::Model { label, .. } | PipelineEvent::Tool { label, .. },
        ) => {
            let round = label.strip_prefix("code/")?;
            Some(format!("coding, round {round}"))
        }
        _ => None,
    }
}

fn phase_words(phase: Phase, iteration: u32) -> String {
    let words = match phase {
        Phase::ParseIssue => "reading the issue",
        Phase::Analyse => "understanding the issue",
        Phase::Clarify => "asking the author",
        Phase::Plan => "planning",
        Phase::Baseline => "running the tests as they are",
        Phase::Code => "coding",
        Phase::Verify => "testing the change",
        Phase::Publish => "committing and pushing",
        Phase::OpenPullRequest => "opening the pull request",
        Phase::WaitForChecks => "waiting for checks",
        Phase::Review => return format!("reviewing, round {iteration}"),
        Phase::AddressFeedback => "taking up the review",
        Phase::Merge => "merging",
        Phase::Report => "reporting on the issue",
        _ => "working",
    };
    words.to_owned()
}

/// The line that an event leaves behind, if it is worth one.
pub(super) fn line(event: &RunEvent) -> Option<String> {
    match event {
        RunEvent::Pipeline(event) => pipeline_line(event),
        RunEvent::Around(event) => around_line(event),
    }
}

fn pipeline_line(event: &PipelineEvent) -> Option<String> {
    Some(match event {
        PipelineEvent::Tool {
            tool,
            call,
            result,
            ok,
            ..
        } if tool == "run" => {
            let result = if *ok {
                String::new()
            } else {
                format!(": {}", result.trim_matches(['[', ']']))
            };
            format!(
                "{} ran {}{}",
                mark(*ok),
                one_line(&call_words(call)),
                one_line(&result)
            )
        }
        PipelineEvent::Tests { phase, summary } => tests_line(*phase, summary),
        PipelineEvent::Asked { question } => format!("? asked the author: {}", one_line(question)),
        PipelineEvent::Pushed { branch, sha } => {
            format!("✓ pushed {} at {}", clean(branch), short(sha))
        }
        PipelineEvent::PullRequest { number, url } => {
            let url = url.as_deref().map(|url| format!(": {}", clean(url)));
            format!("✓ pull request #{number}{}", url.unwrap_or_default())
        }
        PipelineEvent::Checks { passed: true, .. } => "✓ no check failed".to_owned(),
        PipelineEvent::Checks { failed, .. } => {
            format!("✗ checks failed: {}", one_line(&failed.join(", ")))
        }
        PipelineEvent::Review {
            round,
            decision,
            score,
            comments,
            summary,
        } => {
            let comments = match comments {
                0 => String::new(),
                1 => ", 1 comment".to_owned(),
                many => format!(", {many} comments"),
            };
            let (ok, words) = decision_words(*decision);
            format!(
                "{} review {round}: {words}, score {score:.2}{comments}: {}",
                mark(ok),
                one_line(summary)
            )
        }
        PipelineEvent::Merged { number, sha } => {
            format!("✓ merged pull request #{number} as {}", short(sha))
        }
        _ => return None,
    })
}

fn tests_line(phase: TestPhase, summary: &TestSummary) -> String {
    let TestSummary { ok, passed, failed } = summary;
    let which = match phase {
        TestPhase::Before => "tests before the change",
        _ => "tests with the change",
    };
    if *ok && passed + failed == 0 {
        let words = "no tests were counted; say how they run in `.agentflow.toml`, as test = \"…\"";
        return format!("! {which}: {words}");
    }
    format!("{} {which}: {passed} passed, {failed} failed", mark(*ok))
}

pub(super) fn decision_words(decision: ReviewDecision) -> (bool, &'static str) {
    match decision {
        ReviewDecision::Approve => (true, "approved"),
        ReviewDecision::RequestChanges => (false, "changes requested"),
        ReviewDecision::Reject => (false, "rejected"),
    }
}

fn around_line(event: &Around) -> Option<String> {
    Some(match event {
        Around::Begins { goes_on: true, .. } => "→ going on where it stopped".to_owned(),
        Around::TaskRetries {
            node,
            attempt,
            error,
        } => {
            format!(
                "! `{node}` failed and is tried again, attempt {attempt}: {}",
                one_line(error)
            )
        }
        Around::Answered { by, answer } => format!("✓ {by} answered: {}", one_line(answer)),
        Around::Failed { error } => {
            let error = error.lines().map(clean).collect::<Vec<_>>().join("\n    ");
            format!("✗ {error}\n  what was done is kept; run the same command again to go on")
        }
        Around::Waits { question, .. } => {
            let question = question
                .lines()
                .map(clean)
                .collect::<Vec<_>>()
                .join("\n    ");
            format!("? waits for an answer:\n    {question}")
        }
        Around::Already { status, pr } => format!(
            "{} already {}{}",
            mark(*status == Status::Merged),
            status.words(),
            number(*pr)
        ),
        Around::Ended {
            status: Status::Merged,
            duration_ms,
            ..
        } => {
            format!("✓ done after {}", time(Duration::from_millis(*duration_ms)))
        }
        Around::Ended {
            status,
            pr,
            duration_ms,
        } => {
            let mark = if *status == Status::Waiting {
                '?'
            } else {
                '✗'
            };
            let time = time(Duration::from_millis(*duration_ms));
            format!("{mark} {}{} after {time}", status.words(), number(*pr))
        }
        _ => return None,
    })
}

fn number(pr: Option<u64>) -> String {
    pr.map(|pr| format!(", PR #{pr}")).unwrap_or_default()
}

/// The value of a tool call that tells most, also where the call was cut.
pub(super) fn call_words(call: &str) -> String {
    let value = ["command", "path", "pattern", "summary"]
        .iter()
        .find_map(|name| {
            let (_, rest) = call.split_once(&format!("\"{name}\":"))?;
            let quoted = rest.trim_start().strip_prefix('"')?;
            let mut escaped = false;
            let end = quoted.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let text = &quoted[..end.unwrap_or(quoted.len())];
            // A text that was cut in an escape is shown as it is.
            Some(serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned()))
        });
    // A call that was cut before its telling value says nothing to a person.
    let is_whole = call != "{}" && serde_json::from_str::<serde::de::IgnoredAny>(call).is_ok();
    value.unwrap_or_else(|| {
        if is_whole {
            call.to_owned()
        } else {
            String::new()
        }
    })
}

/// A duration as people say it.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{}.{} s", seconds, duration.subsec_millis() / 100),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

fn mark(ok: bool) -> char {
    if ok { '✓' } else { '✗' }
}

fn short(sha: &str) -> String {
    sha.chars().take(SHA_CHARS).collect()
}

/// Text on one line of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let text = clean(
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .as_str(),
    );
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Text that cannot move the cursor or change colours: models and issues are not trusted.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_by_its_telling_value_even_where_it_was_cut() {
        for (call, want) in [
            (r#"{"command":"cargo test"}"#, "cargo test"),
            (r#"{"path":"src/lib.rs","start":1}"#, "src/lib.rs"),
            (r#"{"command":"echo \"a\" && b"}"#, "echo \"a\" && b"),
            (
                r#"{"edits":[{"action":"replace","path":"src/a.rs","old":"x…"#,
                "src/a.rs",
            ),
            (r#"{"command":"cargo te…"#, "cargo te…"),
            (r#"{"command":"a\…"#, "a\\…"),
            ("{}", ""),
            (r#"{"edits":[{"action":"replace","new":"a \"path\": b…"#, ""),
            ("{\"x\":1}", "{\"x\":1}"),
        ] {
            assert_eq!(call_words(call), want, "{call}");
        }
    }

    #[test]
    fn durations_are_said_in_the_unit_that_fits() {
        for (millis, want) in [
            (0, "0.0 s"),
            (8_250, "8.2 s"),
            (59_999, "59.9 s"),
            (61_000, "1:01 min"),
            (3_660_000, "1:01 h"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), want);
        }
    }

    #[test]
    fn a_models_words_cannot_command_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc\u{7}"), "a [2Jb c ");
        assert_eq!(
            one_line(&"x".repeat(200)).chars().count(),
            SHOWN_CHARS_MAX + 1
        );
    }
}
