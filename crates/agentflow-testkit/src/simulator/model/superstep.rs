//! What the tasks of one superstep came to.

use agentflow_core::View;
use agentflow_core::checkpoint::ScheduledTask;
use serde_json::Value;

use super::super::blueprint::Kind;
use super::super::commit::Commit;
use super::super::state::{SimPayload, SimState, SimView};
use super::super::task::{Reply, Task};
use super::super::violation::Violation;
use super::chain::{Model, Seen};
use super::fold::folded;
use super::schedule::{Schedule, deferred};

impl Model<'_> {
    /// What the superstep on `before` comes to, which `after` should be.
    pub(super) fn superstep(
        &self,
        before: &Commit,
        after: &Commit,
        seen: &mut Seen,
    ) -> Result<(SimState, Schedule, Vec<Reply>), Violation> {
        let state = before.state();
        let tasks = before.checkpoint.next.iter();
        let ran = tasks.map(|task| self.ran((before, after), &state, task));
        let ran = ran.collect::<Result<Vec<(usize, Reply)>, Violation>>()?;
        let ways = self.leads(&state, &ran, seen);
        let schedule = Schedule::of(self.blueprint, ways, &deferred(&before.checkpoint));
        let replies: Vec<Reply> = ran.into_iter().map(|(_, reply)| reply).collect();
        Ok((folded(&state, &replies), schedule, replies))
    }

    /// The node of a task, and what it replied.
    fn ran(
        &self,
        (before, after): (&Commit, &Commit),
        state: &SimState,
        task: &ScheduledTask,
    ) -> Result<(usize, Reply), Violation> {
        let step = before.checkpoint.step;
        let name = task.node.as_str();
        let Some(node) = self.blueprint.find(name) else {
            return self.wrong(step, "a task's node", &"one of the graph", &name);
        };
        let (seed, namespace) = (self.blueprint.seed, self.namespace);
        let place = (name, step.next().0);
        let ident = match &self.blueprint.spots[node].kind {
            Kind::Inner(kind, inner) => {
                let reply = self.ran_inside((before, after), task, (*kind, inner))?;
                return Ok((node, reply));
            }
            Kind::OnState => Task::ident(seed, namespace, place, state),
            Kind::OnView => Task::ident(seed, namespace, place, &SimView::view(state)),
            Kind::OnPayload => {
                let payload = task.payload.clone().unwrap_or(Value::Null);
                let Ok(payload) = serde_json::from_value::<SimPayload>(payload) else {
                    return self.wrong(step, "a payload", &"ours", &task.payload);
                };
                Task::ident(seed, namespace, place, &payload)
            }
        };
        match self.world.replies.get(&ident) {
            Some(reply) => Ok((node, reply.clone())),
            None => self.wrong(step, "a task", &"one that ran", &task),
        }
    }
}
