//! Which checkpoints of a thread stay when it is pruned. The rule is one for all
//! stores; how the others go is each store's own.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Checkpoint;
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace};

/// What of a thread's history is to be forgotten: the checkpoints for which all that is
/// said here holds.
///
/// ```
/// use agentflow_core::Timestamp;
/// use agentflow_core::checkpoint::Prune;
///
/// // All but the newest ten of each graph.
/// let short = Prune::but_newest(10);
/// // What was made before that time, but never the newest of a graph.
/// let recent = Prune::but_newest(1).made_before(Timestamp(1_790_000_000_000_000));
/// // What the run of this epoch left behind.
/// let run = Prune::but_newest(1).made_by(7);
/// assert_eq!(Prune::from(10), short);
/// # let _ = (recent, run);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    keep: u32,
    before: Option<Timestamp>,
    run: Option<u64>,
}

impl Prune {
    /// Forgets all but the newest `keep` checkpoints of each graph, at least one.
    #[must_use]
    pub fn but_newest(keep: u32) -> Self {
        Self {
            keep: keep.max(1),
            before: None,
            run: None,
        }
    }

    /// Forgets only what was made before this time, see [`Checkpoint::created_at`].
    #[must_use]
    pub fn made_before(self, time: Timestamp) -> Self {
        Self {
            before: Some(time),
            ..self
        }
    }

    /// Forgets only what the run of this epoch made, see [`Checkpoint::run`].
    #[must_use]
    pub fn made_by(self, run: u64) -> Self {
        Self {
            run: Some(run),
            ..self
        }
    }
}

impl From<u32> for Prune {
    fn from(keep: u32) -> Self {
        Self::but_newest(keep)
    }
}

/// Decides which checkpoints stay, graph by graph.
///
/// Of each graph what a [`Prune`] does not mean stays, and so do those that a kept
/// checkpoint of an outer graph names as the head of a per-thread graph
/// ([`Checkpoint::inner`]). A graph that ran as a task goes as a whole when the
/// checkpoint that the task was built on goes.
///
/// A store asks about a thread's graphs in the order of their namespaces, which puts
/// outer graphs first, and shows every kept checkpoint before it asks about the next.
#[derive(Debug)]
pub struct Retention {
    prune: Prune,
    kept: BTreeMap<Namespace, BTreeSet<CheckpointId>>,
    named: BTreeMap<Namespace, BTreeSet<CheckpointId>>,
}

impl Retention {
    /// Keeps what `prune` does not mean.
    #[must_use]
    pub fn new(prune: Prune) -> Self {
        Self {
            prune,
            kept: BTreeMap::new(),
            named: BTreeMap::new(),
        }
    }

    /// The checkpoints of a graph that must be shown to [`Retention::spares`] before
    /// [`Retention::of_graph`] is asked: those about which their number does not say
    /// enough. `ids` are all that the graph has, oldest first.
    #[must_use]
    pub fn in_question<'a>(&self, ids: &'a [CheckpointId]) -> &'a [CheckpointId] {
        match self.prune {
            Prune {
                before: None,
                run: None,
                ..
            } => &[],
            _ => &ids[..self.newest(ids)],
        }
    }

    /// Whether a checkpoint stays for the time at which it was made, or for the run that
    /// made it.
    #[must_use]
    pub fn spares(&self, checkpoint: &Checkpoint) -> bool {
        let Prune { before, run, .. } = self.prune;
        before.is_some_and(|time| checkpoint.created_at >= time)
            || run.is_some_and(|run| checkpoint.run != run)
    }

    /// Those of a graph's checkpoints that stay; none if the graph goes as a whole.
    /// `ids` are all it has, oldest first; `spared` those of them that
    /// [`Retention::spares`] lets stay.
    pub fn of_graph(
        &mut self,
        namespace: &Namespace,
        ids: &[CheckpointId],
        spared: BTreeSet<CheckpointId>,
    ) -> BTreeSet<CheckpointId> {
        let mut stay = spared;
        stay.extend(&ids[self.newest(ids)..]);
        if self.has_lost_its_owner(namespace) {
            stay.clear();
        } else if let Some(named) = self.named.get(namespace) {
            stay.extend(ids.iter().filter(|id| named.contains(id)));
        }
        self.kept.insert(namespace.clone(), stay.clone());
        stay
    }

    /// Where those begin that stay for being the newest.
    fn newest(&self, ids: &[CheckpointId]) -> usize {
        let keep = usize::try_from(self.prune.keep).unwrap_or(usize::MAX);
        ids.len().saturating_sub(keep)
    }

    /// Looks at a checkpoint that stays: graphs inside may have to keep more for it.
    pub fn stays(&mut self, checkpoint: &Checkpoint) {
        for (namespace, head) in &checkpoint.inner {
            self.named
                .entry(namespace.clone())
                .or_default()
                .insert(*head);
        }
    }

    fn has_lost_its_owner(&self, namespace: &Namespace) -> bool {
        let (outer, level) = namespace
            .as_str()
            .rsplit_once('|')
            .unwrap_or(("", namespace.as_str()));
        // A graph whose outer one keeps nothing in this store has no owner to lose.
        let Some(kept) = self.kept.get(&Namespace::from(outer)) else {
            return false;
        };
        match base_of(level) {
            Some(base) => !kept.contains(&base),
            None => !namespace.is_root() && kept.is_empty(),
        }
    }
}

/// The checkpoint that the task of one level, `node:base.step.index` and what tells its
/// parts and calls apart, was built on; a
/// per-thread graph, which outlives tasks, has none.
fn base_of(level: &str) -> Option<CheckpointId> {
    let (_, place) = level.rsplit_once(':')?;
    let (base, _) = place.split_once('.')?;
    base.parse().ok().map(CheckpointId)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[u64]) -> Vec<CheckpointId> {
        ids.iter().copied().map(CheckpointId).collect()
    }

    #[test]
    fn what_stays_of_each_graph() {
        for (name, keep, graphs) in [
            (
                "the newest of each",
                2,
                &[("", &[1, 2, 3][..], &[2, 3][..]), ("memory", &[1], &[1])][..],
            ),
            (
                "at least one",
                0,
                &[("", &[1, 2], &[2]), ("memory", &[4, 5], &[5])],
            ),
            (
                "a task's graph with its owner",
                1,
                &[
                    ("", &[1, 2], &[2]),
                    ("n:1.1.0", &[1, 2], &[]),
                    ("n:1.1.0!error#1", &[1, 2], &[]),
                    ("n:2.2.0", &[1, 2], &[2]),
                    ("n:2.2.0!error#1", &[1, 2], &[2]),
                ],
            ),
            (
                "all levels below",
                1,
                &[
                    ("", &[1, 2], &[2]),
                    ("n:1.1.0", &[1], &[]),
                    ("n:1.1.0|deep:1.1.0", &[1], &[]),
                    ("n:1.1.0|memory", &[1], &[]),
                    ("n:2.2.0", &[1, 2], &[2]),
                    ("n:2.2.0|deep:1.1.0", &[1], &[]),
                    ("n:2.2.0|deep:2.1.0", &[1], &[1]),
                ],
            ),
            ("no outer graph here", 1, &[("n:1.1.0", &[1, 2], &[2])]),
        ] {
            let mut retention = Retention::new(Prune::but_newest(keep));
            for (namespace, all, want) in graphs {
                let stay =
                    retention.of_graph(&Namespace::from(*namespace), &ids(all), BTreeSet::new());
                let want: BTreeSet<_> = ids(want).into_iter().collect();
                assert_eq!(stay, want, "{name}: `{namespace}`");
            }
        }
    }
}
