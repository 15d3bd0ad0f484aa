//! The name that a wrong one was probably meant to be. Shared by what `compile`
//! refuses and by what a run refuses.

use std::cmp::min;

/// Longer names are compared with nothing: the work grows with the square.
const NAME_CHARS_MAX: usize = 128;

/// Shorter names are contained in too many others to be meant by them.
const PART_CHARS_MIN: usize = 3;

/// The one of `among` that `name` most likely means: a third of its letters may be
/// wrong, or one name may be a part of the other. Upper case counts as lower case.
/// Of two that are equally near it is the first in the alphabet.
pub(crate) fn nearest<'a>(name: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    if wanted.len() > NAME_CHARS_MAX {
        return None;
    }
    let near = among.into_iter().filter_map(|candidate| {
        let letters = folded(candidate);
        if letters.len() > NAME_CHARS_MAX {
            return None;
        }
        let distance = distance(&wanted, &letters);
        let longer = wanted.len().max(letters.len());
        // Of two single letters none is a slip for the other.
        let misspelt = distance <= longer.max(3) / 3 && distance < longer;
        let part = is_part(&wanted, &letters) || is_part(&letters, &wanted);
        (misspelt || part).then_some((!misspelt, distance, candidate))
    });
    near.min().map(|(_, _, candidate)| candidate)
}

fn folded(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).collect()
}

fn is_part(part: &[char], whole: &[char]) -> bool {
    part.len() >= PART_CHARS_MIN && whole.windows(part.len()).any(|window| window == part)
}

/// Letters to insert, delete, replace or swap with their neighbour, where no letter
/// is touched twice (the distance of Damerau and Levenshtein, restricted).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = min(replaced, min(last[j], row[j - 1]) + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = min(best, before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, folded, nearest};

    #[test]
    fn a_slip_of_the_finger_is_understood_and_another_word_is_not() {
        let nodes = ["write", "research", "review", "END"];
        for (name, want) in [
            ("wrte", Some("write")),
            ("wirte", Some("write")),
            ("WRITE", Some("write")),
            ("writer", Some("write")),
            ("reserch", Some("research")),
            ("review_code", Some("review")),
            ("end", Some("END")),
            ("publish", None),
            ("a", None),
            ("", None),
            ("wr", None),
        ] {
            assert_eq!(nearest(name, nodes), want, "{name}");
        }
    }

    #[test]
    fn of_two_equally_near_names_it_is_the_first_in_the_alphabet() {
        assert_eq!(nearest("step_x", ["step_b", "step_a"]), Some("step_a"));
    }

    #[test]
    fn a_misspelt_name_is_nearer_than_a_part_of_it() {
        let among = ["plan", "approve_plan"];
        assert_eq!(nearest("aprove_plan", among), Some("approve_plan"));
    }

    #[test]
    fn a_name_without_end_is_compared_with_nothing() {
        let long = "x".repeat(10_000);
        assert_eq!(nearest(&long, [long.as_str()]), None);
        assert_eq!(nearest("x", [long.as_str()]), None);
    }

    #[test]
    fn two_swapped_letters_are_one_mistake() {
        for (a, b, want) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "axc", 1),
            ("abc", "ac", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(&folded(a), &folded(b)), want, "{a} {b}");
        }
    }
}
