//! What only a Postgres database can do, or do wrong.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::{
    CheckpointError, Checkpointer, CommitRequest, Lease, LeaseClock, LeaseGrant, LeaseRequest,
    OwnerId, Takeover,
};
use agentflow_core::{CheckpointId, Namespace, Timestamp};
use agentflow_sql::{PostgresCheckpointer, PostgresError, PostgresOptions};
use tokio::task::JoinSet;

use crate::pg::{connect, fresh, options, run_sql};
use crate::thread::{append_to, commit, commit_on, expect_whole, head, lease, log, record_at};

const SERVER: &str = "AGENTFLOW_TEST_POSTGRES";

fn server() -> Option<String> {
    agentflow_testkit::server(SERVER)
}

fn refusal(error: &CheckpointError) -> &PostgresError {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.unwrap_or_else(|| panic!("{error:?}"))
}

/// What the error and all that it was caused by say.
fn told(error: &CheckpointError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_wrong_address_is_told_without_the_password() {
    let Some(address) = server() else { return };
    let (_, host) = address.split_once('@').unwrap();
    let (host, _) = host.split_once('/').unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = nobody.local_addr().unwrap();
    drop(nobody);
    for (url, want) in [
        ("mysql://a:secret@b/c".to_owned(), "write postgres://USER"),
        (
            format!("postgres://agentflow:secret@{closed}/postgres"),
            "cannot be reached",
        ),
        (
            format!("postgres://nobody:secret@{host}/postgres"),
            "refused the user or the password",
        ),
        (
            address.replace("/postgres", "/nothing"),
            "create it with `createdb`",
        ),
    ] {
        let error = PostgresCheckpointer::connect(&url).await.unwrap_err();
        let told = format!("{} {error:?}", told(&error));
        assert!(told.contains(want), "{url}: {told}");
        assert!(!told.contains("secret"), "{told}");
    }
}

#[tokio::test]
async fn without_its_tables_a_store_says_what_to_call() {
    let Some(address) = server() else { return };
    let options = options();
    let store = connect(&address, &options).await;
    let error = store
        .load(&"t".into(), &Namespace::root(), None)
        .await
        .unwrap_err();
    assert!(
        matches!(refusal(&error), PostgresError::NotSetUp { .. }),
        "{error:?}"
    );
    let error = store.delete_thread(&"t".into()).await.unwrap_err();
    assert!(
        matches!(refusal(&error), PostgresError::NotSetUp { .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_set_up_at_once_and_again() {
    let Some(address) = server() else { return };
    let options = options();
    let mut setups = JoinSet::new();
    for _ in 0..8 {
        let (address, options) = (address.clone(), options.clone());
        setups.spawn(async move { connect(&address, &options).await.setup().await });
    }
    for outcome in setups.join_all().await {
        outcome.unwrap();
    }
    let store = connect(&address, &options).await;
    let lease = lease(&store, "t").await;
    commit(&store, &lease, None).await.unwrap();
    store.setup().await.unwrap();
    expect_whole(&head(&store, "t").await.unwrap());
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_says_that_this_build_may_use_it() {
    let Some(address) = server() else { return };
    let (_store, options) = fresh(&address).await;
    let newer = "UPDATE schema_version SET version = 99";
    run_sql(&address, &options, newer).await;
    let store = connect(&address, &options).await;
    store.setup().await.unwrap();
    let lease = lease(&store, "t").await;
    commit(&store, &lease, None).await.unwrap();

    let closed = "UPDATE schema_version SET usable_from = 99";
    run_sql(&address, &options, closed).await;
    let error = PostgresCheckpointer::connect_with(&address, options.clone())
        .await
        .unwrap_err();
    assert!(
        matches!(
            refusal(&error),
            PostgresError::NewerSchema { found: 99, .. }
        ),
        "{error:?}"
    );
    let error = store.setup().await.unwrap_err();
    assert!(
        matches!(
            refusal(&error),
            PostgresError::NewerSchema { found: 99, .. }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn tables_of_another_program_are_left_alone() {
    let Some(address) = server() else { return };
    let options = options();
    let schema = options.schema.replace('"', "\"\"");
    let theirs = format!(
        "CREATE SCHEMA \"{schema}\"; CREATE TABLE threads (mine int); INSERT INTO threads VALUES (7)"
    );
    run_sql(&address, &options, &theirs).await;
    let store = connect(&address, &options).await;
    let error = store.setup().await.unwrap_err();
    assert!(
        matches!(refusal(&error), PostgresError::OtherSchema { .. }),
        "{error:?}"
    );
    let untouched = "SELECT 1 / count(*) FROM threads WHERE mine = 7";
    run_sql(&address, &options, untouched).await;
    let nothing_of_ours = "CREATE TABLE schema_version (theirs int)";
    run_sql(&address, &options, nothing_of_ours).await;
}

#[tokio::test]
async fn the_servers_clock_decides_who_has_a_lease() {
    let Some(address) = server() else { return };
    let (_, options) = fresh(&address).await;
    let options = PostgresOptions {
        lease_clock: LeaseClock::Store,
        ..options
    };
    let store = connect(&address, &options).await;
    let ask = |owner: &str, now| LeaseRequest {
        thread: "t".into(),
        owner: OwnerId(owner.to_owned()),
        now,
        ttl: Duration::from_secs(3_600),
        takeover: Takeover::Expired,
    };
    // Both clocks are far off: the first in the past, the second in the future.
    let first = store
        .acquire_lease(ask("slow", Timestamp(0)))
        .await
        .unwrap();
    let LeaseGrant::Granted(first) = first else {
        panic!("{first:?}")
    };
    let late = Timestamp(i64::MAX / 2);
    let second = store.acquire_lease(ask("fast", late)).await.unwrap();
    assert!(
        matches!(&second, LeaseGrant::Held { by, .. } if by.0 == "slow"),
        "{second:?}"
    );
    // A lease that has run out by the server's clock is free to whoever asks.
    store
        .renew_lease(&first, late, Duration::ZERO)
        .await
        .unwrap();
    let third = store.acquire_lease(ask("third", Timestamp(0))).await;
    assert!(matches!(third, Ok(LeaseGrant::Granted(_))), "{third:?}");
}

#[tokio::test]
async fn numbers_beyond_the_columns_are_refused() {
    let Some(address) = server() else { return };
    let (store, _) = fresh(&address).await;
    let lease = lease(&store, "t").await;
    let last = CheckpointId(u64::MAX >> 1);
    let mut request = commit_on(&lease, None, b"value");
    request.checkpoint.id = last;
    request.checkpoint.fields = [("number", last)].into();
    request.changed.truncate(1);
    store.commit(request).await.unwrap();
    assert_eq!(head(&store, "t").await.unwrap().checkpoint.id, last);

    let beyond = commit_on(&lease, Some(last), b"value");
    let error = store.commit(beyond).await.unwrap_err();
    assert!(told(&error).contains("holds numbers up to"), "{error:?}");
    let gone = store
        .load(
            &"t".into(),
            &Namespace::root(),
            Some(CheckpointId(u64::MAX)),
        )
        .await;
    assert_eq!(gone.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_callers_than_connections_take_turns() {
    let Some(address) = server() else { return };
    let (_, options) = fresh(&address).await;
    let options = PostgresOptions {
        connections_max: 1,
        ..options
    };
    let store = Arc::new(connect(&address, &options).await);
    let mut writers = JoinSet::new();
    for number in 0..20 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let thread = format!("t{number}");
            let lease = lease(&*store, &thread).await;
            let at = commit(&*store, &lease, None).await.unwrap();
            commit(&*store, &lease, Some(at)).await.unwrap();
            expect_whole(&head(&*store, &thread).await.unwrap());
        });
    }
    writers.join_all().await;
}

#[tokio::test]
async fn a_call_that_waits_too_long_for_a_lock_is_ended_and_leaves_nothing() {
    let Some(address) = server() else { return };
    let (store, options) = fresh(&address).await;
    let lease = lease(&store, "t").await;
    let at = commit(&store, &lease, None).await.unwrap();

    use sqlx::Connection;
    let mut other = sqlx::PgConnection::connect(&address).await.unwrap();
    let schema = options.schema.replace('"', "\"\"");
    let mut tx = other.begin().await.unwrap();
    let lock = format!("SELECT FROM \"{schema}\".threads FOR UPDATE");
    sqlx::query(sqlx::AssertSqlSafe(lock))
        .execute(&mut *tx)
        .await
        .unwrap();
    let hasty = PostgresOptions {
        // Long enough to connect on a busy machine.
        call_timeout: Duration::from_secs(3),
        ..options
    };
    let name = format!("hasty-{}", std::process::id());
    let hasty = connect(&format!("{address}?application_name={name}"), &hasty).await;
    let error = commit(&hasty, &lease, Some(at)).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    // Whoever of the two noticed first.
    let ended = refusal(&error);
    assert!(
        matches!(
            ended,
            PostgresError::TimedOut { .. } | PostgresError::Busy { .. }
        ),
        "{error:?}"
    );
    // The server has given up as well before the lock is free.
    let waits = "SELECT count(*) FROM pg_stat_activity
                 WHERE application_name = $1 AND state = 'active'";
    let mut watching = sqlx::PgConnection::connect(&address).await.unwrap();
    let mut waiting = 1_i64;
    while waiting > 0 {
        let count = sqlx::query_scalar(waits).bind(&name);
        waiting = count.fetch_one(&mut watching).await.unwrap();
    }
    tx.rollback().await.unwrap();
    assert_eq!(head(&store, "t").await.unwrap().checkpoint.id, at);
    commit(&store, &lease, Some(at)).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let Some(address) = server() else { return };
    let (_, options) = fresh(&address).await;
    let named = format!("{address}?application_name=doomed-{}", std::process::id());
    let store = connect(&named, &options).await;
    let lease = lease(&store, "t").await;
    let mut at = commit(&store, &lease, None).await.unwrap();
    let kill = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE application_name = 'doomed-{}'",
        std::process::id()
    );
    run_sql(&address, &options, &kill).await;
    // The call that finds the connection gone fails and says that it may be tried again;
    // one that comes later looks first.
    match commit(&store, &lease, Some(at)).await {
        Ok(id) => at = id,
        Err(error) => assert!(error.is_retryable(), "{error:?}"),
    }
    for _ in 0..3 {
        at = commit(&store, &lease, Some(at)).await.unwrap();
    }
    expect_whole(&head(&store, "t").await.unwrap());
}

#[tokio::test]
async fn names_longer_than_an_index_entry_come_back() {
    let Some(address) = server() else { return };
    let (store, _) = fresh(&address).await;
    let lease = lease(&store, "t").await;
    let at = commit(&store, &lease, None).await.unwrap();
    let long = "k".repeat(100_000);
    for value in ["first", "second"] {
        let mut request = record_at(&lease, at, value.as_bytes());
        request.records[0].task = long.clone();
        request.records[0].key = long.clone();
        store.save_records(request).await.unwrap();
    }
    let records = head(&store, "t").await.unwrap().records;
    assert_eq!(records.len(), 1);
    assert!(records[0].task == long && records[0].key == long);
}

#[tokio::test]
async fn an_append_to_the_stream_log_is_one_statement_and_so_is_a_page() {
    let Some(address) = server() else { return };
    let (_, options) = fresh(&address).await;
    let proxy = crate::round_trips::counting(&address).await;
    let store = connect(&proxy.address, &options).await;
    let lease = lease(&store, "t").await;
    let round = async || {
        let append = append_to(&lease, &[b"1", b"2"], 2);
        store.append_log(append).await.unwrap();
        assert_eq!(log(&store, "t").await.entries.len(), 2);
    };
    // The first ones prepare their statements.
    round().await;
    let mut fewest = u32::MAX;
    for _ in 0..3 {
        let before = proxy.round_trips();
        for _ in 0..5 {
            round().await;
        }
        // A connection that was idle for a second is asked first whether it lives.
        fewest = fewest.min(proxy.round_trips() - before);
    }
    assert_eq!(fewest, 10);
}

/// How many round trips ten supersteps of one thread take.
async fn round_trips_of_ten(address: &str, change: impl Fn(&mut CommitRequest)) -> u32 {
    let (_, options) = fresh(address).await;
    let proxy = crate::round_trips::counting(address).await;
    let store = connect(&proxy.address, &options).await;
    let lease = lease(&store, "t").await;
    let mut at = None;
    let mut round = async || {
        let mut request = commit_on(&lease, at, b"value");
        at = Some(request.checkpoint.id);
        if request.expected_head.is_some() {
            change(&mut request);
        }
        store.commit(request).await.unwrap();
    };
    // The first ones prepare their statements.
    for _ in 0..3 {
        round().await;
    }
    let mut fewest = u32::MAX;
    for _ in 0..3 {
        let before = proxy.round_trips();
        for _ in 0..10 {
            round().await;
        }
        // A connection that was idle for a second is asked first whether it lives.
        fewest = fewest.min(proxy.round_trips() - before);
    }
    fewest
}

#[tokio::test]
async fn a_superstep_is_one_statement() {
    let Some(address) = server() else { return };
    assert_eq!(
        round_trips_of_ten(&address, |_| ()).await,
        10,
        "as most are"
    );
    let with_record = |request: &mut CommitRequest| {
        let parent = request.checkpoint.parent.unwrap();
        let lease = Lease {
            thread: request.fence.thread.clone(),
            owner: OwnerId("test".to_owned()),
            epoch: request.fence.epoch,
        };
        request.records = record_at(&lease, parent, b"1").records;
    };
    assert_eq!(
        round_trips_of_ten(&address, with_record).await,
        10,
        "with a record"
    );
    let large = |request: &mut CommitRequest| request.changed[0].1 = vec![7; 10_000];
    assert_eq!(round_trips_of_ten(&address, large).await, 10, "large");
}
