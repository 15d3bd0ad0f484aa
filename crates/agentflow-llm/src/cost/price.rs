//! One price, exactly as it is written.

use std::str::FromStr;

use crate::clip::start_of;

/// Digits behind the point that a price keeps. OpenRouter writes some with 22.
const DECIMALS: i32 = 24;

/// Units of a price in a millionth of a dollar.
const UNITS_PER_MICRO_USD: u128 = 10_u128.pow(18);

/// Enough of a text to find it in its list.
const CHARS_SHOWN: usize = 40;

/// What one thing costs, such as a token, a request or an image, in US dollars.
///
/// Exact to 24 digits behind the point; what is beyond them is rounded up.
///
/// ```
/// use agentflow_llm::Price;
///
/// let per_token: Price = "0.00000045".parse()?;
/// assert_eq!(Price::per_million("0.45")?, per_token);
/// # Ok::<(), agentflow_llm::PriceError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u128);

/// A text is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no price; write US dollars as a decimal number such as `0.00000045`")]
#[non_exhaustive]
pub struct PriceError {
    /// The start of the text.
    pub text: String,
}

impl Price {
    /// What a thing costs of which a million cost so many US dollars, which is how prices of
    /// tokens are told to people.
    ///
    /// # Errors
    /// If that is no decimal number, or less than nothing.
    pub fn per_million(usd: &str) -> Result<Self, PriceError> {
        read(usd, -6)
    }

    /// So many of these, in [`micro_usd`]'s units. Stops at the largest number.
    pub(super) fn times(self, count: u64) -> u128 {
        self.0.saturating_mul(u128::from(count))
    }
}

/// Whole millionths of a dollar, rounded up, so that many small costs never add up to less
/// than was charged. Stops at the largest number.
pub(super) fn micro_usd(units: u128) -> u64 {
    u64::try_from(units.div_ceil(UNITS_PER_MICRO_USD)).unwrap_or(u64::MAX)
}

impl FromStr for Price {
    type Err = PriceError;

    /// US dollars for one, as a decimal number, with an exponent or without.
    fn from_str(usd: &str) -> Result<Self, PriceError> {
        read(usd, 0)
    }
}

fn read(usd: &str, exponent: i32) -> Result<Price, PriceError> {
    units(usd.trim(), exponent)
        .map(Price)
        .ok_or_else(|| PriceError {
            text: start_of(usd, CHARS_SHOWN),
        })
}

/// `text` × 10^`exponent` dollars; `None` if that is no number, or one that is too large.
fn units(text: &str, exponent: i32) -> Option<u128> {
    let (number, own_exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits: u128 = digits.parse().ok()?;
    let fraction = i32::try_from(fraction.len()).ok()?;
    let own_exponent = i32::from(own_exponent.parse::<i16>().ok()?);
    let shift = DECIMALS + exponent + own_exponent - fraction;
    let factor = 10_u128.checked_pow(shift.unsigned_abs());
    match factor {
        _ if digits == 0 => Some(0),
        Some(factor) if shift >= 0 => digits.checked_mul(factor),
        Some(factor) => Some(digits.div_ceil(factor)),
        None => (shift < 0).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_is_read_to_its_last_digit_or_refused() {
        for (text, want) in [
            ("0", Some(0)),
            ("0.0", Some(0)),
            ("-0.1", None),
            ("-1", None),
            ("1", Some(10_u128.pow(24))),
            (" 1.5 ", Some(15 * 10_u128.pow(23))),
            ("0.00000045", Some(45 * 10_u128.pow(16))),
            ("4.5e-7", Some(45 * 10_u128.pow(16))),
            ("45E-8", Some(45 * 10_u128.pow(16))),
            ("0.0000000208333333333333", Some(20_833_333_333_333_300)),
            ("0.0000000000000000000000001", Some(1)),
            ("1e-30000", Some(1)),
            ("0e30000", Some(0)),
            ("1e30000", None),
            ("1e99999999999", None),
            (
                "340282366920938",
                Some(340_282_366_920_938 * 10_u128.pow(24)),
            ),
            ("340282366920939", None),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("$1", None),
            ("+1", None),
            ("NaN", None),
            ("inf", None),
        ] {
            let got = text.parse::<Price>();
            assert_eq!(got.map(|price| price.0).ok(), want, "{text}");
        }
        let error = "one dollar"
            .parse::<Price>()
            .map_err(|error| error.to_string());
        let want =
            "`one dollar` is no price; write US dollars as a decimal number such as `0.00000045`";
        assert_eq!(error, Err(want.to_owned()));
    }

    proptest! {
        #[test]
        fn a_cost_is_exact_and_rounded_up(nano_usd in 0_u64..1_000_000, count: u32) {
            let text = format!("{nano_usd}e-9");
            let price: Price = text.parse().map_err(|_| TestCaseError::fail("no price"))?;
            let exact = u128::from(nano_usd) * u128::from(count);
            prop_assert_eq!(u128::from(micro_usd(price.times(count.into()))), exact.div_ceil(1000));
        }
    }
}
