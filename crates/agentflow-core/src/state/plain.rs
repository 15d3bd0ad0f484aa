//! Updates as plain JSON, for servers and for people: a write is its value, and an
//! overwrite is marked. How an update is stored is another form, which tells every
//! write from every other.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Value, json};

use super::derived::Place;
use super::messages::{Identified, MessageWrites, identified};
use super::writes::{Write, Writes};
use super::{FieldSpec, Lifetime};
use crate::checkpoint::CodecError;
use crate::nearest::nearest;

/// Marks an overwrite: alone as a key, or as the `type` beside a `value`.
const OVERWRITE: &str = "__overwrite__";

/// Written fields and their writes.
pub type Described = Vec<(&'static str, Vec<Value>)>;

/// Adds the writes of one field to `described`, if there are any.
pub fn describe<T: Serialize, W: Serialize>(
    described: &mut Described,
    place: Place,
    writes: &Writes<T, W>,
) -> Result<(), CodecError> {
    describe_with(described, place, writes, |write| {
        serde_json::to_value(write)
    })
}

/// As [`describe`], with messages as themselves.
pub fn describe_messages<M: Serialize>(
    described: &mut Described,
    place: Place,
    writes: &Writes<Vec<M>, MessageWrites<M>>,
) -> Result<(), CodecError> {
    describe_with(described, place, writes, MessageWrites::to_plain)
}

fn describe_with<T: Serialize, W>(
    described: &mut Described,
    place: Place,
    writes: &Writes<T, W>,
    plain: impl Fn(&W) -> Result<Value, serde_json::Error>,
) -> Result<(), CodecError> {
    if writes.is_empty() {
        return Ok(());
    }
    let values = writes.as_slice().iter().map(|write| match write {
        Write::Put(write) => plain(write),
        Write::Overwrite(value) => Ok(json!({ OVERWRITE: serde_json::to_value(value)? })),
    });
    let values = values
        .collect::<Result<_, _>>()
        .map_err(|source| CodecError::encoding(place.named(), source))?;
    described.push((place.field, values));
    Ok(())
}

/// Adds a write that is given as plain JSON.
pub fn put_plain<T: DeserializeOwned, W: DeserializeOwned>(
    writes: &mut Writes<T, W>,
    place: Place,
    value: Value,
) -> Result<(), CodecError> {
    let put = |value| serde_json::from_value(value);
    put_plain_with(writes, place, value, put, |value| {
        serde_json::from_value(value)
    })
}

/// As [`put_plain`], for messages, which get their ids here.
pub fn put_plain_messages<M: DeserializeOwned + Identified>(
    writes: &mut Writes<Vec<M>, MessageWrites<M>>,
    place: Place,
    value: Value,
) -> Result<(), CodecError> {
    put_plain_with(writes, place, value, MessageWrites::from_plain, |value| {
        serde_json::from_value(value).map(identified)
    })
}

fn put_plain_with<T, W>(
    writes: &mut Writes<T, W>,
    place: Place,
    value: Value,
    put: impl FnOnce(Value) -> Result<W, serde_json::Error>,
    overwrite: impl FnOnce(Value) -> Result<T, serde_json::Error>,
) -> Result<(), CodecError> {
    let added = match overwriting(value) {
        Ok(value) => overwrite(value).map(|value| writes.overwrite(value)),
        Err(value) => put(value).map(|write| writes.put(write)),
    };
    added.map_err(|source| CodecError::decoding(place.typed(), source))
}

/// The value that an overwrite is marked to hold, or what is not marked.
fn overwriting(mut value: Value) -> Result<Value, Value> {
    let Some(object) = value.as_object_mut() else {
        return Err(value);
    };
    let key = match object.len() {
        1 => OVERWRITE,
        2 if object.get("type").and_then(Value::as_str) == Some(OVERWRITE) => "value",
        _ => return Err(value),
    };
    object.remove(key).ok_or(value)
}

/// The error of a name that is no field, or none that JSON can write.
pub fn no_such_field(state: &'static str, field: &str, fields: &[FieldSpec]) -> CodecError {
    let untracked = |spec: &FieldSpec| spec.lifetime == Lifetime::Untracked;
    let what = format!("field `{field}` of `{state}`");
    if fields
        .iter()
        .any(|spec| spec.name == field && untracked(spec))
    {
        let why = "the field is untracked, so only a node can write it";
        return CodecError::decoding(what, serde_json::Error::custom(why));
    }
    let names = fields.iter().filter(|spec| spec.is_stored());
    let hint = match nearest(field, names.map(|spec| spec.name)) {
        Some(name) => format!("there is no such field; did you mean `{name}`?"),
        None => "there is no such field".to_owned(),
    };
    CodecError::decoding(what, serde_json::Error::custom(hint))
}
