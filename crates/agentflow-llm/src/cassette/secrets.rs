//! Keeps secrets out of what is written down.
//!
//! Knows the secrets that it was told of and no others: nothing is guessed from how it looks.

use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::CassetteError;
use crate::ReplyEvent;

/// What stands where a secret was.
const HIDDEN: &str = "[secret]";

/// How deep texts in JSON are looked for in texts in JSON: a tool's arguments are one.
const NESTING_MAX: usize = 3;

/// Texts that must not be written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    /// Each also as it stands in JSON, the longest first: one may be a part of another.
    texts: Vec<SecretString>,
}

impl Secrets {
    /// Blanks around a secret do not belong to it, as a client that sends one drops them.
    pub(super) fn add(&mut self, secret: &SecretString) {
        let mut text = secret.expose_secret().trim().to_owned();
        if text.is_empty() {
            return;
        }
        for _ in 0..=NESTING_MAX {
            let escaped = in_json(&text);
            let is_last = escaped == text;
            self.texts.push(text.into());
            if is_last {
                break;
            }
            text = escaped;
        }
        let length = |text: &SecretString| text.expose_secret().len();
        self.texts
            .sort_by_key(|text| std::cmp::Reverse(length(text)));
    }

    /// A value as JSON in which no text holds a secret.
    pub(super) fn hidden_in(&self, value: impl Serialize) -> Result<Value, CassetteError> {
        // By way of a text, in which an `f32` keeps its few digits.
        let text = serde_json::to_string(&value);
        let value = text.and_then(|text| serde_json::from_str(&text));
        let mut value = value.map_err(|source| CassetteError::NoForm { source })?;
        self.hide(&mut value);
        Ok(value)
    }

    /// Removes secrets also where they were streamed in several pieces. A piece keeps what of
    /// it belongs to none.
    pub(super) fn hide_in_events(&self, events: &mut [ReplyEvent]) {
        let mut streams: Vec<(Written, Vec<&mut String>)> = Vec::new();
        for event in events {
            let (what, delta) = match event {
                ReplyEvent::Text { delta } => (Written::Text, delta),
                ReplyEvent::Reasoning { delta } => (Written::Reasoning, delta),
                ReplyEvent::Arguments { index, delta } => (Written::Arguments(*index), delta),
                // Whole, so that it needs no care for pieces.
                ReplyEvent::ToolCall { .. } | ReplyEvent::Done { .. } => continue,
            };
            match streams.iter_mut().find(|(known, _)| *known == what) {
                Some((_, deltas)) => deltas.push(delta),
                None => streams.push((what, vec![delta])),
            }
        }
        for (_, mut deltas) in streams {
            self.hide_in_pieces(&mut deltas);
        }
    }

    fn hide(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_in_pieces(&mut [text]),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide(item)),
            Value::Object(fields) => {
                let known = std::mem::take(fields).into_iter();
                *fields = known
                    .map(|(mut name, mut field)| {
                        self.hide_in_pieces(&mut [&mut name]);
                        self.hide(&mut field);
                        (name, field)
                    })
                    .collect::<Map<_, _>>();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn hide_in_pieces(&self, pieces: &mut [&mut String]) {
        let whole: String = pieces.iter().map(|piece| piece.as_str()).collect();
        let found = self.found_in(&whole);
        if found.is_empty() {
            return;
        }
        let mut end = 0;
        for piece in pieces {
            let start = end;
            end += piece.len();
            **piece = without(&whole, start..end, &found);
        }
    }

    /// Where secrets stand, from left to right.
    fn found_in(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut start = 0;
        let next = |start: usize| {
            let places = self.texts.iter().filter_map(|secret| {
                let secret = secret.expose_secret();
                let at = start + text[start..].find(secret)?;
                Some(at..at + secret.len())
            });
            // Of those that begin at the same place the longest, which is the first.
            places.min_by_key(|place| place.start)
        };
        while let Some(place) = next(start) {
            start = place.end;
            found.push(place);
        }
        found
    }
}

/// What a delta goes on with.
#[derive(PartialEq)]
enum Written {
    Text,
    Reasoning,
    Arguments(usize),
}

/// A part of a text without what was found in it; the piece in which one begins says so.
fn without(text: &str, part: Range<usize>, found: &[Range<usize>]) -> String {
    let mut kept = String::new();
    let mut at = part.start;
    for place in found {
        if place.end <= at || part.end <= place.start {
            continue;
        }
        kept.push_str(&text[at..place.start.max(at)]);
        if part.contains(&place.start) {
            kept.push_str(HIDDEN);
        }
        at = place.end.min(part.end);
    }
    kept.push_str(&text[at..part.end]);
    kept
}

/// A text as it stands between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn secrets(texts: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        for text in texts {
            secrets.add(&SecretString::from(*text));
        }
        secrets
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let secrets = secrets(&["pass", " password\n", "a\"b", ""]);
        let nested = json!({"key": "a\"b"}).to_string();
        let twice = json!({ "body": nested }).to_string();
        let value = json!({
            "plain": "the password, the pass",
            "list": ["pass", 1, {"pass": null}],
            "nested": nested,
            "twice": twice,
        });
        let want = json!({
            "plain": "the [secret], the [secret]",
            "list": ["[secret]", 1, {"[secret]": null}],
            "nested": r#"{"key":"[secret]"}"#,
            "twice": r#"{"body":"{\"key\":\"[secret]\"}"}"#,
        });
        assert_eq!(secrets.hidden_in(value).unwrap(), want);
    }

    #[test]
    fn a_secret_that_is_streamed_in_pieces_is_hidden_in_each() {
        for (pieces, want) in [
            (
                vec!["my ", "pass", " word"],
                vec!["my ", "[secret]", " word"],
            ),
            (
                vec!["my pa", "", "ss word"],
                vec!["my [secret]", "", " word"],
            ),
            (vec!["p", "a", "s", "s"], vec!["[secret]", "", "", ""]),
            (vec!["passpa", "sspa"], vec!["[secret][secret]", "pa"]),
            (vec!["pas", " s"], vec!["pas", " s"]),
        ] {
            let mut texts: Vec<_> = pieces.iter().map(|&piece| piece.to_owned()).collect();
            let mut parts: Vec<_> = texts.iter_mut().collect();
            secrets(&["pass"]).hide_in_pieces(&mut parts);
            assert_eq!(texts, want, "{pieces:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_together_never_hold_a_secret(
            secret in "[ab\"é]{2,4}",
            pieces in prop::collection::vec("[ab\"é]{0,4}", 0..6),
        ) {
            let mut texts = pieces.clone();
            let mut parts: Vec<_> = texts.iter_mut().collect();
            secrets(&[&secret]).hide_in_pieces(&mut parts);
            prop_assert!(!texts.concat().contains(&secret));
            let kept = pieces.concat().replace(&secret, HIDDEN);
            prop_assert_eq!(texts.concat(), kept);
        }
    }
}
