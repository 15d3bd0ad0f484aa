//! The best of many, of which no more are kept at a time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The best so many of those that are added, of which the earlier ones come first if they
/// are equal.
pub(crate) struct Best<T> {
    count: usize,
    added: usize,
    // The worst on top.
    heap: BinaryHeap<Candidate<T>>,
}

struct Candidate<T> {
    score: Option<f64>,
    place: usize,
    item: T,
}

impl<T> Best<T> {
    pub(crate) fn of(count: usize) -> Self {
        Self {
            count,
            added: 0,
            heap: BinaryHeap::new(),
        }
    }

    pub(crate) fn add(&mut self, item: T, score: Option<f64>) {
        let place = self.added;
        self.added += 1;
        self.heap.push(Candidate { score, place, item });
        if self.heap.len() > self.count {
            self.heap.pop();
        }
    }

    /// The best first, with their scores.
    pub(crate) fn list(self) -> Vec<(T, Option<f64>)> {
        let best = self.heap.into_sorted_vec().into_iter();
        best.map(|one| (one.item, one.score)).collect()
    }
}

impl<T> Ord for Candidate<T> {
    /// The worse is the greater.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = match (self.score, other.score) {
            (Some(score), Some(other)) => other.total_cmp(&score),
            (score, other) => other.is_some().cmp(&score.is_some()),
        };
        by_score.then(self.place.cmp(&other.place))
    }
}

impl<T> PartialOrd for Candidate<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Candidate<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Candidate<T> {}

#[cfg(test)]
mod tests {
    use super::Best;

    #[test]
    fn the_best_are_kept_whatever_comes_first() {
        let scores = [
            Some(0.1),
            None,
            Some(0.9),
            Some(-1.0),
            Some(0.9),
            None,
            Some(0.5),
        ];
        let all = [2, 4, 6, 0, 3, 1, 5];
        for count in 0..=all.len() {
            let mut best = Best::of(count);
            for (id, score) in (0..).zip(scores) {
                best.add(id, score);
                assert!(best.heap.len() <= count);
            }
            let ids: Vec<i64> = best.list().into_iter().map(|(id, _)| id).collect();
            assert_eq!(ids, all[..count]);
        }
    }
}
