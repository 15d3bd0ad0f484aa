//! The proof in short: some of the named points, and each other kind of trial at least once.

use std::path::PathBuf;

use agentflow_crash::address::Backend;
use agentflow_crash::director::{Campaign, Kind, run};

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

/// Those that a store can have.
fn kinds(backend: Backend) -> impl Iterator<Item = Kind> {
    use Kind::*;
    let everywhere = [Points, Moments, Two, Stopped, Async, Exit];
    let own: &[Kind] = match backend.is_file() {
        true => &[FullDisk, FileLimit],
        false => &[HeldBack, Cuts, Restarts],
    };
    everywhere.into_iter().chain(own.iter().copied())
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
    for skipped in &report.skipped {
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
        (figures.held, "children held past their lease"),
    ];
    if backend.is_file() {
        must_be.push((figures.no_room, "children that found no room"));
    }
    if backend != Backend::Redis {
        must_be.push((figures.rows, "rows in the store's own database"));
    }
    let is_skipped = |kind: Kind| {
        let mut skipped = report.skipped.iter();
        skipped.any(|skipped| skipped.starts_with(&kind.to_string()))
    };
    for kind in kinds(backend).filter(|kind| !is_skipped(*kind)) {
        let of_kind = report.kinds.get(&kind).copied().unwrap_or_default();
        let count = match kind {
            Kind::Cuts => of_kind.cuts,
            Kind::Restarts => of_kind.restarts,
            _ => of_kind.trials,
        };
        must_be.push((count, "trials of a kind"));
    }
    for (count, what) in must_be {
        assert!(count > 0, "no {what}: {report}");
    }
}
