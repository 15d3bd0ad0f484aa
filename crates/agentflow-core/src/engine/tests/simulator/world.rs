//! One graph, one store, and what happens to the runs between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::random::Random;
use super::super::rig::{Notes, question, settings};
use super::graphs::{Reply, plan, reply};
use super::store::Store;
use crate::engine::{Action, Emission, End, Engine, Input, RunTask, Save, Settings, Transition};
use crate::graph::Plan;
use crate::policy::Scheduling;
use crate::{Durability, NodeError, NodeResult, RunError, Step};

/// What happens to a run besides its work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Disturbance {
    /// Everything ends in the order in which it began.
    None,
    /// Things end in any order.
    Order,
    /// Also, tasks fail and the process dies.
    All,
}

pub(super) struct World {
    seed: u64,
    random: Random,
    disturbance: Disturbance,
    durability: Durability,
    pub(super) scheduling: Scheduling,
    plan: Arc<Plan<Notes>>,
    answered: BTreeSet<String>,
    pub(super) store: Store,
    pub(super) crashes: u32,
    pub(super) done: Notes,
    /// The graph cannot run without supersteps.
    pub(super) is_refused: bool,
}

/// Something under way that a run waits for.
enum Pending {
    Task(RunTask<Notes>),
    Timer(usize),
    Commit(Box<Transition<Notes>>),
    Save(Save<Notes>),
}

impl World {
    pub(super) fn new(seed: u64, durability: Durability, disturbance: Disturbance) -> Self {
        let plan = plan(&mut Random::seeded(seed));
        let random = Random::seeded(!seed);
        let (answered, store) = (BTreeSet::new(), Store::default());
        let done = Notes::default();
        Self {
            seed,
            random,
            disturbance,
            durability,
            scheduling: Scheduling::Supersteps,
            plan,
            answered,
            store,
            crashes: 0,
            done,
            is_refused: false,
        }
    }

    /// Runs the thread again and again until it is done.
    pub(super) fn run(mut self) -> Self {
        for _ in 0..10_000 {
            match self.run_once() {
                None => self.crashes += 1,
                Some(End::Done(state)) => {
                    self.done = (*state).clone();
                    return self;
                }
                Some(End::Interrupted { interrupts, .. }) => {
                    let ids = interrupts.iter().map(|asked| asked.id.as_str().to_owned());
                    self.answered.extend(ids);
                }
                Some(End::Failed {
                    error: RunError::AmbiguousJoin { .. } | RunError::TooManyTasks { .. },
                    ..
                }) => {
                    self.is_refused = true;
                    return self;
                }
                Some(End::Failed { error, may_help }) => assert!(may_help, "{error}"),
                Some(End::ToParent(_)) => panic!("there is no graph around"),
            }
        }
        panic!("the thread does not come to its end");
    }

    /// One run; none if it crashed.
    fn run_once(&mut self) -> Option<End<Notes>> {
        let settings = Settings {
            durability: Some(self.durability),
            step_limit: 1_000,
            max_concurrency: 1 + self.random.below(4),
            scheduling: self.scheduling,
            // Branches that are not brought together multiply.
            tasks_max: 300,
            ..settings()
        };
        let mut engine = Engine::new(Arc::clone(&self.plan), settings);
        let input = Notes {
            log: vec!["input".into()],
            n: 1,
            ..Notes::default()
        };
        engine.start(self.store.start(&input));
        let mut pending = Vec::new();
        loop {
            while let Some(action) = engine.poll() {
                match action {
                    Action::RunTask(run) => self.begin(run, &mut pending),
                    Action::Persist(transition) => pending.push(Pending::Commit(transition)),
                    Action::Save(save) => pending.push(Pending::Save(*save)),
                    Action::ArmTimer { slot, .. } => pending.push(Pending::Timer(slot)),
                    Action::ArmStepTimer { .. } => {}
                    Action::StopTasks => pending
                        .retain(|pending| matches!(pending, Pending::Commit(_) | Pending::Save(_))),
                    Action::Emit { emission, .. } => self.look(&emission),
                    Action::Finish(end) => {
                        assert!(engine.poll().is_none(), "nothing comes after the end");
                        assert!(pending.is_empty(), "a run ends when nothing is under way");
                        return Some(end);
                    }
                }
            }
            if self.disturbance == Disturbance::All && self.random.chance(4) {
                self.crash(pending);
                return None;
            }
            assert!(
                !pending.is_empty(),
                "a run that has not ended waits for something"
            );
            let next = match self.disturbance {
                Disturbance::None => 0,
                _ => self.random.below(pending.len()),
            };
            let input = self.end(pending.remove(next));
            engine.handle(input);
        }
    }

    fn begin(&self, run: RunTask<Notes>, pending: &mut Vec<Pending>) {
        let task = run.task.to_string();
        assert!(
            !self.store.saved.contains(&task),
            "{task} is finished and runs again"
        );
        pending.push(Pending::Task(run));
    }

    fn end(&mut self, pending: Pending) -> Input<Notes> {
        match pending {
            Pending::Timer(slot) => Input::TimerFired { slot },
            Pending::Task(run) => Input::TaskFinished {
                slot: run.slot,
                beside: None,
                result: self.result(&run),
            },
            Pending::Commit(transition) => {
                self.store.commit(&self.plan, &transition);
                Input::Persisted
            }
            Pending::Save(save) => {
                self.store.save(&save);
                Input::Saved { slot: save.slot }
            }
        }
    }

    fn result(&mut self, run: &RunTask<Notes>) -> NodeResult<crate::Command<Notes>> {
        if self.disturbance == Disturbance::All && self.random.chance(10) {
            return Err(NodeError::failed("bad luck"));
        }
        match reply(self.seed, run) {
            Reply::Asks if !self.answered.contains(&run.task.to_string()) => {
                Err(question(&run.task.to_string()))
            }
            Reply::Asks => Ok(Notes::update()
                .log([format!("{} answered", run.task)])
                .into()),
            Reply::Command(command) => Ok(command),
        }
    }

    /// The process dies. What is on its way to the store may have arrived.
    fn crash(&mut self, pending: Vec<Pending>) {
        for pending in pending {
            match pending {
                Pending::Commit(transition) if self.random.chance(50) => {
                    self.store.commit(&self.plan, &transition);
                    // Saves that were made for the old head do not fit the new one.
                    return;
                }
                Pending::Save(save) if self.random.chance(50) => self.store.save(&save),
                _ => {}
            }
        }
    }

    /// Nobody sees what the store does not have.
    fn look(&self, emission: &Emission<Notes>) {
        if self.durability == Durability::Exit {
            return;
        }
        match emission {
            Emission::Values(state) => {
                let is_stored = self
                    .store
                    .commits
                    .iter()
                    .any(|commit| commit.state == **state);
                assert!(is_stored, "{state:?} is shown and not stored");
            }
            Emission::Updated { update, .. } => {
                let update = serde_json::to_value(update).unwrap();
                let write = &update["log"][0];
                let line = write["put"][0]
                    .as_str()
                    .or(write["overwrite"][0].as_str())
                    .unwrap();
                let task = line.trim_end_matches(" answered");
                let step = Step(task.split('/').next().unwrap().parse().unwrap());
                let is_stored = self.store.saved.contains(task)
                    || self
                        .store
                        .commits
                        .iter()
                        .rev()
                        .any(|commit| commit.step >= step);
                assert!(is_stored, "the update of {task} is shown and not stored");
            }
            _ => {}
        }
    }
}
