//! Asks the library for what is wished.

use agentflow_core::{CompiledGraph, RunControl, RunError, RunInput, StreamModes};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use super::client::{THREAD, Wish};
use super::edit::Edit;
use super::ending::Ended;
use super::state::SimState;
use super::world::World;

/// What a run is begun with.
pub(super) struct Asked<'g> {
    pub(super) world: World,
    pub(super) graph: &'g CompiledGraph<SimState>,
    pub(super) control: RunControl,
    /// Somebody looks at all that it shows.
    pub(super) is_watched: bool,
}

impl<'g> Asked<'g> {
    pub(super) fn begin(self, wish: Wish) -> BoxFuture<'g, Result<Ended, RunError>> {
        match wish {
            Wish::Run(input) if self.is_watched => self.watched(*input).boxed(),
            Wish::Run(input) => self.unwatched(*input).boxed(),
            Wish::Wake => wake(self.graph, self.control).boxed(),
            Wish::Edit(edit) => change(self.graph, edit).boxed(),
        }
    }

    async fn unwatched(self, input: RunInput<SimState>) -> Result<Ended, RunError> {
        let thread = self.graph.thread(THREAD).with_control(&self.control);
        thread.invoke(input).await.map(Box::new).map(Ended::Outcome)
    }

    async fn watched(self, input: RunInput<SimState>) -> Result<Ended, RunError> {
        let thread = self.graph.thread(THREAD).with_control(&self.control);
        let mut events = thread.stream(input, StreamModes::ALL);
        while let Some(event) = events.next().await {
            self.world.lock().watched(&event);
        }
        events.outcome().await.map(Box::new).map(Ended::Outcome)
    }
}

/// Goes on with whatever threads are due.
async fn wake(graph: &CompiledGraph<SimState>, control: RunControl) -> Result<Ended, RunError> {
    let woken = graph.wake_due_with(|thread| thread.with_control(&control));
    match woken.await?.pop() {
        Some((_, ended)) => ended.map(Box::new).map(Ended::Outcome),
        None => Ok(Ended::NobodyDue),
    }
}

/// Changes the thread.
async fn change(graph: &CompiledGraph<SimState>, edit: Edit) -> Result<Ended, RunError> {
    edit.make(graph).await.map(|()| Ended::Edited)
}
