//! Searching by words. A word is a run of letters and digits; how it is written, small
//! or large, does not matter.

use std::collections::BTreeSet;

use serde_json::Value;

/// Longest word, 1 KiB. A longer run of letters is data that nobody searches for, and
/// indexes of words end somewhere.
pub const WORD_BYTES_MAX: usize = 1024;

/// The words of a text or of a value, each once, in small letters.
///
/// ```
/// # use agentflow_core::store::Words;
/// # use serde_json::json;
/// let words = Words::in_value(&json!({ "title": "Green tea", "grams": 100 }));
/// assert!(words.iter().eq(["100", "green", "tea"]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// None if the text has no words.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let words: BTreeSet<String> = words_in(text).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The words of a value's strings and numbers; names of fields are none of them.
    #[must_use]
    pub fn in_value(value: &Value) -> Self {
        let mut words = BTreeSet::new();
        for_each_word(value, &mut |word| {
            words.insert(word);
        });
        Self(words)
    }

    /// The words, in the order of their bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The share of these words that occur in the strings and numbers of a value, from 0
    /// to 1.
    #[must_use]
    pub fn share_in(&self, value: &Value) -> f64 {
        let mut missing: BTreeSet<&str> = self.iter().collect();
        for_each_word(value, &mut |word| {
            missing.remove(word.as_str());
        });
        self.share(self.0.len() - missing.len())
    }

    /// The share that so many of these words are, from 0 to 1.
    #[must_use]
    pub fn share(&self, found: usize) -> f64 {
        found as f64 / self.0.len().max(1) as f64
    }
}

fn for_each_word(value: &Value, act: &mut impl FnMut(String)) {
    match value {
        Value::String(text) => words_in(text).for_each(act),
        Value::Number(number) => words_in(&number.to_string()).for_each(act),
        Value::Array(values) => values.iter().for_each(|inner| for_each_word(inner, act)),
        Value::Object(fields) => fields.values().for_each(|inner| for_each_word(inner, act)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn words_in(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|letter: char| !letter.is_alphanumeric());
    let words = runs.filter(|run| !run.is_empty()).map(str::to_lowercase);
    words.filter(|word| word.len() <= WORD_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{WORD_BYTES_MAX, Words};

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
            let words = Words::of(query);
            let share = words.as_ref().map(|words| words.share_in(&value));
            assert_eq!(share, want, "{query}");
            // An index of words comes to the same.
            let kept = Words::in_value(&value);
            let share = words.map(|words| {
                let found = words
                    .iter()
                    .filter(|word| kept.iter().any(|one| one == *word));
                words.share(found.count())
            });
            assert_eq!(share, want, "{query}");
        }
    }

    #[test]
    fn what_is_too_long_is_no_word() {
        let (longest, longer) = ("x".repeat(WORD_BYTES_MAX), "x".repeat(WORD_BYTES_MAX + 1));
        assert!(Words::of(&longest).is_some());
        assert_eq!(Words::of(&longer), None);
        let words = Words::in_value(&json!({ "text": format!("{longest} {longer}") }));
        assert!(words.iter().eq([longest.as_str()]));
    }
}
