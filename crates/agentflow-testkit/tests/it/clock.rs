//! The manual clock.

use std::time::Duration;

use agentflow_core::{Clock, Timestamp};
use agentflow_testkit::ManualClock;
use tokio::sync::mpsc;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn time_stands_still_until_it_is_advanced() {
    let clock = ManualClock::new(Timestamp(5));
    assert_eq!(clock.now(), Timestamp(5));
    let same = clock.clone();
    same.advance(SECOND);
    assert_eq!(clock.now(), Timestamp(1_000_005));
}

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_time() {
    let clock = ManualClock::new(Timestamp(0));
    let (woke, mut order) = mpsc::unbounded_channel();
    for seconds in [3, 1, 2] {
        let (sleep, woke) = (clock.sleep(SECOND * seconds), woke.clone());
        tokio::spawn(async move {
            sleep.await;
            woke.send(seconds).unwrap();
        });
    }
    assert_eq!(clock.sleepers(), 3);
    assert_eq!(clock.next_wake(), Some(Timestamp(1_000_000)));
    for seconds in 1..=3 {
        assert_eq!(
            clock.advance_to_next_wake(),
            Some(Timestamp(i64::from(seconds) * 1_000_000))
        );
        assert_eq!(order.recv().await, Some(seconds));
    }
    assert_eq!(clock.advance_to_next_wake(), None);
    assert_eq!(clock.now(), Timestamp(3_000_000));
}

#[tokio::test]
async fn a_sleeper_sleeps_on_when_its_time_has_not_come() {
    let clock = ManualClock::new(Timestamp(0));
    let mut sleep = clock.sleep(SECOND);
    clock.advance(SECOND - Duration::from_micros(1));
    assert!(poll_once(&mut sleep).await.is_none());
    clock.advance(Duration::from_micros(1));
    assert!(poll_once(&mut sleep).await.is_some());
}

#[tokio::test]
async fn a_wait_of_nothing_is_over_at_once() {
    let clock = ManualClock::new(Timestamp(0));
    clock.sleep(Duration::ZERO).await;
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn a_dropped_sleep_is_forgotten() {
    let clock = ManualClock::new(Timestamp(0));
    let sleep = clock.sleep(SECOND);
    assert_eq!(clock.sleepers(), 1);
    drop(sleep);
    assert_eq!((clock.sleepers(), clock.next_wake()), (0, None));
}

#[tokio::test]
async fn a_test_waits_until_the_code_under_test_sleeps() {
    let clock = ManualClock::new(Timestamp(0));
    let sleeping = tokio::spawn({
        let clock = clock.clone();
        async move {
            tokio::task::yield_now().await;
            clock.sleep(SECOND).await;
            clock.sleep(SECOND).await;
            clock.now()
        }
    });
    clock.wait_for_sleepers(1).await;
    clock.advance(SECOND);
    clock.wait_for_sleepers(0).await;
    while !sleeping.is_finished() {
        clock.advance_to_next_wake();
        tokio::task::yield_now().await;
    }
    assert_eq!(sleeping.await.unwrap(), Timestamp(2_000_000));
}

/// The future's answer if it is ready now.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}
