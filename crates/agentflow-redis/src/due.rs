//! Finds threads whose time has come: asks the index who may be due, then each thread, and
//! corrects the index where it said too much.

use std::collections::HashSet;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{ThreadId, Timestamp};
use futures::stream::{self, StreamExt as _};

use crate::call::Call;
use crate::error::RedisError;
use crate::number::{moment, parse_moment, score};
use crate::script::{CANDIDATES, CORRECT, SETTLE};
use crate::store::Store;

/// Candidates that are read at once.
const READ_AT_ONCE: usize = 512;

/// Threads that are asked side by side.
const ASKED_AT_ONCE: usize = 32;

/// A thread that the index says may be due, since a moment, by its newest claim.
struct Candidate {
    thread: ThreadId,
    score: f64,
    claim: String,
}

impl Store {
    pub(crate) async fn due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ThreadId>, CheckpointError> {
        let limit = limit as usize;
        if limit == 0 {
            return Ok(Vec::new());
        }
        // Those that are still among the candidates after they were asked.
        let mut stay: Vec<(Timestamp, ThreadId)> = Vec::new();
        let mut failures: Vec<RedisError> = Vec::new();
        loop {
            let skip = stay.len() + failures.len();
            let candidates = self.candidates(now, skip).await?;
            let Some(last) = candidates.last().map(|candidate| candidate.score) else {
                break;
            };
            let is_all = candidates.len() < READ_AT_ONCE;
            let asked = stream::iter(candidates)
                .map(|candidate| self.settle(now, candidate))
                .buffer_unordered(ASKED_AT_ONCE);
            for found in asked.collect::<Vec<_>>().await {
                match found {
                    Ok(found) => stay.extend(found),
                    // Its part of a Cluster may be down: the others wake all the same.
                    Err(error) => failures.push(error),
                }
            }
            stay.sort_unstable();
            let place = stay.get(limit - 1);
            // Whoever comes after is not earlier than the last candidate.
            let is_filled = place.is_some_and(|(at, _)| *at <= now && score(*at) < last);
            if is_all || is_filled {
                break;
            }
        }
        if let Some(error) = failures.pop() {
            if stay.is_empty() {
                return Err(error.into());
            }
            let failed = failures.len() + 1;
            tracing::warn!(%error, failed, "threads that may be due could not be asked");
        }
        // One that was set anew meanwhile was met twice.
        let mut met = HashSet::new();
        let mut due: Vec<_> = stay.into_iter().filter(|(at, _)| *at <= now).collect();
        due.retain(|(_, thread)| met.insert(thread.clone()));
        due.truncate(limit);
        Ok(due.into_iter().map(|(_, thread)| thread).collect())
    }

    async fn candidates(&self, now: Timestamp, skip: usize) -> Result<Vec<Candidate>, RedisError> {
        let call = Call::new(&CANDIDATES, &self.keys.wake())
            .with(latest(now).to_string())
            .with_count(skip)
            .with_count(READ_AT_ONCE);
        let mut answer = self.server.run(&call).await?;
        let threads = answer.list()?.texts()?;
        let scores = answer.list()?.texts()?;
        let claims = answer.list()?.texts()?;
        let all = threads.into_iter().zip(scores).zip(claims);
        all.map(|((thread, score), claim)| {
            let score = score.parse().map_err(|_| self.unreadable("a wake-up"))?;
            let thread = thread.into();
            Ok(Candidate {
                thread,
                score,
                claim,
            })
        })
        .collect()
    }

    /// When the thread wakes, if the index goes on to name it at `now`; where it does not wake
    /// then, corrects the index.
    async fn settle(
        &self,
        now: Timestamp,
        candidate: Candidate,
    ) -> Result<Option<(Timestamp, ThreadId)>, RedisError> {
        let Candidate { thread, claim, .. } = candidate;
        let call = self.on(&SETTLE, &thread).with(moment(now)).with(&claim);
        let mut answer = self.server.run(&call).await?;
        let (status, wake) = (answer.text()?, answer.text()?);
        let wake = match wake.as_str() {
            "" => None,
            wake => Some(parse_moment(wake).ok_or_else(|| self.unreadable("a wake-up"))?),
        };
        if status == "due" {
            return Ok(wake.map(|at| (at, thread)));
        }
        let later = wake.map(|at| score(at).to_string()).unwrap_or_default();
        let call = Call::new(&CORRECT, &self.keys.wake())
            .with(thread.as_str())
            .with(&claim)
            .with(later);
        self.server.run(&call).await?;
        let stays = wake.filter(|at| score(*at) <= latest(now));
        Ok(stays.map(|at| (at, thread)))
    }
}

/// The latest score that may be due: what is at `now` may be rounded to either side of it.
fn latest(now: Timestamp) -> f64 {
    (now.0 as f64).next_up()
}
