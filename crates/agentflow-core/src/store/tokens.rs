//! How many tokens a model makes of something: an estimate that needs no model.

use serde_json::Value;

/// Characters to a token, 4: what models make of English prose on average. They make more
/// tokens of code and of other languages, so leave room.
pub const CHARS_PER_TOKEN: usize = 4;

/// About how many tokens a text has: a quarter of its characters, rounded up.
#[must_use]
pub fn tokens_in(text: &str) -> usize {
    text.chars().count().div_ceil(CHARS_PER_TOKEN)
}

/// About how many tokens a value has, encoded as JSON.
#[must_use]
pub fn tokens_of(value: &Value) -> usize {
    tokens_in(&value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{tokens_in, tokens_of};

    #[test]
    fn four_characters_are_a_token_however_many_bytes_they_have() {
        for (text, want) in [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("ключ", 1)] {
            assert_eq!(tokens_in(text), want, "{text}");
        }
        assert_eq!(tokens_of(&json!({ "a": "bc" })), 3);
    }
}
