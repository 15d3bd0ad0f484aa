//! What one commit stores, and when it is refused.

use agentflow_core::checkpoint::{
    CheckpointError, CheckpointSource, METADATA_BYTES_MAX, ScheduledTask, SeenByJoin,
};
use agentflow_core::{CheckpointId, NodeId, Step, Timestamp};
use serde_json::json;

use super::writer::{Store, Writer, bare_checkpoint, owned};

pub async fn a_commit_becomes_the_head_with_its_values(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let checkpoint = writer
        .commit(&[("topic", b"tides"), ("drafts", b"1")])
        .await;

    let stored = writer.load().await;
    assert_eq!(stored.checkpoint, checkpoint);
    assert_eq!(
        stored.values,
        owned(&[("drafts", b"1"), ("topic", b"tides")])
    );
    assert_eq!(stored.records, []);
}

pub async fn every_part_of_a_checkpoint_comes_back_as_it_was(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("notes", b"[]")]).await;

    let mut checkpoint = bare_checkpoint(CheckpointId(2));
    checkpoint.parent = Some(CheckpointId(1));
    checkpoint.step = Step(7);
    checkpoint.created_at = Timestamp(1_763_737_200_123_457);
    checkpoint.fingerprint = "b3:\u{e9}\"\\\u{0}".into();
    checkpoint.state_version = 3;
    checkpoint.fields = [("notes", CheckpointId(1))].into();
    checkpoint.next = vec![
        ScheduledTask {
            node: NodeId::from("write"),
            index: 0,
            payload: None,
            timeout_ms: None,
        },
        ScheduledTask {
            node: NodeId::from("draft"),
            index: 1,
            // Floats as a store's JSON may lose them, and integers beyond 53 bits.
            payload: Some(json!({
                "temperature": 12.898_878_935_281_557,
                "weights": [126.216_376_962_307_07, 5e-324, -0.0, 1e300],
                "seed": u64::MAX, "offset": i64::MIN, "none": null, "text": "\u{0}\u{1f980}",
            })),
            timeout_ms: Some(u64::MAX),
        },
        ScheduledTask {
            node: NodeId::from("draft"),
            index: 2,
            payload: Some(json!([])),
            timeout_ms: None,
        },
    ];
    checkpoint.joins = vec![SeenByJoin {
        from: vec![NodeId::from("a"), NodeId::from("b")],
        to: NodeId::from("join"),
        seen: vec![NodeId::from("b")],
    }];
    checkpoint.deferred = vec![NodeId::from("report"), NodeId::from("again")];
    checkpoint.origin = "caf\u{e9}|1".into();
    checkpoint.run = u64::MAX;
    checkpoint.metadata = [
        (
            "user".to_owned(),
            json!({"name": "\u{0}\u{1f980}", "ids": [1, 2.5, null]}),
        ),
        (String::new(), json!(true)),
    ]
    .into();
    checkpoint.inner = [
        ("memory".into(), CheckpointId(7)),
        ("".into(), CheckpointId(1)),
    ]
    .into();
    store
        .commit(writer.request(checkpoint.clone(), &[]))
        .await
        .expect("the writer commits");

    assert_eq!(writer.load().await.checkpoint, checkpoint);
    assert_eq!(writer.history(None, 1).await, [checkpoint]);
}

pub async fn steps_times_and_sources_keep_their_extremes(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for (step, created_at, source) in [
        (Step::INPUT, Timestamp(0), CheckpointSource::Input),
        (Step(0), Timestamp(-1), CheckpointSource::Loop),
        (
            Step(i64::MAX),
            Timestamp(i64::MAX),
            CheckpointSource::Update,
        ),
        (Step(i64::MIN), Timestamp(i64::MIN), CheckpointSource::Fork),
    ] {
        let mut request = writer.next(&[]);
        request.checkpoint.step = step;
        request.checkpoint.created_at = created_at;
        request.checkpoint.source = source;
        let checkpoint = (*request.checkpoint).clone();
        store.commit(request).await.expect("the writer commits");
        assert_eq!(writer.load().await.checkpoint, checkpoint);
        writer.head = Some(checkpoint);
    }
}

pub async fn an_unchanged_field_is_read_from_the_older_checkpoint(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"a1"), ("b", b"b1")]).await;
    writer.commit(&[("a", b"a2")]).await;
    writer.commit(&[]).await;

    let stored = writer.load().await;
    assert_eq!(stored.checkpoint.fields.get("a"), Some(CheckpointId(2)));
    assert_eq!(stored.checkpoint.fields.get("b"), Some(CheckpointId(1)));
    assert_eq!(stored.values, owned(&[("a", b"a2"), ("b", b"b1")]));
}

pub async fn an_older_checkpoint_keeps_the_values_it_had(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[("a", b"a1"), ("b", b"b1")]).await;
    let second = writer.commit(&[("a", b"a2"), ("c", b"c2")]).await;
    writer
        .commit(&[("a", b"a3"), ("b", b"b3"), ("c", b"c3")])
        .await;

    let stored = writer.load_at(CheckpointId(1)).await;
    assert_eq!(stored.checkpoint, first);
    assert_eq!(stored.values, owned(&[("a", b"a1"), ("b", b"b1")]));
    let stored = writer.load_at(CheckpointId(2)).await;
    assert_eq!(stored.checkpoint, second);
    assert_eq!(
        stored.values,
        owned(&[("a", b"a2"), ("b", b"b1"), ("c", b"c2")])
    );
}

pub async fn a_field_that_a_checkpoint_no_longer_lists_is_not_read(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("kept", b"1"), ("dropped", b"2")]).await;
    let mut request = writer.next(&[]);
    request.checkpoint.fields = [("kept", CheckpointId(1))].into();
    store.commit(request).await.expect("the writer commits");

    assert_eq!(writer.load().await.values, owned(&[("kept", b"1")]));
    let first = writer.load_at(CheckpointId(1)).await;
    assert_eq!(first.values, owned(&[("dropped", b"2"), ("kept", b"1")]));
}

pub async fn a_commit_on_a_head_that_moved_is_a_conflict(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    writer.commit(&[]).await;
    for (name, expected) in [
        ("expects an older head", Some(CheckpointId(1))),
        ("expects a head that never was", Some(CheckpointId(9))),
        ("expects no head", None),
    ] {
        let mut request = writer.next(&[]);
        request.expected_head = expected;
        expect_conflict(
            name,
            store.commit(request).await,
            expected,
            Some(CheckpointId(2)),
        );
    }
}

pub async fn a_commit_that_expects_a_head_on_an_empty_thread_is_a_conflict(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let mut request = writer.next(&[]);
    request.expected_head = Some(CheckpointId(1));
    request.checkpoint.id = CheckpointId(2);
    let outcome = store.commit(request).await;
    expect_conflict("empty", outcome, Some(CheckpointId(1)), None);
    assert_eq!(writer.try_load(None).await, None);
}

pub async fn a_conflict_leaves_nothing_behind(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"a1")]).await;
    writer.commit(&[("a", b"a2")]).await;
    let before = writer.load().await;

    let mut request = writer.next(&[("a", b"lost"), ("b", b"lost")]);
    request.expected_head = Some(CheckpointId(1));
    let outcome = store.commit(request).await;
    expect_conflict(
        "older head",
        outcome,
        Some(CheckpointId(1)),
        Some(CheckpointId(2)),
    );

    assert_eq!(writer.load().await, before);
    assert_eq!(writer.try_load(Some(CheckpointId(3))).await, None);
    assert_eq!(writer.history(None, 10).await.len(), 2);
    // The same number is then free for the commit that wins.
    writer.commit(&[("b", b"b3")]).await;
    assert_eq!(
        writer.load().await.values,
        owned(&[("a", b"a2"), ("b", b"b3")])
    );
}

pub async fn metadata_that_is_too_large_is_refused(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let mut request = writer.next(&[]);
    let long = "m".repeat(METADATA_BYTES_MAX);
    request.checkpoint.metadata = [("note".to_owned(), long.into())].into();
    let refused = store.commit(request).await;
    assert!(
        matches!(refused, Err(CheckpointError::TooMuch { .. })),
        "{refused:?}"
    );
    assert_eq!(writer.try_load(Some(CheckpointId(1))).await, None);
    writer.commit(&[]).await;
}

fn expect_conflict(
    case: &str,
    outcome: Result<(), CheckpointError>,
    want_expected: Option<CheckpointId>,
    want_found: Option<CheckpointId>,
) {
    match outcome {
        Err(CheckpointError::Conflict {
            thread,
            expected,
            found,
        }) => {
            let told = (thread.as_str(), expected, found);
            assert_eq!(told, ("t", want_expected, want_found), "{case}");
        }
        other => panic!("{case}: expected a conflict, got {other:?}"),
    }
}
