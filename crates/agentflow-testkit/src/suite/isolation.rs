//! Threads and namespaces see nothing of each other, however alike their names are.

use super::writer::{Store, Writer, owned};

/// Names that a careless store takes for one another: case, patterns, prefixes,
/// separators, and two spellings of one letter.
const ALIKE: [&str; 13] = [
    "thread",
    "Thread",
    "thread ",
    "thread2",
    "thre_d",
    "thr%",
    "thread|",
    "thread:",
    "thread/",
    "",
    "'",
    "caf\u{e9}",
    "cafe\u{301}",
];

pub async fn threads_with_alike_names_are_apart(store: &Store) {
    let mut writers = Vec::new();
    for name in ALIKE {
        let mut writer = Writer::on(store, name).await;
        writer.commit(&[("own", name.as_bytes())]).await;
        writers.push((name, writer));
    }
    for (name, writer) in &writers {
        assert_eq!(
            writer.load().await.values,
            owned(&[("own", name.as_bytes())]),
            "{name:?}"
        );
        assert_eq!(writer.history(None, 10).await.len(), 1, "{name:?}");
    }
    store
        .delete_thread(&"thread".into())
        .await
        .expect("the thread is deleted");
    store
        .delete_thread(&"thr%".into())
        .await
        .expect("the thread is deleted");
    for (name, writer) in &writers {
        let deleted = ["thread", "thr%"].contains(name);
        assert_eq!(writer.try_load(None).await.is_none(), deleted, "{name:?}");
    }
}

pub async fn namespaces_with_alike_names_are_apart(store: &Store) {
    let root = Writer::on(store, "t").await;
    let mut writers = Vec::new();
    for name in ALIKE {
        let mut writer = root.in_namespace(name);
        writer.commit(&[("own", name.as_bytes())]).await;
        writers.push((name, writer));
    }
    for (name, writer) in &writers {
        assert_eq!(
            writer.load().await.values,
            owned(&[("own", name.as_bytes())]),
            "{name:?}"
        );
        assert_eq!(writer.history(None, 10).await.len(), 1, "{name:?}");
    }
}

pub async fn fields_with_alike_names_are_apart(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let mut fields: Vec<(&str, &[u8])> = ALIKE.map(|name| (name, name.as_bytes())).to_vec();
    writer.commit(&fields).await;
    fields.sort_unstable();
    assert_eq!(writer.load().await.values, owned(&fields));
}

pub async fn a_thread_and_a_namespace_do_not_run_together(store: &Store) {
    // Joined without care, ("a", "b|c") and ("a|b", "c") are one key.
    let mut one = Writer::on(store, "a").await.in_namespace("b|c");
    let mut two = Writer::on(store, "a|b").await.in_namespace("c");
    one.commit(&[("own", b"one")]).await;
    two.commit(&[("own", b"two")]).await;
    assert_eq!(one.load().await.values, owned(&[("own", b"one")]));
    assert_eq!(two.load().await.values, owned(&[("own", b"two")]));
}

pub async fn each_namespace_has_its_own_head(store: &Store) {
    let mut root = Writer::on(store, "t").await;
    let mut child = root.in_namespace("agent:1.0");
    for _ in 0..3 {
        root.commit(&[]).await;
    }
    let first = child.commit(&[]).await;
    assert_eq!(child.load().await.checkpoint, first);
    assert_eq!(root.load().await.checkpoint.id.0, 3);
}
