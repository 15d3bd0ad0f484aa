//! How many commits each database takes a second, beside a bare transaction of one row of
//! that size. Run: `cargo bench -p agentflow-sql`, with `TMPDIR` on the disk in question,
//! and `BENCH_PG_DSN` naming an empty database where Postgres is to be measured. The cases
//! take turns in short windows, so that whatever else the machine does falls on all of
//! them; printed is each case's median and its ratio to the bare transaction's.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

mod postgres;
mod sqlite;
mod work;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let only = std::env::args()
        .nth(1)
        .filter(|word| !word.starts_with('-'));
    let wanted = |name| only.as_deref().is_none_or(|only| only == name);
    if wanted("sqlite") {
        sqlite::measure().await;
    }
    if wanted("postgres") {
        match std::env::var("BENCH_PG_DSN") {
            Ok(address) => postgres::measure(&address).await,
            Err(_) => println!("skipped: BENCH_PG_DSN names no Postgres database"),
        }
    }
}
