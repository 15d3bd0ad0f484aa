//! Asks how the work is to be done.

use agentflow_llm::Message;

use super::section::Sections;
use crate::state::{CodeAgentState, Feedback};

const SYSTEM: &str = "You plan a small change to a software project. \
At most seven steps, each something that can be seen to be done. \
Start with a test that fails for the reason of the issue, where that is possible. \
Answer with one JSON object and nothing else: \
{\"steps\": [{\"what\": \"…\", \"files\": [\"path\"]}], \
\"tests\": [\"a test to write or change\"], \"risk\": \"low\" | \"medium\" | \"high\"}";

/// Enough for the paths of a middling repository.
const FILES_BYTES_MAX: usize = 32 * 1024;
const TEXT_BYTES_MAX: usize = 64 * 1024;

pub(crate) fn plan(state: &CodeAgentState, files: &[String]) -> Vec<Message> {
    let wishes = state.feedback.iter().filter_map(|feedback| match feedback {
        Feedback::Person { words } => Some(words.as_str()),
        _ => None,
    });
    let prompt = super::code::task(state)
        .add_list(
            "What a person said to the last plan",
            wishes,
            TEXT_BYTES_MAX,
        )
        .add("Files", &files.join("\n"), FILES_BYTES_MAX);
    vec![
        Message::system(SYSTEM),
        Message::user(Sections::into_text(prompt)),
    ]
}
