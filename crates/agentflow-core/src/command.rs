//! A node's reply: what to write, and where to go besides the graph's edges.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::checkpoint::CodecError;
use crate::id::NodeId;
use crate::state::State;

/// A node's reply. Most nodes return just an update, which converts into one.
#[derive(Clone, Debug)]
pub struct Command<S: State> {
    /// The writes to fold into the state at the end of the superstep.
    pub update: S::Update,
    /// Where to go next, besides the node's edges, which fire as well.
    pub goto: Vec<Goto>,
}

impl<S: State> Command<S> {
    /// Writes nothing and goes nowhere but along the edges.
    #[must_use]
    pub fn none() -> Self {
        Self {
            update: S::Update::default(),
            goto: Vec::new(),
        }
    }

    /// Writes `update`.
    #[must_use]
    pub fn update(update: S::Update) -> Self {
        Self {
            update,
            goto: Vec::new(),
        }
    }

    /// Goes to a node, to several, or sends.
    #[must_use]
    pub fn goto(target: impl IntoGoto) -> Self {
        Self::none().and_goto(target)
    }

    /// Goes there as well.
    #[must_use]
    pub fn and_goto(mut self, target: impl IntoGoto) -> Self {
        target.add_to(&mut self.goto);
        self
    }
}

impl<S: State> Default for Command<S> {
    fn default() -> Self {
        Self::none()
    }
}

impl<S: State> From<()> for Command<S> {
    fn from((): ()) -> Self {
        Self::none()
    }
}

impl<S: State> From<Goto> for Command<S> {
    fn from(goto: Goto) -> Self {
        Self::goto(goto)
    }
}

/// One place to go to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Goto {
    /// Run this node in the next superstep; `END` for nothing more on this path.
    Node(NodeId),
    /// Run a node with an input of its own.
    Send(Send),
}

/// One fan-out task with its own input.
///
/// ```
/// use agentflow_core::{IntoGoto, Send};
///
/// let sends: Vec<Send> = (0..3).map(|part: u32| Send::new("worker", part)).collect();
/// assert_eq!(sends.into_goto().len(), 3);
/// ```
#[derive(Clone)]
pub struct Send {
    /// The node to run.
    pub node: NodeId,
    /// Its input.
    pub(crate) payload: Payload,
}

impl Send {
    /// Runs `node`, added by `add_send_node`, with `payload` as its input.
    #[must_use]
    pub fn new<I>(node: impl Into<NodeId>, payload: I) -> Self
    where
        I: Serialize + std::marker::Send + Sync + 'static,
    {
        Self {
            node: node.into(),
            payload: Payload::new(payload),
        }
    }
}

impl fmt::Debug for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Send({:?}, {})",
            self.node.as_str(),
            self.payload.type_name
        )
    }
}

/// A send's input: typed in memory, encoded when a checkpoint is written.
#[derive(Clone)]
pub(crate) struct Payload {
    value: Arc<dyn Any + std::marker::Send + Sync>,
    encode: fn(&(dyn Any + std::marker::Send + Sync)) -> Result<Value, serde_json::Error>,
    pub(crate) type_name: &'static str,
}

impl Payload {
    pub(crate) fn new<I: Serialize + std::marker::Send + Sync + 'static>(value: I) -> Self {
        Self {
            value: Arc::new(value),
            encode: |any| match any.downcast_ref::<I>() {
                Some(typed) => serde_json::to_value(typed),
                None => unreachable!("a payload is encoded as the type it was made from"),
            },
            type_name: std::any::type_name::<I>(),
        }
    }

    pub(crate) fn is<I: 'static>(&self) -> bool {
        self.value.is::<I>()
    }

    pub(crate) fn downcast<I: std::marker::Send + Sync + 'static>(&self) -> Option<Arc<I>> {
        Arc::clone(&self.value).downcast().ok()
    }

    pub(crate) fn encode(&self, node: &NodeId) -> Result<Value, CodecError> {
        (self.encode)(&*self.value).map_err(|source| {
            CodecError::encoding(format!("the payload of a send to `{node}`"), source)
        })
    }
}

/// Takes in places to go to, one by one.
pub trait Places {
    /// A node by its name, or END.
    fn node(&mut self, name: &str);

    /// Any place.
    fn goto(&mut self, goto: Goto);
}

impl Places for Vec<Goto> {
    fn node(&mut self, name: &str) {
        self.push(Goto::Node(name.into()));
    }

    fn goto(&mut self, goto: Goto) {
        self.push(goto);
    }
}

/// What names places to go to: a node's name, [`Goto`], [`Send`], or several of one kind.
pub trait IntoGoto {
    /// Adds the places.
    fn add_to(self, places: &mut dyn Places);

    /// The places as a list.
    fn into_goto(self) -> Vec<Goto>
    where
        Self: Sized,
    {
        let mut places = Vec::new();
        self.add_to(&mut places);
        places
    }
}

impl IntoGoto for &str {
    fn add_to(self, places: &mut dyn Places) {
        places.node(self);
    }
}

impl IntoGoto for String {
    fn add_to(self, places: &mut dyn Places) {
        places.node(&self);
    }
}

impl IntoGoto for NodeId {
    fn add_to(self, places: &mut dyn Places) {
        places.goto(Goto::Node(self));
    }
}

impl IntoGoto for Goto {
    fn add_to(self, places: &mut dyn Places) {
        places.goto(self);
    }
}

impl IntoGoto for Send {
    fn add_to(self, places: &mut dyn Places) {
        places.goto(Goto::Send(self));
    }
}

impl<T: IntoGoto> IntoGoto for Vec<T> {
    fn add_to(self, places: &mut dyn Places) {
        self.into_iter().for_each(|target| target.add_to(places));
    }
}

impl<T: IntoGoto, const N: usize> IntoGoto for [T; N] {
    fn add_to(self, places: &mut dyn Places) {
        self.into_iter().for_each(|target| target.add_to(places));
    }
}

impl<T: IntoGoto> IntoGoto for Option<T> {
    fn add_to(self, places: &mut dyn Places) {
        if let Some(target) = self {
            target.add_to(places);
        }
    }
}
