//! A connection that breaks after a call was carried out and before its answer came.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{Checkpointer, LeaseGrant};
use agentflow_redis::RedisError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::place::{ONE, one, options};
use crate::thread::{
    append, ask, commit, expect_whole, head, lease, log, reason, record, records_at, told,
};

/// Stands between a client and a server, and swallows an answer when it is asked to.
struct Between {
    url: String,
    swallow: Arc<AtomicU32>,
}

impl Between {
    async fn start(server: &str) -> Self {
        let server = server.strip_prefix("redis://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let swallow = Arc::new(AtomicU32::new(0));
        let asked = Arc::clone(&swallow);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&asked)));
            }
        });
        Self { url, swallow }
    }

    /// The next answer is lost, and its connection with it.
    fn swallow_next(&self) {
        self.swallow(1);
    }

    /// The `nth` answer from now is.
    fn swallow(&self, nth: u32) {
        self.swallow.store(nth, Ordering::SeqCst);
    }

    fn has_swallowed(&self) -> bool {
        self.swallow.load(Ordering::SeqCst) == 0
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, swallow: Arc<AtomicU32>) {
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            count = client.read(&mut from_client) => match count {
                Ok(count @ 1..) => server.write_all(&from_client[..count]).await.unwrap(),
                _ => return,
            },
            count = server.read(&mut from_server) => match count {
                Ok(1..) if is_its_turn(&swallow) => return,
                Ok(count @ 1..) => client.write_all(&from_server[..count]).await.unwrap(),
                _ => return,
            },
        }
    }
}

fn is_its_turn(swallow: &AtomicU32) -> bool {
    let one_less = |left: u32| left.checked_sub(1);
    swallow.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) == Ok(1)
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_happened_once_and_is_answered_right() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let between = Between::start(&address).await;
    let store = one(&between.url, options()).await;

    between.swallow_next();
    let grant = store.acquire_lease(ask("t")).await.unwrap();
    assert!(between.has_swallowed());
    let LeaseGrant::Granted(lease) = grant else {
        panic!("{grant:?}")
    };
    let mut at = None;
    for _ in 0..3 {
        between.swallow_next();
        at = Some(commit(&store, &lease, at).await.unwrap());
        assert!(between.has_swallowed());
    }
    let own = records_at(&lease, CheckpointId(3), vec![record("k", b"own")]);
    between.swallow_next();
    store.save_records(own).await.unwrap();
    let stored = head(&store, "t").await.unwrap();
    assert_eq!(stored.checkpoint.id, CheckpointId(3));
    expect_whole(&stored);
    assert_eq!(stored.records, [record("k", b"own")]);

    between.swallow_next();
    assert_eq!(head(&store, "t").await.unwrap(), stored, "a read");
    between.swallow_next();
    store.deliver(told("t", Some("k"))).await.unwrap();
    assert_eq!(store.events(&"t".into()).await.unwrap().len(), 1);
    // The server learns the script.
    append(&store, &lease, &[]).await;
    for newest in [2, 4] {
        between.swallow_next();
        assert_eq!(append(&store, &lease, &[b"1", b"2"]).await, newest);
        assert!(between.has_swallowed());
    }
    assert_eq!(log(&store, "t").await.entries.len(), 4);

    between.swallow_next();
    store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(head(&store, "t").await, None);
}

#[tokio::test]
async fn a_delivery_that_cannot_be_recognised_is_left_in_doubt() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let between = Between::start(&address).await;
    let store = one(&between.url, options()).await;
    // The server learns the scripts.
    store.deliver(told("other", None)).await.unwrap();
    // The first answer is that of the index.
    between.swallow(2);
    let error = reason(store.deliver(told("t", None)).await);
    assert!(between.has_swallowed());
    assert!(matches!(error, RedisError::Unreachable { .. }), "{error:?}");
    assert_eq!(store.events(&"t".into()).await.unwrap().len(), 1);
}

/// Another writer's commit that has the same number is no repetition of ours.
#[tokio::test]
async fn the_same_request_by_another_call_is_a_conflict() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let store = one(&address, options()).await;
    let lease = lease(&store, "t").await;
    commit(&store, &lease, None).await.unwrap();
    let again = commit(&store, &lease, None).await;
    assert!(again.is_err(), "{again:?}");
}
