//! Vectors of texts that are the same in every process, and near each other where texts share
//! words. They know nothing of meaning.

use crate::wire::fnv;

/// How many numbers of a vector a word adds to: several, so that two words seldom share all.
const PLACES_PER_WORD: u8 = 8;

/// The vector of these words: of length 1, and with `dims` numbers.
pub(crate) fn vector(words: &[String], dims: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f32; dims];
    for word in words {
        let mut drawn = fnv(word.bytes());
        for _ in 0..PLACES_PER_WORD {
            drawn = mixed(drawn);
            let sign = if drawn >> 63 == 0 { 1.0 } else { -1.0 };
            sums[(drawn % dims as u64) as usize] += sign;
        }
    }
    let length = sums
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length == 0.0 {
        // All cancelled out, or there was nothing.
        sums[0] = 1.0;
        return sums;
    }
    sums.iter().map(|number| number / length).collect()
}

/// The next number of splitmix64: each bit follows from all bits of the one before.
fn mixed(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The words of a text, or all of it where it has none.
pub(crate) fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let runs = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = runs
        .filter(|run| !run.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() { vec![text] } else { words }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_1_SQRT_2;

    use super::*;

    fn likeness(one: &str, other: &str) -> f32 {
        let (one, other) = (vector(&words(one), 256), vector(&words(other), 256));
        one.iter().zip(&other).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn texts_are_as_near_as_the_words_they_share() {
        let near = likeness("the cat sat", "The cat, sat!");
        let half = likeness("the cat sat", "the cat ran");
        let far = likeness("the cat sat", "stocks fell again");
        assert!((near - 1.0).abs() < 1e-5, "{near}");
        assert!(0.4 < half && half < 0.9, "{half}");
        assert!(far.abs() < 0.3, "{far}");
        assert!(likeness("…", "?!").abs() < 0.9);
    }

    #[test]
    fn a_vector_has_length_one_whatever_it_is_of() {
        for dims in [1, 2, 1_536] {
            for text in ["", "?", "one", "a b c d e f g"] {
                let vector = vector(&words(text), dims);
                let length: f32 = vector.iter().map(|number| number * number).sum();
                assert_eq!(vector.len(), dims);
                assert!((length - 1.0).abs() < 1e-5, "{text:?} {dims}: {length}");
            }
        }
    }

    #[test]
    fn a_vector_is_frozen() {
        let half = FRAC_1_SQRT_2;
        assert_eq!(vector(&words("one two"), 4), [-half, 0.0, 0.0, half]);
    }
}
