//! A field that may hold nothing, as it is stored: nothing as `null`, a value as itself.
//! A value that would be taken for nothing is wrapped, so that an entrypoint that
//! returned nothing in particular is told from one that has not returned.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint::CodecError;
use crate::state::derived::{self, Place};

const NOTHING: &[u8] = b"null";

/// How a wrapped value begins. One that begins like it is wrapped as well.
const WRAPPED: &[u8] = br#"{"__value__":"#;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<T> {
    #[serde(rename = "__value__")]
    value: T,
}

pub(super) fn encode<T: Serialize>(place: Place, value: Option<&T>) -> Result<Vec<u8>, CodecError> {
    let Some(value) = value else {
        return Ok(NOTHING.to_vec());
    };
    let encoded = derived::encode(place, value)?;
    if encoded == NOTHING || encoded.starts_with(WRAPPED) {
        return derived::encode(place, &Wrapped { value });
    }
    Ok(encoded)
}

pub(super) fn decode<T: DeserializeOwned>(
    place: Place,
    bytes: &[u8],
) -> Result<Option<T>, CodecError> {
    if bytes == NOTHING {
        return Ok(None);
    }
    // Whoever stored it may have sorted the keys of a value that was not wrapped.
    if bytes.starts_with(WRAPPED)
        && let Ok(wrapped) = serde_json::from_slice::<Wrapped<T>>(bytes)
    {
        return Ok(Some(wrapped.value));
    }
    derived::decode(place, bytes).map(Some)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    const PLACE: Place = Place {
        state: "EntryState",
        field: "output",
        ty: "T",
    };

    #[test]
    fn every_value_comes_back_and_is_told_from_nothing() {
        let wrapped = json!({ "__value__": 1 });
        let twice = json!({ "__value__": { "__value__": null } });
        let more = json!({ "__value__": 1, "a": 2 });
        for value in [
            json!(null),
            json!(0),
            json!(""),
            json!({}),
            wrapped,
            twice,
            more,
        ] {
            let encoded = encode(PLACE, Some(&value)).unwrap();
            assert_ne!(encoded, NOTHING, "{value}");
            assert_eq!(decode::<Value>(PLACE, &encoded).unwrap(), Some(value));
        }
        let nothing = encode::<()>(PLACE, None).unwrap();
        assert_eq!(decode::<()>(PLACE, &nothing).unwrap(), None);
        assert_eq!(decode::<Option<u32>>(PLACE, &nothing).unwrap(), None);
    }

    #[test]
    fn a_value_whose_keys_were_sorted_is_not_taken_for_a_wrapped_one() {
        let sorted = br#"{"__value__":1,"a":2}"#;
        let want = BTreeMap::from([("__value__".to_owned(), 1), ("a".to_owned(), 2)]);
        assert_eq!(decode(PLACE, sorted).unwrap(), Some(want));
    }
}
