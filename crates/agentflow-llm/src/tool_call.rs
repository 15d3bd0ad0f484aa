//! A call the model asks for, and reading its arguments.
//!
//! The arguments stay as the raw text the model wrote: it may be broken, and then the model
//! must be told what was wrong with exactly that text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call of a tool, as the model asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Ties the tool's answer to this call; unique in a conversation.
    pub id: String,
    /// The tool's name; the model may have invented it.
    pub name: String,
    /// Raw JSON as the model sent it; it may not be valid.
    pub arguments: String,
}

impl ToolCall {
    /// A call with raw JSON arguments.
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
        }
    }

    /// Reads the arguments as `T`. Models leave them empty for tools without parameters, so
    /// an empty text is `{}`.
    ///
    /// # Errors
    /// [`ArgumentsError`], whose text is meant to be handed back to the model.
    pub fn parse_arguments<T: DeserializeOwned>(&self) -> Result<T, ArgumentsError> {
        serde_json::from_value(self.arguments_object()?).map_err(|source| {
            ArgumentsError::DoNotFit {
                tool: self.name.clone(),
                source,
            }
        })
    }

    fn arguments_object(&self) -> Result<Value, ArgumentsError> {
        let raw = match self.arguments.trim() {
            "" => "{}",
            raw => raw,
        };
        let value: Value = serde_json::from_str(raw).map_err(|source| ArgumentsError::NotJson {
            tool: self.name.clone(),
            source,
        })?;
        let found = match value {
            Value::Object(_) => return Ok(value),
            Value::Array(_) => "an array",
            Value::String(_) => "a string",
            Value::Number(_) => "a number",
            Value::Bool(_) => "a boolean",
            Value::Null => "null",
        };
        Err(ArgumentsError::NotAnObject {
            tool: self.name.clone(),
            found,
        })
    }
}

/// Why the arguments of a call cannot be used. The text is written for the model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// The text is not JSON.
    #[error(
        "the arguments of `{tool}` are not valid JSON: {source}; send one complete JSON object"
    )]
    NotJson {
        /// The tool that was called.
        tool: String,
        /// Where the text breaks.
        source: serde_json::Error,
    },
    /// The text is JSON, but not an object.
    #[error("the arguments of `{tool}` must be one JSON object, not {found}")]
    NotAnObject {
        /// The tool that was called.
        tool: String,
        /// What was sent instead.
        found: &'static str,
    },
    /// The object misses a field or has one of another type.
    #[error(
        "the arguments of `{tool}` do not fit its parameters: {source}; correct them and call again"
    )]
    DoNotFit {
        /// The tool that was called.
        tool: String,
        /// Which field, and why.
        source: serde_json::Error,
    },
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct ReadFile {
        path: String,
        line: Option<u32>,
    }

    #[test]
    fn arguments_parse_or_say_what_the_model_must_change() {
        for (raw, want) in [
            (r#"{"path": "a.rs"}"#, Ok("a.rs")),
            (" {\"path\": \"a.rs\", \"line\": 3}\n", Ok("a.rs")),
            (
                r#"{"path": "a.rs"#,
                Err(
                    "the arguments of `read_file` are not valid JSON: EOF while parsing a string at line 1 column 14; send one complete JSON object",
                ),
            ),
            (
                r#"["a.rs"]"#,
                Err("the arguments of `read_file` must be one JSON object, not an array"),
            ),
            (
                "",
                Err(
                    "the arguments of `read_file` do not fit its parameters: missing field `path`; correct them and call again",
                ),
            ),
            (
                r#"{"path": 1}"#,
                Err(
                    "the arguments of `read_file` do not fit its parameters: invalid type: integer `1`, expected a string; correct them and call again",
                ),
            ),
        ] {
            let got = ToolCall::new("c", "read_file", raw).parse_arguments::<ReadFile>();
            let got = got.map(|read| read.path).map_err(|error| error.to_string());
            assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "{raw}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_json_object_survives_and_nothing_else_does(value in any_json()) {
            let call = ToolCall::new("c", "t", value.to_string());
            let parsed = call.parse_arguments::<Value>();
            if value.is_object() {
                prop_assert_eq!(parsed.unwrap(), value);
            } else {
                let is_refused = matches!(parsed, Err(ArgumentsError::NotAnObject { .. }));
                prop_assert!(is_refused);
            }
        }

        #[test]
        fn whatever_the_model_sends_is_parsed_or_named(raw in "[\\[\\]{}\",:0-9a-z\\\\ é-]*") {
            if let Err(error) = ToolCall::new("c", "read_file", raw).parse_arguments::<ReadFile>() {
                prop_assert!(error.to_string().contains("`read_file`"));
            }
        }
    }
}
