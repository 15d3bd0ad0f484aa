//! Keeps track of a kitchen: what is in it, what to use up, what to buy.
//!
//! A [`Pantry`] holds what there is, a [`Recipe`] says what is needed, and a
//! [`ShoppingList`] is the difference.

mod amount;
mod date;
mod pantry;
mod quantity;
mod recipe;
mod shopping;

pub use amount::{Amount, BadAmount};
pub use date::{BadDate, Date};
pub use pantry::{Item, Pantry};
pub use quantity::{BadQuantity, Quantity, Unit};
pub use recipe::{BadRecipe, Ingredient, Problem, Recipe};
pub use shopping::{Entry, ShoppingList};
