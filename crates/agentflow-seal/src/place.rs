//! Where a value belongs. Its place is sealed with it, so that it opens nowhere else.

use agentflow_core::checkpoint::{CheckpointKey, Record, RecordKind, ScheduledTask};
use agentflow_core::{CheckpointId, Namespace, Origin, ThreadId, Timestamp};

/// The checkpoint that a value was stored with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'a> {
    /// For errors. What is bound is the origin, which a copy of the thread has as well.
    pub(crate) thread: &'a ThreadId,
    pub(crate) origin: &'a Origin,
    pub(crate) namespace: &'a Namespace,
    pub(crate) checkpoint: CheckpointId,
}

impl<'a> Home<'a> {
    pub(crate) fn of(key: &'a CheckpointKey, origin: &'a Origin) -> Self {
        Self {
            thread: &key.thread,
            origin,
            namespace: &key.namespace,
            checkpoint: key.id,
        }
    }
}

/// Where a value belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// A field's value, or a piece of it.
    Field(Home<'a>, &'a str),
    Record {
        home: Home<'a>,
        task: &'a str,
        kind: RecordKind,
        key: &'a str,
    },
    /// The input of a task that is to run.
    Input {
        home: Home<'a>,
        node: &'a str,
        index: u32,
    },
    /// Bound to what travels with it: its number is given by the store, and a copy of a
    /// thread has the events of the original.
    Event {
        thread: &'a ThreadId,
        name: &'a str,
        delivered_at: Timestamp,
    },
    /// An entry of the thread's stream log. A copy of the thread does not have it; where in
    /// the log it is, the store decides later.
    Log(&'a ThreadId),
}

impl<'a> Place<'a> {
    pub(crate) fn of_record(home: Home<'a>, record: &'a Record) -> Self {
        Self::Record {
            home,
            task: &record.task,
            kind: record.kind,
            key: &record.key,
        }
    }

    pub(crate) fn of_input(home: Home<'a>, task: &'a ScheduledTask) -> Self {
        Self::Input {
            home,
            node: task.node.as_str(),
            index: task.index,
        }
    }

    pub(crate) fn thread(&self) -> &'a ThreadId {
        match self {
            Self::Field(home, _) | Self::Record { home, .. } | Self::Input { home, .. } => {
                home.thread
            }
            Self::Event { thread, .. } | Self::Log(thread) => thread,
        }
    }

    /// As errors name it.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Field(home, name) => format!("field `{name}` at checkpoint {}", home.checkpoint),
            Self::Record {
                home,
                task,
                kind,
                key,
            } => {
                let (kind, at) = (kind.as_str(), home.checkpoint);
                format!("record `{kind}` `{key}` of task `{task}` at checkpoint {at}")
            }
            Self::Input { home, node, index } => format!(
                "input of task {index} of node `{node}` at checkpoint {}",
                home.checkpoint
            ),
            Self::Event { name, .. } => format!("event `{name}`"),
            Self::Log(_) => "entry of the stream log".to_owned(),
        }
    }

    /// Whether the value is bound to its thread's origin. The origin of a checkpoint that an older
    /// build made is unknown, until the thread goes on.
    pub(crate) fn has_origin(&self) -> bool {
        match self {
            Self::Field(home, _) | Self::Record { home, .. } | Self::Input { home, .. } => {
                !home.origin.is_unknown()
            }
            Self::Event { .. } | Self::Log(_) => false,
        }
    }

    /// The same, of a thread whose origin was unknown yet.
    pub(crate) fn without_origin(mut self, unknown: &'a Origin) -> Self {
        match &mut self {
            Self::Field(home, _) | Self::Record { home, .. } | Self::Input { home, .. } => {
                home.origin = unknown;
            }
            Self::Event { .. } | Self::Log(_) => {}
        }
        self
    }

    /// The place as bytes. Of two places they differ, and none begins with another's: each
    /// part comes with its length.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        match self {
            Self::Field(home, name) => {
                put(&mut bytes, b"field");
                put_home(&mut bytes, home);
                put(&mut bytes, name.as_bytes());
            }
            Self::Record {
                home,
                task,
                kind,
                key,
            } => {
                put(&mut bytes, b"record");
                put_home(&mut bytes, home);
                for part in [task, kind.as_str(), key] {
                    put(&mut bytes, part.as_bytes());
                }
            }
            Self::Input { home, node, index } => {
                put(&mut bytes, b"input");
                put_home(&mut bytes, home);
                put(&mut bytes, node.as_bytes());
                put(&mut bytes, &index.to_le_bytes());
            }
            Self::Event {
                name, delivered_at, ..
            } => {
                put(&mut bytes, b"event");
                put(&mut bytes, name.as_bytes());
                put(&mut bytes, &delivered_at.0.to_le_bytes());
            }
            Self::Log(thread) => {
                put(&mut bytes, b"stream log");
                put(&mut bytes, thread.as_str().as_bytes());
            }
        }
        bytes
    }
}

fn put_home(bytes: &mut Vec<u8>, home: Home<'_>) {
    put(bytes, home.origin.as_str().as_bytes());
    put(bytes, home.namespace.as_str().as_bytes());
    put(bytes, &home.checkpoint.0.to_le_bytes());
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_le_bytes());
    bytes.extend(part);
}
