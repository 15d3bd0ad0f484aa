//! Checkpoints of every format there has been: `fixtures/checkpoints` has a thread of each,
//! as a build of that time left it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use agentflow_core::checkpoint::{Checkpointer, FORMAT};
use agentflow_core::{
    CheckpointId, Goto, Namespace, NodeContext, NodeResult, START, Send, State, StateGraph,
};
use agentflow_sql::SqliteCheckpointer;
use rusqlite::params;
use serde::{Deserialize, Serialize};

/// What a build has stored of the thread `trip`.
#[derive(Deserialize)]
struct Fixture {
    checkpoints: Vec<Body>,
    values: Vec<FieldValue>,
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Body {
    id: i64,
    body: String,
}

#[derive(Deserialize)]
struct FieldValue {
    field: String,
    checkpoint: i64,
    value: String,
}

#[derive(Deserialize)]
struct Record {
    checkpoint: i64,
    task: String,
    kind: String,
    key: String,
    value: String,
}

fn fixture(format: u32) -> Fixture {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/checkpoints");
    let path = folder.join(format!("format-{format}.json"));
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A database with these rows.
async fn write(path: &Path, format: u32, fixture: &Fixture) {
    SqliteCheckpointer::open(path).await.unwrap().close().await;
    let conn = rusqlite::Connection::open(path).unwrap();
    let rows = "INSERT INTO threads (thread, epoch, expires_at) VALUES ('trip', 1, 0);
        INSERT INTO graphs VALUES (1, 'trip', '')";
    conn.execute_batch(rows).unwrap();
    for Body { id, body } in &fixture.checkpoints {
        let insert = "INSERT INTO checkpoints (graph, id, format, body) VALUES (1, ?1, ?2, ?3)";
        conn.execute(insert, params![id, format, body]).unwrap();
    }
    for value in &fixture.values {
        let row = params![value.field, value.checkpoint, value.value.as_bytes()];
        let insert = "INSERT INTO field_values VALUES (1, ?1, ?2, ?3)";
        conn.execute(insert, row).unwrap();
    }
    for record in &fixture.records {
        let Record {
            checkpoint,
            task,
            kind,
            key,
            value,
        } = record;
        let row = params![checkpoint, task, kind, key, value.as_bytes()];
        let insert = "INSERT INTO records VALUES (1, ?1, ?2, ?3, ?4, ?5)";
        conn.execute(insert, row).unwrap();
    }
}

/// The graph that the fixtures were made with: it plans three times, books two legs side by
/// side, and one of these asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Trip {
    #[state(reducer = append)]
    log: Vec<String>,
    to: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Leg {
    number: u32,
}

async fn plan(trip: Arc<Trip>, _: NodeContext) -> NodeResult<TripUpdate> {
    Ok(Trip::update().log([format!("plan {}", trip.log.len())]))
}

async fn book(leg: Arc<Leg>, cx: NodeContext) -> NodeResult<TripUpdate> {
    let seat: String = cx
        .once("seat", || async { NodeResult::Ok("another".to_owned()) })
        .await?;
    let number = leg.number;
    if number == 1 {
        let said: String = cx.interrupt("book leg 1?")?;
        return Ok(Trip::update().log([format!("leg 1 on {seat}: {said}")]));
    }
    Ok(Trip::update().log([format!("leg {number} on {seat}")]))
}

fn legs(trip: &Trip) -> Vec<Goto> {
    if trip.log.len() < 4 {
        return vec![Goto::Node("plan".into())];
    }
    let legs = (0..2).map(|number| Send::new("book", Leg { number }));
    legs.map(Goto::Send).collect()
}

#[tokio::test]
async fn a_thread_of_every_format_is_read_and_goes_on() {
    for format in 1..=FORMAT {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let fixture = fixture(format);
        write(&path, format, &fixture).await;
        let store = Arc::new(SqliteCheckpointer::open(&path).await.unwrap());

        for Body { id, .. } in &fixture.checkpoints {
            let id = CheckpointId(u64::try_from(*id).unwrap());
            let (thread, root) = ("trip".into(), Namespace::root());
            let stored = store.load(&thread, &root, Some(id)).await.unwrap().unwrap();
            assert_eq!(stored.checkpoint.format, format);
        }
        let graph = StateGraph::new()
            .add_node("plan", plan)
            .add_send_node("book", book)
            .add_edge(START, "plan")
            .add_conditional_edges("plan", legs, ["plan", "book"])
            .compile_with(store)
            .unwrap();
        let done = graph.thread("trip").resume("yes").await.unwrap();
        let trip = done.into_done().unwrap();
        // What was recorded is not done again: the seats are those of then.
        let want = [
            "plan 1",
            "plan 2",
            "plan 3",
            "leg 0 on 7a",
            "leg 1 on 7a: yes",
        ];
        assert_eq!(trip.log[1..], want, "format {format}");
        assert!(trip.log[0].starts_with("asked"), "format {format}");
        assert_eq!(trip.to, "Oslo");
    }
}
