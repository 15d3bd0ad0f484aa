//! What a reply cost, in tokens and money.
//!
//! Only counts and adds. Limits on spending are a layer's business.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use crate::tokens::{CHARS_PER_TOKEN, TOKENS_PER_IMAGE, chars, estimated};
use crate::{AssistantMessage, ChatRequest, Message};

/// Tokens and money spent on one reply, or on many added up.
///
/// ```
/// use agentflow_llm::Usage;
///
/// let mut one = Usage::tokens(100, 20);
/// one.cost_micro_usd = Some(30);
/// let total: Usage = [one, one].into_iter().sum();
/// assert_eq!((total.total_tokens(), total.cost_micro_usd), (240, Some(60)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens of the reply, reasoning included.
    pub completion_tokens: u64,
    /// How many of `prompt_tokens` the provider read from its cache.
    pub cached_prompt_tokens: u64,
    /// How many of `completion_tokens` were reasoning.
    pub reasoning_tokens: u64,
    /// Millionths of a US dollar, rounded up; `None` where the provider names no price.
    ///
    /// In a sum: at least this much, since parts without a price add nothing.
    pub cost_micro_usd: Option<u64>,
}

impl Usage {
    /// Counts without a price.
    #[must_use]
    pub fn tokens(prompt: u64, completion: u64) -> Self {
        Self {
            prompt_tokens: prompt,
            completion_tokens: completion,
            ..Self::default()
        }
    }

    /// Tokens of the request and the reply together.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// A guess from the length of the texts, for models that report no counts.
    pub(crate) fn estimated(request: &ChatRequest, reply: &AssistantMessage) -> Self {
        let prompt = request.messages.iter().map(message_chars).sum();
        Self::tokens(estimated(prompt), estimated(assistant_chars(reply)))
    }
}

fn message_chars(message: &Message) -> u64 {
    match message {
        Message::Assistant(said) => assistant_chars(said),
        Message::User { text, images, .. } => {
            chars(text) + images.len() as u64 * TOKENS_PER_IMAGE * CHARS_PER_TOKEN
        }
        other => chars(other.text()),
    }
}

fn assistant_chars(said: &AssistantMessage) -> u64 {
    let calls = said.tool_calls.iter();
    let calls: u64 = calls
        .map(|call| chars(&call.name) + chars(&call.arguments))
        .sum();
    calls + said.text.as_deref().map_or(0, chars)
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self
                .completion_tokens
                .saturating_add(other.completion_tokens),
            cached_prompt_tokens: self
                .cached_prompt_tokens
                .saturating_add(other.cached_prompt_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
            cost_micro_usd: match (self.cost_micro_usd, other.cost_micro_usd) {
                (Some(a), Some(b)) => Some(a.saturating_add(b)),
                (known, None) | (None, known) => known,
            },
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_keeps_every_price_that_is_known() {
        for (costs, want) in [
            (&[][..], None),
            (&[None, None], None),
            (&[None, Some(3)], Some(3)),
            (&[Some(2), None, Some(3)], Some(5)),
            (&[Some(u64::MAX), Some(1)], Some(u64::MAX)),
        ] {
            let usages = costs.iter().map(|&cost_micro_usd| Usage {
                cost_micro_usd,
                ..Usage::default()
            });
            assert_eq!(usages.sum::<Usage>().cost_micro_usd, want, "{costs:?}");
        }
    }

    #[test]
    fn an_estimate_counts_four_characters_a_token_and_rounds_up() {
        let request = ChatRequest::new([Message::system("1234"), Message::user("é")]);
        let reply = AssistantMessage::text("123456789");
        assert_eq!(Usage::estimated(&request, &reply), Usage::tokens(2, 3));
    }
}
