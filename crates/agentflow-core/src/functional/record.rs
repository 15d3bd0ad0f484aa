//! The record of a task's result: what it was called with, so that it is never taken for
//! the result of another call.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::TaskError;
use crate::checkpoint::CodecError;
use crate::error::{NodeError, NodeResult};
use crate::state::to_bytes;

#[derive(Serialize)]
struct Record<'a, T> {
    task: &'a str,
    argument: &'a str,
    result: &'a T,
}

/// What is read before it is known of what type the result is.
#[derive(Deserialize)]
struct Head {
    task: String,
    argument: String,
}

#[derive(Deserialize)]
struct Tail<T> {
    result: T,
}

pub(super) fn encode<T: Serialize>(call: &Call, result: &T) -> NodeResult<Vec<u8>> {
    let record = Record {
        task: call.task(),
        argument: &call.argument,
        result,
    };
    to_bytes(&record).map_err(|source| NodeError::fatal(CodecError::encoding(what(call), source)))
}

/// The result of an equal call.
pub(super) fn decode<T: DeserializeOwned>(call: &Call, record: &[u8]) -> NodeResult<T> {
    let decoding = |source| NodeError::fatal(CodecError::decoding(what(call), source));
    let Head { task, argument } = serde_json::from_slice(record).map_err(decoding)?;
    let place = call.place.clone();
    if task != call.task() {
        return Err(NodeError::fatal(TaskError::OtherTask {
            task: call.task().to_owned(),
            recorded: task,
            place,
        }));
    }
    if argument != call.argument {
        return Err(NodeError::fatal(TaskError::OtherArgument { task, place }));
    }
    let Tail { result } = serde_json::from_slice(record).map_err(decoding)?;
    Ok(result)
}

fn what(call: &Call) -> String {
    format!("the result of task `{}` ({})", call.task(), call.place)
}
