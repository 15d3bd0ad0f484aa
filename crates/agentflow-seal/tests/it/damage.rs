//! No byte of an envelope can be changed, and none be taken away.

use agentflow_core::checkpoint::{ENVELOPE_BYTES_MAX, EVENT_BYTES_MAX};
use agentflow_seal::{Compression, Key, KeyRing, Seal};
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::rig::{FIELD, Part, Spot, ring};

/// Each way to seal.
fn seals() -> [Seal; 4] {
    let shrinks = Compression {
        bytes_min: 0,
        ..Compression::default()
    };
    [
        Seal::new(),
        Seal::new().compress(shrinks),
        Seal::new().encrypt(ring()),
        Seal::new().compress(shrinks).encrypt(ring()),
    ]
}

#[tokio::test]
async fn every_bit_that_is_flipped_and_every_byte_that_is_missing_is_an_error() {
    let value = b"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]";
    for seal in seals() {
        let kept = FIELD.sealed(&seal, value).await;
        for bit in 0..kept.len() * 8 {
            let mut flipped = kept.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = FIELD.opened(&seal, &flipped).await;
            assert!(opened.is_err(), "{seal:?}: bit {bit}");
        }
        for bytes in 0..kept.len() {
            let opened = FIELD.opened(&seal, &kept[..bytes]).await;
            assert!(opened.is_err(), "{seal:?}: {bytes} bytes");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn values_come_back_as_they_were_and_damaged_ones_not_at_all(
        value in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..600),
            prop::collection::vec(0..2_u8, 0..5_000),
        ],
        way in 0..4_usize,
        place in any::<prop::sample::Index>(),
        byte in 1..=255_u8,
        extra in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let runtime = Builder::new_current_thread().build().unwrap();
        let seal = &seals()[way];
        runtime.block_on(async {
            let kept = FIELD.sealed(seal, &value).await;
            prop_assert_eq!(&FIELD.opened(seal, &kept).await.unwrap(), &value);
            prop_assert!(kept.len() <= value.len() + ENVELOPE_BYTES_MAX);
            let mut changed = kept.clone();
            changed[place.index(kept.len())] ^= byte;
            prop_assert!(FIELD.opened(seal, &changed).await.is_err());
            let cut = &kept[..place.index(kept.len())];
            prop_assert!(FIELD.opened(seal, cut).await.is_err());
            let longer = [&kept[..], &extra].concat();
            prop_assert!(FIELD.opened(seal, &longer).await.is_err());
            Ok(())
        })?;
    }

    /// Whatever is in a store is a value or an error, and no panic.
    #[test]
    fn bytes_that_nobody_sealed_are_an_error(
        rest in prop::collection::vec(any::<u8>(), 0..300),
        flags in 0..5_u8,
        way in 0..4_usize,
    ) {
        let runtime = Builder::new_current_thread().build().unwrap();
        let seal = &seals()[way];
        runtime.block_on(async {
            let begun = [b"\xafenv\x01", &[flags][..], &rest].concat();
            prop_assert!(FIELD.opened(seal, &begun).await.is_err());
            prop_assert!(FIELD.opened(seal, &rest).await.is_err());
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_same_value_is_sealed_otherwise_each_time() {
    let seal = Seal::new().encrypt(ring());
    let [one, two] = [
        FIELD.sealed(&seal, b"1").await,
        FIELD.sealed(&seal, b"1").await,
    ];
    assert_ne!(one, two);
}

#[tokio::test]
async fn the_largest_event_fits_with_the_longest_id_of_a_key() {
    let keys = KeyRing::new("k".repeat(32), Key::from_bytes([1; 32])).unwrap();
    let seal = Seal::new().encrypt(keys);
    let event = Spot {
        part: Part::Event("told", 0),
        ..FIELD
    };
    let kept = event.sealed(&seal, &vec![b' '; EVENT_BYTES_MAX]).await;
    let opened = event.opened(&seal, &kept).await.unwrap();
    assert_eq!(opened.len(), EVENT_BYTES_MAX);
}
