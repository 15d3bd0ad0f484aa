//! Lists checkpoints. What is asked of each is read from its JSON, part by part; the parts
//! are of one moment, or they are read again.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{Checkpoint, CheckpointError, HistoryPage};

use crate::entry;
use crate::error::RedisError;
use crate::keys;
use crate::number::{padded, parse};
use crate::script::HISTORY;
use crate::store::Store;

/// Checkpoints that are read by one call.
const READ_AT_ONCE: usize = 256;

/// Times that a page is begun anew because something was deleted meanwhile.
const TURNS_MAX: usize = 16;

/// Entries below a number, newest first.
struct Part {
    /// Of the thread: it changes where something was deleted.
    cut: String,
    entries: Vec<(CheckpointId, Vec<u8>)>,
}

impl Store {
    pub(crate) async fn history(
        &self,
        page: &HistoryPage,
    ) -> Result<Vec<Checkpoint>, CheckpointError> {
        for _ in 0..TURNS_MAX {
            if let Some(found) = self.page(page).await? {
                return Ok(found);
            }
        }
        let thread = page.thread.clone();
        Err(RedisError::Moving { thread }.into())
    }

    /// The page, unless something was deleted while it was read.
    async fn page(&self, page: &HistoryPage) -> Result<Option<Vec<Checkpoint>>, CheckpointError> {
        let limit = page.limit as usize;
        let (mut before, mut cut, mut found) = (page.before, None, Vec::new());
        while found.len() < limit {
            let read = match page.takes_all() {
                true => READ_AT_ONCE.min(limit - found.len()),
                false => READ_AT_ONCE,
            };
            let part = self.part(page, before, read).await?;
            if *cut.get_or_insert_with(|| part.cut.clone()) != part.cut {
                return Ok(None);
            }
            let is_last = part.entries.len() < read;
            for (id, entry) in part.entries {
                before = Some(id);
                let decoded = entry::decode(&self.server.address, &page.thread, id, &entry)?;
                if page.matches(&decoded.checkpoint) {
                    found.push(decoded.checkpoint);
                }
            }
            if is_last {
                break;
            }
        }
        found.truncate(limit);
        Ok(Some(found))
    }

    async fn part(
        &self,
        page: &HistoryPage,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> Result<Part, RedisError> {
        let call = self
            .on(&HISTORY, &page.thread)
            .with(keys::graph(&page.namespace))
            .with(before.map(|id| padded(id.0)).unwrap_or_default())
            .with_count(limit);
        let mut answer = self.server.run(&call).await?;
        let cut = answer.text()?;
        let names = answer.list()?.texts()?;
        let entries = names.iter().zip(answer.list()?.optionals()?);
        let entries = entries.map(|(name, entry)| {
            let (_, id) = name.rsplit_once(':')?;
            Some((CheckpointId(parse(id)?), entry?))
        });
        let entries: Option<Vec<_>> = entries.collect();
        let entries = entries.ok_or_else(|| answer.unreadable("a checkpoint"))?;
        Ok(Part { cut, entries })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use agentflow_core::Namespace;

    use super::*;
    use crate::sample;

    #[tokio::test]
    async fn parts_of_a_page_are_known_to_be_of_two_moments_when_something_was_deleted() {
        let Some(store) = sample::store("history").await else {
            return;
        };
        let lease = sample::lease(&store).await;
        for id in 1..=3 {
            sample::commit(&store, &lease, id, id - 1).await;
        }
        let page = HistoryPage {
            thread: "t".into(),
            namespace: Namespace::root(),
            before: None,
            limit: 10,
            source: None,
            step: None,
            metadata: Vec::new(),
        };
        let first = store.part(&page, None, 1).await.unwrap().cut;
        sample::commit(&store, &lease, 4, 3).await;
        assert_eq!(
            store.part(&page, None, 1).await.unwrap().cut,
            first,
            "a commit"
        );
        assert_eq!(store.prune(&page.thread, 2.into()).await.unwrap(), 2);
        let pruned = store.part(&page, None, 1).await.unwrap().cut;
        assert_ne!(pruned, first, "a prune");
        let delete = store.writes(&crate::script::DELETE, &page.thread);
        let call = delete.with(store.token());
        store.server.run(&call).await.unwrap();
        assert_ne!(
            store.part(&page, None, 1).await.unwrap().cut,
            pruned,
            "a delete"
        );
    }
}
