//! Numbers that a double cannot hold stay what they are.

use agentflow_core::checkpoint::{Checkpointer, EventId, HistoryPage, Wake};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use agentflow_redis::{RedisCheckpointer, RedisError};

use crate::machine::tell;
use crate::place::{ONE, one, options};
use crate::thread::{ask, commit, commit_on, head, lease, reason, record, records_at, told};

const EXACT: u64 = 1 << 53;
const IDS: [u64; 7] = [
    1,
    EXACT - 1,
    EXACT,
    EXACT + 1,
    EXACT + 2,
    u64::MAX - 1,
    u64::MAX,
];

async fn ids(store: &RedisCheckpointer, thread: &str) -> Vec<u64> {
    let page = HistoryPage {
        thread: thread.into(),
        namespace: Namespace::root(),
        before: None,
        limit: 100,
        source: None,
        step: None,
        metadata: Vec::new(),
    };
    let listed = store.history(page).await.unwrap();
    listed.iter().map(|checkpoint| checkpoint.id.0).collect()
}

#[tokio::test]
async fn checkpoints_are_told_apart_by_their_last_digit() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let store = one(&address, options()).await;
    let lease = lease(&store, "t").await;
    let (thread, root) = (ThreadId::from("t"), Namespace::root());
    let mut at = None;
    for number in IDS {
        let id = CheckpointId(number);
        let value = number.to_string();
        let mut request = commit_on(&lease, None, value.as_bytes());
        request.expected_head = at;
        let all = [at, Some(id)].into_iter().flatten();
        request.checkpoint.fields = all.map(|at| ("log", at)).collect();
        request.checkpoint.fields.insert("number", id);
        request
            .changed
            .push(("log".into(), value.clone().into_bytes()));
        request.checkpoint.parent = at;
        request.checkpoint.id = id;
        store.commit(request).await.unwrap();
        let own = vec![record("own", value.as_bytes())];
        store
            .save_records(records_at(&lease, id, own))
            .await
            .unwrap();
        at = Some(id);
    }
    for (place, number) in IDS.into_iter().enumerate() {
        let stored = store
            .load(&thread, &root, Some(CheckpointId(number)))
            .await
            .unwrap();
        let stored = stored.unwrap();
        let text = |place: usize| IDS[place].to_string().into_bytes();
        assert_eq!(stored.checkpoint.id.0, number);
        assert_eq!(stored.records, [record("own", &text(place))]);
        let mut want = vec![("log".into(), text(place)), ("number".into(), text(place))];
        if place > 0 {
            want.insert(0, ("log".into(), text(place - 1)));
        }
        assert_eq!(stored.values, want);
    }
    let newest_first: Vec<_> = IDS.into_iter().rev().collect();
    assert_eq!(ids(&store, "t").await, newest_first);
    assert_eq!(
        store
            .load(&thread, &root, Some(CheckpointId(EXACT + 3)))
            .await
            .unwrap(),
        None
    );

    assert_eq!(store.prune(&thread, 3.into()).await.unwrap(), 4);
    assert_eq!(ids(&store, "t").await, newest_first[..3]);
    let kept = store
        .load(&thread, &root, Some(CheckpointId(EXACT + 2)))
        .await
        .unwrap();
    assert_eq!(
        kept.unwrap().values[0].1,
        (EXACT + 1).to_string().into_bytes()
    );
    // Nothing is above the highest.
    let mut late = commit_on(&lease, None, b"late");
    late.expected_head = at;
    assert!(store.commit(late).await.is_err());
}

#[tokio::test]
async fn a_thread_wakes_at_its_very_microsecond() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let store = one(&address, options()).await;
    let exact = i64::try_from(EXACT).unwrap();
    let times = [
        i64::MIN,
        i64::MIN + 1,
        -exact - 1,
        -1,
        0,
        exact,
        exact + 1,
        exact + 2,
        i64::MAX - 1,
        i64::MAX,
    ];
    let names: Vec<_> = (0..times.len()).map(|place| format!("t{place}")).collect();
    for (name, time) in names.iter().zip(times).rev() {
        store.deliver(told(name, None)).await.unwrap();
        store
            .snooze(&name.as_str().into(), Wake::At(Timestamp(time)))
            .await
            .unwrap();
    }
    for (place, time) in times.into_iter().enumerate() {
        let due = async |now| {
            let due = store.due(Timestamp(now), 100).await.unwrap();
            due.iter()
                .map(|thread| thread.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(due(time).await, names[..=place], "at {time}");
        if let Some(before) = time.checked_sub(1) {
            let want = times.iter().filter(|time| **time <= before).count();
            assert_eq!(due(before).await, names[..want], "before {time}");
        }
    }
}

#[tokio::test]
async fn a_number_that_is_used_up_is_told_and_changes_nothing() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let key = format!("{}:{{t}}", options.prefix);
    let store = one(&address, options).await;
    let last = i64::MAX;

    let lease = lease(&store, "t").await;
    store.release_lease(&lease).await.unwrap();
    let () = tell(
        &address,
        &format!("HSET {key} epoch {} newest {}", last - 1, last - 1),
    )
    .await;
    let highest = crate::thread::lease(&store, "t").await;
    assert_eq!(highest.epoch.0, last.unsigned_abs());
    commit(&store, &highest, None).await.unwrap();
    store
        .renew_lease(&highest, Timestamp(0), std::time::Duration::MAX)
        .await
        .unwrap();
    let event = store.deliver(told("t", Some("k"))).await.unwrap();
    assert_eq!(event, EventId(last.unsigned_abs()));

    let before = head(&store, "t").await;
    let refused = store.deliver(told("t", Some("one more"))).await;
    assert!(matches!(reason(refused), RedisError::NumberUsedUp { .. }));
    store.release_lease(&highest).await.unwrap();
    let refused = store.acquire_lease(ask("t")).await;
    assert!(matches!(reason(refused), RedisError::NumberUsedUp { .. }));
    assert_eq!(head(&store, "t").await, before);
    assert_eq!(store.deliver(told("t", Some("k"))).await.unwrap(), event);
    assert_eq!(store.events(&"t".into()).await.unwrap().len(), 1);
}
