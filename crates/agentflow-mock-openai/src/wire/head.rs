//! What a reply and all its chunks have in common.

use serde_json::{Map, Value, json};

/// A moment like any other: the same request gets the same bytes. Not 0, which some clients take
/// for none.
pub(crate) const CREATED: u64 = 1_700_000_000;

/// The id and the model of a reply. Both follow from the request, so that each chunk can tell
/// them before the reply is known.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    id: String,
    model: String,
}

impl Head {
    /// Of a reply to these bytes.
    pub(crate) fn of(model: String, body: &[u8], label: Option<&str>) -> Self {
        let label = label.unwrap_or_default().bytes();
        let digest = fnv(body.iter().copied().chain([0]).chain(label));
        Self {
            id: format!("chatcmpl-{digest:016x}"),
            model,
        }
    }

    /// The fields that come first in an object of this kind.
    pub(super) fn fields(&self, object: &str) -> Map<String, Value> {
        let fields = [
            ("id", json!(self.id)),
            ("object", json!(object)),
            ("created", json!(CREATED)),
            ("model", json!(self.model)),
            ("system_fingerprint", Value::Null),
        ];
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// FNV-1a: a digest that is the same in every build, for names and not against anyone.
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        for (text, want) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv(text.bytes()), want, "{text}");
        }
    }
}
