//! Searching by words, where there is no embedder. A word is a run of letters and
//! digits; how it is written, small or large, does not matter.

use std::collections::BTreeSet;

use serde_json::Value;

/// The words of a query, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(BTreeSet<String>);

impl Words {
    /// None if the text has no words.
    pub(super) fn of(text: &str) -> Option<Self> {
        let words: BTreeSet<String> = words_in(text).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The share of these words that occur in the strings and numbers of a value.
    pub(super) fn share_in(&self, value: &Value) -> f64 {
        let mut missing: BTreeSet<&str> = self.0.iter().map(String::as_str).collect();
        strike_out(value, &mut missing);
        let found = self.0.len() - missing.len();
        found as f64 / self.0.len() as f64
    }
}

fn strike_out(value: &Value, missing: &mut BTreeSet<&str>) {
    match value {
        _ if missing.is_empty() => {}
        Value::String(text) => words_in(text).for_each(|word| {
            missing.remove(word.as_str());
        }),
        Value::Number(number) => words_in(&number.to_string()).for_each(|word| {
            missing.remove(word.as_str());
        }),
        Value::Array(values) => values.iter().for_each(|inner| strike_out(inner, missing)),
        Value::Object(fields) => fields.values().for_each(|inner| strike_out(inner, missing)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn words_in(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|letter: char| !letter.is_alphanumeric());
    runs.filter(|run| !run.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Words;

    #[test]
    fn a_score_is_the_share_of_words_that_occur() {
        let value = json!({ "text": "Green tea, at 5 o'clock", "more": [{ "who": "Änne" }, 42] });
        for (query, want) in [
            ("tea", Some(1.0)),
            ("TEA, green!", Some(1.0)),
            ("tea tea coffee", Some(0.5)),
            ("te", Some(0.0)),
            ("text", Some(0.0)),
            ("änne 42 tea milk", Some(0.75)),
            (" ,;- ", None),
            ("", None),
        ] {
            assert_eq!(
                Words::of(query).map(|words| words.share_in(&value)),
                want,
                "{query}"
            );
        }
    }
}
