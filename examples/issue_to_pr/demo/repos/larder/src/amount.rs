//! Amounts, exact to a thousandth.

use std::fmt;
use std::str::FromStr;

/// How much of something, in thousandths, so that adding never drifts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    thousandths: u64,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount::whole(0);

    /// A whole number.
    pub const fn whole(number: u32) -> Amount {
        Amount {
            thousandths: number as u64 * 1000,
        }
    }

    /// Both together.
    pub fn plus(self, other: Amount) -> Amount {
        Amount {
            thousandths: self.thousandths.saturating_add(other.thousandths),
        }
    }

    /// What is left; nothing if the other is larger.
    pub fn minus(self, other: Amount) -> Amount {
        Amount {
            thousandths: self.thousandths.saturating_sub(other.thousandths),
        }
    }

    /// A thousand times as much: kilograms in grams.
    pub fn thousandfold(self) -> Amount {
        Amount {
            thousandths: self.thousandths.saturating_mul(1000),
        }
    }

    /// A thousandth of it, rounded down: grams in kilograms.
    pub fn thousandth(self) -> Amount {
        Amount {
            thousandths: self.thousandths / 1000,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.thousandths / 1000)?;
        match self.thousandths % 1000 {
            0 => Ok(()),
            rest => write!(f, ".{}", format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

/// Reads `3` and `0.25`.
impl FromStr for Amount {
    type Err = BadAmount;

    fn from_str(text: &str) -> Result<Amount, BadAmount> {
        let bad = || BadAmount {
            text: text.to_string(),
        };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.is_empty() || decimals.len() > 3 {
            return Err(bad());
        }
        let whole: u32 = whole.parse().map_err(|_| bad())?;
        let decimals: u64 = format!("{decimals:0<3}").parse().map_err(|_| bad())?;
        Ok(Amount {
            thousandths: u64::from(whole) * 1000 + decimals,
        })
    }
}

/// A text that is not an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAmount {
    /// The text.
    pub text: String,
}

impl fmt::Display for BadAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an amount, such as 3 or 0.25", self.text)
    }
}

impl std::error::Error for BadAmount {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_they_are_read() {
        for text in ["0", "3", "0.25", "1.5", "12.125"] {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", ".", "-1", "1.", "0.0001", "a few", "1,5"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }

    #[test]
    fn less_than_nothing_is_nothing() {
        let (one, two) = (Amount::whole(1), Amount::whole(2));
        assert_eq!(two.minus(one), one);
        assert_eq!(one.minus(two), Amount::ZERO);
    }
}
