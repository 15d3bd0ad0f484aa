//! One run of a thread: takes the lease, finds where to begin, drives, gives the
//! lease back.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use super::compiled::CompiledGraph;
use super::driver::Driver;
use super::memo::Memo;
use super::outcome::Outcome;
use super::owner::{LiveRun, is_gone};
use super::recover::{Recovered, recover};
use super::shell::{Leased, Recorder, Scope};
use super::stored::Stored;
use super::thread::{RunInput, RunInputKind};
use super::watch::Watch;
use crate::checkpoint::{
    CheckpointError, Checkpointer, Fence, Lease, LeaseGrant, LeaseRequest, Takeover,
};
use crate::engine::{End, Engine, Input, Settings, Start, StartFrom};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::{Namespace, ThreadId};
use crate::state::State;
use crate::stream::StreamModes;

/// The shortest wait between two renewals of a lease.
const RENEWAL_MIN: Duration = Duration::from_millis(1);

pub(super) async fn run<S: State>(
    graph: &CompiledGraph<S>,
    thread: &ThreadId,
    input: RunInput<S>,
    watch: Option<Watch>,
) -> Result<Outcome<S>, RunError> {
    let Some(checkpointer) = &graph.checkpointer else {
        return run_unstored(graph, thread, input, watch).await;
    };
    let live = LiveRun::begin();
    let holder = Holder {
        graph,
        checkpointer,
        thread,
    };
    let lease = holder.acquire(&live).await?;
    let ended = {
        let running = Box::pin(run_leased(graph, checkpointer, &lease, input, watch));
        let keeping = Box::pin(holder.keep(&lease));
        match select(running, keeping).await {
            Either::Left((ended, _)) => ended,
            Either::Right((lost, _)) => Err(lost),
        }
    };
    // A lease that cannot be given back runs out by itself, and the next run on this
    // machine knows that this one is over.
    if let Err(error) = checkpointer.release_lease(&lease).await {
        tracing::warn!(%thread, %error, "the lease could not be given back");
    }
    ended
}

/// Whoever holds a thread's lease.
struct Holder<'a, S: State> {
    graph: &'a CompiledGraph<S>,
    checkpointer: &'a Arc<dyn Checkpointer>,
    thread: &'a ThreadId,
}

impl<S: State> Holder<'_, S> {
    async fn acquire(&self, live: &LiveRun) -> Result<Lease, RunError> {
        let mut takeover = Takeover::Expired;
        loop {
            let now = self.graph.clock.now();
            let request = LeaseRequest {
                thread: self.thread.clone(),
                owner: live.owner(),
                now,
                ttl: self.graph.options.lease_ttl,
                takeover,
            };
            let grant = self.checkpointer.acquire_lease(request).await;
            match grant.map_err(|source| self.store_error(source))? {
                LeaseGrant::Granted(lease) => return Ok(lease),
                LeaseGrant::Held { by, epoch, .. }
                    if takeover != Takeover::FromGone(epoch) && is_gone(&by) =>
                {
                    takeover = Takeover::FromGone(epoch);
                }
                LeaseGrant::Held { by, expires_at, .. } => {
                    let micros = u64::try_from(expires_at.0 - now.0).unwrap_or(0);
                    return Err(RunError::ThreadBusy {
                        thread: self.thread.clone(),
                        holder: by,
                        expires_in: Duration::from_micros(micros),
                    });
                }
            }
        }
    }

    /// Renews the lease for ever; returns when it is lost, or when it ran out while the
    /// store did not answer: another run may hold it then, and do what this one does.
    async fn keep(&self, lease: &Lease) -> RunError {
        let (clock, ttl) = (&self.graph.clock, self.graph.options.lease_ttl);
        let mut kept_until = clock.now().after(ttl);
        loop {
            // However short the lease is meant to be, the executor gets its turn.
            clock.sleep((ttl / 3).max(RENEWAL_MIN)).await;
            let now = clock.now();
            let renewing = self.checkpointer.renew_lease(lease, now, ttl);
            let running_out = clock.sleep(kept_until.since(now).max(RENEWAL_MIN));
            match select(renewing, running_out).await {
                Either::Left((Ok(()), _)) => kept_until = now.after(ttl),
                // The next renewal may do, while there is time.
                Either::Left((Err(error), _))
                    if error.is_retryable() && clock.now() < kept_until =>
                {
                    tracing::warn!(thread = %self.thread, %error, "the lease was not renewed");
                }
                Either::Left((Err(source), _)) => return self.store_error(source),
                Either::Right(((), _)) => {
                    return self.store_error(CheckpointError::Unavailable {
                        backend: self.checkpointer.backend(),
                        source: "the lease ran out before it was renewed".into(),
                    });
                }
            }
        }
    }

    fn store_error(&self, source: CheckpointError) -> RunError {
        RunError::Checkpoint {
            thread: self.thread.clone(),
            source,
        }
    }
}

async fn run_leased<S: State>(
    graph: &CompiledGraph<S>,
    checkpointer: &Arc<dyn Checkpointer>,
    lease: &Lease,
    input: RunInput<S>,
    watch: Option<Watch>,
) -> Result<Outcome<S>, RunError> {
    let thread = &lease.thread;
    let fence = Fence {
        thread: thread.clone(),
        epoch: lease.epoch,
    };
    let mut scope = Scope {
        thread: thread.clone(),
        namespace: Namespace::root(),
        store: Some(Leased {
            checkpointer: Arc::clone(checkpointer),
            fence,
        }),
        clock: Arc::clone(&graph.clock),
        options: graph.options,
        answers: Arc::default(),
        memo: Memo::default(),
        stored: Stored::default(),
        watch,
    };
    let stored = checkpointer.load(thread, &scope.namespace, None).await;
    let stored = stored.map_err(|source| scope.store_error(source))?;
    let recovered = stored
        .map(|stored| recover(&graph.plan, thread, stored))
        .transpose()?;
    let (start, fields) = match (input.0, recovered) {
        (RunInputKind::Input(input), None) => (first_start(input), Default::default()),
        (RunInputKind::Input(input), Some(recovered)) => {
            let Recovered { start, fields, .. } = recovered;
            (
                Start {
                    from: StartFrom::Input(input),
                    ..start
                },
                fields,
            )
        }
        (RunInputKind::Proceed, None) => {
            return Err(RunError::EmptyThread {
                thread: thread.clone(),
            });
        }
        (RunInputKind::Answers(_), None) => {
            return Err(RunError::NothingToResume {
                thread: thread.clone(),
            });
        }
        (RunInputKind::Proceed, Some(recovered)) => scope.go_on(recovered),
        (RunInputKind::Answers(answers), Some(mut recovered)) => {
            scope.store_answers(&mut recovered, answers).await?;
            scope.go_on(recovered)
        }
    };
    outcome(drive(&graph.plan, scope, start, Recorder::on_top_of(fields)).await?)
}

async fn run_unstored<S: State>(
    graph: &CompiledGraph<S>,
    thread: &ThreadId,
    input: RunInput<S>,
    watch: Option<Watch>,
) -> Result<Outcome<S>, RunError> {
    let RunInputKind::Input(input) = input.0 else {
        return Err(RunError::NoCheckpointer {
            what: "go on with a thread",
        });
    };
    let scope = Scope {
        thread: thread.clone(),
        namespace: Namespace::root(),
        store: None,
        clock: Arc::clone(&graph.clock),
        options: graph.options,
        answers: Arc::default(),
        memo: Memo::default(),
        stored: Stored::default(),
        watch,
    };
    let recorder = Recorder::on_top_of(Default::default());
    outcome(drive(&graph.plan, scope, first_start(input), recorder).await?)
}

pub(super) fn first_start<S: State>(input: S::Update) -> Start<S> {
    Start {
        head: None,
        state: Arc::new(S::default()),
        from: StartFrom::Input(input),
    }
}

/// Runs one graph from `start` to its end.
pub(super) async fn drive<S: State>(
    plan: &Arc<Plan<S>>,
    mut scope: Scope,
    start: Start<S>,
    recorder: Recorder,
) -> Result<End<S>, RunError> {
    scope.stored = Stored::up_to(start.head.map(|(id, _)| id));
    let settings = Settings {
        thread: scope.thread.clone(),
        durability: scope.store.as_ref().map(|_| scope.options.durability),
        step_limit: scope.options.step_limit,
        max_concurrency: scope.options.max_concurrency.max(1),
        watched: scope
            .watch
            .as_ref()
            .map_or(StreamModes::default(), |watch| watch.modes),
    };
    let mut engine = Engine::new(Arc::clone(plan), settings);
    engine.handle(Input::Start(Box::new(start)));
    let driver = Driver::new(Arc::clone(plan), Arc::new(scope), recorder);
    driver.drive(engine).await
}

fn outcome<S: State>(end: End<S>) -> Result<Outcome<S>, RunError> {
    match end {
        End::Done(state) => Ok(Outcome::Done(Arc::unwrap_or_clone(state))),
        End::Interrupted { state, interrupts } => {
            let mut interrupts = interrupts.into_iter();
            let Some(interrupt) = interrupts.next() else {
                unreachable!("a run pauses for at least one question")
            };
            let (more, state) = (interrupts.collect(), Arc::unwrap_or_clone(state));
            Ok(Outcome::Interrupted {
                interrupt,
                more,
                state,
            })
        }
        End::Failed { error, .. } => Err(error),
    }
}

type GoOn<S> = (
    Start<S>,
    std::collections::BTreeMap<String, crate::CheckpointId>,
);

impl Scope {
    /// Takes over what was recovered and says where to begin.
    pub(super) fn go_on<S: State>(&mut self, recovered: Recovered<S>) -> GoOn<S> {
        let mut answers = (*self.answers).clone();
        answers.extend(recovered.answers);
        self.answers = Arc::new(answers);
        self.memo = recovered.memo;
        (recovered.start, recovered.fields)
    }
}
