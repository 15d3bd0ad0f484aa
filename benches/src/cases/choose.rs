//! Finds the case that is asked for.

use super::{Bench, Failure, Measured, chain, fanout, repeat, resume};
use crate::args::Args;

/// Runs the case; none if there is no such case.
pub(crate) async fn run(args: &Args) -> Result<Option<Measured>, Failure> {
    let bench = Bench::new(args);
    match (args.case.as_str(), args.variant.as_deref()) {
        ("loop", _) => repeat::run(bench, args.n).await.map(Some),
        ("chain", _) => chain::run(bench, args.n, args.k.unwrap_or(100))
            .await
            .map(Some),
        ("fanout", _) => fanout::by_send(bench, args.n, args.k.unwrap_or(100))
            .await
            .map(Some),
        ("fanout_static", _) => fanout::by_edges(bench, args.n, args.k.unwrap_or(10))
            .await
            .map(Some),
        ("resume", None | Some("small")) => resume::run(bench, args.n, args.k.unwrap_or(10)).await,
        _ => Ok(None),
    }
}
