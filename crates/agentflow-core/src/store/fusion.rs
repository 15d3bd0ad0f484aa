//! Joining ranked lists into one. Knows nothing of what made the lists.

use std::collections::BTreeMap;

/// How little a first place outweighs a later one: the larger, the less. 60 is what
/// Cormack, Clarke and Büttcher found good for lists of any kind, and what others use
/// ("Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
/// SIGIR 2009).
pub const RRF_K: u32 = 60;

/// How many of each list count, 1,000: what is behind them in one list adds less than a
/// fifteenth of a first place.
pub const RANKS_MAX: usize = 1_000;

/// Joins lists by reciprocal rank fusion: whoever is in place `r` of a list gets
/// `1 / (60 + r)` for it, and the sums decide. How large the scores of a list are does
/// not matter, only their order, so that scores of different kinds may be joined.
///
/// Each list has the best first and nobody twice; equal scores share the place of the
/// first of them. Only the first [`RANKS_MAX`] of a list count. Of those with equal sums
/// the lesser comes first.
///
/// ```
/// # use agentflow_core::store::fuse;
/// let by_words = vec![("tea", 1.0), ("cat", 0.5)];
/// let by_meaning = vec![("cat", 0.9), ("sea", 0.8), ("tea", 0.1)];
/// let names: Vec<_> = fuse([by_words, by_meaning]).into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["cat", "tea", "sea"]);
/// ```
#[must_use]
pub fn fuse<C: Ord>(lists: impl IntoIterator<Item = Vec<(C, f64)>>) -> Vec<(C, f64)> {
    let mut sums = BTreeMap::new();
    for list in lists {
        let (mut rank, mut score_before) = (0, None);
        for (place, (candidate, score)) in list.into_iter().take(RANKS_MAX).enumerate() {
            if score_before != Some(score) {
                (rank, score_before) = (place + 1, Some(score));
            }
            *sums.entry(candidate).or_insert(0.0) += 1.0 / (f64::from(RRF_K) + rank as f64);
        }
    }
    let mut fused: Vec<(C, f64)> = sums.into_iter().collect();
    // Stable: equals stay in their own order.
    fused.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    fused
}

#[cfg(test)]
mod tests {
    use super::{RANKS_MAX, fuse};

    #[test]
    fn places_count_and_scores_do_not() {
        let nothing: &[(&str, f64)] = &[];
        let one = |rank: f64| 1.0 / (60.0 + rank);
        for (name, left, right, want) in [
            ("no lists", nothing, nothing, vec![]),
            (
                "one list stays",
                &[("b", 0.2), ("a", 0.1)],
                nothing,
                vec![("b", one(1.0)), ("a", one(2.0))],
            ),
            (
                "in both beats first in one",
                &[("a", 100.0), ("b", 1.0)],
                &[("b", 0.02), ("c", 0.01)],
                vec![("b", one(2.0) + one(1.0)), ("a", one(1.0)), ("c", one(2.0))],
            ),
            (
                "equal sums in their own order",
                &[("b", 1.0), ("a", 0.5)],
                &[("a", 1.0), ("b", 0.5)],
                vec![("a", one(2.0) + one(1.0)), ("b", one(1.0) + one(2.0))],
            ),
            (
                "equal scores share a place, and the next is behind all of them",
                &[("c", 1.0), ("a", 1.0), ("b", 0.5)],
                nothing,
                vec![("a", one(1.0)), ("c", one(1.0)), ("b", one(3.0))],
            ),
        ] {
            assert_eq!(fuse([left.to_vec(), right.to_vec()]), want, "{name}");
        }
    }

    #[test]
    fn only_so_many_of_a_list_count() {
        let list = (0..=RANKS_MAX).map(|n| (n, -(n as f64))).collect();
        let fused = fuse([list, vec![(RANKS_MAX, 1.0)]]);
        assert_eq!(fused.len(), RANKS_MAX + 1);
        assert_eq!(
            fused[0].0, 0,
            "the last of the long list got nothing from it"
        );
    }
}
