//! The two traits that the derive implements: the state itself and a partial write
//! to it. What a field and a write are is said beside this file.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::field::{FieldSpec, has_ephemeral, has_growing};
use super::{ReducerError, Surveyed, WriteConflict};
use crate::checkpoint::CodecError;
use crate::id::FieldName;

/// What the nodes of one graph share. Derive it: `#[derive(State)]`.
///
/// Each field has a reducer that says how a write joins what is there. Without
/// one the last write stays, and two writes in one superstep are an error. All
/// attributes are listed at the [derive](macro@crate::State).
///
/// ```
/// use agentflow_core::State;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct Essay {
///     topic: String,
///     #[state(reducer = append)]
///     notes: Vec<String>,
///     #[state(reducer = add)]
///     drafts: u32,
/// }
///
/// let update = Essay::update().notes(["a fact"]).drafts(1);
/// assert!(format!("{update:?}").contains("a fact"));
/// ```
///
/// A reducer can be a function of one's own, which takes what it likes; a field can
/// be forgotten after a superstep, or never be stored; and a state can be made from
/// an older one:
///
/// ```
/// use std::sync::Arc;
///
/// use agentflow_core::State;
/// use agentflow_core::state::{Identified, MessageWrite};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct ChatV1 {
///     title: String,
/// }
///
/// #[derive(Clone, Debug, Default, State)]
/// #[state(version = 2, from = ChatV1)]
/// struct Chat {
///     topic: String,
///     #[state(reducer = messages)]
///     messages: Vec<Message>,
///     #[state(reducer = highest, write = Scores)]
///     score: u32,
///     #[state(reducer = append, ephemeral)]
///     inbox: Vec<String>,
///     #[state(untracked)]
///     connection: Option<Arc<Connection>>,
/// }
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Message {
///     id: Option<String>,
///     text: String,
/// }
///
/// impl Identified for Message {
///     fn id(&self) -> Option<&str> {
///         self.id.as_deref()
///     }
///     fn set_id(&mut self, id: String) {
///         self.id = Some(id);
///     }
/// }
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct Scores(Vec<u32>);
///
/// fn highest(score: &mut u32, scores: Scores) {
///     *score = scores.0.into_iter().fold(*score, u32::max);
/// }
///
/// /// A whole state as input writes each field.
/// impl From<u32> for Scores {
///     fn from(score: u32) -> Self {
///         Self(vec![score])
///     }
/// }
///
/// /// Never serialised.
/// #[derive(Debug)]
/// struct Connection;
///
/// impl From<ChatV1> for Chat {
///     fn from(old: ChatV1) -> Self {
///         Self { topic: old.title, ..Self::default() }
///     }
/// }
///
/// let hello = Message { id: None, text: "hello".into() };
/// let update = Chat::update()
///     .messages([hello])
///     .messages([MessageWrite::remove("an older one")])
///     .score(Scores(vec![3, 5]))
///     .connection(Arc::new(Connection));
/// assert!(format!("{update:?}").contains("hello"));
///
/// let stored = [("title".into(), br#""tides""#.to_vec())];
/// let migrated = Chat::migrate(1, &stored).transpose()?;
/// assert_eq!(migrated.map(|chat| chat.topic).as_deref(), Some("tides"));
/// # Ok::<(), agentflow_core::Error>(())
/// ```
pub trait State: Clone + Default + Send + Sync + 'static {
    /// A partial write: for each field none, one or several writes.
    type Update: Update;

    /// The version of the fields' meaning, `#[state(version = 2)]`; 1 if unsaid.
    const VERSION: u32;

    /// The fields in the order of their declaration.
    const FIELDS: &'static [FieldSpec];

    /// Whether a reducer of this state can refuse a write. If none can,
    /// [`State::apply`] never fails, and nothing needs to be kept for that case.
    const CAN_REFUSE: bool = false;

    /// Whether a field lives for one superstep only, so that a superstep's end has
    /// to look for fields to reset.
    const HAS_EPHEMERAL: bool = has_ephemeral(Self::FIELDS);

    /// Whether a field [grows](FieldSpec::grows).
    const HAS_GROWING: bool = has_growing(Self::FIELDS);

    /// Every field as one write, as when a whole state is given as input.
    fn into_update(self) -> Self::Update;

    /// Folds one update in. `surveyed` has seen all updates of the superstep.
    ///
    /// # Errors
    /// If a reducer refuses a write. The state then holds a part of the update:
    /// throw it away.
    fn apply(&mut self, update: Self::Update, surveyed: &Surveyed) -> Result<(), ReducerError>;

    /// What was written over several supersteps, as one update that comes to this state
    /// from the one before them.
    fn delta(&self, written: Self::Update) -> Self::Update;

    /// Sets an ephemeral field to its type's `Default`.
    ///
    /// # Panics
    /// If the field is not ephemeral.
    fn reset_field(&mut self, field: usize);

    /// One field's value as bytes.
    ///
    /// # Errors
    /// If the value does not serialise, or holds a NaN or an infinity, which would
    /// not come back; the error names the field.
    ///
    /// # Panics
    /// If the field is not [stored](FieldSpec::is_stored).
    fn encode_field(&self, field: usize) -> Result<Vec<u8>, CodecError>;

    /// Sets one field from bytes that [`State::encode_field`] made.
    ///
    /// # Errors
    /// If the bytes do not decode into the field's type; the error names the field.
    ///
    /// # Panics
    /// If the field is not [stored](FieldSpec::is_stored).
    fn decode_field(&mut self, field: usize, bytes: &[u8]) -> Result<(), CodecError>;

    /// Adds to one field what [`Update::encode_growth`] has encoded.
    ///
    /// # Errors
    /// If the bytes do not decode into writes to the field, or its reducer refuses one; the
    /// error names the field.
    ///
    /// # Panics
    /// If the field does not [grow](FieldSpec::grows).
    fn grow_field(&mut self, field: usize, bytes: &[u8]) -> Result<(), CodecError> {
        let _ = bytes;
        unreachable!("field {field} does not grow")
    }

    /// A state made from one of an older `version`, whose fields are stored as
    /// `values`; `None` if this state knows no way from there.
    ///
    /// `#[state(version = 2, from = EssayV1)]` makes it from `EssayV1` and its `Into`.
    ///
    /// # Errors
    /// The inner result fails if a value does not decode into the older field.
    fn migrate(version: u32, values: &[(FieldName, Vec<u8>)]) -> Option<Result<Self, CodecError>> {
        let _ = (version, values);
        None
    }
}

/// A partial write to a state, made by the derive.
pub trait Update:
    Clone + Debug + Default + Send + Sync + Serialize + DeserializeOwned + 'static
{
    /// Notes which fields this update writes, before any update is applied.
    ///
    /// # Errors
    /// If the writes cannot go together in one superstep.
    fn survey(&self, surveyed: &mut Surveyed) -> Result<(), WriteConflict>;

    /// Takes in the writes of `other`, after one's own.
    fn append(&mut self, other: Self);

    /// Whether nothing is written.
    fn is_empty(&self) -> bool;

    /// The writes to fields that [grow](FieldSpec::grows).
    fn growth(&self) -> Self {
        Self::default()
    }

    /// The writes to one field, for [`State::grow_field`]; `None` if they are not all that
    /// is needed, since one of them overwrites, or there is none.
    ///
    /// # Errors
    /// If a write does not serialise; the error names the field.
    fn encode_growth(&self, field: usize) -> Result<Option<Vec<u8>>, CodecError> {
        let _ = field;
        Ok(None)
    }

    /// The written fields and their writes in a form for people: a write as its
    /// value, an overwrite as `{"__overwrite__": value}`. Untracked fields are left
    /// out.
    ///
    /// # Errors
    /// If a value does not serialise; the error names the field.
    fn describe(&self) -> Result<Vec<(&'static str, Vec<Value>)>, CodecError>;

    /// An update from plain values by field name, one write each.
    ///
    /// `{"__overwrite__": value}` and `{"value": value, "type": "__overwrite__"}`
    /// overwrite. A field of messages takes one message or a list of them, among
    /// which `{"type": "remove", "id": "…"}` removes one, and all before it if the
    /// id is `__remove_all__`.
    ///
    /// ```
    /// use agentflow_core::{State, Update};
    /// use serde::{Deserialize, Serialize};
    /// use serde_json::json;
    ///
    /// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// struct Essay {
    ///     topic: String,
    ///     #[state(reducer = append)]
    ///     notes: Vec<String>,
    /// }
    ///
    /// let plain = json!({ "topic": "tides", "notes": { "__overwrite__": ["a fact"] } });
    /// let update = EssayUpdate::from_json(plain.as_object().cloned().unwrap_or_default())?;
    /// assert_eq!(
    ///     update.describe()?,
    ///     [
    ///         ("topic", vec![json!("tides")]),
    ///         ("notes", vec![json!({ "__overwrite__": ["a fact"] })]),
    ///     ],
    /// );
    /// # Ok::<(), agentflow_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the state has no such field, with the nearest that it has; if the field is
    /// untracked; if a value does not decode, with the field and its type.
    fn from_json(fields: Map<String, Value>) -> Result<Self, CodecError>;
}
