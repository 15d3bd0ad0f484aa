//! Has a change judged by somebody who did not write it.

use agentflow_llm::Message;

use super::section::Sections;
use crate::reviewer::ReviewerState;

const SYSTEM: &str = "You review a pull request that somebody else wrote. \
Judge only what the diff shows: does it do what the issue asks for, is it right, is it tested, \
would you keep it in your own code? Ask for a change only where you can say what goes wrong without it. \
At most six remarks, each on a line that the diff adds or shows. \
Answer with one JSON object and nothing else: \
{\"score\": 0.0 to 1.0, \"decision\": \"approve\" | \"request_changes\" | \"reject\", \
\"summary\": \"…\", \"comments\": [{\"path\": \"…\", \"line\": line of the new file, \"body\": \"…\"}]}";

const DIFF_BYTES_MAX: usize = 96 * 1024;
const TEXT_BYTES_MAX: usize = 32 * 1024;

pub(crate) fn review(state: &ReviewerState) -> Vec<Message> {
    let checks = if state.checks_passed {
        "all passed"
    } else {
        "there are none"
    };
    let earlier: Vec<String> = state.earlier_remarks.clone();
    let prompt = Sections::default()
        .add(
            &format!("Issue #{}", state.issue_number),
            &state.issue,
            TEXT_BYTES_MAX,
        )
        .add_list(
            "Must be true in the end",
            state.requirements.iter().map(String::as_str),
            TEXT_BYTES_MAX,
        )
        .add(
            "What the author says",
            &state.change_summary,
            TEXT_BYTES_MAX,
        )
        .add("Checks", checks, 200)
        .add_list(
            "What earlier reviews asked for",
            earlier.iter().map(String::as_str),
            TEXT_BYTES_MAX,
        )
        .add("Diff", &state.pr_diff, DIFF_BYTES_MAX);
    vec![Message::system(SYSTEM), Message::user(prompt.into_text())]
}
