//! A node's reply: what to write, and where to go besides the graph's edges.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use std::marker::PhantomData;
use std::time::Duration;

use crate::checkpoint::CodecError;
use crate::error::NodeError;
use crate::id::NodeId;
use crate::state::{State, Update};

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

/// One after the other: the writes fold in their order, all places are gone to.
impl<S: State> From<Vec<Self>> for Command<S> {
    fn from(commands: Vec<Self>) -> Self {
        let mut all = Self::none();
        for command in commands {
            all.update.append(command.update);
            all.goto.extend(command.goto);
        }
        all
    }
}

impl<S: State, C: Into<Self>> From<Option<C>> for Command<S> {
    fn from(command: Option<C>) -> Self {
        command.map_or_else(Self::none, Into::into)
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
    pub(crate) timeout: Option<Duration>,
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
            timeout: None,
        }
    }

    /// Gives this one task a limit of its own from start to end, instead of its node's.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }
}

/// The name of a node that runs on a payload of type `I`, so that the compiler checks
/// what it is sent.
///
/// ```
/// use agentflow_core::{Send, SendTo};
///
/// const WORKER: SendTo<u32> = SendTo::new("worker");
///
/// let sends: Vec<Send> = (0..3).map(|part| WORKER.send(part)).collect();
/// assert_eq!(sends.len(), 3);
/// ```
pub struct SendTo<I> {
    name: &'static str,
    takes: PhantomData<fn(I)>,
}

impl<I> SendTo<I> {
    /// The node of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            takes: PhantomData,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it on `payload`.
    #[must_use]
    pub fn send(&self, payload: I) -> Send
    where
        I: Serialize + std::marker::Send + Sync + 'static,
    {
        Send::new(self.name, payload)
    }
}

impl<I> Clone for SendTo<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for SendTo<I> {}

impl<I> fmt::Debug for SendTo<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SendTo({:?})", self.name)
    }
}

impl<I> From<SendTo<I>> for NodeId {
    fn from(target: SendTo<I>) -> Self {
        target.name.into()
    }
}

/// A node's name where a node that takes `I` is meant.
#[derive(Clone, Debug)]
pub struct SendName<I>(pub(crate) NodeId, PhantomData<fn(I)>);

impl<I> From<SendTo<I>> for SendName<I> {
    fn from(target: SendTo<I>) -> Self {
        Self(target.name.into(), PhantomData)
    }
}

impl<I> From<&str> for SendName<I> {
    fn from(name: &str) -> Self {
        Self(name.into(), PhantomData)
    }
}

impl<I> From<String> for SendName<I> {
    fn from(name: String) -> Self {
        Self(name.into(), PhantomData)
    }
}

impl<I> From<NodeId> for SendName<I> {
    fn from(name: NodeId) -> Self {
        Self(name, PhantomData)
    }
}

impl fmt::Debug for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Send({:?}, {})",
            self.node.as_str(),
            self.payload.type_name()
        )
    }
}

/// A send's input: typed in memory, encoded when a checkpoint is written.
#[derive(Clone)]
pub(crate) struct Payload {
    value: Arc<dyn Any + std::marker::Send + Sync>,
    of: &'static PayloadType,
}

/// What can be done with a payload of one type.
struct PayloadType {
    encode: fn(&(dyn Any + std::marker::Send + Sync)) -> Result<Value, serde_json::Error>,
    name: fn() -> &'static str,
}

struct TypeOf<I>(PhantomData<I>);

impl<I: Serialize + 'static> TypeOf<I> {
    const TYPE: &'static PayloadType = &PayloadType {
        encode: |any| match any.downcast_ref::<I>() {
            Some(typed) => serde_json::to_value(typed),
            None => unreachable!("a payload is encoded as the type it was made from"),
        },
        name: std::any::type_name::<I>,
    };
}

struct StateOf<S>(PhantomData<S>);

impl<S: State> StateOf<S> {
    const TYPE: &'static PayloadType = &PayloadType {
        encode: |any| match any.downcast_ref::<S>() {
            Some(state) => crate::state::to_json(state, None).map_err(serde::ser::Error::custom),
            None => unreachable!("a payload is encoded as the type it was made from"),
        },
        name: std::any::type_name::<S>,
    };
}

impl Payload {
    /// A whole state as the input of a node that runs on one.
    pub(crate) fn of_state<S: State>(state: S) -> Self {
        Self {
            value: Arc::new(state),
            of: StateOf::<S>::TYPE,
        }
    }

    pub(crate) fn new<I: Serialize + std::marker::Send + Sync + 'static>(value: I) -> Self {
        Self {
            value: Arc::new(value),
            of: TypeOf::<I>::TYPE,
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        (self.of.name)()
    }

    pub(crate) fn is<I: 'static>(&self) -> bool {
        self.value.is::<I>()
    }

    pub(crate) fn downcast<I: std::marker::Send + Sync + 'static>(self) -> Option<Arc<I>> {
        self.value.downcast().ok()
    }

    pub(crate) fn encode(&self, node: &NodeId) -> Result<Value, CodecError> {
        (self.of.encode)(&*self.value).map_err(|source| {
            CodecError::encoding(format!("the payload of a send to `{node}`"), source)
        })
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

/// A command to the graph around this one, with its state's type forgotten.
pub(crate) struct ParentCommand {
    pub(crate) command: Box<dyn Any + std::marker::Send + Sync>,
    pub(crate) state: &'static str,
}

impl ParentCommand {
    pub(crate) fn new<P: State>(command: Command<P>) -> Self {
        Self {
            command: Box::new(command),
            state: std::any::type_name::<P>(),
        }
    }
}

impl ParentCommand {
    /// The command to a graph over `S`.
    pub(crate) fn downcast<S: State>(self) -> Result<Command<S>, NodeError> {
        let state = self.state;
        self.command
            .downcast()
            .map(|command| *command)
            .map_err(|_| {
                NodeError::fatal(WrongParent {
                    meant: state,
                    is: std::any::type_name::<S>(),
                })
            })
    }
}

/// A command to the graph around that was made for another one.
#[derive(Debug, thiserror::Error)]
#[error("a node commands a graph around it over `{meant}`, and it is over `{is}`")]
struct WrongParent {
    meant: &'static str,
    is: &'static str,
}

impl fmt::Debug for ParentCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParentCommand({})", self.state)
    }
}

/// Takes in places to go to, one by one.
pub trait Places {
    /// So many come now; to make room for them.
    fn expect(&mut self, places: usize) {
        let _ = places;
    }

    /// A node by its name, or END.
    fn node(&mut self, name: &str);

    /// Any place.
    fn goto(&mut self, goto: Goto);
}

impl Places for Vec<Goto> {
    fn expect(&mut self, places: usize) {
        self.reserve(places);
    }

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
        places.expect(self.len());
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
