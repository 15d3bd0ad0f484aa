//! What a person who has the file of a sealed store can read in it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::checkpoint::Checkpointer;
use agentflow_core::{
    CompiledGraph, Journal, NodeContext, NodeError, NodeResult, RunOptions, START, Send, State,
    StateGraph,
};
use agentflow_seal::{Seal, SealedCheckpointer};
use agentflow_sql::SqliteCheckpointer;
use serde::{Deserialize, Serialize};

use crate::rig::ring;

/// In everything that users put in or nodes bring out.
const MARKER: &str = "marker-";

/// Each place where user data is stored.
const MARKED: [&str; 8] = [
    "marker-value",
    "marker-sent",
    "marker-result",
    "marker-question",
    "marker-reply",
    "marker-answer",
    "marker-event",
    "marker-error",
];

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Case {
    #[state(reducer = append)]
    log: Vec<String>,
    topic: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    asks: bool,
    text: String,
}

fn parts(_: &Case) -> Vec<Send> {
    let part = |asks| Part {
        asks,
        text: "marker-sent".to_owned(),
    };
    [true, false]
        .map(|asks| Send::new("worker", part(asks)))
        .into()
}

async fn work(part: Arc<Part>, cx: NodeContext) -> NodeResult<CaseUpdate> {
    let result = || async { NodeResult::Ok("marker-result".to_owned()) };
    let found: String = cx.once("look", result).await?;
    if part.asks {
        let said: String = cx.interrupt("marker-question")?;
        return Ok(Case::update().log([said, found]));
    }
    Ok(Case::update().log(["marker-reply"]))
}

fn graph(store: Arc<dyn Checkpointer>) -> CompiledGraph<Case> {
    let has_failed = Arc::new(AtomicBool::new(false));
    let end = move |_: Arc<Case>, cx: NodeContext| {
        let has_failed = Arc::clone(&has_failed);
        async move {
            if !has_failed.swap(true, Ordering::Relaxed) {
                return Err(NodeError::failed("marker-error"));
            }
            let told: String = cx.wait_event("told").await?;
            NodeResult::Ok(Case::update().log([told]))
        }
    };
    let graph = StateGraph::new()
        .add_send_node("worker", work)
        .add_node("end", end)
        .add_conditional_edges(START, parts, ["worker"])
        .add_edge("worker", "end")
        .compile_with(store);
    graph.unwrap().with_options(RunOptions {
        journal: Journal::Replies,
        ..RunOptions::default()
    })
}

/// Runs it with a question and a failure on the way, and returns what the files hold when
/// it waits, when it has failed, and at its end.
async fn kept(folder: &Path, store: Arc<dyn Checkpointer>) -> Vec<u8> {
    let graph = graph(store);
    let thread = graph.thread("t");
    let case = Case {
        topic: "marker-value".to_owned(),
        ..Case::default()
    };
    let asked = thread.invoke(case).await.unwrap();
    assert!(asked.into_done().is_none());
    thread.deliver("told", "marker-event").await.unwrap();
    let mut bytes = contents(folder);
    thread.resume("marker-answer").await.unwrap_err();
    bytes.extend(contents(folder));
    let done = thread.proceed().await.unwrap().into_done().unwrap();
    let want = [
        "marker-answer",
        "marker-result",
        "marker-reply",
        "marker-event",
    ];
    assert_eq!(done.log, want);
    bytes.extend(contents(folder));
    bytes
}

/// The bytes of the database, and of what SQLite keeps beside it.
fn contents(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    files.flatten().collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn nothing_that_users_stored_can_be_read_in_the_files_of_an_encrypted_store() {
    let folder = tempfile::tempdir().unwrap();
    let plain = SqliteCheckpointer::open(folder.path().join("t.db"));
    let bytes = kept(folder.path(), Arc::new(plain.await.unwrap())).await;
    for text in MARKED {
        assert!(holds(&bytes, text), "{text} is not even in a plain store");
    }

    let folder = tempfile::tempdir().unwrap();
    let inner = Arc::new(
        SqliteCheckpointer::open(folder.path().join("t.db"))
            .await
            .unwrap(),
    );
    let sealed = SealedCheckpointer::new(Arc::clone(&inner), Seal::new().encrypt(ring()));
    let bytes = kept(folder.path(), Arc::new(sealed)).await;
    assert!(holds(&bytes, "worker"), "names stay readable");
    assert!(!holds(&bytes, MARKER));
    Arc::into_inner(inner).unwrap().close().await;
    assert!(!holds(&contents(folder.path()), MARKER));
}
