//! Stores what tasks of the unfinished superstep leave with a checkpoint.

use agentflow_core::checkpoint::{CheckpointError, Record, RecordKind, RecordsRequest};
use agentflow_core::{CheckpointId, ThreadId};

use crate::call::Call;
use crate::error::RedisError;
use crate::keys;
use crate::limits::check_records;
use crate::number::padded;
use crate::script::SAVE;
use crate::store::Store;
use crate::wake::{time_of, with_wake};

impl Store {
    pub(crate) async fn save_records(
        &self,
        request: &RecordsRequest,
    ) -> Result<(), CheckpointError> {
        let RecordsRequest {
            fence,
            checkpoint,
            records,
            wake,
        } = request;
        check_records(records)?;
        if fence.thread != checkpoint.thread {
            return Err(RedisError::OtherThread {
                fence: fence.thread.clone(),
                checkpoint: checkpoint.thread.clone(),
            }
            .into());
        }
        let graph = keys::graph(&checkpoint.namespace);
        let call = |claim: &str| {
            let call = self
                .writes(&SAVE, &fence.thread)
                .with(fence.epoch.to_string())
                .with(&graph)
                .with(padded(checkpoint.id.0));
            let call = with_wake(call, *wake, claim);
            with_records(call, &graph, checkpoint.id, records)
        };
        let claimed = self.claimed(&fence.thread, time_of(*wake), call).await?;
        match claimed {
            (status, _) if status == "ok" => Ok(()),
            (status, answer) => Err(self.refusal(&status, answer, fence, Some(checkpoint.id))),
        }
    }
}

/// A call with records of a checkpoint: how many, and of each whether the first wins, its
/// name, its value.
pub(crate) fn with_records(call: Call, graph: &str, at: CheckpointId, records: &[Record]) -> Call {
    let mut call = call.with_count(records.len());
    for record in records {
        call.push(if record.kind.first_wins() { "1" } else { "" });
        call.push(keys::record(graph, at, record));
        call.push(&record.value);
    }
    call
}

/// The record that [`keys::record`] named.
pub(crate) fn parse(
    store: &Store,
    thread: &ThreadId,
    name: &str,
    value: Vec<u8>,
) -> Result<Record, RedisError> {
    let damaged = || store.unreadable("a record");
    let mut parts = name.splitn(6, ':').skip(3);
    let mut next = || parts.next().ok_or_else(damaged);
    let (word, length, rest) = (next()?, next()?, next()?);
    let length = length.parse().map_err(|_| damaged())?;
    let (task, key) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let kind = RecordKind::parse(word).ok_or_else(|| RedisError::UnknownRecordKind {
        thread: thread.clone(),
        kind: word.to_owned(),
    })?;
    Ok(Record {
        task: task.to_owned(),
        kind,
        key: key.to_owned(),
        value,
    })
}
