//! What a backend says that it can it does, and the rest it refuses by name.

use agentflow_core::checkpoint::Capability;

use super::needs::{calls_of, missing, refuses};
use super::writer::{Store, Writer};

pub async fn what_is_in_the_set_is_done_and_what_is_not_is_refused(store: &Store) {
    let missing = missing(store, &[&Capability::ALL]);
    refuses(store, &missing).await;
    let has = store.capabilities();
    assert_eq!(store.capabilities(), has, "the set is always the same");
    for capability in has.iter() {
        let mut writer = Writer::on(store, format!("has {capability}")).await;
        writer.commit(&[("a", b"1")]).await;
        for done in calls_of(capability, &writer).await {
            assert!(done.is_ok(), "`{capability}` is in the set: {done:?}");
        }
        let deleted = store.delete_thread(&"copy".into()).await;
        deleted.expect("a thread is deleted");
    }
}
