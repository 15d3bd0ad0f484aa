//! A whole state as JSON by its fields' names, and back.

use serde::Serialize;
use serde_json::{Map, Value};

use super::finite::Finite;
use super::{Lifetime, State};
use crate::checkpoint::CodecError;

/// The fields that are kept, by name: all, or those in `only`.
pub(crate) fn to_json<S: State>(state: &S, only: Option<&[&str]>) -> Result<Value, CodecError> {
    let mut fields = Map::new();
    for (field, spec) in S::FIELDS.iter().enumerate() {
        let is_wanted = only.is_none_or(|only| only.contains(&spec.name));
        if spec.lifetime == Lifetime::Untracked || !is_wanted {
            continue;
        }
        let encoded = state.encode_field(field)?;
        let value = serde_json::from_slice(&encoded)
            .map_err(|source| CodecError::decoding(format!("field `{}`", spec.name), source))?;
        fields.insert(spec.name.to_owned(), value);
    }
    Ok(Value::Object(fields))
}

/// A state from its fields' JSON; a field that is not there has its default.
pub(crate) fn from_json<S: State>(json: Value) -> Result<S, CodecError> {
    let fields: Map<String, Value> =
        serde_json::from_value(json).map_err(|source| CodecError::decoding("a state", source))?;
    let mut state = S::default();
    for (field, spec) in S::FIELDS.iter().enumerate() {
        if spec.lifetime != Lifetime::Untracked
            && let Some(value) = fields.get(spec.name)
        {
            state.decode_field(field, value.to_string().as_bytes())?;
        }
    }
    Ok(state)
}

/// One value as JSON that comes back as it was: a NaN or an infinity is an error.
pub(crate) fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Finite(value))
}
