//! The one line of JSON.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program's output"
)]

use serde_json::json;

use crate::args::Args;
use crate::cases::Measured;
use crate::process;

pub(crate) fn print(args: &Args, base_mib: f64, measured: &Measured) {
    let wall = measured.wall.as_secs_f64();
    let per_s = |count: u64| count as f64 / wall;
    let mut line = json!({
        "impl": "agentflow",
        "case": args.case,
        "n": args.n,
        "k": measured.k,
        "backend": args.backend.name(),
        "durability": args.durability_name(),
        "wall_s": wall,
        "supersteps": measured.supersteps,
        "supersteps_per_s": per_s(measured.supersteps),
        "tasks": measured.tasks,
        "tasks_per_s": per_s(measured.tasks),
        "checkpoints": measured.checkpoints,
        "checkpoints_per_s": per_s(measured.checkpoints),
        "bytes_stored": measured.bytes,
        "peak_rss_mib": process::rss_peak_mib(),
        "rss_base_mib": base_mib,
        "cpu_s": process::cpu_s(),
        "ok": true,
    });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(
            args.variant
                .clone()
                .map(|name| ("variant".into(), name.into())),
        );
        if let Some(latencies) = &measured.latencies {
            fields.insert("lat_p50_us".into(), latencies.at(0.5).into());
            fields.insert("lat_p99_us".into(), latencies.at(0.99).into());
            fields.insert("lat_max_us".into(), latencies.at(1.0).into());
            fields.insert("lat_samples".into(), latencies.len().into());
            fields.insert("lat_of".into(), latencies.of.into());
        }
        fields.extend(measured.extra.clone());
    }
    println!("{line}");
}

pub(crate) fn print_error(error: &(dyn std::error::Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        eprintln!("{error}");
        next = error.source();
    }
}
