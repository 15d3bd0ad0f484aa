//! The checkpointer that fails on demand.

use std::error::Error;
use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    CheckpointError, Checkpointer, LeaseGrant, LeaseRequest, MemoryCheckpointer, OwnerId, Takeover,
};
use agentflow_testkit::{Call, FaultyCheckpointer, InjectedFault, When};

fn ask() -> LeaseRequest {
    LeaseRequest {
        thread: "t".into(),
        owner: OwnerId("me".to_owned()),
        now: Timestamp(0),
        ttl: Duration::from_secs(1),
        takeover: Takeover::Expired,
    }
}

#[tokio::test]
async fn a_fault_before_the_call_leaves_no_effect_and_one_after_it_does() {
    for (when, took_effect) in [(When::Before, false), (When::After, true)] {
        let store = FaultyCheckpointer::new(MemoryCheckpointer::new());
        store.fail_next(Call::AcquireLease, when);
        let error = store.acquire_lease(ask()).await.unwrap_err();
        assert!(error.is_retryable(), "{when:?}");

        let second = store.acquire_lease(ask()).await.unwrap();
        assert_eq!(
            matches!(second, LeaseGrant::Held { .. }),
            took_effect,
            "{when:?}"
        );
    }
}

#[tokio::test]
async fn only_the_named_call_fails() {
    let store = FaultyCheckpointer::new(MemoryCheckpointer::new());
    store.fail(Call::DeleteThread, 2, When::Before);
    store.acquire_lease(ask()).await.unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(store.delete_thread(&"t".into()).await.is_ok());
    }
    assert_eq!(outcomes, [true, false, true]);
    assert_eq!(
        (store.calls(Call::DeleteThread), store.calls(Call::Commit)),
        (3, 0)
    );
}

#[tokio::test]
async fn the_error_says_which_call_a_test_made_fail() {
    let store = FaultyCheckpointer::new(MemoryCheckpointer::new());
    store.fail(Call::DeleteThread, 1, When::After);
    let error = store.delete_thread(&"t".into()).await.unwrap_err();
    assert!(matches!(
        error,
        CheckpointError::Unavailable {
            backend: "memory",
            ..
        }
    ));
    let fault = error
        .source()
        .and_then(|source| source.downcast_ref::<InjectedFault>());
    let want = InjectedFault {
        call: Call::DeleteThread,
        number: 1,
        when: When::After,
    };
    assert_eq!(fault, Some(&want));
}

#[tokio::test]
async fn an_error_of_the_checkpointer_inside_is_not_hidden_by_a_fault() {
    let store = FaultyCheckpointer::new(MemoryCheckpointer::new());
    let LeaseGrant::Granted(lease) = store.acquire_lease(ask()).await.unwrap() else {
        panic!("nobody else asked")
    };
    store.release_lease(&lease).await.unwrap();
    store.fail_next(Call::RenewLease, When::After);
    let error = store
        .renew_lease(&lease, Timestamp(0), Duration::ZERO)
        .await
        .unwrap_err();
    assert!(matches!(error, CheckpointError::Fenced { .. }));
}
