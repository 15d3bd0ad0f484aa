//! Amounts with a unit.

use std::fmt;
use std::str::FromStr;

use crate::{Amount, BadAmount};

/// What an amount counts. Larger units are read, and kept in these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Eggs, lemons, tins.
    Piece,
    /// Weight.
    Gram,
    /// Volume.
    Millilitre,
}

impl Unit {
    /// How the unit is written; pieces are not.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Piece => "",
            Unit::Gram => "g",
            Unit::Millilitre => "ml",
        }
    }
}

/// An amount of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// How much.
    pub amount: Amount,
    /// Of what unit.
    pub unit: Unit,
}

impl Quantity {
    /// An amount of what `unit` names: `g`, `kg`, `ml` or `l`; nothing for another name.
    pub fn named(amount: Amount, unit: &str) -> Option<Quantity> {
        let (amount, unit) = match unit {
            "g" => (amount, Unit::Gram),
            "kg" => (amount.thousandfold(), Unit::Gram),
            "ml" => (amount, Unit::Millilitre),
            "l" => (amount.thousandfold(), Unit::Millilitre),
            _ => return None,
        };
        Some(Quantity { amount, unit })
    }

    /// A number of pieces.
    pub fn pieces(amount: Amount) -> Quantity {
        Quantity {
            amount,
            unit: Unit::Piece,
        }
    }
}

/// Reads `3`, `250 g` and `0.5 l`.
impl FromStr for Quantity {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Quantity, BadQuantity> {
        match text.split_once(' ') {
            None => Ok(Quantity::pieces(text.parse()?)),
            Some((amount, unit)) => {
                Quantity::named(amount.parse()?, unit).ok_or_else(|| BadQuantity::Unit {
                    text: unit.to_string(),
                })
            }
        }
    }
}

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadQuantity {
    /// The amount cannot be read.
    Amount(BadAmount),
    /// There is no such unit.
    Unit {
        /// What was given.
        text: String,
    },
}

impl From<BadAmount> for BadQuantity {
    fn from(bad: BadAmount) -> BadQuantity {
        BadQuantity::Amount(bad)
    }
}

impl fmt::Display for BadQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadQuantity::Amount(bad) => bad.fmt(f),
            BadQuantity::Unit { text } => {
                write!(f, "`{text}` is not a unit; there are g, kg, ml and l")
            }
        }
    }
}

impl std::error::Error for BadQuantity {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_units_are_kept_in_smaller_ones() {
        for (text, amount, unit) in [
            ("3", 3, Unit::Piece),
            ("250 g", 250, Unit::Gram),
            ("0.25 kg", 250, Unit::Gram),
            ("1.5 l", 1500, Unit::Millilitre),
        ] {
            let amount = Amount::whole(amount);
            assert_eq!(text.parse(), Ok(Quantity { amount, unit }), "{text}");
        }
    }

    #[test]
    fn an_unknown_unit_is_named() {
        let bad = "2 bushels".parse::<Quantity>().unwrap_err();
        assert_eq!(
            bad.to_string(),
            "`bushels` is not a unit; there are g, kg, ml and l"
        );
    }
}
