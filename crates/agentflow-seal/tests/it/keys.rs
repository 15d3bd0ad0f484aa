//! Keys: where they come from, that they cannot be seen, and how they are changed.

use std::error::Error;

use agentflow_seal::{Key, KeyError, KeyRing, Seal, SealError};

use crate::rig::{FIELD, ring};

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn with(ring: Result<KeyRing, KeyError>) -> Seal {
    Seal::new().encrypt(ring.unwrap())
}

#[tokio::test]
async fn the_newest_key_seals_and_all_open() {
    let before = with(KeyRing::new("old", key(1)));
    let both = with(KeyRing::new("new", key(2)).and_then(|ring| ring.opens("old", key(1))));
    let after = with(KeyRing::new("new", key(2)));
    let kept_before = FIELD.sealed(&before, b"1").await;
    let kept_since = FIELD.sealed(&both, b"2").await;
    for (name, seal, kept, want) in [
        (
            "the old value with the old key",
            &before,
            &kept_before,
            Some(b"1"),
        ),
        ("the old value with both", &both, &kept_before, Some(b"1")),
        ("the new value with both", &both, &kept_since, Some(b"2")),
        (
            "the new value with the new key",
            &after,
            &kept_since,
            Some(b"2"),
        ),
        ("the old value with the new key", &after, &kept_before, None),
        ("the new value with the old key", &before, &kept_since, None),
    ] {
        let opened = FIELD.opened(seal, kept).await;
        match (want, opened) {
            (Some(want), Ok(opened)) => assert_eq!(opened, want, "{name}"),
            (None, Err(SealError::NoKey { key, .. })) => {
                assert!(
                    name.starts_with(&format!("the {key} value")),
                    "{name}: {key}"
                );
            }
            (_, opened) => panic!("{name}: {opened:?}"),
        }
    }
    let refused = FIELD.opened(&after, &kept_before).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the field `notes` at checkpoint 5 of thread `t` is sealed with key `old`, which this \
         store does not have; add it with `KeyRing::opens`"
    );
}

#[tokio::test]
async fn another_key_under_the_same_id_is_told_from_damage() {
    let kept = FIELD.sealed(&with(KeyRing::new("k", key(1))), b"1").await;
    let wrong = with(KeyRing::new("k", key(2)));
    let refused = FIELD.opened(&wrong, &kept).await.unwrap_err();
    assert!(
        matches!(&refused, SealError::WrongKey { key, .. } if key == "k"),
        "{refused}"
    );
    // A mark that was made to fit does not make it the right key.
    let other = FIELD.sealed(&wrong, b"1").await;
    let mark = 8..12;
    let mut forged = kept.clone();
    forged[mark.clone()].copy_from_slice(&other[mark]);
    let refused = FIELD.opened(&wrong, &forged).await.unwrap_err();
    assert!(matches!(refused, SealError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn without_keys_nothing_encrypted_is_read() {
    let kept = FIELD.sealed(&Seal::new().encrypt(ring()), b"1").await;
    for seal in [Seal::new(), Seal::new().allow_unsealed()] {
        let refused = FIELD.opened(&seal, &kept).await.unwrap_err();
        assert!(matches!(refused, SealError::NoKey { .. }), "{refused}");
    }
}

#[test]
fn what_is_no_key_is_told_without_showing_it() {
    for (text, want) in [
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", None),
        (" BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n", None),
        (
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw==",
            Some("a key has 32 bytes, this has 31"),
        ),
        ("", Some("a key has 32 bytes, this has 0")),
        ("pass word", Some("the key is not written in base64")),
    ] {
        let read = Key::from_base64(text).map_err(|error| error.to_string());
        assert_eq!(read.as_ref().err().map(String::as_str), want, "{text}");
        if let Ok(key) = read {
            let shown = format!(
                "{key:?} {:?}",
                Seal::new().encrypt(KeyRing::new("k", key.clone()).unwrap())
            );
            assert!(
                !shown.contains("7, 7") && !shown.contains("0707"),
                "{shown}"
            );
        }
    }
    // Cargo sets this one for tests, to no key.
    let refused = Key::from_env("CARGO_PKG_NAME").unwrap_err();
    let reason = refused.source().map(ToString::to_string);
    assert_eq!(reason.as_deref(), Some("the key is not written in base64"));
    let unset = Key::from_env("AGENTFLOW_SEAL_NO_SUCH_KEY").unwrap_err();
    assert_eq!(
        unset.to_string(),
        "`AGENTFLOW_SEAL_NO_SUCH_KEY` holds no key; set it to what `openssl rand -base64 32` prints"
    );
}

#[test]
fn a_ring_has_each_id_once_and_none_that_is_empty_or_long() {
    let twice = KeyRing::new("k", key(1)).and_then(|ring| ring.opens("k", key(2)));
    assert!(matches!(twice, Err(KeyError::Twice { id }) if id == "k"));
    for (id, is_good) in [
        ("", false),
        ("k", true),
        (&"k".repeat(32), true),
        (&"k".repeat(33), false),
    ] {
        assert_eq!(KeyRing::new(id, key(1)).is_ok(), is_good, "{id}");
    }
}
