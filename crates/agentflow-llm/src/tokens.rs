//! How many tokens a text has.
//!
//! Every model counts in its own way; what is here needs none of them.

use crate::Message;

/// Characters a token stands for where nobody counts. Right within a third for English prose
/// and code.
pub(crate) const CHARS_PER_TOKEN: u64 = 4;

/// Tokens that mark where a message begins, who speaks and where it ends, in the formats of
/// most chat models.
const TOKENS_PER_MESSAGE: u64 = 4;

/// Tokens of a picture of about a thousand pixels each way, at full detail, as OpenAI counts
/// them; others are within half and twice of it.
pub(crate) const TOKENS_PER_IMAGE: u64 = 765;

/// Counts tokens, exactly or about.
pub trait TokenCounter: Send + Sync {
    /// The tokens of a text.
    fn count(&self, text: &str) -> u64;

    /// The tokens of a message with its tool calls, and what marks it as a message. Reasoning
    /// counts with its stored form, and each picture as 765 tokens.
    fn count_message(&self, message: &Message) -> u64 {
        let mut tokens = self.count(message.text()) + TOKENS_PER_MESSAGE;
        if let Message::User { images, .. } = message {
            tokens += TOKENS_PER_IMAGE * images.len() as u64;
        }
        if let Message::Assistant(said) = message {
            for call in &said.tool_calls {
                tokens += self.count(&call.name) + self.count(&call.arguments);
            }
            for block in &said.reasoning {
                tokens += self.count(&block.to_string());
            }
        }
        tokens
    }
}

/// Counts a token for every four characters.
///
/// ```
/// use agentflow_llm::{EstimatedTokens, TokenCounter};
///
/// assert_eq!(EstimatedTokens.count("12345"), 2);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EstimatedTokens;

impl TokenCounter for EstimatedTokens {
    fn count(&self, text: &str) -> u64 {
        estimated(chars(text))
    }
}

pub(crate) fn chars(text: &str) -> u64 {
    text.chars().count() as u64
}

pub(crate) fn estimated(chars: u64) -> u64 {
    chars.div_ceil(CHARS_PER_TOKEN)
}
