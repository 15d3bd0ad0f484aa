//! What a reply costs where its provider does not say so: prices of models, and exact sums.
//!
//! Reads lists of prices and never fetches one. What is spent, and how much may be, is
//! `ledger`'s and `layers`' business.

mod list;
mod model_price;
mod price;
mod prices;

pub use list::PricesError;
pub use model_price::{ModelPrice, TokenPrices};
pub use price::{Price, PriceError};
pub use prices::ModelPrices;
