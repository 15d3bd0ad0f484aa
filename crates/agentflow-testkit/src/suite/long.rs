//! Histories that are longer than a store reads at once.
//!
//! How long is said by `AGENTFLOW_TEST_HISTORY`, in checkpoints: 1,200 unless it is set,
//! which is more than any part that our backends read. 100,000 is worth a try now and
//! then.

use agentflow_core::checkpoint::{CheckpointSource, Prune};
use agentflow_core::{CheckpointId, Timestamp};

use super::writer::{Store, Writer, owned};

fn length() -> u64 {
    let named = std::env::var("AGENTFLOW_TEST_HISTORY").ok();
    named.map_or(1_200, |named| {
        let length = named.parse().ok().filter(|length| *length >= 1_200);
        length.expect("AGENTFLOW_TEST_HISTORY is a number of checkpoints, 1200 at least")
    })
}

/// So many checkpoints, one in each microsecond, of which every hundredth was an update.
async fn long(store: &Store, length: u64) -> Writer {
    let mut writer = Writer::on(store, "t").await;
    for number in 1..=length {
        let value = number.to_be_bytes();
        let fields: &[(&str, &[u8])] = &[("each", &value), ("once", b"first")];
        let mut request = writer.next(if number == 1 { fields } else { &fields[..1] });
        request.checkpoint.created_at = Timestamp(i64::try_from(number).expect("small"));
        if number.is_multiple_of(100) {
            request.checkpoint.source = CheckpointSource::Update;
        }
        writer.advance(request).await;
    }
    writer
}

pub async fn every_part_of_a_long_history_is_found(store: &Store) {
    let length = length();
    let writer = long(store, length).await;
    for at in [1, 2, length / 2, length - 1, length] {
        let values = writer.load_at(CheckpointId(at)).await.values;
        let want = owned(&[("each", &at.to_be_bytes()), ("once", b"first")]);
        assert_eq!(values, want, "{at}");
    }
    assert_eq!(writer.load().await.checkpoint.id.0, length);

    // By pages of an odd size, and in one.
    let mut ids = Vec::new();
    while let page = writer.history(ids.last().copied(), 701).await
        && !page.is_empty()
    {
        ids.extend(page.iter().map(|checkpoint| checkpoint.id.0));
    }
    assert!(
        ids.iter().copied().eq((1..=length).rev()),
        "pages leave none out"
    );
    let whole = writer.history(None, u32::MAX).await;
    assert!(whole.iter().map(|checkpoint| checkpoint.id.0).eq(ids));

    let mut updates = writer.page(Some(1_000), 20);
    updates.source = Some(CheckpointSource::Update);
    let updates = writer.list(updates).await;
    let updates: Vec<_> = updates.iter().map(|checkpoint| checkpoint.id.0).collect();
    assert_eq!(updates, [900, 800, 700, 600, 500, 400, 300, 200, 100]);
}

pub async fn a_long_history_is_pruned_by_age(store: &Store) {
    let length = length();
    let writer = long(store, length).await;
    let young = length - 100;
    let what = Prune::but_newest(10).made_before(Timestamp(i64::try_from(young).expect("small")));
    let pruned = store.prune(&"t".into(), what).await;
    assert_eq!(pruned.expect("a thread is pruned"), young - 1);
    let left = writer.history(None, u32::MAX).await;
    let left = left.iter().map(|checkpoint| checkpoint.id.0);
    assert!(left.eq((young..=length).rev()));
    let want = owned(&[("each", &young.to_be_bytes()), ("once", b"first")]);
    assert_eq!(writer.load_at(CheckpointId(young)).await.values, want);
}
