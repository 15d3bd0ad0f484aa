//! Finds the value in what a model said.
//!
//! Lenient about what stands around the one JSON object, such as a fence or a sentence, and
//! strict about the object: it is whole, and it is of the type. Nothing is guessed or mended.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::error::ReplyMisfit;

/// The one object in the text that is a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ReplyMisfit> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ReplyMisfit::Empty);
    }
    if !text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(ReplyMisfit::NotAnObject);
    }
    let found = objects(text);
    match (found.whole.as_slice(), found.broken) {
        ([], Some(source)) => Err(ReplyMisfit::NotJson { source }),
        ([], None) => Err(ReplyMisfit::NoObject),
        ([one], _) => {
            serde_json::from_str(one).map_err(|source| ReplyMisfit::DoesNotFit { source })
        }
        (several, _) => {
            let fitting = several
                .iter()
                .filter_map(|one| serde_json::from_str(one).ok());
            let mut fitting: Vec<T> = fitting.collect();
            match fitting.pop() {
                Some(value) if fitting.is_empty() => Ok(value),
                last => Err(ReplyMisfit::Several {
                    objects: several.len(),
                    fitting: fitting.len() + usize::from(last.is_some()),
                }),
            }
        }
    }
}

/// The objects that stand beside each other in a text.
struct Objects<'a> {
    whole: Vec<&'a str>,
    /// What is wrong with the first that is none.
    broken: Option<serde_json::Error>,
}

/// Never looks for an object inside a broken one: a part of a value is another value.
fn objects(text: &str) -> Objects<'_> {
    let mut found = Objects {
        whole: Vec::new(),
        broken: None,
    };
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        rest = &rest[start..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let length = match values.next() {
            Some(Err(error)) => {
                found.broken.get_or_insert(error);
                bracketed(rest)
            }
            _ => {
                let length = values.byte_offset();
                found.whole.push(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    found
}

/// How long the text in braces is with which this one begins; all of it if they stay open.
fn bracketed(text: &str) -> usize {
    let (mut depth, mut is_quoted, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'{' if !is_quoted => depth += 1,
            b'}' if !is_quoted => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Verdict {
        good: bool,
        #[serde(default)]
        why: String,
    }

    #[test]
    fn one_object_is_found_whatever_stands_around_it() {
        for text in [
            r#"{"good": true}"#,
            "\n {\"good\": true}\n\n",
            "```json\n{\"good\": true}\n```",
            "```\n{\"good\": true}\n```\nI hope this helps.",
            r#"My verdict: {"good": true}."#,
            r#"The form {good, why} is {"good": true}"#,
            r#"Not {} but {"good": true}"#,
            r#"<think>{"good": maybe}</think>{"good": true}"#,
        ] {
            let verdict = read::<Verdict>(text).map_err(|error| error.to_string());
            let why = String::new();
            assert_eq!(verdict, Ok(Verdict { good: true, why }), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_object_of_the_type_is_refused_with_the_reason() {
        for (text, want) in [
            (" \n", "is empty"),
            ("true", "is JSON but no JSON object"),
            (r#"[{"good": true}]"#, "is JSON but no JSON object"),
            (r#"[true, "why"]"#, "is JSON but no JSON object"),
            ("Yes, it is good.", "holds no JSON object"),
            (
                r#"{"good": true"#,
                "holds no valid JSON object: EOF while parsing an object at line 1 column 13",
            ),
            (
                r#"{"list": [{"good": true}, {"good": false}"#,
                "holds no valid JSON object: EOF while parsing a list at line 1 column 41",
            ),
            (
                r#"{"a": {"good": true} "b": "}"}"#,
                "holds no valid JSON object: expected `,` or `}` at line 1 column 22",
            ),
            (
                r#"{"a": "x\" } y" "b": {"good": true}}"#,
                "holds no valid JSON object: expected `,` or `}` at line 1 column 17",
            ),
            (
                r#"{"verdict": {"good": true}}"#,
                "holds an object that does not fit the schema: missing field `good` at line 1 column 27",
            ),
            (
                r#"{"good": "yes"}"#,
                "holds an object that does not fit the schema: invalid type: string \"yes\", expected a boolean at line 1 column 14",
            ),
            (
                r#"{"good": true} or {"good": false}"#,
                "holds 2 JSON objects, of which 2 fit the schema",
            ),
            ("{} {}", "holds 2 JSON objects, of which 0 fit the schema"),
        ] {
            let refused = read::<Verdict>(text).map_err(|error| error.to_string());
            assert_eq!(refused, Err(want.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[{}"\\a:, ü]{0,60}"#) {
            let _ = read::<Verdict>(&text);
        }
    }
}
