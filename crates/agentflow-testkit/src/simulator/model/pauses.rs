//! Where a run must have paused at a breakpoint.

use agentflow_core::checkpoint::CheckpointSource;

use super::super::commit::Commit;
use super::super::violation::Violation;
use super::chain::Model;

impl Model<'_> {
    /// Whether the thread paused on a checkpoint from which it went on, if it must have.
    pub(super) fn check_pause(&self, on: &Commit) -> Result<(), Violation> {
        let Some(pause) = self.pause_on(on) else {
            return Ok(());
        };
        let checkpoint = &on.checkpoint;
        let pause = match self.namespace {
            root if root.is_root() => pause,
            inside => format!("{pause}@{inside}/{}", checkpoint.id),
        };
        let place = (self.namespace.clone(), checkpoint.id, pause);
        if self.world.witness.breaks.contains(&place) {
            return Ok(());
        }
        self.wrong(checkpoint.step, "a pause", &place.2, &"none")
    }

    /// The name of the pause that is due on a checkpoint; one after a node comes first.
    fn pause_on(&self, on: &Commit) -> Option<String> {
        let checkpoint = &on.checkpoint;
        if checkpoint.source != CheckpointSource::Loop {
            return None;
        }
        let name = |node: usize| self.blueprint.spots[node].name.to_string();
        let breaks = self.blueprint.breaks;
        let is_among = |node: usize, commit: &Commit| {
            let mut next = commit.checkpoint.next.iter();
            next.any(|task| task.node.as_str() == name(node))
        };
        let before = checkpoint.parent;
        let before = before.and_then(|id| self.world.witness.find(self.namespace, id));
        if let (Some(node), Some(before)) = (breaks.after, before)
            && is_among(node, before)
        {
            return Some(format!("after:{}", name(node)));
        }
        let node = breaks.before?;
        is_among(node, on).then(|| format!("before:{}", name(node)))
    }
}
