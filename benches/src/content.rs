//! Data that every implementation works on, the same to the byte.

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Characters that one random word gives, 6 bits each.
const CHARS_PER_WORD: usize = 10;

/// Number `i` of texts of 1000 characters that no store can compress.
pub(crate) fn content(i: u64) -> String {
    let words = (0..100).map(|word| splitmix64((i << 20) + word));
    words.flat_map(characters).collect()
}

/// What the model of the agent cases looks for, 3600 characters.
pub(crate) fn query() -> String {
    "0f8fad5b-d9cb-469f-a165-70867728950e".repeat(100)
}

/// What the tool of the agent cases answers, 36,180 characters.
pub(crate) fn found(query: &str) -> String {
    format!("result for query: {query}").repeat(10)
}

/// One message of a long conversation, about 1 KiB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) content: String,
}

impl Note {
    /// Message number `i`: even ones ask, odd ones answer.
    pub(crate) fn number(i: u64) -> Self {
        let role = if i.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        };
        Self {
            id: format!("m{i:07}"),
            role: role.to_owned(),
            content: content(i),
        }
    }
}

fn characters(word: u64) -> impl Iterator<Item = char> {
    (0..CHARS_PER_WORD).map(move |place| {
        let bits = word >> (6 * place) & 63;
        char::from(ALPHABET[bits as usize])
    })
}

fn splitmix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ x >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_published_generator() {
        assert_eq!(splitmix64(0), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn texts_have_the_sizes_of_the_contract_and_differ() {
        assert_eq!((content(0).len(), query().len()), (1000, 3600));
        assert_eq!(found(&query()).len(), 36_180);
        assert_ne!(content(0)[..10], content(1)[..10]);
        // The low six bits of the word come first: 0x2F of 0xE220A8397B1DCDAF.
        assert!(content(0).starts_with('v'));
    }
}
