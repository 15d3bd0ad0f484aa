//! What a server tells about its models and about the key it is asked with.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::address::{key_url, models_url};
use super::client::OpenAiCompatible;
use super::wire_usage::micro_usd;
use crate::{ModelError, ModelPrices, PricesError};

/// The models a server has, as it lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelList {
    listed: Value,
}

/// One model of a [`ModelList`]. What a server does not tell is `None` or empty.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ModelInfo {
    /// What requests name it by.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// How many tokens of a conversation it can read.
    #[serde(default, rename = "context_length")]
    pub context_tokens: Option<u64>,
    /// Fields of a request that it heeds, such as `tools` or `response_format`.
    #[serde(
        default,
        rename = "supported_parameters",
        deserialize_with = "none_is_empty"
    )]
    pub parameters: Vec<String>,
}

/// What may still be spent with a key of OpenRouter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyLimits {
    /// The key's beginning and end, by which a person knows it.
    pub label: Option<String>,
    /// Millionths of a US dollar the key may spend; `None` for as much as the account has.
    pub limit_micro_usd: Option<u64>,
    /// Of these, what is left.
    pub remaining_micro_usd: Option<u64>,
    /// What was spent with it so far.
    pub used_micro_usd: u64,
    /// Whether the account has never paid, which limits it to few requests a day.
    pub is_free_tier: bool,
    /// When the key ends, as RFC 3339.
    pub expires_at: Option<String>,
}

#[derive(Deserialize)]
struct WireKey {
    data: WireKeyData,
}

#[derive(Deserialize)]
struct WireKeyData {
    label: Option<String>,
    limit: Option<f64>,
    limit_remaining: Option<f64>,
    usage: Option<f64>,
    is_free_tier: Option<bool>,
    expires_at: Option<String>,
}

fn none_is_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl ModelList {
    /// The models, but for entries that are none.
    #[must_use]
    pub fn models(&self) -> Vec<ModelInfo> {
        let listed = self.listed["data"].as_array().into_iter().flatten();
        listed
            .filter_map(|model| ModelInfo::deserialize(model).ok())
            .collect()
    }

    /// What its models cost, as far as it tells; OpenRouter's does.
    ///
    /// # Errors
    /// If it is no list of models.
    pub fn prices(&self) -> Result<ModelPrices, PricesError> {
        ModelPrices::from_open_router(&self.listed)
    }

    /// The list as the server sent it, with whatever else it tells.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.listed
    }
}

impl OpenAiCompatible {
    /// The models the server has.
    ///
    /// # Errors
    /// As [`ChatModel::complete`](crate::ChatModel::complete).
    ///
    /// # Cancel safety
    /// Dropping it stops the call; nothing else happens.
    pub async fn model_list(&self) -> Result<ModelList, ModelError> {
        let url = models_url(self.server.url.clone());
        let listed = self.server.get(url).await?;
        Ok(ModelList { listed })
    }

    /// What may still be spent with the key, as OpenRouter tells it; others do not.
    ///
    /// # Errors
    /// As [`ChatModel::complete`](crate::ChatModel::complete).
    ///
    /// # Cancel safety
    /// Dropping it stops the call; nothing else happens.
    pub async fn key_limits(&self) -> Result<KeyLimits, ModelError> {
        let url = key_url(self.server.url.clone());
        let key: WireKey = self.server.get(url).await?;
        Ok(key.data.into_limits())
    }
}

impl WireKeyData {
    fn into_limits(self) -> KeyLimits {
        KeyLimits {
            label: self.label,
            limit_micro_usd: self.limit.map(micro_usd),
            remaining_micro_usd: self.limit_remaining.map(micro_usd),
            used_micro_usd: self.usage.map_or(0, micro_usd),
            is_free_tier: self.is_free_tier.unwrap_or_default(),
            expires_at: self.expires_at,
        }
    }
}
