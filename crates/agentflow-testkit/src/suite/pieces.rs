//! Fields that are stored in pieces: what they were once, and what was added since.

use agentflow_core::checkpoint::Checkpoint;

use super::writer::{Store, Writer, owned};

/// Adds a piece to the field `log`.
async fn grow(writer: &mut Writer, piece: &[u8]) -> Checkpoint {
    let mut request = writer.next(&[]);
    let id = request.checkpoint.id;
    request.checkpoint.fields.add_piece("log", id);
    request.changed = owned(&[("log", piece)]);
    writer.advance(request).await
}

pub async fn all_pieces_of_a_field_come_in_their_order(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let mut want = owned(&[("before", b"b"), ("log", b"whole")]);
    writer
        .commit(&[("before", b"b"), ("log", b"whole"), ("then", b"t")])
        .await;
    // More than a store reads at once, and not one after another.
    for number in 0..300_u32 {
        let piece = number.to_be_bytes();
        grow(&mut writer, &piece).await;
        want.extend(owned(&[("log", &piece)]));
        if number.is_multiple_of(7) {
            writer.commit(&[("before", b"b")]).await;
        }
    }
    want.extend(owned(&[("then", b"t")]));
    let stored = writer.load().await;
    assert!(stored.values == want, "{:?}", stored.values);
    let listed = writer.history(None, 1).await;
    assert_eq!(listed[0].fields, stored.checkpoint.fields);
    writer.commit(&[("log", b"whole again")]).await;
    let want = owned(&[("before", b"b"), ("log", b"whole again"), ("then", b"t")]);
    assert_eq!(writer.load().await.values, want);
}

pub async fn each_branch_has_its_own_pieces(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("log", b"0")]).await;
    let first = grow(&mut writer, b"1").await;
    let left = grow(&mut writer, b"left").await;
    let fork = writer.fork_from(&first, &[]);
    writer.advance(fork).await;
    grow(&mut writer, b"right").await;
    for (at, want) in [
        (writer.head_id(), &["0", "1", "right"][..]),
        (Some(left.id), &["0", "1", "left"]),
        (Some(first.id), &["0", "1"]),
    ] {
        let stored = writer.try_load(at).await.expect("it is there");
        let values = stored.values.iter().map(|(_, value)| value.as_slice());
        let want: Vec<_> = want.iter().map(|piece| piece.as_bytes()).collect();
        assert_eq!(values.collect::<Vec<_>>(), want, "{at:?}");
    }
}

pub async fn pieces_stay_as_long_as_a_checkpoint_needs_them(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("log", b"old")]).await;
    writer.commit(&[("log", b"whole")]).await;
    for piece in [b"1", b"2", b"3"] {
        grow(&mut writer, piece).await;
    }
    let want = writer.load().await.values;
    assert_eq!(want.len(), 4);
    let copied = store.copy_thread(&"t".into(), &"copy".into()).await;
    copied.expect("a thread is copied");
    let gone = store.prune(&"t".into(), 1.into()).await;
    assert_eq!(gone.expect("a thread is pruned"), 4);
    assert_eq!(writer.load().await.values, want);
    grow(&mut writer, b"4").await;
    assert_eq!(writer.load().await.values.len(), 5);
    let copy = Writer::on(store, "copy").await;
    assert_eq!(copy.load().await.values, want);
}
