//! What is stored, between the rows of a database and the types of the engine: a
//! checkpoint's body and its records.

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CodecError, CommitRequest, FORMAT, Record, RecordKind,
};
use agentflow_core::{CheckpointId, ThreadId};

use crate::data::DataError;
use crate::limits::number;

/// The checkpoint of a commit, as its row holds it.
pub(crate) fn body(request: &CommitRequest) -> Result<String, CheckpointError> {
    let encoded = serde_json::to_string(&request.checkpoint).map_err(|error| {
        let (id, thread) = (request.checkpoint.id, &request.fence.thread);
        CodecError::encoding(format!("checkpoint {id} of thread `{thread}`"), error)
    });
    Ok(encoded?)
}

/// A checkpoint as it was stored, unless a newer build did.
pub(crate) fn decode(
    thread: &ThreadId,
    id: i64,
    format: u32,
    body: &str,
) -> Result<Checkpoint, CheckpointError> {
    let id = CheckpointId(number(id));
    if format > FORMAT {
        return Err(CheckpointError::TooNew {
            id,
            found: format,
            known: FORMAT,
        });
    }
    let decoded = serde_json::from_str(body).map_err(|error| {
        CodecError::decoding(format!("checkpoint {id} of thread `{thread}`"), error)
    });
    Ok(decoded?)
}

/// A record as its row holds it: task, kind, key, bytes.
pub(crate) type RecordRow = (String, String, String, Vec<u8>);

/// Records in the order of task, kind and key. Kinds have an order of their own, which
/// their words in the rows have not.
pub(crate) fn records(thread: &ThreadId, rows: Vec<RecordRow>) -> Result<Vec<Record>, DataError> {
    let records = rows.into_iter().map(|(task, word, key, value)| {
        let kind = RecordKind::parse(&word).ok_or(DataError::UnknownRecordKind {
            thread: thread.clone(),
            kind: word,
        })?;
        Ok(Record {
            task,
            kind,
            key,
            value,
        })
    });
    let mut records: Vec<Record> = records.collect::<Result<_, _>>()?;
    records.sort_by(|a, b| (&a.task, a.kind, &a.key).cmp(&(&b.task, b.kind, &b.key)));
    Ok(records)
}
