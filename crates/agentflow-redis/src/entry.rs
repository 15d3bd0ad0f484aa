//! A checkpoint as an entry: `format offset length`, a line's end, and its JSON. Offset and
//! length are the place of the list of fields in the JSON, so that a script can read which
//! values belong to it without reading the rest.

use agentflow_core::CheckpointId;
use agentflow_core::ThreadId;
use agentflow_core::checkpoint::{Checkpoint, CheckpointError, CodecError, FORMAT};

use crate::error::RedisError;
use crate::number::INEXACT;

const LIST: &str = "\"fields\":";

pub(crate) fn encode(thread: &ThreadId, checkpoint: &Checkpoint) -> Result<Vec<u8>, CodecError> {
    let failed = |error| {
        let what = format!("checkpoint {} of thread `{thread}`", checkpoint.id);
        CodecError::encoding(what, error)
    };
    let body = serde_json::to_string(checkpoint).map_err(failed)?;
    let exact = checkpoint.fields.iter().all(|(_, at)| at.0 < INEXACT);
    // In a text the quotes would be escaped, so that the first match is the member.
    let place = body.find(LIST).map_or(0, |begin| begin + LIST.len());
    let list = serde_json::to_string(&checkpoint.fields).map_err(failed)?;
    let length = if exact && body[place..].starts_with(&list) {
        list.len()
    } else {
        0
    };
    let head = format!("{} {place} {length}\n", checkpoint.format);
    Ok([head, body].concat().into_bytes())
}

/// A checkpoint as it was stored, and whether the script could read its list of fields.
pub(crate) struct Decoded {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) listed: bool,
}

/// Decodes an entry, unless a newer build wrote it.
pub(crate) fn decode(
    address: &str,
    thread: &ThreadId,
    id: CheckpointId,
    entry: &[u8],
) -> Result<Decoded, CheckpointError> {
    let (format, length, body) = split(entry).ok_or_else(|| RedisError::Unreadable {
        address: address.to_owned(),
        what: "a checkpoint",
    })?;
    if format > FORMAT {
        return Err(CheckpointError::TooNew {
            id,
            found: format,
            known: FORMAT,
        });
    }
    let checkpoint = serde_json::from_slice(body).map_err(|error| {
        CodecError::decoding(format!("checkpoint {id} of thread `{thread}`"), error)
    })?;
    Ok(Decoded {
        checkpoint,
        listed: length > 0,
    })
}

fn split(entry: &[u8]) -> Option<(u32, usize, &[u8])> {
    let end = entry.iter().position(|byte| *byte == b'\n')?;
    let mut numbers = std::str::from_utf8(&entry[..end]).ok()?.split(' ');
    let format = numbers.next()?.parse().ok()?;
    let _: usize = numbers.next()?.parse().ok()?;
    let length = numbers.next()?.parse().ok()?;
    Some((format, length, &entry[end + 1..]))
}
