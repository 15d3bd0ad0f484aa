//! Keeps of all that a search looks at no more than what its page may need, however many
//! come.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use agentflow_core::store::Relevance;

/// The best so many of what is added; of each of the two lists, if candidates have places in
/// two. Those that were added first come first if they are equal.
pub(super) struct Best<C> {
    count: usize,
    added: usize,
    kept: BTreeMap<usize, Kept<C>>,
    /// The worst on top.
    lists: [BinaryHeap<Place>; 2],
}

struct Kept<C> {
    candidate: C,
    relevance: Relevance,
    /// In how many lists it is.
    lists: usize,
}

struct Place {
    score: Option<f64>,
    place: usize,
}

impl<C> Best<C> {
    pub(super) fn of(count: usize) -> Self {
        Self {
            count,
            added: 0,
            kept: BTreeMap::new(),
            lists: Default::default(),
        }
    }

    pub(super) fn add(&mut self, candidate: C, relevance: Relevance) {
        let scores = match relevance {
            Relevance::Irrelevant => return,
            Relevance::Unscored => [Some(None), None],
            Relevance::Score(score) => [Some(Some(score)), None],
            Relevance::Places { words, meaning } => [words.map(Some), meaning.map(Some)],
        };
        let lists = scores.iter().flatten().count();
        if lists == 0 {
            return;
        }
        let place = self.added;
        self.added += 1;
        let kept = Kept {
            candidate,
            relevance,
            lists,
        };
        self.kept.insert(place, kept);
        for (list, score) in scores.into_iter().enumerate() {
            if let Some(score) = score {
                self.enlist(list, Place { score, place });
            }
        }
    }

    fn enlist(&mut self, list: usize, place: Place) {
        let list = &mut self.lists[list];
        list.push(place);
        if list.len() <= self.count {
            return;
        }
        let Some(worst) = list.pop() else { return };
        let Some(kept) = self.kept.get_mut(&worst.place) else {
            unreachable!("what is in a list is kept");
        };
        kept.lists -= 1;
        if kept.lists == 0 {
            self.kept.remove(&worst.place);
        }
    }

    /// What is left, in the order in which it was added.
    pub(super) fn left(self) -> impl Iterator<Item = (C, Relevance)> {
        let kept = self.kept.into_values();
        kept.map(|kept| (kept.candidate, kept.relevance))
    }
}

impl Ord for Place {
    /// The worse is the greater.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = match (self.score, other.score) {
            (Some(score), Some(other)) => other.total_cmp(&score),
            (score, other) => other.is_some().cmp(&score.is_some()),
        };
        by_score.then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(count: usize, all: &[Relevance]) -> Vec<usize> {
        let mut best = Best::of(count);
        for (place, relevance) in all.iter().enumerate() {
            best.add(place, *relevance);
            assert!(best.kept.len() <= 2 * count);
        }
        best.left().map(|(place, _)| place).collect()
    }

    #[test]
    fn the_best_are_kept_whatever_comes_first() {
        use Relevance::{Irrelevant, Score, Unscored};
        let all = [
            Score(0.1),
            Unscored,
            Score(0.9),
            Irrelevant,
            Score(-1.0),
            Score(0.9),
            Unscored,
            Score(0.5),
        ];
        let best_first = [2, 5, 7, 0, 4, 1, 6];
        for count in 0..=best_first.len() {
            let mut want = best_first[..count].to_vec();
            want.sort_unstable();
            assert_eq!(left(count, &all), want, "{count}");
        }
    }

    #[test]
    fn what_is_in_one_of_two_lists_stays() {
        let at = |words, meaning| Relevance::Places { words, meaning };
        let all = [
            at(Some(1.0), None),
            at(Some(0.5), Some(0.9)),
            at(Some(0.2), Some(0.8)),
            at(None, Some(1.0)),
            at(Some(0.1), Some(0.1)),
            at(None, None),
        ];
        for (count, want) in [(1, &[0, 3][..]), (2, &[0, 1, 3]), (3, &[0, 1, 2, 3])] {
            assert_eq!(left(count, &all), want, "{count}");
        }
    }
}
