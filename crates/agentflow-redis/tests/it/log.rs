//! What only Redis does with a stream log.

use crate::machine::tell;
use crate::place::{ONE, one, options};
use crate::thread::{append, commit, lease, log};

/// Such a build deletes the two keys and leaves the numbers as they are.
#[tokio::test]
async fn a_delete_by_a_build_that_knows_no_stream_log_takes_it_along() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let prefix = options.prefix.clone();
    let store = one(&address, options).await;
    let lease = lease(&store, "t").await;
    append(&store, &lease, &[b"1", b"2"]).await;
    let keys = format!("{prefix}:{{t}}:data {prefix}:{{t}}:index");
    let () = tell(&address, &format!("UNLINK {keys}")).await;
    // What has begun anew is not taken for what was there before.
    commit(&store, &lease, None).await.unwrap();
    let left = log(&store, "t").await;
    assert_eq!(
        (left.oldest.0, left.newest.0, left.entries.len()),
        (3, 2, 0)
    );
    assert_eq!(append(&store, &lease, &[b"3"]).await, 3);
    let left = log(&store, "t").await;
    assert_eq!(
        (left.oldest.0, left.newest.0, left.entries.len()),
        (3, 3, 1)
    );
}

#[tokio::test]
async fn what_is_forgotten_takes_no_room() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let entries = format!("HLEN {}:{{t}}:data", options.prefix);
    let store = one(&address, options).await;
    let lease = lease(&store, "t").await;
    for _ in 0..30 {
        append(&store, &lease, &[b"x".as_slice(); 20]).await;
    }
    // As many as these tests keep.
    assert_eq!(tell::<i64>(&address, &entries).await, 100);
}
