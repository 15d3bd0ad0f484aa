//! One run of one simulated node. What it replies depends on the seed, on who it is and
//! on what it sees, and on nothing else.

use std::sync::Arc;

use agentflow_core::{Command, Namespace, NodeContext, NodeError, NodeFailure, NodeResult, View};
use futures::future::BoxFuture;

use super::blueprint::{Kind, Names, Spot, Way};
use super::features::is_planned;
use super::gates::Waits;
use super::random::{Random, digest};
use super::state::{SimPayload, SimState, SimStateUpdate, SimView, marked};
use super::world::World;

/// One thing that a node does while it runs.
pub(super) trait Act: Send + Sync {
    fn perform<'a>(&'a self, task: &'a mut Task) -> BoxFuture<'a, NodeResult<()>>;

    /// What it may do that does not go with everything else.
    fn habits(&self) -> &'static [Habit] {
        &[]
    }
}

/// What an act may do that does not go with everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It fails a number of times, and then no more.
    Fails,
    /// It waits in memory for time to pass.
    Waits,
    /// It writes to the store, and fails where the store does.
    Stores,
}

/// A task as its acts see it.
pub(super) struct Task {
    pub(super) world: World,
    pub(super) cx: NodeContext,
    pub(super) node: Arc<str>,
    /// The same whenever this task runs, in whatever run and under whatever durability.
    pub(super) ident: u64,
    /// How many tasks came before, unless it was sent and does not see the state.
    pub(super) count: Option<u64>,
    pub(super) reply: Reply,
}

/// What a task says when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) lines: Vec<String>,
    pub(super) overwrites: bool,
    pub(super) count: u64,
    pub(super) last: Option<String>,
    pub(super) note: Option<String>,
    pub(super) flash: Option<String>,
    /// It is an error handler's: no edge of the node is taken.
    pub(super) is_handled: bool,
    pub(super) ways: Vec<Way>,
}

impl Task {
    /// Random numbers of this task for one of its acts.
    pub(super) fn random(&self, act: &str, place: u64) -> Random {
        Random::seeded(digest(&(self.ident, act, place)))
    }

    /// This task's number for a node that sees `seen`.
    pub(super) fn ident(
        seed: u64,
        namespace: &Namespace,
        (node, step): (&str, i64),
        seen: &impl std::hash::Hash,
    ) -> u64 {
        digest(&(seed, lineage(namespace), node, step, seen))
    }
}

/// A graph's place in the tree of graphs without the checkpoints' numbers, which differ
/// from durability to durability.
fn lineage(namespace: &Namespace) -> Vec<String> {
    let levels = namespace.as_str().split('|');
    let levels = levels.map(|level| match level.split_once(':') {
        Some((node, place)) => {
            let task = place.split_once('.').map_or(place, |(_, task)| task);
            format!("{node}:{task}")
        }
        None => level.to_owned(),
    });
    levels.collect()
}

impl Reply {
    pub(super) fn into_command(self, names: &Names) -> Command<SimState> {
        let mut update = SimState::update().count(self.count);
        update = if self.overwrites {
            update.overwrite_log(self.lines)
        } else {
            update.log(self.lines)
        };
        if let Some(last) = self.last {
            update = update.last(last);
        }
        if let Some(note) = self.note {
            update = update.note(note);
        }
        if let Some(flash) = self.flash {
            update = update.flash(flash);
        }
        let ways = self.ways.iter().map(|way| way.goto(names));
        Command::update(update).and_goto(ways.collect::<Vec<_>>())
    }
}

/// What a node and its error handler share.
pub(super) struct Actor {
    pub(super) world: World,
    pub(super) spot: Spot,
    pub(super) names: Names,
    /// The count from which nothing is sent any more.
    pub(super) limit: u64,
}

impl Actor {
    fn ident(&self, cx: &NodeContext, seen: &impl std::hash::Hash) -> u64 {
        let place = (&*self.spot.name, cx.step().0);
        Task::ident(self.world.seed, cx.namespace(), place, seen)
    }

    /// Runs the node on the state.
    pub(super) async fn run_on_state(
        self: Arc<Self>,
        state: Arc<SimState>,
        cx: NodeContext,
    ) -> NodeResult<Command<SimState>> {
        let ident = self.ident(&cx, &*state);
        self.run(ident, Some(state.count), cx).await
    }

    /// Runs the node on a part of the state.
    pub(super) async fn run_on_view(
        self: Arc<Self>,
        view: Arc<SimView>,
        cx: NodeContext,
    ) -> NodeResult<Command<SimState>> {
        let ident = self.ident(&cx, &*view);
        self.run(ident, Some(view.count), cx).await
    }

    /// Runs the node on what it was sent.
    pub(super) async fn run_on_payload(
        self: Arc<Self>,
        payload: Arc<SimPayload>,
        cx: NodeContext,
    ) -> NodeResult<Command<SimState>> {
        let ident = self.ident(&cx, &*payload);
        self.run(ident, None, cx).await
    }

    async fn run(
        &self,
        ident: u64,
        count: Option<u64>,
        cx: NodeContext,
    ) -> NodeResult<Command<SimState>> {
        self.world.task_starts(&self.spot.name, ident, &cx);
        let task = self.perform(&self.spot.name, ident, count, cx, &self.spot.acts);
        let Task { reply, .. } = task.await?;
        self.world.task_replies(ident, reply.clone());
        Ok(reply.into_command(&self.names))
    }

    /// Runs the error handler, which sees the state whatever the node saw.
    pub(super) async fn handle(
        self: Arc<Self>,
        state: Arc<SimState>,
        failure: NodeFailure,
        cx: NodeContext,
    ) -> NodeResult<Command<SimState>> {
        let (Some(handler), true) = (&self.spot.handler, is_planned(&failure)) else {
            // Nothing else may end up here; the run says what did.
            return Err(NodeError::fatal(failure.message().to_owned()));
        };
        let failed = match self.spot.kind {
            Kind::OnView => self.ident(&cx, &SimView::view(&state)),
            _ => self.ident(&cx, &*state),
        };
        let (name, ident) = (format!("{}!", self.spot.name), digest(&(failed, "handler")));
        self.world.handler_starts(&name, ident, failed, &cx);
        let task = self.perform(&name, ident, Some(state.count), cx, &handler.acts);
        let mut task = task.await?;
        task.reply.is_handled = true;
        let mut random = task.random("handler", 0);
        if state.count < self.limit && random.chance(80) {
            task.reply.ways.push(Way::Node(*random.pick(&handler.to)));
        }
        let Task { reply, .. } = task;
        self.world.task_replies(failed, reply.clone());
        Ok(reply.into_command(&self.names))
    }

    async fn perform(
        &self,
        name: &str,
        ident: u64,
        count: Option<u64>,
        cx: NodeContext,
        acts: &[Arc<dyn Act>],
    ) -> NodeResult<Task> {
        let line = marked(name, ident);
        let reply = Reply {
            lines: vec![line.clone()],
            count: 1 + ident % 3,
            last: Some(line),
            ..Reply::default()
        };
        let mut task = Task {
            world: self.world.clone(),
            cx,
            node: name.into(),
            ident,
            count,
            reply,
        };
        task.world.gate(Waits::Node).await;
        for act in acts {
            act.perform(&mut task).await?;
        }
        task.world.gate(Waits::Node).await;
        Ok(task)
    }
}

/// What a graph inside begins with.
pub(super) fn input_inside(node: &str, outer: &SimState) -> SimState {
    SimState {
        log: vec![format!("inside {node} of {:016x}", digest(&(node, outer)))],
        count: outer.count % 3,
        ..SimState::default()
    }
}

/// What a graph inside tells the one outside.
pub(super) fn reply_of_inside(node: &str, inner: &SimState) -> Reply {
    let line = marked(node, digest(inner));
    Reply {
        lines: vec![line.clone()],
        count: 1 + inner.count % 4,
        last: Some(line),
        ..Reply::default()
    }
}

/// The update of [`reply_of_inside`].
pub(super) fn update_of_inside(node: &str, inner: &SimState) -> SimStateUpdate {
    let nowhere: Names = Arc::from([]);
    reply_of_inside(node, inner).into_command(&nowhere).update
}
