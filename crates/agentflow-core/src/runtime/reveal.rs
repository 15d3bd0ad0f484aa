//! What watchers learn, in the form in which they see it.

use serde_json::{Map, Value, json};

use crate::checkpoint::CodecError;
use crate::engine::{Emission, TaskEnd};
use crate::graph::TaskInput;
use crate::state::{State, Update, to_json};
use crate::stream::StreamKind;

/// An emission as watchers see it; of the state only the fields in `output`.
pub(super) fn stream_kind<S: State>(
    emission: Emission<S>,
    output: Option<&[&str]>,
) -> Result<StreamKind, CodecError> {
    Ok(match emission {
        Emission::Started {
            task,
            attempt,
            input,
        } => StreamKind::TaskStarted {
            task: task.to_string(),
            input: match input {
                TaskInput::State(state) => to_json(&*state, None)?,
                TaskInput::Payload(payload) => payload.encode(&task.node)?,
            },
            node: task.node,
            attempt,
        },
        Emission::Retries {
            task,
            attempt,
            error,
        } => StreamKind::TaskRetries {
            task: task.to_string(),
            node: task.node,
            attempt,
            error,
        },
        Emission::Ended { task, how } => {
            let (mut result, mut error, mut interrupts) = (None, None, Vec::new());
            match how {
                TaskEnd::Wrote(update) => result = Some(task_result(&update)?),
                TaskEnd::Failed(message) => error = Some(message),
                TaskEnd::Asks(asked) => interrupts = asked,
            }
            StreamKind::TaskEnded {
                task: task.to_string(),
                node: task.node,
                result,
                error,
                interrupts,
            }
        }
        Emission::Updated {
            node,
            update,
            cached,
        } => StreamKind::Updated {
            update: shown_update(&update)?,
            node,
            cached,
        },
        Emission::Interrupted(interrupt) => StreamKind::Interrupted { interrupt },
        Emission::Values(state) => StreamKind::Values {
            values: to_json(&*state, output)?,
        },
        Emission::Checkpointed(shown) => StreamKind::Checkpointed {
            id: shown.id,
            parent: shown.parent,
            source: shown.source,
            values: to_json(&*shown.state, None)?,
            next: shown.next.iter().map(ToString::to_string).collect(),
        },
    })
}

/// For each written field its value; nothing if none is written. If a field is written
/// several times a list of such, where the first has the first write of each, and so on.
fn shown_update<U: Update>(update: &U) -> Result<Value, CodecError> {
    let written = update.describe()?;
    let rounds = written.iter().map(|(_, writes)| writes.len()).max();
    let round = |round: usize| {
        let of_round = written
            .iter()
            .filter_map(|(field, writes)| Some(((*field).to_owned(), writes.get(round)?.clone())));
        Value::Object(of_round.collect::<Map<_, _>>())
    };
    Ok(match rounds {
        None | Some(0) => Value::Null,
        Some(1) => round(0),
        Some(rounds) => (0..rounds).map(round).collect(),
    })
}

/// For each written field its value, or all its writes under `$writes`.
pub(super) fn task_result<U: Update>(update: &U) -> Result<Value, CodecError> {
    let written = update.describe()?.into_iter();
    let fields = written.map(|(field, mut writes)| {
        let value = match writes.len() {
            1 => writes.remove(0),
            _ => json!({ "$writes": writes }),
        };
        (field.to_owned(), value)
    });
    Ok(Value::Object(fields.collect()))
}
