//! How many calls go over the wire, as the server itself counts them.

use agentflow_core::checkpoint::{Checkpointer, HistoryPage, Wake};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;

use crate::machine::Machine;
use crate::place::{one, options};
use crate::thread::{append, commit_on, lease, log, record, records_at, told};

/// Sees every command that reaches a server.
pub(crate) struct Monitor {
    lines: Lines<BufReader<TcpStream>>,
    marks: u32,
}

impl Monitor {
    pub(crate) async fn on(machine: &Machine) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", machine.port))
            .await
            .unwrap();
        stream.write_all(b"MONITOR\r\n").await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "+OK");
        Self { lines, marks: 0 }
    }

    /// The names of the commands since the last time, without those that scripts called.
    pub(crate) async fn commands(&mut self, machine: &Machine) -> Vec<String> {
        self.marks += 1;
        let mark = format!("mark-{}", self.marks);
        let () = machine.tell(&format!("SET mark {mark}")).await;
        let mut seen = Vec::new();
        loop {
            let line = self.lines.next_line().await.unwrap().unwrap();
            if line.contains(&mark) {
                return seen;
            }
            let is_setup = line.contains("CLIENT\"") || line.contains("HELLO\"");
            if !line.contains(" lua] ") && !is_setup {
                seen.push(line.split('"').nth(1).unwrap().to_owned());
            }
        }
    }
}

#[tokio::test]
async fn a_commit_is_one_round_trip_and_so_is_a_load() {
    let Some(machine) = Machine::start(&[]) else {
        return;
    };
    let store = one(&machine.url(), options()).await;
    let mut monitor = Monitor::on(&machine).await;
    let lease = lease(&store, "t").await;
    let thread = ThreadId::from("t");
    let root = Namespace::root();
    let first = CheckpointId(1);
    store.commit(commit_on(&lease, None, b"1")).await.unwrap();
    let event = store.deliver(told("t", Some("k"))).await.unwrap();
    // The first time the server learns the scripts.
    store.load(&thread, &root, None).await.unwrap();
    let kept = records_at(&lease, first, vec![record("k", b"1")]);
    store.save_records(kept.clone()).await.unwrap();
    monitor.commands(&machine).await;

    let mut full = commit_on(&lease, Some(first), b"2");
    full.records = (0..50).map(|n| record(&n.to_string(), b"left")).collect();
    full.changed
        .extend((0..50).map(|n| (n.to_string().as_str().into(), vec![7; 100])));
    full.taken = vec![event];
    store.commit(full).await.unwrap();
    assert_eq!(monitor.commands(&machine).await, ["EVALSHA"], "commit");

    store.load(&thread, &root, None).await.unwrap().unwrap();
    assert_eq!(monitor.commands(&machine).await, ["EVALSHA"], "load");

    store.save_records(kept.clone()).await.unwrap();
    assert_eq!(monitor.commands(&machine).await, ["EVALSHA"], "records");

    let mut asleep = kept;
    asleep.wake = Wake::At(Timestamp(5));
    store.save_records(asleep).await.unwrap();
    assert_eq!(
        monitor.commands(&machine).await,
        ["EVALSHA"; 2],
        "a wake-up"
    );

    append(&store, &lease, &[b"1", b"2"]).await;
    log(&store, "t").await;
    monitor.commands(&machine).await;
    append(&store, &lease, &[b"3"]).await;
    assert_eq!(monitor.commands(&machine).await, ["EVALSHA"], "an append");
    log(&store, "t").await;
    assert_eq!(monitor.commands(&machine).await, ["EVALSHA"], "a page");

    let page = HistoryPage {
        thread: thread.clone(),
        namespace: root,
        before: None,
        limit: 100,
        source: None,
        step: None,
        metadata: Vec::new(),
    };
    store.history(page.clone()).await.unwrap();
    store.history(page).await.unwrap();
    let seen = monitor.commands(&machine).await;
    assert_eq!(seen.len(), 3, "the first page is not known yet: {seen:?}");
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_sent_again() {
    let Some(machine) = Machine::start(&[]) else {
        return;
    };
    let store = one(&machine.url(), options()).await;
    let lease = lease(&store, "t").await;
    let mut head = None;
    for _ in 0..3 {
        let () = machine.tell("SCRIPT FLUSH").await;
        head = Some(crate::thread::commit(&store, &lease, head).await.unwrap());
    }
    let stored = crate::thread::head(&store, "t").await.unwrap();
    assert_eq!(stored.checkpoint.id, CheckpointId(3));
    crate::thread::expect_whole(&stored);
}
