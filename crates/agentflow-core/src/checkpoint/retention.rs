//! Which checkpoints of a thread stay when it is pruned. The rule is one for all
//! stores; how the others go is each store's own.

use std::collections::{BTreeMap, BTreeSet};

use super::record::Checkpoint;
use crate::id::{CheckpointId, Namespace};

/// Decides which checkpoints stay, graph by graph.
///
/// Of each graph the newest `keep` stay, at least one, and so do those that a kept
/// checkpoint of an outer graph names as the head of a per-thread graph
/// ([`Checkpoint::inner`]). A graph that ran as a task goes as a whole when the
/// checkpoint that the task was built on goes.
///
/// A store asks about a thread's graphs in the order of their namespaces, which puts
/// outer graphs first, and shows every kept checkpoint before it asks about the next.
#[derive(Debug)]
pub struct Retention {
    keep: usize,
    kept: BTreeMap<Namespace, BTreeSet<CheckpointId>>,
    named: BTreeMap<Namespace, BTreeSet<CheckpointId>>,
}

impl Retention {
    /// Keeps the newest `keep` of each graph, at least one.
    #[must_use]
    pub fn newest(keep: u32) -> Self {
        Self {
            keep: usize::try_from(keep.max(1)).unwrap_or(usize::MAX),
            kept: BTreeMap::new(),
            named: BTreeMap::new(),
        }
    }

    /// Those of a graph's checkpoints that stay; none if the graph goes as a whole.
    /// `ids` are all it has, oldest first.
    pub fn of_graph(
        &mut self,
        namespace: &Namespace,
        ids: &[CheckpointId],
    ) -> BTreeSet<CheckpointId> {
        let newest = ids.len().saturating_sub(self.keep);
        let mut stay: BTreeSet<_> = ids[newest..].iter().copied().collect();
        if self.has_lost_its_owner(namespace) {
            stay.clear();
        } else if let Some(named) = self.named.get(namespace) {
            stay.extend(ids.iter().filter(|id| named.contains(id)));
        }
        self.kept.insert(namespace.clone(), stay.clone());
        stay
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
            let mut retention = Retention::newest(keep);
            for (namespace, all, want) in graphs {
                let stay = retention.of_graph(&Namespace::from(*namespace), &ids(all));
                let want: BTreeSet<_> = ids(want).into_iter().collect();
                assert_eq!(stay, want, "{name}: `{namespace}`");
            }
        }
    }
}
