//! Counts tokens as OpenAI's models do. Needs the feature `tiktoken`, which adds 8 MB of
//! vocabularies to a program.

use std::fmt;

use tiktoken_rs::CoreBPE;
use tiktoken_rs::tokenizer::{Tokenizer, get_tokenizer};

use crate::TokenCounter;

/// Longest part of a text that is counted at once: the time for one word grows faster than its
/// length. A cut adds a token at most.
const PART_BYTES: usize = 16 * 1024;

/// Counts tokens with a vocabulary of OpenAI's.
///
/// Exact for the models that use it; for others still nearer than
/// [`EstimatedTokens`](crate::EstimatedTokens) where a text is no English prose.
///
/// ```
/// use agentflow_llm::{HistoryLimit, TiktokenTokens, TokenCounter};
///
/// let counter = TiktokenTokens::o200k();
/// assert_eq!(counter.count("tiktoken is great!"), 6);
/// let limit = HistoryLimit::tokens(100_000).counted_by(counter);
/// ```
#[derive(Clone, Copy)]
pub struct TiktokenTokens {
    vocabulary: &'static CoreBPE,
}

impl TiktokenTokens {
    /// The vocabulary of `gpt-4o` and of what came after it. The first call reads it, which
    /// takes a fraction of a second.
    #[must_use]
    pub fn o200k() -> Self {
        Self {
            vocabulary: tiktoken_rs::o200k_base_singleton(),
        }
    }

    /// The vocabulary of `gpt-4` and `gpt-3.5-turbo`; as [`TiktokenTokens::o200k`].
    #[must_use]
    pub fn cl100k() -> Self {
        Self {
            vocabulary: tiktoken_rs::cl100k_base_singleton(),
        }
    }

    /// That of a model of OpenAI's, such as `gpt-4o-mini` or `openai/gpt-4o-mini`; `None` for
    /// one that is not known.
    #[must_use]
    pub fn for_model(model: &str) -> Option<Self> {
        let model = model.strip_prefix("openai/").unwrap_or(model);
        match get_tokenizer(model)? {
            Tokenizer::O200kBase | Tokenizer::O200kHarmony => Some(Self::o200k()),
            Tokenizer::Cl100kBase => Some(Self::cl100k()),
            _ => None,
        }
    }
}

impl TokenCounter for TiktokenTokens {
    fn count(&self, text: &str) -> u64 {
        let mut tokens = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(end_of_part(rest));
            tokens += self.vocabulary.encode_ordinary(part).len() as u64;
            rest = behind;
        }
        tokens
    }
}

/// At the end of a line where there is one.
fn end_of_part(text: &str) -> usize {
    if text.len() <= PART_BYTES {
        return text.len();
    }
    let end = text.floor_char_boundary(PART_BYTES);
    text[..end].rfind('\n').map_or(end, |line| line + 1)
}

impl fmt::Debug for TiktokenTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TiktokenTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_of_openai_finds_its_vocabulary_and_others_none() {
        let count = |counter: TiktokenTokens| counter.count("привет, мир");
        let (new, old) = (
            count(TiktokenTokens::o200k()),
            count(TiktokenTokens::cl100k()),
        );
        assert!(new < old, "{new} and {old}: the newer one knows more words");
        for (model, want) in [
            ("gpt-4o-mini", Some(new)),
            ("openai/gpt-4o", Some(new)),
            ("gpt-4", Some(old)),
            ("qwen/qwen2.5-coder-7b-instruct", None),
        ] {
            assert_eq!(TiktokenTokens::for_model(model).map(count), want, "{model}");
        }
    }

    #[test]
    fn texts_that_no_person_writes_are_counted_too() {
        let counter = TiktokenTokens::o200k();
        for (name, text) in [
            ("one word", "a".repeat(200_000)),
            ("spaces", " ".repeat(200_000)),
            ("lines", "\n".repeat(200_000)),
            ("a special token", "<|endoftext|>".repeat(10_000)),
            ("pictures", "\u{1F980}".repeat(50_000)),
        ] {
            let tokens = counter.count(&text);
            assert!(
                tokens > 0 && tokens <= text.len() as u64,
                "{name}: {tokens}"
            );
        }
        assert_eq!(counter.count(""), 0);
    }

    #[test]
    fn a_long_text_counts_as_much_as_its_parts() {
        let counter = TiktokenTokens::cl100k();
        let line = "fn main() { println!(\"hello\"); }\n";
        let long = line.repeat(5_000);
        let lines = counter.count(line) * 5_000;
        let counted = counter.count(&long);
        assert!(
            counted.abs_diff(lines) * 100 <= lines,
            "{counted} of {lines}"
        );
    }
}
