//! Names of the things a graph is made of. Ids are derived here and in the
//! engine from where a thing stands; adapters store them and never make one.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &self.0)
            }
        }
    };
}

name_type! {
    /// One conversation: everything that is remembered under one name.
    ThreadId
}
name_type! {
    /// A node's name in its graph.
    NodeId
}
name_type! {
    /// The answerable name of one question that pauses a thread.
    InterruptId
}
name_type! {
    /// The name of a field of a state, under which its values are stored.
    FieldName
}
name_type! {
    /// The shape of a graph: another one where checkpoints of this one may not fit.
    Fingerprint
}
name_type! {
    /// Which life of a thread something belongs to: ids of questions derive from it.
    Origin
}
name_type! {
    /// Where in a tree of graphs a checkpoint belongs: empty for the root, then
    /// `node:task` per level, joined by `|`.
    Namespace
}

impl Origin {
    /// Whether an older build made what belongs to it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Origin {
    /// The unknown one.
    fn default() -> Self {
        Self(SmolStr::default())
    }
}

impl Namespace {
    /// The namespace of the outermost graph.
    #[must_use]
    pub fn root() -> Self {
        Self("".into())
    }

    /// Whether this is the outermost graph.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The namespace of a graph that runs as `task`, on top of the checkpoint `base`,
    /// of the graph in `self`. Both are in it: `base` tells branches of a thread
    /// apart, the task its supersteps when they are stored only at the end.
    #[must_use]
    pub fn child(&self, base: CheckpointId, task: &TaskId) -> Self {
        let own = format!("{}:{base}.{}.{}", task.node, task.step, task.index);
        self.below(&own)
    }
}

impl Namespace {
    /// The namespace of a graph that lives as long as the thread, in `node` of the graph
    /// in `self`.
    pub(crate) fn thread_child(&self, node: &NodeId) -> Self {
        self.below(node.as_str())
    }

    /// As [`Namespace::thread_child`], for one of several that are told apart by `key`.
    pub(crate) fn keyed_child(&self, node: &NodeId, key: &str) -> Self {
        let mut plain = String::with_capacity(key.len());
        for letter in key.chars() {
            match letter {
                '|' | ':' | '/' | '#' | '!' | '%' => plain += &format!("%{:02X}", letter as u32),
                _ => plain.push(letter),
            }
        }
        self.below(&format!("{node}/{plain}"))
    }

    /// The namespace of the graph that is run there by a part of the task: its error
    /// handler runs other graphs than its node.
    pub(crate) fn of_part(self, suffix: &str) -> Self {
        match suffix {
            "" => self,
            _ => Self(format!("{self}{suffix}").into()),
        }
    }

    /// The namespace of the graph that is run there after `before` others by one task.
    pub(crate) fn nth(self, before: u32) -> Self {
        match before {
            0 => self,
            _ => Self(format!("{self}#{before}").into()),
        }
    }

    fn below(&self, own: &str) -> Self {
        if self.is_root() {
            Self(own.into())
        } else {
            Self(format!("{self}|{own}").into())
        }
    }
}

/// The number of a superstep: -1 takes the input in, 0 is START, 1 the first nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Step(pub i64);

impl Step {
    /// The step whose checkpoint holds an input that no node has seen yet.
    pub const INPUT: Self = Self(-1);

    /// The superstep after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A checkpoint's number in its thread and namespace. Grows with every commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CheckpointId(pub u64);

impl CheckpointId {
    /// The id of the checkpoint committed on top of `head`.
    #[must_use]
    pub fn after(head: Option<Self>) -> Self {
        Self(head.map_or(1, |head| head.0 + 1))
    }
}

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One node's run in one superstep. Derived from its place, so a replay finds
/// the same id. Orders as writes are applied: nodes by name, then sends by index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// The superstep that runs it.
    pub step: Step,
    /// The node that runs.
    pub node: NodeId,
    /// 0 for a node that an edge triggered; from 1 for the sends of a superstep.
    pub index: u32,
}

impl TaskId {
    /// The order in which the writes of one superstep's tasks apply.
    pub(crate) fn cmp_applied(&self, other: &Self) -> std::cmp::Ordering {
        let by_index = self.index.cmp(&other.index);
        by_index.then_with(|| self.node.cmp(&other.node))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.step, self.node, self.index)
    }
}
