//! One run of a thread: takes the lease, finds where to begin, drives, gives the
//! lease back.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{Either, select};

use super::compiled::CompiledGraph;
use super::driver::Driver;
use super::inside::heads_inside;
use super::lease::Holder;
use super::memo::Memo;
use super::meter::Meter;
use super::outcome::{Outcome, output_of};
use super::owner::LiveRun;
use super::recorder::Recorder;
use super::recover::{Recovered, recover};
use super::scope::{Leased, Run, Scope};
use super::stored::Stored;
use super::thread::{Opened, RunInput, RunInputKind, Thread};
use super::watch::Watch;
use super::writes::Leftover;
use crate::checkpoint::{CheckpointError, Checkpointer, Fence, Stored as StoredCheckpoint};
use crate::engine::{Breakpoints, End, Engine, Settings, Start, StartFrom};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::{CheckpointId, Namespace, Origin, Step, ThreadId};
use crate::policy::Journal;
use crate::runtime::stored_fields::StoredFields;
use crate::state::{FieldSet, State, View};
use crate::stream::StreamModes;

pub(super) async fn run<S, I, O>(
    thread: &Thread<'_, S, I, O>,
    input: RunInput<S, I>,
    watch: Option<Watch>,
) -> Result<Outcome<O>, RunError>
where
    S: State,
    O: View<S> + Clone,
{
    let graph = thread.graph;
    thread.config.check_context(&graph.plan)?;
    let Some(checkpointer) = thread.checkpointer() else {
        let running = begin_unstored(thread, input, watch)?;
        return outcome(running.await?.end);
    };
    let memo = Arc::new(Memo::default());
    let run = |store: Leased| {
        let run = Run {
            memo: Arc::clone(&memo),
            ..thread.new_run(store.fence.epoch.0, watch)
        };
        run_leased(thread, run, store, input)
    };
    leased(graph, checkpointer, &thread.id, &memo, run).await
}

/// Does something to a thread under its lease. If the lease is lost meanwhile, what is
/// in `memo` is stored if the store still takes it.
pub(super) async fn leased<'a, S, I, O, T, Fut>(
    graph: &'a CompiledGraph<S, I, O>,
    checkpointer: &'a Arc<dyn Checkpointer>,
    thread: &'a ThreadId,
    memo: &Memo,
    work: impl FnOnce(Leased) -> Fut,
) -> Result<T, RunError>
where
    S: State,
    Fut: Future<Output = Result<T, RunError>>,
{
    let live = LiveRun::begin();
    let holder = Holder {
        clock: &graph.clock,
        ttl: graph.options.lease_ttl,
        checkpointer,
        thread,
    };
    let lease = holder.acquire(&live).await?;
    let store = Leased {
        checkpointer: Arc::clone(checkpointer),
        fence: Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        },
    };
    let ended = {
        let running = Box::pin(work(store.clone()));
        let keeping = Box::pin(holder.keep(&lease));
        match select(running, keeping).await {
            Either::Left((ended, _)) => ended,
            Either::Right((lost, _)) => Err(lost),
        }
    };
    if ended.is_err() {
        store.save_known(memo).await;
    }
    // A lease that cannot be given back runs out by itself, and the next run on this
    // machine knows that this one is over.
    if let Err(error) = checkpointer.release_lease(&lease).await {
        tracing::warn!(%thread, %error, "the lease could not be given back");
    }
    ended
}

pub(super) async fn run_leased<S, I, O>(
    thread: &Thread<'_, S, I, O>,
    run: Run,
    store: Leased,
    input: RunInput<S, I>,
) -> Result<Outcome<O>, RunError>
where
    S: State,
    O: View<S> + Clone,
{
    let RunInput { kind, amend, .. } = input;
    let Opened {
        mut scope,
        recovered,
    } = thread.open(&store, run).await?;
    let id = || thread.id.clone();
    let (start, fields) = match (kind, recovered) {
        (RunInputKind::Input(input), standing) => thread.begin_anew(standing, input, amend)?,
        (RunInputKind::Proceed, None) => return Err(RunError::EmptyThread { thread: id() }),
        (RunInputKind::Answers(_), None) => {
            return Err(RunError::NothingToResume { thread: id() });
        }
        (kind, Some(standing)) => {
            let standing = thread.tell(&scope, &store, standing, (kind, amend)).await?;
            scope.go_on(standing)
        }
    };
    let drive = Drive::outermost(thread.graph);
    let ended = drive
        .drive(&thread.graph.plan, scope, start, fields)
        .await?;
    outcome(ended.end)
}

/// The thread as it stands after something was stored.
pub(super) async fn reload<S: State, I, O>(
    thread: &Thread<'_, S, I, O>,
    scope: &Scope,
    store: &Leased,
) -> Result<Recovered<S>, RunError> {
    let stored = load(&store.checkpointer, &thread.id, &scope.namespace, None).await?;
    match stored {
        Some(stored) => recover(&thread.graph.plan, &thread.id, stored),
        // Somebody has deleted it just now.
        None => Err(RunError::EmptyThread {
            thread: thread.id.clone(),
        }),
    }
}

pub(super) async fn load(
    store: &Arc<dyn Checkpointer>,
    thread: &ThreadId,
    namespace: &Namespace,
    id: Option<CheckpointId>,
) -> Result<Option<StoredCheckpoint>, RunError> {
    let stored = store.load(thread, namespace, id).await;
    stored.map_err(|source| store_error(thread, source))
}

pub(super) fn store_error(thread: &ThreadId, source: CheckpointError) -> RunError {
    RunError::Checkpoint {
        thread: thread.clone(),
        source,
    }
}

/// Begins a run without a store: the input is taken in, and the rest happens as it is polled.
fn begin_unstored<'a, S, I, O>(
    thread: &'a Thread<'_, S, I, O>,
    input: RunInput<S, I>,
    watch: Option<Watch>,
) -> Result<impl Future<Output = Result<Ended<S>, RunError>> + use<'a, S, I, O>, RunError>
where
    S: State,
    O: View<S> + Clone,
{
    let RunInputKind::Input(update) = input.kind else {
        return Err(RunError::NoCheckpointer {
            what: "go on with a thread",
        });
    };
    let (start, _) = thread.begin_anew(None, update, input.amend)?;
    let run = Arc::new(thread.new_run(0, watch));
    let scope = Scope::new(run, Namespace::root(), None);
    let drive = Drive::outermost(thread.graph);
    Ok(drive.drive(&thread.graph.plan, scope, start, StoredFields::default()))
}

pub(super) fn first_start<S: State>(input: S::Update) -> Start<S> {
    Start {
        head: None,
        newest: None,
        state: Arc::new(S::default()),
        changed: FieldSet::default(),
        inner: BTreeMap::new(),
        collected: S::Update::default(),
        from: StartFrom::Input(input),
    }
}

/// How one graph of a run ended.
pub(super) struct Ended<S: State> {
    pub(super) end: End<S>,
    /// Where it stands.
    pub(super) head: Option<CheckpointId>,
    /// All that its nodes wrote, if that was asked for.
    pub(super) collected: S::Update,
}

impl<S: State> Ended<S> {
    pub(super) fn new(end: End<S>, engine: Engine<S>) -> Self {
        let (head, collected) = engine.into_collected();
        Self {
            end,
            head,
            collected,
        }
    }
}

/// What is asked of one graph of a run.
pub(super) struct Drive {
    pub(super) breakpoints: Breakpoints,
    /// The fields that watchers see.
    pub(super) output: Option<&'static [&'static str]>,
    pub(super) step_budget: Option<u64>,
    pub(super) collects: bool,
}

impl Drive {
    fn outermost<S: State, I, O: View<S>>(graph: &CompiledGraph<S, I, O>) -> Self {
        Self {
            breakpoints: graph.breakpoints.clone(),
            output: O::FIELDS,
            step_budget: graph.options.budget.supersteps,
            collects: false,
        }
    }

    /// Takes `start` in, and runs the graph to its end as it is polled. Not an async
    /// function, whose future would hold on to all that it was given: it is moved a lot.
    pub(super) fn drive<S: State>(
        self,
        plan: &Arc<Plan<S>>,
        mut scope: Scope,
        start: Start<S>,
        fields: StoredFields,
    ) -> impl Future<Output = Result<Ended<S>, RunError>> {
        scope.stored = Stored::up_to(start.head.map(|(id, _)| id));
        scope.began_at = began_at(&start);
        *scope.inner() = heads_inside(&start);
        scope.names = plan.names_of_renamed();
        let options = &scope.run.options;
        let watch = scope.watch();
        let settings = Settings {
            thread: scope.run.thread.clone(),
            namespace: scope.namespace.clone(),
            durability: scope.store.as_ref().map(|_| options.durability),
            step_limit: options.step_limit,
            step_budget: self.step_budget,
            max_concurrency: options.max_concurrency.max(1),
            tasks_max: options.tasks_max,
            step_timeout: options.step_timeout,
            journal: options.journal != Journal::Off,
            collects: self.collects,
            scheduling: options.scheduling,
            breakpoints: self.breakpoints,
            output: self.output,
            watched: watch.map_or(StreamModes::default(), |watch| watch.modes),
        };
        let mut engine = Box::new(Engine::new(Arc::clone(plan), settings));
        engine.start(start);
        let recorder = Recorder::on_top_of(fields);
        let driver = Driver::new(plan, Arc::new(scope), recorder, self.output);
        driver.drive(engine)
    }
}

/// The step before the run's first superstep.
fn began_at<S: State>(start: &Start<S>) -> Step {
    let last = start.head.map(|(_, step)| step);
    match &start.from {
        StartFrom::Input(_) => last.map_or(Step::INPUT, Step::next),
        _ => last.unwrap_or(Step::INPUT),
    }
}

fn outcome<S: State, O: View<S> + Clone>(end: End<S>) -> Result<Outcome<O>, RunError> {
    match end {
        End::Done(state) => Ok(Outcome::Done(output_of(state))),
        End::Interrupted { state, interrupts } => {
            let mut interrupts = interrupts.into_iter();
            let Some(interrupt) = interrupts.next() else {
                unreachable!("a run pauses for at least one reason")
            };
            let (more, state) = (interrupts.collect(), output_of(state));
            Ok(Outcome::Interrupted {
                interrupt,
                more,
                state,
            })
        }
        End::Failed { error, .. } => Err(error),
        End::ToParent(command) => Err(RunError::NoParent {
            state: command.state,
        }),
    }
}

type GoOn<S> = (Start<S>, StoredFields);

impl Scope {
    /// Takes over what was recovered and says where to begin.
    pub(super) fn go_on<S: State>(&mut self, recovered: Recovered<S>) -> GoOn<S> {
        let (base, step) = recovered.base();
        let root_step = self.root_step.unwrap_or(step.next());
        let memo: &Memo = &self.run.memo;
        memo.recall(&self.namespace, base, root_step, recovered.results);
        self.given().extend(recovered.given);
        let mut answers = (*self.answers).clone();
        answers.extend(recovered.answers);
        if self.namespace.is_root() {
            let seen = recovered.interrupts.iter().map(|(_, asked)| asked);
            let seen = seen.filter(|asked| asked.is_breakpoint());
            self.seen_breaks = Arc::new(seen.map(|asked| asked.id.clone()).collect());
        }
        self.answers = Arc::new(answers);
        (recovered.start, recovered.fields)
    }
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// What the tasks of a run under lease number `number` share; 0 without a store.
    pub(super) fn new_run(&self, number: u64, watch: Option<Watch>) -> Run {
        let graph = self.graph;
        let limits_time = graph.options.budget.wall.is_some();
        let origin = match number {
            0 => Origin::from(self.id.as_str()),
            _ => format!("{}@{number}", self.id).into(),
        };
        Run {
            thread: self.id.clone(),
            origin,
            number,
            clock: Arc::clone(&graph.clock),
            options: graph.options,
            context: self.config.context.clone(),
            cache: graph.cache.clone(),
            memory: graph.memory.clone(),
            metadata: Arc::clone(&self.config.metadata),
            control: self.config.control.clone(),
            meter: Meter::since(limits_time.then(|| graph.clock.now())),
            memo: Arc::default(),
            given: std::sync::Mutex::default(),
            seen: std::sync::Mutex::default(),
            watch,
            leftover: Leftover::default(),
        }
    }
}
