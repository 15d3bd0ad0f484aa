//! Times that a double cannot hold, and moments before 1970, stay what they are.

use std::time::Duration;

use agentflow_core::store::{Get, Put, Refresh, Search, Store, StoreExt, StoreOptions, Ttl};
use agentflow_core::{Clock as _, Timestamp};
use agentflow_redis::RedisStore;
use agentflow_testkit::ManualClock;
use serde_json::json;

use crate::memory::{keys, memory_with, path, put};
use crate::place::{ONE, options};

const EXACT: i64 = 1 << 53;
const MICROSECOND: Duration = Duration::from_micros(1);

/// When the item of each case was put, and how long it lives.
fn cases() -> Vec<(i64, Duration)> {
    let micros = |micros: i64| Duration::from_micros(micros.unsigned_abs());
    vec![
        (1_700_000_000_000_000, Duration::from_secs(60)),
        (0, MICROSECOND * 2),
        // Halves of ten digits that carry.
        (9_999_999_999, micros(9_999_999_999)),
        (99_999_999_999_999, micros(99_999_999_999)),
        (EXACT + 1, micros(EXACT + 1)),
        (EXACT - 1, MICROSECOND * 3),
        // Across 1970, before it, and to the very moment.
        (-5, MICROSECOND * 3),
        (-5, MICROSECOND * 4),
        (-5, MICROSECOND * 10),
        (-EXACT - 7, micros(EXACT + 11)),
        (i64::MIN, MICROSECOND * 2),
        (i64::MIN, micros(i64::MAX)),
        // To the last moment there is.
        (i64::MAX - 10, MICROSECOND * 5),
        (i64::MAX - 10, MICROSECOND * 20),
        (1_700_000_000_000_000, Duration::MAX),
    ]
}

async fn seen(store: &RedisStore, refresh: Refresh) -> Option<Timestamp> {
    let get = Get::new(&path("b"), "k").refresh(refresh);
    let item = store.get_with(get).await.unwrap();
    item.unwrap().expires_at
}

#[tokio::test]
async fn an_item_lives_to_its_very_microsecond() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    for (start, lifetime) in cases() {
        for in_a_write in [false, true] {
            let case = format!("{lifetime:?} from {start}, in a write: {in_a_write}");
            let clock = ManualClock::new(Timestamp(start));
            let made = StoreOptions::new(clock.clone());
            let store = memory_with(&address, made, options()).await;
            let item = Put::new(&path("b"), "k", json!({})).ttl(Ttl::For(lifetime));
            store.put_with(item).await.unwrap();
            let end = Timestamp(start).after(lifetime);
            assert_eq!(seen(&store, Refresh::No).await, Some(end), "{case}");

            clock.advance(MICROSECOND);
            let later = clock.now().after(lifetime);
            if in_a_write {
                let get = Get::new(&path("b"), "k").refresh(Refresh::Yes);
                let ops = vec![get.into(), put("other", 1)];
                store.batch(ops).await.unwrap();
            } else {
                assert_eq!(seen(&store, Refresh::Yes).await, Some(later), "{case}");
            }
            assert_eq!(seen(&store, Refresh::No).await, Some(later), "{case}");

            // There until one microsecond before, and then swept.
            let left = later.0.abs_diff(clock.now().0);
            clock.advance(Duration::from_micros(left - 1));
            let under = Search::under(&path("b")).refresh(Refresh::No);
            assert_eq!(keys(&store, under.clone()).await, ["k"], "{case}");
            assert_eq!(store.sweep().await.unwrap(), 0, "{case}");
            clock.advance(MICROSECOND);
            assert_eq!(keys(&store, under).await, [""; 0], "{case}");
            assert_eq!(store.sweep().await.unwrap(), 1, "{case}");
        }
    }
}
