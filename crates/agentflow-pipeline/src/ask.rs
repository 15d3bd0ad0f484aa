//! One question to a model that wants one JSON object back, with another chance
//! for a model that answers otherwise.

use agentflow_core::NodeContext;
use agentflow_llm::{ChatModel, ChatRequest, Message, ResponseFormat, Usage};
use serde::de::DeserializeOwned;

use crate::error::PipelineError;
use crate::event::PipelineEvent;

/// How often a model is asked for one object. A model that fails three times in a
/// row was never seen to find the form later.
const ATTEMPTS_MAX: u32 = 3;

/// Characters of a model's words that a watcher is shown.
const SAID_CHARS_MAX: usize = 400;

/// A model's answer and what it cost.
pub(crate) struct Answered<T> {
    pub(crate) value: T,
    pub(crate) usage: Usage,
}

/// Asks for an object of type `T`.
pub(crate) async fn ask_json<T: DeserializeOwned>(
    model: &dyn ChatModel,
    cx: &NodeContext,
    label: &str,
    mut messages: Vec<Message>,
) -> Result<Answered<T>, PipelineError> {
    let mut usage = Usage::default();
    let mut problem = String::new();
    for _ in 0..ATTEMPTS_MAX {
        let request = ChatRequest::new(messages.clone())
            .response_format(ResponseFormat::JsonObject)
            .label(label);
        let reply = model
            .complete(request)
            .await
            .map_err(|source| PipelineError::Model {
                label: label.to_owned(),
                source: Box::new(source),
            })?;
        usage += reply.usage;
        tell(cx, label, reply.text(), reply.usage).await;
        match parse_object(reply.text()) {
            Ok(value) => return Ok(Answered { value, usage }),
            Err(error) => problem = error.to_string(),
        }
        messages.push(Message::Assistant(reply.message));
        messages.push(Message::user(format!(
            "That is not the JSON object that was asked for: {problem}. Answer with the object \
             alone, with all of its fields and nothing around it."
        )));
    }
    let label = label.to_owned();
    Err(PipelineError::Nonsense {
        label,
        attempts: ATTEMPTS_MAX,
        problem,
    })
}

/// Tells watchers what a model said.
pub(crate) async fn tell(cx: &NodeContext, label: &str, said: &str, usage: Usage) {
    let said = shorten(said, SAID_CHARS_MAX);
    let event = PipelineEvent::Model {
        label: label.to_owned(),
        said,
        usage,
    };
    // An event is for people; a run does not fail by it.
    let _ = cx.emit(event).await;
}

/// The first object in a reply: models put it in a fence or a sentence around it.
fn parse_object<T: DeserializeOwned>(reply: &str) -> Result<T, serde_json::Error> {
    let start = reply.find('{').unwrap_or(0);
    let mut objects = serde_json::Deserializer::from_str(&reply[start..]).into_iter::<T>();
    match objects.next() {
        Some(object) => object,
        None => serde_json::from_str(reply),
    }
}

/// The first `chars_max` characters, with a mark where something was left out.
pub(crate) fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::state::Analysis;

    const OBJECT: &str = r#"{"summary":"s","kind":"bug","requirements":["r"]}"#;

    #[test]
    fn the_object_is_found_whatever_stands_around_it() {
        for reply in [
            OBJECT.to_owned(),
            format!("```json\n{OBJECT}\n```"),
            format!("Here it is: {OBJECT} I hope it helps {{}}"),
        ] {
            let analysis: Analysis = parse_object(&reply).unwrap();
            assert_eq!(analysis.summary, "s", "{reply}");
        }
    }

    #[test]
    fn what_is_no_object_of_the_type_is_refused() {
        for reply in ["", "no", "[1]", "{}", r#"{"summary":1}"#, &OBJECT[..20]] {
            assert!(parse_object::<Analysis>(reply).is_err(), "{reply}");
        }
    }

    #[test]
    fn shortening_counts_characters_and_marks_the_cut() {
        for (text, max, want) in [("äöü", 3, "äöü"), ("äöü", 2, "äö…"), ("", 0, "")] {
            assert_eq!(shorten(text, max), want);
        }
    }
}
