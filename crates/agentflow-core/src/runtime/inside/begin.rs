//! Finds where a graph inside begins: afresh, where its task had left it, or on what
//! earlier tasks left behind.

use std::sync::Arc;

use super::memory::is_only_edited;
use crate::checkpoint::Stored;
use crate::engine::{Start, StartFrom};
use crate::error::RunError;
use crate::graph::Persistence;
use crate::runtime::compiled::CompiledGraph;
use crate::runtime::context::NodeContext;
use crate::runtime::recover::{Recovered, owner_of, recover};
use crate::runtime::run::{first_start, load};
use crate::runtime::scope::{Leased, Scope};
use crate::runtime::stored_fields::StoredFields;
use crate::state::State;

/// Where a graph inside begins, and on which stored fields.
pub(super) struct Beginning<C: State> {
    pub(super) start: Start<C>,
    pub(super) fields: StoredFields,
    pub(super) whose: Whose,
}

/// Whose state a graph inside begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Its task's own, where it had begun.
    Own,
    /// What earlier tasks left, or nobody's.
    Earlier,
}

pub(super) enum Found<C: State> {
    /// It had come to its end, and its task had not.
    Done {
        state: Arc<C>,
        /// What its nodes wrote, if it collects that.
        written: C::Update,
    },
    Begins(Box<Beginning<C>>),
}

impl<C: State> Found<C> {
    fn begins(whose: Whose, start: Start<C>, fields: StoredFields) -> Self {
        Self::Begins(Box::new(Beginning {
            start,
            fields,
            whose,
        }))
    }

    fn afresh(start: Start<C>) -> Self {
        Self::begins(Whose::Earlier, start, StoredFields::default())
    }
}

impl<C: State, I, O> CompiledGraph<C, I, O> {
    /// Where the graph begins, or what it came to.
    pub(super) async fn find(
        &self,
        cx: &NodeContext,
        scope: &mut Scope,
        input: impl FnOnce() -> C::Update,
    ) -> Result<Found<C>, RunError> {
        let Some(store) = scope.store.clone() else {
            return Ok(Found::afresh(first_start(input())));
        };
        // Of an attempt that was stopped.
        scope.run.leftover.finish(&scope.namespace).await;
        let thread = &scope.run.thread;
        let newest = load(&store.checkpointer, thread, &scope.namespace, None).await?;
        let Some(newest) = newest else {
            return Ok(Found::afresh(first_start(input())));
        };
        let is_own = self.persistence != Persistence::PerThread
            || owner_of(&newest.checkpoint) == scope.owner.as_deref();
        if is_own {
            return self.go_on_inside(cx, scope, newest);
        }
        self.begin_on_memory(cx, scope, &store, newest, input())
            .await
    }

    /// The task had begun: it goes on where it stood.
    fn go_on_inside(
        &self,
        cx: &NodeContext,
        scope: &mut Scope,
        newest: Stored,
    ) -> Result<Found<C>, RunError> {
        let thread = &scope.run.thread;
        let mut recovered = recover(&self.plan, thread, newest)?;
        if let Some(written) = &recovered.inside.written {
            recovered.start.collected = written.decode::<C>(thread)?;
        }
        if recovered.is_done {
            self.remember(cx, scope.namespace.clone(), recovered.base().0);
            return Ok(Found::Done {
                state: recovered.start.state,
                written: recovered.start.collected,
            });
        }
        hold_unseen_break(&mut recovered, scope);
        let (start, fields) = scope.go_on(recovered);
        Ok(Found::begins(Whose::Own, start, fields))
    }

    /// The newest checkpoint is another task's: its state is what this one begins with,
    /// as of the checkpoint that the outer graph stands on, and with what somebody has
    /// written since.
    async fn begin_on_memory(
        &self,
        cx: &NodeContext,
        scope: &Scope,
        store: &Leased,
        newest: Stored,
        input: C::Update,
    ) -> Result<Found<C>, RunError> {
        let thread = scope.run.thread.clone();
        let newest_id = newest.checkpoint.id;
        let as_of = cx.scope().inner().get(&scope.namespace).copied();
        let checkpointer = &store.checkpointer;
        let stored = if is_only_edited(scope, &**checkpointer, &newest.checkpoint, as_of).await? {
            newest
        } else if let Some(id) = as_of {
            let stored = load(checkpointer, &thread, &scope.namespace, as_of).await?;
            stored.ok_or(RunError::NoSuchCheckpoint {
                thread: thread.clone(),
                id,
            })?
        } else {
            let start = first_start(input);
            return Ok(Found::afresh(Start {
                newest: Some(newest_id),
                ..start
            }));
        };
        let Recovered { start, fields, .. } = recover(&self.plan, &thread, stored)?;
        let start = Start {
            newest: Some(newest_id),
            from: StartFrom::Input(input),
            ..start
        };
        Ok(Found::begins(Whose::Earlier, start, fields))
    }
}

/// A graph that came to a breakpoint while the run around it failed has paused for
/// nobody: it pauses there again, unless a task behind the breakpoint has run since.
fn hold_unseen_break<C: State>(recovered: &mut Recovered<C>, scope: &Scope) {
    if let Some(pause) = &recovered.pause
        && let StartFrom::Superstep(resumption) = &mut recovered.start.from
    {
        resumption.passes_break = recovered.has_begun || scope.seen_breaks.contains(&pause.id);
    }
}
