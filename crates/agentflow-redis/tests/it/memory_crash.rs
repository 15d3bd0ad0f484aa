//! A server that logs every write and is killed while it is written to loses no batch that it
//! acknowledged, and leaves none half done.

use std::sync::Arc;

use agentflow_core::store::Store;
use agentflow_redis::RedisStore;
use tokio::sync::mpsc;

use crate::machine::Machine;
use crate::memory::{get, memory, n_said, put};
use crate::place::options;

const WRITERS: usize = 4;
const ROUNDS: usize = 6;
const PARTS: usize = 20;

fn name(writer: usize, part: usize) -> String {
    format!("{writer}-{part:02}")
}

/// Puts the same number under several keys until the server is gone; returns the last that
/// was acknowledged.
async fn write(
    store: Arc<RedisStore>,
    writer: usize,
    first: usize,
    told_to: mpsc::UnboundedSender<()>,
) -> usize {
    for number in first.. {
        let puts = (0..PARTS).map(|part| put(&name(writer, part), number));
        if let Err(error) = store.batch(puts.collect()).await {
            assert!(error.is_retryable(), "{error:?}");
            return number - 1;
        }
        let _ = told_to.send(());
    }
    unreachable!("the server is killed before the numbers end")
}

/// The number that all keys of a writer have.
async fn number_of(store: &RedisStore, writer: usize) -> usize {
    let gets = (0..PARTS).map(|part| get(&name(writer, part)));
    let replies = store.batch(gets.collect()).await.unwrap();
    let mut numbers: Vec<_> = replies.iter().map(n_said).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "half of a batch: {numbers:?}");
    numbers[0].unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_the_server_was_killed_is_there_and_whole() {
    let log = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut machine) = Machine::start(&log) else {
        return;
    };
    let redis = options();
    let mut found = [0; WRITERS];
    for round in 0..ROUNDS {
        let store = Arc::new(memory(&machine.url(), redis.clone()).await);
        let (told_to, mut acknowledged) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (store, first) = (Arc::clone(&store), found[writer] + 1);
                tokio::spawn(write(store, writer, first, told_to.clone()))
            })
            .collect();
        for _ in 0..10 + round * 7 {
            acknowledged.recv().await.unwrap();
        }
        machine.kill();
        let mut last = Vec::new();
        for writer in writers {
            last.push(writer.await.unwrap());
        }
        drop(store);
        machine.restart();
        let store = memory(&machine.url(), redis.clone()).await;
        for (writer, last) in last.into_iter().enumerate() {
            let number = number_of(&store, writer).await;
            // The one in doubt may have been done.
            assert!((last..=last + 1).contains(&number), "{number} after {last}");
            found[writer] = number;
        }
    }
}
