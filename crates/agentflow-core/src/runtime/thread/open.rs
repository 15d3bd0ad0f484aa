//! Opens a thread: finds the checkpoint to go on from, and makes checkpoints from outside.

use std::sync::Arc;

use super::handle::Thread;
use crate::checkpoint::{CheckpointSource, Checkpointer, HistoryPage};
use crate::engine::{Edit, EditKind, End, StartFrom};
use crate::error::RunError;
use crate::id::CheckpointId;
use crate::runtime::recover::{Recovered, recover, recover_recorded};
use crate::runtime::run::{Drive, load, store_error};
use crate::runtime::scope::{Leased, Run, Scope};
use crate::state::State;

/// A thread that is about to run.
pub(in crate::runtime) struct Opened<S: State> {
    pub(in crate::runtime) scope: Scope,
    pub(in crate::runtime) recovered: Option<Recovered<S>>,
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Finds where the thread stands, or stood at its checkpoint.
    pub(in crate::runtime) async fn open(
        &self,
        store: &Leased,
        mut run: Run,
    ) -> Result<Opened<S>, RunError> {
        let recovered = self.recover_at(&store.checkpointer).await?;
        if let Some(recovered) = &recovered {
            run.origin.clone_from(&recovered.origin);
        }
        let scope = Scope::new(Arc::new(run), self.namespace.clone(), Some(store.clone()));
        Ok(Opened { scope, recovered })
    }

    /// The thread at its checkpoint; `None` if it has never run.
    pub(in crate::runtime) async fn recover_at(
        &self,
        store: &Arc<dyn Checkpointer>,
    ) -> Result<Option<Recovered<S>>, RunError> {
        let at = self.config.at;
        let stored = load(store, &self.id, &self.namespace, at).await?;
        let Some(stored) = stored else {
            return match at {
                Some(id) => Err(RunError::NoSuchCheckpoint {
                    thread: self.id.clone(),
                    id,
                }),
                None => Ok(None),
            };
        };
        let plan = &self.graph.plan;
        if at.is_none() {
            return recover(plan, &self.id, stored).map(Some);
        }
        let newest = self.newest(store).await?;
        let mut recovered = if newest == at {
            recover(plan, &self.id, stored)?
        } else {
            recover_recorded(plan, &self.id, stored)?
        };
        recovered.start.newest = newest;
        Ok(Some(recovered))
    }

    /// The newest checkpoint.
    async fn newest(
        &self,
        store: &Arc<dyn Checkpointer>,
    ) -> Result<Option<CheckpointId>, RunError> {
        let page = HistoryPage {
            thread: self.id.clone(),
            namespace: self.namespace.clone(),
            before: None,
            limit: 1,
            source: None,
            step: None,
            metadata: Vec::new(),
        };
        let newest = store.history(page).await;
        let newest = newest.map_err(|source| store_error(&self.id, source))?;
        Ok(newest.first().map(|checkpoint| checkpoint.id))
    }

    /// Makes a copy of an older checkpoint the newest.
    pub(super) async fn fork_to(
        &self,
        scope: &Scope,
        recovered: Recovered<S>,
    ) -> Result<Option<CheckpointId>, RunError> {
        self.make(
            scope,
            recovered,
            CheckpointSource::Fork,
            |from| match from {
                StartFrom::StoredInput(input) => EditKind::Copy(Some(input.clone())),
                _ => EditKind::Copy(None),
            },
        )
        .await
    }

    /// Makes one checkpoint from outside; returns its number.
    pub(super) async fn make(
        &self,
        scope: &Scope,
        recovered: Recovered<S>,
        source: CheckpointSource,
        what: impl FnOnce(&StartFrom<S>) -> EditKind<S>,
    ) -> Result<Option<CheckpointId>, RunError> {
        let mut scope = Scope::new(
            Arc::clone(&scope.run),
            scope.namespace.clone(),
            scope.store.clone(),
        );
        let Recovered {
            mut start,
            fields,
            inside,
            ..
        } = recovered;
        let what = what(&start.from);
        // What somebody writes in a graph inside counts for its task, as its nodes' writes do.
        scope.owner = inside.owner;
        let collects = inside.written.is_some();
        if let Some(written) = inside.written {
            start.collected = written.decode::<S>(&self.id)?;
        }
        let resumption = match start.from {
            StartFrom::Superstep(resumption) => resumption,
            _ => self.graph.plan.nothing_left(),
        };
        start.from = StartFrom::Edit(Edit {
            source,
            resumption,
            what,
        });
        let drive = Drive {
            breakpoints: Default::default(),
            output: None,
            step_budget: None,
            collects,
        };
        let ended = drive.drive(&self.graph.plan, scope, start, fields).await?;
        match ended.end {
            End::Failed { error, .. } => Err(error),
            _ => Ok(ended.head),
        }
    }
}
