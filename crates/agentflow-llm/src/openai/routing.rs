//! Which of the providers behind OpenRouter may answer.

use serde::Serialize;

/// Wishes about the providers behind OpenRouter; other servers are not told of them. Empty by
/// default, and then OpenRouter chooses.
///
/// ```
/// use agentflow_llm::{DataCollection, OpenRouter, ProviderRouting, ProviderSort};
///
/// # fn main() -> Result<(), agentflow_llm::SetupError> {
/// let model = OpenRouter::builder("sk-or-example")
///     .routing(ProviderRouting {
///         ignore: vec!["deepinfra".into()],
///         data_collection: Some(DataCollection::Deny),
///         sort: Some(ProviderSort::Throughput),
///         ..ProviderRouting::default()
///     })
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProviderRouting {
    /// Providers in the order in which they are tried, before any other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// The only providers that may answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Providers that may not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Whether others may answer where those named in `order` do not; they may by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_fallbacks: Option<bool>,
    /// Whether providers may answer that keep what they are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_collection: Option<DataCollection>,
    /// `Some(true)`: only endpoints may answer that keep nothing at all.
    #[serde(rename = "zdr", skip_serializing_if = "Option::is_none")]
    pub zero_data_retention: Option<bool>,
    /// What matters most among providers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<ProviderSort>,
    /// Precisions that a model may run in, such as `fp8`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quantizations: Vec<String>,
    /// What an answer may cost at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_price: Option<MaxPrice>,
}

/// Whether providers may keep what they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DataCollection {
    /// They may keep it, and train on it.
    Allow,
    /// They may not.
    Deny,
}

/// What matters most among providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProviderSort {
    /// The cheapest first.
    Price,
    /// The one that writes most tokens a second first.
    Throughput,
    /// The one that begins soonest first.
    Latency,
}

/// Prices that no provider may exceed, in US dollars for a million tokens, as decimal numbers
/// such as `0.60`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MaxPrice {
    /// For tokens of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// For tokens of the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<String>,
}
