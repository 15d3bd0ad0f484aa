//! Which recorded request is the one that is asked, and how two of them differ.

use serde_json::{Map, Value, json};

use crate::clip::start_of;

/// Enough of a text to see where it comes from.
const TEXT_CHARS_SHOWN: usize = 60;
/// What is shown of two texts before they begin to differ.
const CHARS_BEFORE: usize = 20;

/// Which requests count as the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Matching {
    /// All that a provider is sent is equal: only the `label` and the ids of messages may
    /// differ, which none ever sees.
    #[default]
    Strict,
    /// The model, the texts and calls of the conversation and the names of the tools are
    /// equal. Temperature, limits, the form of the reply, ids of calls and how tools are
    /// described may differ.
    Lenient,
}

impl Matching {
    /// What has to be equal, of a request as cassettes keep it.
    pub(super) fn key(self, request: &Value) -> Value {
        match self {
            Self::Strict => {
                let mut key = request.clone();
                if let Value::Object(fields) = &mut key {
                    fields.remove("label");
                }
                key
            }
            Self::Lenient => {
                let mut key = json!({
                    "messages": each(&request["messages"], said),
                    "tools": each(&request["tools"], |tool| tool["name"].clone()),
                });
                if !request["model"].is_null() {
                    key["model"] = request["model"].clone();
                }
                key
            }
        }
    }
}

/// What a message says, without the ids that tie it to others.
fn said(message: &Value) -> Value {
    let mut said = json!({"role": message["role"]});
    for field in ["text", "content"] {
        if !message[field].is_null() {
            said[field] = message[field].clone();
        }
    }
    if !message["tool_calls"].is_null() {
        said["tool_calls"] = each(
            &message["tool_calls"],
            |call| json!({"name": call["name"], "arguments": call["arguments"]}),
        );
    }
    said
}

fn each(list: &Value, part: impl Fn(&Value) -> Value) -> Value {
    list.as_array().into_iter().flatten().map(part).collect()
}

/// What is different in what is asked, field by field; nothing for equals.
pub(super) fn differences(asked: &Value, recorded: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(asked), Some(recorded), &mut found);
    found
}

fn compare(place: &str, asked: Option<&Value>, recorded: Option<&Value>, found: &mut Vec<String>) {
    match (asked, recorded) {
        (Some(Value::Object(asked)), Some(Value::Object(recorded))) => {
            for name in names(asked, recorded) {
                let separator = if place.is_empty() { "" } else { "." };
                let place = format!("{place}{separator}{name}");
                compare(&place, asked.get(name), recorded.get(name), found);
            }
        }
        (Some(Value::Array(asked)), Some(Value::Array(recorded))) => {
            for index in 0..asked.len().max(recorded.len()) {
                let place = format!("{place}[{index}]");
                compare(&place, asked.get(index), recorded.get(index), found);
            }
        }
        (Some(Value::String(asked)), Some(Value::String(recorded))) if asked != recorded => {
            let (asked, recorded) = where_they_differ(asked, recorded);
            found.push(format!(
                "`{place}` is `{asked}` and was recorded as `{recorded}`"
            ));
        }
        (Some(asked), Some(recorded)) if asked != recorded => {
            let (asked, recorded) = (short(asked), short(recorded));
            found.push(format!(
                "`{place}` is {asked} and was recorded as {recorded}"
            ));
        }
        (Some(asked), None) => {
            let asked = short(asked);
            found.push(format!("`{place}` is {asked} and was not recorded"));
        }
        (None, Some(recorded)) => {
            let recorded = short(recorded);
            found.push(format!(
                "`{place}` is missing and was recorded as {recorded}"
            ));
        }
        _ => {}
    }
}

/// The names of both, each once, in order.
fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a String> {
    let mut names: Vec<_> = one.keys().chain(other.keys()).collect();
    names.sort();
    names.dedup();
    names
}

fn short(value: &Value) -> String {
    start_of(&value.to_string(), TEXT_CHARS_SHOWN)
}

/// Both texts from a little before they differ.
fn where_they_differ(one: &str, other: &str) -> (String, String) {
    let equal = one.chars().zip(other.chars());
    let equal = equal.take_while(|(one, other)| one == other).count();
    let from = equal.saturating_sub(CHARS_BEFORE);
    let shown = |text: &str| {
        let mark = if from == 0 { "" } else { "…" };
        let rest: String = text.chars().skip(from).collect();
        format!("{mark}{}", start_of(&rest, TEXT_CHARS_SHOWN))
    };
    (shown(one), shown(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Value {
        json!({
            "messages": [
                {"role": "user", "text": "+ x"},
                {"role": "assistant", "tool_calls": [{"id": "c1", "name": "read", "arguments": "{}"}]},
                {"role": "tool", "call_id": "c1", "content": "found"},
            ],
            "tools": [{"name": "read", "description": "Reads.", "parameters": {"type": "object"}}],
            "temperature": 0.1,
            "label": "code/1",
        })
    }

    #[test]
    fn what_may_differ_is_what_the_matching_says() {
        for (pointer, value, strict, lenient) in [
            ("/label", json!("other"), true, true),
            ("/temperature", json!(0.2), false, true),
            ("/max_tokens", json!(9), false, true),
            (
                "/response_format",
                json!({"type": "json_object"}),
                false,
                true,
            ),
            ("/messages/1/tool_calls/0/id", json!("c2"), false, true),
            ("/messages/2/call_id", json!("c2"), false, true),
            ("/tools/0/description", json!("Reads on."), false, true),
            ("/tools/0/parameters", json!({}), false, true),
            ("/model", json!("m"), false, false),
            ("/tools/0/name", json!("write"), false, false),
            ("/messages/0/text", json!("+ y"), false, false),
            ("/messages/0/role", json!("system"), false, false),
            (
                "/messages/1/tool_calls/0/name",
                json!("write"),
                false,
                false,
            ),
            (
                "/messages/1/tool_calls/0/arguments",
                json!("{ }"),
                false,
                false,
            ),
            ("/messages/2/content", json!("nothing"), false, false),
        ] {
            let mut other = request();
            match other.pointer_mut(pointer) {
                Some(field) => *field = value,
                None => other[&pointer[1..]] = value,
            }
            for (matching, want) in [(Matching::Strict, strict), (Matching::Lenient, lenient)] {
                let is_same = matching.key(&request()) == matching.key(&other);
                assert_eq!(is_same, want, "{matching:?} {pointer}");
            }
        }
    }

    #[test]
    fn a_difference_names_the_field_and_both_values() {
        let long = |end: &str| format!("{} and then {end}", "x".repeat(200));
        for (asked, recorded, want) in [
            (json!({"a": 1}), json!({"a": 1}), &[][..]),
            (
                json!({"a": 1}),
                json!({"a": 2}),
                &["`a` is 1 and was recorded as 2"],
            ),
            (
                json!({"a": {"b": [0, "x"]}}),
                json!({"a": {"b": [0, "y", "z"]}}),
                &[
                    "`a.b[1]` is `x` and was recorded as `y`",
                    "`a.b[2]` is missing and was recorded as \"z\"",
                ],
            ),
            (
                json!({"a": null}),
                json!({}),
                &["`a` is null and was not recorded"],
            ),
            (
                json!({"a": long("this")}),
                json!({"a": long("that")}),
                &["`a` is `…xxxxxxxx and then this` and was recorded as `…xxxxxxxx and then that`"],
            ),
        ] {
            assert_eq!(differences(&asked, &recorded), want);
        }
    }
}
