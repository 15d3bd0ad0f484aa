//! What the nodes of one graph share: fields, how writes fold into them, and
//! how they are encoded one by one. It knows nothing of nodes or supersteps.

mod fold;
/// Reducers that come with the library; any `fn(&mut T, T)` is one.
pub mod reducer;

pub use fold::{FieldSet, FieldSpec, Folding, Surveyed, WriteConflict, Writes};

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::checkpoint::CodecError;

/// What the nodes of one graph share. Derive it: `#[derive(State)]`.
///
/// Each field has a reducer that says how a write joins what is there. Without
/// one the last write stays, and two writes in one superstep are an error.
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
pub trait State: Clone + Default + Send + Sync + 'static {
    /// A partial write: for each field none, one or several writes.
    type Update: Update;

    /// The version of the fields' meaning, `#[state(version = 2)]`; 1 if unsaid.
    const VERSION: u32;

    /// The fields in the order of their declaration.
    const FIELDS: &'static [FieldSpec];

    /// Every field as one write, as when a whole state is given as input.
    fn into_update(self) -> Self::Update;

    /// Folds one update in. `surveyed` has seen all updates of the superstep.
    fn apply(&mut self, update: Self::Update, surveyed: &Surveyed);

    /// One field's value as bytes.
    ///
    /// # Errors
    /// If the value does not serialise; the error names the field.
    fn encode_field(&self, field: usize) -> Result<Vec<u8>, CodecError>;

    /// Sets one field from bytes that [`State::encode_field`] made.
    ///
    /// # Errors
    /// If the bytes do not decode into the field's type; the error names the field.
    fn decode_field(&mut self, field: usize, bytes: &[u8]) -> Result<(), CodecError>;
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
}
