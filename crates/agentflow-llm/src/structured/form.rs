//! What a reply has to look like to be a value of a type: one JSON object, and its schema.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::error::{ReplyMisfit, StructuredError};
use super::read::read;
use super::strict::{NotStrict, strict};
use crate::ResponseFormat;
use crate::schema::schema_of;

/// Providers take no longer name of a schema.
const NAME_BYTES_MAX: usize = 64;

/// The form of a type as replies of a model have it.
#[derive(Debug)]
pub(super) struct Form {
    /// The type's name in its schema.
    pub(super) type_name: Cow<'static, str>,
    schema: Value,
    /// Providers take schemas of objects only, so that any other value is put into one.
    is_wrapped: bool,
}

/// An object around a value that is none.
#[derive(Deserialize)]
struct Wrapped<T> {
    value: T,
}

impl Form {
    pub(super) fn of<T: JsonSchema>() -> Self {
        let schema = schema_of::<T>();
        let is_wrapped = !is_object(&schema);
        Self {
            type_name: T::schema_name(),
            schema: if is_wrapped { wrapped(schema) } else { schema },
            is_wrapped,
        }
    }

    /// What a provider is asked to hold the model to.
    pub(super) fn response_format(&self) -> Result<ResponseFormat, StructuredError> {
        match strict(self.schema.clone()) {
            Ok(schema) => Ok(ResponseFormat::JsonSchema {
                name: name_of(&self.type_name),
                schema,
            }),
            Err(NotStrict { place, problem }) => Err(StructuredError::Schema {
                type_name: self.type_name.clone().into_owned(),
                place,
                problem,
            }),
        }
    }

    /// What a model is told where no provider holds it to the schema.
    pub(super) fn instructions(&self) -> String {
        format!(
            "Answer with one JSON object and nothing around it. It has to fit this JSON schema:\n{}",
            self.schema
        )
    }

    /// The value in a model's words.
    pub(super) fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, ReplyMisfit> {
        if self.is_wrapped {
            read::<Wrapped<T>>(text).map(|wrapped| wrapped.value)
        } else {
            read(text)
        }
    }
}

/// Whether every value is an object.
fn is_object(schema: &Value) -> bool {
    schema.get("type").is_some_and(|only| only == "object")
}

fn wrapped(mut schema: Value) -> Value {
    let mut definitions = match &mut schema {
        Value::Object(keywords) => keywords.remove("$defs"),
        _ => None,
    };
    if refers_to_root(&mut schema) {
        let definitions = definitions.get_or_insert_with(|| json!({}));
        let value = std::mem::replace(&mut schema, json!({"$ref": "#/$defs/value"}));
        definitions["value"] = value;
    }
    let mut around = json!({
        "type": "object",
        "properties": {"value": schema},
        "required": ["value"],
    });
    if let Some(definitions) = definitions {
        around["$defs"] = definitions;
    }
    around
}

/// Points every `$ref` to the type itself to where the type will stand; tells whether there
/// is one.
fn refers_to_root(schema: &mut Value) -> bool {
    let below: Vec<&mut Value> = match schema {
        Value::Object(keywords) if keywords.get("$ref").is_some_and(|to| to == "#") => {
            keywords.insert("$ref".into(), "#/$defs/value".into());
            return true;
        }
        Value::Object(keywords) => keywords.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => return false,
    };
    // Each of them is pointed elsewhere, not only the first.
    let found = below.into_iter().map(refers_to_root);
    found.fold(false, |any, is_one| any | is_one)
}

/// The type's name in the characters that providers take.
fn name_of(type_name: &str) -> String {
    let allowed = |c: char| match c {
        c if c.is_ascii_alphanumeric() || c == '-' => c,
        _ => '_',
    };
    type_name
        .chars()
        .map(allowed)
        .take(NAME_BYTES_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    enum Sum {
        Number(i64),
        Both(Vec<Sum>),
    }

    #[test]
    fn what_is_no_object_is_asked_for_inside_of_one() {
        let list = Form::of::<Vec<String>>();
        let want = json!({
            "type": "object",
            "properties": {"value": {"type": "array", "items": {"type": "string"}}},
            "required": ["value"],
            "additionalProperties": false,
        });
        let name = "Array_of_string".to_owned();
        let asked = list.response_format().unwrap();
        assert_eq!(asked, ResponseFormat::JsonSchema { name, schema: want });
        assert_eq!(
            list.read::<Vec<String>>(r#"{"value": ["a"]}"#).unwrap(),
            ["a"]
        );
        let bare = list.read::<Vec<String>>(r#"["a"]"#).unwrap_err();
        assert_eq!(bare.to_string(), "is JSON but no JSON object");
    }

    #[test]
    fn a_choice_that_holds_itself_is_named_where_it_is_put_into_an_object() {
        let sum = Form::of::<Sum>();
        let ResponseFormat::JsonSchema { name, schema } = sum.response_format().unwrap() else {
            panic!("a schema was asked for")
        };
        assert_eq!(name, "Sum");
        assert_eq!(
            schema["properties"]["value"],
            json!({"$ref": "#/$defs/value"})
        );
        let below = &schema["$defs"]["value"]["anyOf"][1]["properties"]["Both"]["items"];
        assert_eq!(*below, json!({"$ref": "#/$defs/value"}));
        let said = r#"{"value": {"Both": [{"Number": 1}]}}"#;
        assert_eq!(
            sum.read::<Sum>(said).unwrap(),
            Sum::Both(vec![Sum::Number(1)])
        );
    }

    #[test]
    fn the_name_of_a_schema_is_one_that_providers_take() {
        for (type_name, want) in [
            ("Verdict", "Verdict"),
            ("Größe<u8>", "Gr__e_u8_"),
            (&"x".repeat(70), &"x".repeat(64)),
        ] {
            assert_eq!(name_of(type_name), want);
        }
    }
}
