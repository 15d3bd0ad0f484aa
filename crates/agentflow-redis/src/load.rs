//! Reads checkpoints. A load is one call, whose cost follows the state and its records, and
//! not the history.

use std::collections::HashMap;

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, FORMAT, Record, Stored};
use agentflow_core::{CheckpointId, FieldName, Namespace, ThreadId};

use crate::entry::{self, Decoded};
use crate::error::RedisError;
use crate::keys;
use crate::number::{padded, parse};
use crate::records;
use crate::script::{LOAD, VALUES};
use crate::store::Store;

/// Values that are asked for by one call where the script cannot find them itself.
const NAMES_PER_CALL: usize = 10_000;

/// Entries by their names.
type Entries = HashMap<String, Vec<u8>>;

/// A checkpoint as the script found it.
struct Found {
    id: CheckpointId,
    entry: Vec<u8>,
    values: Entries,
    records: Vec<(String, Vec<u8>)>,
}

impl Store {
    pub(crate) async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let graph = keys::graph(namespace);
        let Some(found) = self.find(thread, &graph, id).await? else {
            return Ok(None);
        };
        let address = &self.server.address;
        let Decoded { checkpoint, listed } =
            entry::decode(address, thread, found.id, &found.entry)?;
        let entries = match listed {
            true => found.values,
            false => self.values(thread, &graph, &checkpoint).await?,
        };
        let values = match complete(&graph, &checkpoint, entries) {
            Ok(values) => values,
            // Between two calls somebody may have deleted or pruned it.
            Err(_) if !listed && self.is_gone(thread, &graph, checkpoint.id).await? => {
                return Ok(None);
            }
            Err(field) => {
                return Err(RedisError::ValueMissing {
                    address: address.to_string(),
                    thread: thread.clone(),
                    field: field.to_string(),
                }
                .into());
            }
        };
        Ok(Some(Stored {
            checkpoint,
            values,
            records: self.sorted(thread, found.records)?,
        }))
    }

    async fn find(
        &self,
        thread: &ThreadId,
        graph: &str,
        id: Option<CheckpointId>,
    ) -> Result<Option<Found>, RedisError> {
        let call = self
            .on(&LOAD, thread)
            .with(graph)
            .with(id.map(|id| padded(id.0)).unwrap_or_default())
            .with(FORMAT.to_string());
        let mut answer = self.server.run(&call).await?;
        if answer.is_empty() {
            return Ok(None);
        }
        let id = answer.text()?;
        let id = CheckpointId(parse(&id).ok_or_else(|| answer.unreadable("a checkpoint"))?);
        let entry = answer.bytes()?;
        let names = answer.list()?.texts()?;
        let values = answer.list()?.optionals()?;
        let values = names.into_iter().zip(values);
        let values = values
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let names = answer.list()?.texts()?;
        let records = names.into_iter().zip(answer.list()?.optionals()?);
        let records = records.map(|(name, value)| Some((name, value?)));
        let records: Option<Vec<_>> = records.collect();
        Ok(Some(Found {
            id,
            entry,
            values,
            records: records.ok_or_else(|| answer.unreadable("a record"))?,
        }))
    }

    /// The values of a checkpoint whose list of fields the script cannot read.
    async fn values(
        &self,
        thread: &ThreadId,
        graph: &str,
        checkpoint: &Checkpoint,
    ) -> Result<Entries, RedisError> {
        let names = checkpoint.fields.iter();
        let names: Vec<_> = names
            .map(|(field, at)| keys::value(graph, at, field.as_str()))
            .collect();
        let mut entries = Entries::with_capacity(names.len());
        for part in names.chunks(NAMES_PER_CALL) {
            let (_, values) = self.entries(thread, part).await?;
            let found = part.iter().zip(values);
            entries.extend(found.filter_map(|(name, value)| Some((name.clone(), value?))));
        }
        Ok(entries)
    }

    /// Entries by their names, and the shape of the thread that they are of: it changes
    /// where something was deleted.
    pub(crate) async fn entries(
        &self,
        thread: &ThreadId,
        names: &[String],
    ) -> Result<(String, Vec<Option<Vec<u8>>>), RedisError> {
        let call = self.on(&VALUES, thread).with_count(names.len());
        let mut answer = self.server.run(&call.with_all(names)).await?;
        Ok((answer.text()?, answer.list()?.optionals()?))
    }

    async fn is_gone(
        &self,
        thread: &ThreadId,
        graph: &str,
        id: CheckpointId,
    ) -> Result<bool, RedisError> {
        let name = keys::checkpoint(graph, id);
        let (_, found) = self.entries(thread, &[name]).await?;
        Ok(found.into_iter().flatten().next().is_none())
    }

    fn sorted(
        &self,
        thread: &ThreadId,
        found: Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<Record>, RedisError> {
        let records = found.into_iter();
        let records = records.map(|(name, value)| records::parse(self, thread, &name, value));
        let mut records: Vec<_> = records.collect::<Result<_, _>>()?;
        // Kinds have an order of their own, which their words have not.
        records.sort_by(|a, b| (&a.task, a.kind, &a.key).cmp(&(&b.task, b.kind, &b.key)));
        Ok(records)
    }
}

/// The values in the order of their fields, and pieces in their own; or the first field that
/// lacks one.
fn complete(
    graph: &str,
    checkpoint: &Checkpoint,
    mut entries: Entries,
) -> Result<Vec<(FieldName, Vec<u8>)>, FieldName> {
    let values = checkpoint.fields.iter().map(|(field, at)| {
        let value = entries.remove(&keys::value(graph, at, field.as_str()));
        let value = value.ok_or_else(|| field.clone())?;
        Ok((field.clone(), value))
    });
    values.collect()
}
