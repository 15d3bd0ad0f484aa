//! Prices of many models, found by name.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::list::{Listed, PricesError, listed};
use super::model_price::ModelPrice;
use crate::Usage;

/// Prices of models, by their ids: a provider's list, what was set by hand, or both.
///
/// A model is found by its id, as it is written. Where no model has that id, it is found by
/// the lasting name that OpenRouter gives besides it (`canonical_slug`, which replies name),
/// if all models of that name cost the same; and else without a date at its end, such as
/// `-20260813` or `-2026-08-13`, with which providers name the state of a model that was
/// asked for by its plain id. An id with a variant, such as `:free`, has a price of its own
/// or none.
///
/// ```
/// use agentflow_llm::{ModelPrice, ModelPrices, Usage};
/// use serde_json::json;
///
/// let list = json!({"data": [
///     {"id": "qwen/qwen3.8-27b", "pricing": {"prompt": "0.00000045", "completion": "0.0000032"}},
/// ]});
/// let prices = ModelPrices::from_open_router(&list)?
///     .with("local", ModelPrice::per_million("0", "0")?);
/// assert_eq!(prices.cost("qwen/qwen3.8-27b", &Usage::tokens(1000, 100)), Some(770));
/// assert_eq!(prices.cost("local", &Usage::tokens(1000, 100)), Some(0));
/// assert_eq!(prices.cost("another", &Usage::tokens(1000, 100)), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ModelPrices {
    by_id: BTreeMap<String, ModelPrice>,
    /// `None` where models of one name have several prices.
    by_slug: BTreeMap<String, Option<ModelPrice>>,
}

impl ModelPrices {
    /// No model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The models of OpenRouter's list, as `GET /api/v1/models` answers it.
    ///
    /// Its prices are texts of US dollars. A model whose price is negative is one that picks
    /// another for each request: nobody knows its price before, so it is left out. So is a
    /// model whose prices cannot be read, with a warning, for the others to stay.
    ///
    /// # Errors
    /// If that is no list of models.
    pub fn from_open_router(list: &Value) -> Result<Self, PricesError> {
        let mut prices = Self::new();
        for model in listed(list)? {
            prices.add(model);
        }
        Ok(prices)
    }

    /// As [`ModelPrices::from_open_router`], from the bytes of the answer.
    ///
    /// # Errors
    /// If they are no JSON, or no list of models.
    pub fn from_open_router_bytes(list: &[u8]) -> Result<Self, PricesError> {
        let list =
            serde_json::from_slice(list).map_err(|source| PricesError::NotJson { source })?;
        Self::from_open_router(&list)
    }

    /// The same with this price for a model, instead of one that it had.
    #[must_use]
    pub fn with(mut self, model: impl Into<String>, price: ModelPrice) -> Self {
        self.by_id.insert(model.into(), price);
        self
    }

    /// What a model asks for; `None` if it is not known.
    #[must_use]
    pub fn price(&self, model: &str) -> Option<&ModelPrice> {
        let named = |name: &str| {
            let of_slug = || self.by_slug.get(name).and_then(Option::as_ref);
            self.by_id.get(name).or_else(of_slug)
        };
        named(model).or_else(|| named(without_date(model)?))
    }

    /// What a reply of a model costs, in millionths of a US dollar, rounded up; `None` if that
    /// is not known.
    #[must_use]
    pub fn cost(&self, model: &str, usage: &Usage) -> Option<u64> {
        self.price(model)?.cost(usage)
    }

    fn add(&mut self, model: Listed<'_>) {
        // A variant shares the lasting name of its model, and not its price.
        if let Some(slug) = model.slug.filter(|_| !model.id.contains(':')) {
            let price = Some(model.price.clone());
            let known = self.by_slug.entry(slug.to_owned());
            let known = known.or_insert_with(|| price.clone());
            if *known != price {
                *known = None;
            }
        }
        self.by_id.insert(model.id.to_owned(), model.price);
    }
}

/// `x` of `x-20260813` and of `x-2026-08-13`.
fn without_date(model: &str) -> Option<&str> {
    let has_shape = |text: &str, shape: &str| {
        let mut pairs = text.bytes().zip(shape.bytes());
        text.len() == shape.len()
            && pairs.all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    ["-00000000", "-0000-00-00"].iter().find_map(|shape| {
        let at = model.len().checked_sub(shape.len())?;
        let (name, date) = model.split_at_checked(at)?;
        has_shape(date, shape).then_some(name)
    })
}

impl fmt::Debug for ModelPrices {
    /// Says how many there are: a list has hundreds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelPrices")
            .field("models", &self.by_id.len())
            .finish_non_exhaustive()
    }
}
