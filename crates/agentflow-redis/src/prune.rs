//! Forgets old checkpoints, and the values and records that nobody needs without them.
//! First finds out what goes, from one view of the thread, then deletes it in one call,
//! which refuses if the view does not hold any more: a commit on the head does not matter,
//! one on an older checkpoint does, and so do a delete and another prune.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Prune, Retention};
use agentflow_core::{CheckpointId, Namespace, ThreadId};

use crate::entry;
use crate::error::RedisError;
use crate::keys;
use crate::number::{padded, parse};
use crate::script::{FORGET, SURVEY};
use crate::store::Store;

/// Times that the thread is looked at anew.
const TURNS_MAX: usize = 16;

/// Checkpoints that are read by one call.
const READ_AT_ONCE: usize = 256;

/// What one graph has.
#[derive(Default)]
struct Graph {
    ids: BTreeSet<CheckpointId>,
    /// Names of records and values, with the checkpoint that they are of.
    records: Vec<(CheckpointId, String)>,
    values: Vec<(CheckpointId, String)>,
}

/// What goes of a thread.
#[derive(Default)]
struct Gone {
    checkpoints: u64,
    names: Vec<String>,
    /// Graphs that go as a whole, and their heads.
    graphs: Vec<(String, CheckpointId)>,
}

/// Somebody changed the thread since it was surveyed.
struct Moved;

impl Store {
    /// How many checkpoints went.
    pub(crate) async fn prune(
        &self,
        thread: &ThreadId,
        what: Prune,
    ) -> Result<u64, CheckpointError> {
        for _ in 0..TURNS_MAX {
            let (cut, graphs) = self.survey(thread).await?;
            let Ok(gone) = self.gone(thread, &cut, graphs, what).await? else {
                continue;
            };
            if gone.names.is_empty() || self.forget(thread, &cut, &gone).await? {
                return Ok(gone.checkpoints);
            }
        }
        let thread = thread.clone();
        Err(RedisError::Moving { thread }.into())
    }

    /// The shape of the thread, and its graphs, the outer before those inside.
    async fn survey(
        &self,
        thread: &ThreadId,
    ) -> Result<(String, BTreeMap<Namespace, Graph>), RedisError> {
        let mut answer = self.server.run(&self.on(&SURVEY, thread)).await?;
        let cut = answer.text()?;
        let mut graphs: BTreeMap<Namespace, Graph> = BTreeMap::new();
        for name in answer.list()?.texts()? {
            let damaged = || answer.unreadable("an entry");
            let mut parts = name.splitn(4, ':');
            let kind @ ("c" | "r" | "v") = parts.next().unwrap_or_default() else {
                continue;
            };
            let namespace = parts.next().and_then(keys::namespace);
            let id = parts.next().and_then(parse).map(CheckpointId);
            let graph = graphs.entry(namespace.ok_or_else(damaged)?).or_default();
            let id = id.ok_or_else(damaged)?;
            match kind {
                "c" => drop(graph.ids.insert(id)),
                "r" => graph.records.push((id, name)),
                _ => graph.values.push((id, name)),
            }
        }
        Ok((cut, graphs))
    }

    /// What goes, as [`Retention`] says.
    async fn gone(
        &self,
        thread: &ThreadId,
        cut: &str,
        graphs: BTreeMap<Namespace, Graph>,
        what: Prune,
    ) -> Result<Result<Gone, Moved>, CheckpointError> {
        let mut retention = Retention::new(what);
        let mut gone = Gone::default();
        for (namespace, graph) in graphs {
            let name = keys::graph(&namespace);
            let ids: Vec<_> = graph.ids.iter().copied().collect();
            let mut spared = BTreeSet::new();
            for some in retention.in_question(&ids).chunks(READ_AT_ONCE) {
                let Ok(some) = self.checkpoints(thread, cut, &name, some).await? else {
                    return Ok(Err(Moved));
                };
                let stay = some.iter().filter(|one| retention.spares(one));
                spared.extend(stay.map(|one| one.id));
            }
            let stay = retention.of_graph(&namespace, &ids, spared);
            let staying: Vec<_> = stay.iter().copied().collect();
            let Ok(kept) = self.checkpoints(thread, cut, &name, &staying).await? else {
                return Ok(Err(Moved));
            };
            kept.iter()
                .for_each(|checkpoint| retention.stays(checkpoint));
            if stay.len() < ids.len() {
                gone.add(&name, &stay, &kept, graph);
            }
        }
        Ok(Ok(gone))
    }

    async fn checkpoints(
        &self,
        thread: &ThreadId,
        cut: &str,
        graph: &str,
        ids: &[CheckpointId],
    ) -> Result<Result<Vec<Checkpoint>, Moved>, CheckpointError> {
        let mut kept = Vec::with_capacity(ids.len());
        for part in ids.chunks(READ_AT_ONCE) {
            let names: Vec<_> = part.iter().map(|id| keys::checkpoint(graph, *id)).collect();
            let (now, entries) = self.entries(thread, &names).await?;
            for (id, entry) in part.iter().zip(entries) {
                let Some(entry) = entry.filter(|_| now == cut) else {
                    return Ok(Err(Moved));
                };
                let decoded = entry::decode(&self.server.address, thread, *id, &entry)?;
                kept.push(decoded.checkpoint);
            }
        }
        Ok(Ok(kept))
    }

    /// Whether it went: not if the thread has moved.
    async fn forget(&self, thread: &ThreadId, cut: &str, gone: &Gone) -> Result<bool, RedisError> {
        let mut call = self
            .writes(&FORGET, thread)
            .with(cut)
            .with_count(gone.graphs.len());
        for (graph, head) in &gone.graphs {
            call.push(graph);
            call.push(padded(head.0));
        }
        let mut list = String::new();
        for name in &gone.names {
            list.push_str(&format!("{}:{name}", name.len()));
        }
        // What was deleted once would be taken for a change by somebody else.
        let call = call.with(list).at_most_once();
        Ok(self.server.run(&call).await?.text()? == "ok")
    }
}

impl Gone {
    fn add(
        &mut self,
        name: &str,
        stay: &BTreeSet<CheckpointId>,
        kept: &[Checkpoint],
        graph: Graph,
    ) {
        let fields = kept.iter().flat_map(|checkpoint| checkpoint.fields.iter());
        let needed: HashSet<String> = fields
            .map(|(field, at)| keys::value(name, at, field.as_str()))
            .collect();
        let goes = |id: &CheckpointId| !stay.contains(id);
        let checkpoints = graph.ids.iter().filter(|id| goes(id));
        let checkpoints: Vec<_> = checkpoints.map(|id| keys::checkpoint(name, *id)).collect();
        self.checkpoints += checkpoints.len() as u64;
        self.names.extend(checkpoints);
        let records = graph.records.into_iter().filter(|(id, _)| goes(id));
        self.names.extend(records.map(|(_, record)| record));
        let values = graph.values.into_iter().map(|(_, value)| value);
        self.names
            .extend(values.filter(|value| !needed.contains(value)));
        if let Some(head) = graph.ids.last().filter(|_| stay.is_empty()) {
            self.graphs.push((name.to_owned(), *head));
            self.names.push(keys::head(name));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::sample;

    /// What somebody does between the look at a thread and the deletion.
    #[tokio::test]
    async fn what_was_surveyed_is_deleted_only_if_nobody_builds_on_it_meanwhile() {
        for (name, parent, want, ids) in [
            ("a commit on the head", 4, true, &[4, 5][..]),
            ("a fork from an older one", 1, false, &[1, 2, 3, 4, 5]),
        ] {
            let Some(store) = sample::store("prune").await else {
                return;
            };
            let lease = sample::lease(&store).await;
            for id in 1..=4 {
                sample::commit(&store, &lease, id, id - 1).await;
            }
            let (thread, root) = (ThreadId::from("t"), Namespace::root());
            let (cut, graphs) = store.survey(&thread).await.unwrap();
            let gone = store.gone(&thread, &cut, graphs, 1.into()).await.unwrap();
            let gone = gone.unwrap_or_else(|Moved| panic!("{name}"));

            sample::commit(&store, &lease, 5, parent).await;
            let went = store.forget(&thread, &cut, &gone).await.unwrap();
            assert_eq!(went, want, "{name}");
            let (_, mut graphs) = store.survey(&thread).await.unwrap();
            let left: Vec<_> = graphs.remove(&root).unwrap().ids.into_iter().collect();
            assert_eq!(
                left,
                ids.iter().copied().map(CheckpointId).collect::<Vec<_>>(),
                "{name}"
            );
            // And all that is left is whole.
            for id in left {
                let stored = store.load(&thread, &root, Some(id)).await.unwrap();
                assert_eq!(stored.unwrap().values.len(), 1, "{name}: {id}");
            }
        }
    }
}
