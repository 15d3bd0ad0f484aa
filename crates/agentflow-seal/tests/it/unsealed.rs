//! Values from before a store was sealed, or had keys.

use agentflow_core::Namespace;
use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer, RecordKind};
use agentflow_seal::{Compression, Seal, SealError, SealedCheckpointer};

use crate::rig::{FIELD, Part, reason, ring};

#[tokio::test]
async fn what_is_not_sealed_is_refused_unless_that_is_allowed() {
    let seal = Seal::new().encrypt(ring());
    for part in [
        Part::Field("notes"),
        Part::Record("1/n/0", RecordKind::Once, "pay"),
        Part::Input("draft", 1),
        Part::Event("told", 0),
        Part::Log,
    ] {
        let spot = FIELD.with(part);
        for plain in [&b"\"plain\""[..], b"{\"a\":1}", b"7"] {
            let refused = spot.opened(&seal, plain).await.unwrap_err();
            assert!(
                matches!(refused, SealError::NotSealed { .. }),
                "{part:?}: {refused}"
            );
            let refused = refused.to_string();
            assert!(refused.contains("of thread `t`"), "{refused}");
            assert!(refused.contains("`Seal::allow_unsealed`"), "{refused}");
            let read = spot.opened(&seal.clone().allow_unsealed(), plain).await;
            assert_eq!(read.unwrap(), plain, "{part:?}");
        }
    }
}

#[tokio::test]
async fn what_was_sealed_without_a_key_is_no_proof_to_a_store_with_keys() {
    let without = Seal::new().compress(Compression::default());
    let planted = FIELD.sealed(&without, b"planted").await;
    let seal = Seal::new().encrypt(ring());
    let refused = FIELD.opened(&seal, &planted).await.unwrap_err();
    assert!(
        matches!(refused, SealError::NotEncrypted { .. }),
        "{refused}"
    );
    let read = FIELD.opened(&seal.allow_unsealed(), &planted).await;
    assert_eq!(read.unwrap(), b"planted");
}

#[tokio::test]
async fn what_a_newer_build_sealed_is_told_from_damage() {
    let seal = Seal::new();
    let mut newer = FIELD.sealed(&seal, b"1").await;
    newer[4] = 2;
    let refused = FIELD.opened(&seal, &newer).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("is sealed in version 2; this build reads up to 1: use a newer build"),
        "{refused}"
    );
}

#[tokio::test]
async fn history_refuses_inputs_that_are_not_sealed_too() {
    let input = FIELD.with(Part::Input("draft", 1));
    let inner = MemoryCheckpointer::new();
    input.put(&inner, b"1").await;
    let store = SealedCheckpointer::new(inner, Seal::new());
    let page = agentflow_core::checkpoint::HistoryPage {
        thread: "t".into(),
        namespace: Namespace::from(input.namespace),
        before: None,
        limit: 9,
        source: None,
        step: None,
        metadata: Vec::new(),
    };
    let refused = reason(store.history(page).await.unwrap_err());
    assert!(matches!(refused, SealError::NotSealed { .. }), "{refused}");
}
