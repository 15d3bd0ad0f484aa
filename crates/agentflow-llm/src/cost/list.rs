//! OpenRouter's list of models, as far as it is about prices.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model_price::{ModelPrice, TokenPrices};
use super::price::{Price, PriceError};

/// Why there are no prices in what should be a list of models.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PricesError {
    /// It is no JSON.
    #[error("the list of models is no JSON; check the address that it comes from")]
    NotJson {
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// It is JSON, but holds no models.
    #[error("the list of models holds no array `data`; check the address that it comes from")]
    NoList,
}

/// A model of the list.
pub(super) struct Listed<'a> {
    pub(super) id: &'a str,
    /// The name that stays with the model when its id comes to mean a newer one.
    pub(super) slug: Option<&'a str>,
    pub(super) price: ModelPrice,
}

/// Why a model has no price.
enum Unpriced {
    /// It costs what the model costs that it picks.
    Dynamic,
    Unreadable(PriceError),
}

/// The models of a list that have a price.
pub(super) fn listed(list: &Value) -> Result<impl Iterator<Item = Listed<'_>>, PricesError> {
    let models = list.get("data").unwrap_or(list);
    let models = models.as_array().ok_or(PricesError::NoList)?;
    Ok(models.iter().filter_map(model))
}

fn model(model: &Value) -> Option<Listed<'_>> {
    let id = model.get("id")?.as_str()?;
    match model_price(model.get("pricing")?) {
        Ok(price) => Some(Listed {
            id,
            slug: model.get("canonical_slug").and_then(Value::as_str),
            price,
        }),
        Err(Unpriced::Dynamic) => None,
        Err(Unpriced::Unreadable(error)) => {
            tracing::warn!(model = id, %error, "a model's prices cannot be read");
            None
        }
    }
}

fn model_price(pricing: &Value) -> Result<ModelPrice, Unpriced> {
    let mut long_prompts = BTreeMap::new();
    let overrides = pricing.get("overrides").and_then(Value::as_array);
    for other in overrides.into_iter().flatten() {
        // Prices on another condition do not hold for every request.
        if let Some(least) = other.get("min_prompt_tokens").and_then(Value::as_u64) {
            long_prompts.insert(least, token_prices(other)?);
        }
    }
    Ok(ModelPrice {
        tokens: token_prices(pricing)?,
        request: price(pricing, "request")?,
        image: price(pricing, "image")?,
        long_prompts,
    })
}

fn token_prices(pricing: &Value) -> Result<TokenPrices, Unpriced> {
    Ok(TokenPrices {
        prompt: price(pricing, "prompt")?,
        completion: price(pricing, "completion")?,
        cache_read: price(pricing, "input_cache_read")?,
        cache_write: price(pricing, "input_cache_write")?,
        reasoning: price(pricing, "internal_reasoning")?,
    })
}

fn price(pricing: &Value, field: &str) -> Result<Option<Price>, Unpriced> {
    let text = match pricing.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.trim_start().starts_with('-') {
        return Err(Unpriced::Dynamic);
    }
    text.parse().map(Some).map_err(Unpriced::Unreadable)
}
