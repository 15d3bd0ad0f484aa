//! The proof in short: some of the named points, and each other disturbance at least once.

use std::path::PathBuf;

use agentflow_crash::address::Backend;
use agentflow_crash::director::{Campaign, run};

/// Repeated in every run; `cargo xtask crash` draws others.
const SEED: u64 = 20;
const KILLS: u32 = 24;

#[tokio::test]
async fn killed_stopped_and_out_of_room_no_effect_and_no_superstep_is_lost_or_doubled() {
    prove(Backend::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_killed_and_stopped_no_effect_and_no_superstep_is_lost_or_doubled() {
    prove(Backend::Postgres).await;
}

#[tokio::test]
async fn on_redis_killed_and_stopped_no_effect_and_no_superstep_is_lost_or_doubled() {
    prove(Backend::Redis).await;
}

async fn prove(backend: Backend) {
    let server = backend.variable().map(agentflow_testkit::server);
    if server == Some(None) {
        return;
    }
    let campaign = Campaign {
        program: PathBuf::from(env!("CARGO_BIN_EXE_agentflow-crash")),
        backend,
        kills: KILLS,
        seed: SEED,
        only: None,
    };
    let report = run(&campaign, |_| {}).await.unwrap();
    println!("{report}");
    if let Some(skipped) = &report.skipped {
        println!("skipped: {skipped}");
    }
    assert!(report.holds(), "{report}");
    // A run in which nothing happens proves nothing.
    let figures = report.figures;
    assert!(report.points > 150 && report.struck > 15, "{report}");
    assert!(
        figures.kills >= KILLS && figures.resumed >= KILLS / 2,
        "{report}"
    );
    let mut must_be = vec![
        (figures.windows, "kills between an effect and its record"),
        (figures.stopped, "children stopped past their lease"),
        (figures.fenced, "late writes refused"),
    ];
    if backend.is_file() {
        must_be.push((figures.no_room, "children that found no room"));
    }
    for (count, what) in must_be {
        assert!(count > 0, "no {what}: {report}");
    }
}
