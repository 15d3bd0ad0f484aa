//! A machine with everything it has asked for so far, sorted by kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::engine::{
    Action, Breakpoints, Emission, End, Engine, Input, Resumption, RunTask, Save, Scheduled,
    Settings, Start, StartFrom, Transition,
};
use crate::error::{NodeError, NodeErrorKind};
use crate::id::{CheckpointId, InterruptId, Namespace};
use crate::interrupt::{Interrupt, WaitsFor};
use crate::policy::Scheduling;
use crate::state::FieldSet;
use crate::stream::StreamModes;
use crate::{Durability, NodeContext, NodeResult, State, StateGraph, Step};

/// A state with a field of each kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
#[state(version = 1)]
pub(super) struct Notes {
    pub(super) last: String,
    #[state(reducer = append)]
    pub(super) log: Vec<String>,
    #[state(reducer = add)]
    pub(super) n: u32,
}

/// A node of a machine that is driven by hand: nobody runs it.
pub(super) async fn idle(_: Arc<Notes>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

/// A graph with these nodes.
pub(super) fn nodes(names: &[&str]) -> StateGraph<Notes> {
    names
        .iter()
        .fold(StateGraph::new(), |graph, name| graph.add_node(*name, idle))
}

/// An update that appends one line.
pub(super) fn line(text: &str) -> Command<Notes> {
    Notes::update().log([text]).into()
}

/// A question of some task.
pub(super) fn question(id: &str) -> NodeError {
    let interrupt = Interrupt {
        id: InterruptId::from(id),
        node: "some".into(),
        namespace: Namespace::root(),
        key: "0".to_owned(),
        payload: "?".into(),
        waits_for: WaitsFor::Answer,
        answer_schema: None,
    };
    NodeError(NodeErrorKind::Interrupted(vec![interrupt]))
}

/// Ten supersteps, no store, and all events.
pub(super) fn settings() -> Settings {
    Settings {
        thread: "t".into(),
        namespace: Namespace::root(),
        durability: None,
        step_limit: 10,
        step_budget: None,
        output: None,
        max_concurrency: 100,
        tasks_max: 1_000,
        step_timeout: None,
        journal: false,
        collects: false,
        scheduling: Scheduling::Supersteps,
        breakpoints: Breakpoints::default(),
        watched: StreamModes::ALL,
    }
}

/// Where a thread begins that never ran.
pub(super) fn start_from(from: StartFrom<Notes>) -> Start<Notes> {
    Start {
        head: None,
        newest: None,
        state: Arc::default(),
        changed: FieldSet::default(),
        inner: BTreeMap::new(),
        collected: Default::default(),
        from,
    }
}

/// A superstep that nothing of has happened yet.
pub(super) fn resumption(next: Vec<Scheduled>, seen: Vec<Vec<bool>>) -> Resumption<Notes> {
    Resumption {
        next,
        deferred: Vec::new(),
        seen,
        finished: Vec::new(),
        failed: Vec::new(),
        goto: Vec::new(),
        ran: Vec::new(),
        passes_break: false,
    }
}

/// A machine and what it has asked for.
pub(super) struct Rig {
    pub(super) engine: Engine<Notes>,
    /// What runs, by slot.
    pub(super) running: BTreeMap<usize, RunTask<Notes>>,
    /// All that was ever started, as `node` or `node#index`.
    pub(super) started: Vec<String>,
    pub(super) persists: Vec<Transition<Notes>>,
    pub(super) saves: Vec<Save<Notes>>,
    pub(super) timers: Vec<usize>,
    pub(super) shown: Vec<Emission<Notes>>,
    pub(super) end: Option<End<Notes>>,
}

impl Rig {
    /// A machine that has not started, with 10 supersteps and all events.
    pub(super) fn new(graph: StateGraph<Notes>, durability: Option<Durability>) -> Self {
        Self::with(graph, |settings| settings.durability = durability)
    }

    pub(super) fn with(graph: StateGraph<Notes>, set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        set(&mut settings);
        let engine = Engine::new(Arc::new(graph.into_plan().unwrap()), settings);
        let (running, started, persists) = (BTreeMap::new(), Vec::new(), Vec::new());
        let (saves, timers, shown) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            engine,
            running,
            started,
            persists,
            saves,
            timers,
            shown,
            end: None,
        }
    }

    pub(super) fn tell(&mut self, input: Input<Notes>) {
        self.engine.handle(input);
        self.obey();
    }

    /// Does what the engine asks for.
    fn obey(&mut self) {
        while let Some(action) = self.engine.poll() {
            assert!(
                self.end.is_none(),
                "nothing comes after the end: {action:?}"
            );
            match action {
                Action::RunTask(run) => {
                    let index = run.task.index;
                    let sent = if index == 0 {
                        String::new()
                    } else {
                        format!("#{index}")
                    };
                    self.started.push(format!("{}{sent}", run.task.node));
                    let twice = self.running.insert(run.slot, run);
                    assert!(twice.is_none(), "a slot runs one attempt at a time");
                }
                Action::Persist(transition) => self.persists.push(*transition),
                Action::Save(save) => self.saves.push(*save),
                Action::ArmTimer { slot, .. } => self.timers.push(slot),
                Action::ArmStepTimer { .. } => {}
                Action::StopTasks => {
                    self.running.clear();
                    self.timers.clear();
                }
                Action::Emit { emission, .. } => self.shown.push(*emission),
                Action::Finish(end) => self.end = Some(end),
            }
        }
    }

    /// Starts on a thread that never ran.
    pub(super) fn start(&mut self, input: Notes) {
        let from = StartFrom::Input(input.into_update());
        self.start_from(None, Notes::default(), from);
    }

    pub(super) fn start_from(
        &mut self,
        head: Option<(u64, i64)>,
        state: Notes,
        from: StartFrom<Notes>,
    ) {
        let head = head.map(|(id, step)| (CheckpointId(id), Step(step)));
        let start = Start {
            head,
            state: Arc::new(state),
            ..start_from(from)
        };
        let start = Start {
            newest: head.map(|(id, _)| id),
            ..start
        };
        self.engine.start(start);
        self.obey();
    }

    fn slot_of(&self, node: &str) -> usize {
        let found = self
            .running
            .iter()
            .find(|(_, run)| run.task.node.as_str() == node);
        *found.unwrap_or_else(|| panic!("`{node}` does not run")).0
    }

    pub(super) fn end_task(&mut self, node: &str, result: NodeResult<Command<Notes>>) {
        let slot = self.slot_of(node);
        self.running.remove(&slot);
        self.tell(Input::TaskFinished {
            slot,
            result,
            beside: None,
        });
    }

    /// The node is done, with its own name as a line.
    pub(super) fn done(&mut self, node: &str) {
        self.end_task(node, Ok(line(node)));
    }

    /// The store acknowledges the transition it has.
    pub(super) fn persisted(&mut self) {
        self.tell(Input::Persisted);
    }

    /// The store acknowledges the save of a slot.
    pub(super) fn saved(&mut self, slot: usize) {
        self.tell(Input::Saved { slot });
    }

    /// The nodes that run now.
    pub(super) fn running(&self) -> Vec<&str> {
        self.running
            .values()
            .map(|run| run.task.node.as_str())
            .collect()
    }

    /// The nodes whose updates were shown so far.
    pub(super) fn updates_shown(&self) -> Vec<&str> {
        let shown = self.shown.iter().filter_map(|emission| match emission {
            Emission::Updated { node, .. } => Some(node.as_str()),
            _ => None,
        });
        shown.collect()
    }

    pub(super) fn final_state(&self) -> &Notes {
        match &self.end {
            Some(End::Done(state)) => state,
            other => panic!("the run is not done: {other:?}"),
        }
    }

    pub(super) fn error(&self) -> String {
        match &self.end {
            Some(End::Failed { error, .. }) => error.to_string(),
            other => panic!("the run has not failed: {other:?}"),
        }
    }
}
