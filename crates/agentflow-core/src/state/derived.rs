//! What the code made by the derives calls, so that they make little of it.

use std::cell::Cell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::finite::Finite;
use super::{Folded, State, Writes};
use crate::checkpoint::CodecError;
use crate::id::FieldName;

pub use super::messages::identified;
pub use super::plain::{
    Described, describe, describe_messages, no_such_field, put_plain, put_plain_messages,
};

/// A field's place in the user's code, for errors.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The state's name.
    pub state: &'static str,
    /// The field's name.
    pub field: &'static str,
    /// The field's type as it is written.
    pub ty: &'static str,
}

impl Place {
    pub(super) fn named(&self) -> String {
        format!("field `{}` of `{}`", self.field, self.state)
    }

    pub(super) fn typed(&self) -> String {
        format!("{}, a `{}`,", self.named(), self.ty)
    }
}

/// Whether a reducer can refuse a write, by what it returns.
pub const fn can_refuse<T, W, R: Folded>(_: fn(&mut T, W) -> R) -> bool {
    R::CAN_REFUSE
}

/// Room that is kept from value to value: large ones are rare, and their memory is not.
const SCRATCH_MAX: usize = 16 * 1024;

/// A field's value as it is stored.
pub fn encode<T: Serialize>(place: Place, value: &T) -> Result<Vec<u8>, CodecError> {
    thread_local! {
        /// Kept for its memory: values leave it as copies without room to spare, which a
        /// store in memory keeps as they are.
        static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // A value that encodes another one on its way finds an empty one here.
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let encoded = match serde_json::to_writer(&mut scratch, &Finite(value)) {
        Ok(()) => Ok(scratch.as_slice().to_vec()),
        Err(source) => Err(CodecError::encoding(place.named(), source)),
    };
    if scratch.capacity() <= SCRATCH_MAX {
        SCRATCH.set(scratch);
    }
    encoded
}

/// A field's value from where it is stored.
pub fn decode<T: DeserializeOwned>(place: Place, bytes: &[u8]) -> Result<T, CodecError> {
    serde_json::from_slice(bytes).map_err(|source| CodecError::decoding(place.named(), source))
}

/// Writes that add to a field, as they are stored; none if something else is needed.
pub fn encode_growth<T: Serialize, W: Serialize>(
    place: Place,
    writes: &Writes<T, W>,
) -> Result<Option<Vec<u8>>, CodecError> {
    if writes.is_empty() || writes.overwrites() {
        return Ok(None);
    }
    let encoded = serde_json::to_vec(writes);
    encoded
        .map(Some)
        .map_err(|source| CodecError::encoding(place.named(), source))
}

/// Adds to a field what is stored of it besides.
pub fn grow<T: DeserializeOwned, W: DeserializeOwned, R: Folded>(
    place: Place,
    value: &mut T,
    bytes: &[u8],
    fold: impl Fn(&mut T, W) -> R,
) -> Result<(), CodecError> {
    let undecoded = |source| CodecError::decoding(place.named(), source);
    let writes: Writes<T, W> = serde_json::from_slice(bytes).map_err(undecoded)?;
    writes
        .grow(value, fold)
        .map_err(|refused| undecoded(serde::de::Error::custom(refused)))
}

/// A whole state from its fields' values. A field that comes several times has grown:
/// the first is what it was, the others what was added. A field that the state has no
/// more, or does not track any more, is left where it is stored.
pub fn decode_state<S: State>(values: &[(FieldName, Vec<u8>)]) -> Result<S, CodecError> {
    let mut state = S::default();
    let mut before = None;
    for (name, bytes) in values {
        let mut fields = S::FIELDS.iter();
        let field = fields.position(|spec| name.as_str() == spec.name);
        let Some(field) = field.filter(|field| S::FIELDS[*field].is_stored()) else {
            continue;
        };
        if before.replace(field) != Some(field) {
            state.decode_field(field, bytes)?;
        } else if S::FIELDS[field].grows {
            state.grow_field(field, bytes)?;
        } else {
            return Err(no_growth::<S>(field));
        }
    }
    Ok(state)
}

/// Another build let the field grow.
fn no_growth<S: State>(field: usize) -> CodecError {
    let what = format!("field `{}`", S::FIELDS[field].name);
    let why = "it is stored in pieces, as `append` and `messages` leave it, and has another \
               reducer now: raise the state's version, and come from the older state";
    CodecError::decoding(what, serde::de::Error::custom(why))
}

/// The state before `version`, or what an even older one becomes, as it is stored.
pub fn migrate_from<Old: State, S: State + From<Old>>(
    version: u32,
    values: &[(FieldName, Vec<u8>)],
) -> Option<Result<S, CodecError>> {
    let old = if version == Old::VERSION {
        decode_state::<Old>(values)
    } else {
        Old::migrate(version, values)?
    };
    Some(old.map(S::from))
}

/// Names the field in an error of its writes.
pub fn in_field<E: serde::ser::Error>(field: &'static str) -> impl FnOnce(E) -> E {
    move |error| E::custom(format_args!("field `{field}`: {error}"))
}

/// Writes of a type that need not be printable.
pub fn unprinted<T, W>(writes: &Writes<T, W>) -> impl std::fmt::Debug + use<T, W> {
    let count = writes.len();
    std::fmt::from_fn(move |f| write!(f, "[{count} untracked]"))
}
