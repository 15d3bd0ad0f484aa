//! Counts and costs, as servers tell them.

use serde::Deserialize;

use crate::Usage;

const MICROS_PER_USD: f64 = 1e6;

#[derive(Debug, Deserialize)]
pub(super) struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    cost: Option<f64>,
    is_byok: Option<bool>,
    cost_details: Option<CostDetails>,
}

#[derive(Debug, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CostDetails {
    upstream_inference_cost: Option<f64>,
}

impl WireUsage {
    pub(super) fn into_usage(self) -> Usage {
        let prompt = self.prompt_tokens.unwrap_or_default();
        let completion = self.completion_tokens.unwrap_or_default();
        let mut usage = Usage::tokens(prompt, completion);
        let cached = self
            .prompt_tokens_details
            .and_then(|details| details.cached_tokens);
        usage.cached_prompt_tokens = cached.unwrap_or_default();
        let reasoning = self.completion_tokens_details;
        let reasoning = reasoning.and_then(|details| details.reasoning_tokens);
        usage.reasoning_tokens = reasoning.unwrap_or_default();
        // With the caller's own key at the provider behind, that provider charges apart.
        let apart = match self.is_byok {
            Some(true) => self
                .cost_details
                .and_then(|details| details.upstream_inference_cost),
            _ => None,
        };
        usage.cost_micro_usd = match (self.cost, apart) {
            (None, None) => None,
            (cost, apart) => Some(micro_usd(cost.unwrap_or(0.0) + apart.unwrap_or(0.0))),
        };
        usage
    }
}

/// Rounded up, so that many small costs never add up to less than was charged.
pub(super) fn micro_usd(usd: f64) -> u64 {
    // 0.000003 * 1e6 is a little more than 3; that little is no cost.
    const NOISE: f64 = 1e-6;
    // The cast saturates, and makes 0 of NaN and of anything below.
    (usd * MICROS_PER_USD - NOISE).ceil() as u64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_cost_is_rounded_up_to_whole_millionths() {
        for (usd, want) in [
            (0.0, 0),
            (0.000_003, 3),
            (0.000_003_15, 4),
            (0.000_000_01, 1),
            (0.00019, 190),
            (-1.0, 0),
            (f64::NAN, 0),
        ] {
            assert_eq!(micro_usd(usd), want, "{usd}");
        }
    }

    #[test]
    fn with_an_own_key_the_provider_behind_is_part_of_the_cost() {
        for (is_byok, want) in [(true, 326), (false, 1)] {
            let usage: WireUsage = serde_json::from_value(json!({
                "prompt_tokens": 326, "completion_tokens": 91,
                "cost": 0.000_000_5, "is_byok": is_byok,
                "cost_details": {"upstream_inference_cost": 0.000_325_3},
            }))
            .unwrap();
            assert_eq!(usage.into_usage().cost_micro_usd, Some(want));
        }
    }
}
