//! What one model asks for, and what a reply of it costs.

use std::collections::BTreeMap;

use super::price::{Price, PriceError, micro_usd};
use crate::Usage;

/// What a model asks for. `None` is a price that nobody knows, unless its field says more.
///
/// ```
/// use agentflow_llm::{ModelPrice, Usage};
///
/// let price = ModelPrice::per_million("0.45", "3.2")?;
/// assert_eq!(price.cost(&Usage::tokens(1000, 100)), Some(770));
/// # Ok::<(), agentflow_llm::PriceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelPrice {
    /// Of tokens.
    pub tokens: TokenPrices,
    /// Of each request besides its tokens; nothing if it is `None`.
    pub request: Option<Price>,
    /// Of each image of a request. Not part of [`ModelPrice::cost`]: a usage counts no images.
    pub image: Option<Price>,
    /// Other prices of tokens for requests of at least so many prompt tokens. What they leave
    /// open is as in [`ModelPrice::tokens`].
    pub long_prompts: BTreeMap<u64, TokenPrices>,
}

/// What a model asks for a token of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenPrices {
    /// Of the request.
    pub prompt: Option<Price>,
    /// Of the reply.
    pub completion: Option<Price>,
    /// Of the request, where the provider reads it from its cache; as another token of the
    /// request if it is `None`.
    pub cache_read: Option<Price>,
    /// Of the request, where the provider writes it to its cache. Not part of
    /// [`ModelPrice::cost`]: a usage does not count them apart.
    pub cache_write: Option<Price>,
    /// Of the reply, where it is reasoning; as another token of the reply if it is `None`.
    pub reasoning: Option<Price>,
}

impl ModelPrice {
    /// So many US dollars for a million tokens of requests, and of replies.
    ///
    /// # Errors
    /// If one of them is no decimal number, or less than nothing.
    pub fn per_million(prompt: &str, completion: &str) -> Result<Self, PriceError> {
        let tokens = TokenPrices {
            prompt: Some(Price::per_million(prompt)?),
            completion: Some(Price::per_million(completion)?),
            ..TokenPrices::default()
        };
        Ok(Self {
            tokens,
            ..Self::default()
        })
    }

    /// What one reply costs, in millionths of a US dollar, rounded up; `None` if it has tokens
    /// whose price nobody knows. Stops at the largest number.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<u64> {
        let prompt = self.per_token(usage, |tokens| tokens.prompt);
        let completion = self.per_token(usage, |tokens| tokens.completion);
        let cache_read = self.per_token(usage, |tokens| tokens.cache_read);
        let reasoning = self.per_token(usage, |tokens| tokens.reasoning);
        let cached = usage.cached_prompt_tokens.min(usage.prompt_tokens);
        let reasoned = usage.reasoning_tokens.min(usage.completion_tokens);
        let parts = [
            (prompt, usage.prompt_tokens - cached),
            (cache_read.or(prompt), cached),
            (completion, usage.completion_tokens - reasoned),
            (reasoning.or(completion), reasoned),
            (Some(self.request.unwrap_or_default()), 1),
        ];
        let mut units = 0_u128;
        for (price, count) in parts {
            if count > 0 {
                units = units.saturating_add(price?.times(count));
            }
        }
        Some(micro_usd(units))
    }

    /// One of the prices of tokens, for a request as long as this.
    fn per_token(&self, usage: &Usage, of: fn(&TokenPrices) -> Option<Price>) -> Option<Price> {
        let reached = self.long_prompts.range(..=usage.prompt_tokens);
        let long = reached.last().and_then(|(_, tokens)| of(tokens));
        long.or_else(|| of(&self.tokens))
    }
}
