//! Gathers what a trial left behind, after its last child has ended.

use std::collections::BTreeSet;
use std::io;

use agentflow_core::checkpoint::{CheckpointError, HistoryPage};
use agentflow_core::{BoxError, Namespace};

use super::trial::Trial;
use crate::child::{ChildError, states};
use crate::journal::{self, Entry, JournalError, What};
use crate::judge::{Evidence, Line};
use crate::proxy::Proxy;
use crate::store::{self, Store};

/// More checkpoints than the graph of a trial makes.
const HISTORY_MAX: u32 = 1_000;

/// A trial's remains could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// The store does not open or answer.
    #[error("the store does not say what it holds")]
    Store(#[from] CheckpointError),
    /// The rows do not read.
    #[error("the rows that effects added cannot be read")]
    Rows(#[source] BoxError),
    /// The states of checkpoints do not read.
    #[error("the states of the thread's checkpoints cannot be read")]
    States(#[from] ChildError),
    /// The journal does not read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file of lines does not read.
    #[error("the file of lines cannot be read")]
    Lines(#[source] io::Error),
    /// A line was not written whole.
    #[error("`{0}` in the file of lines is no line of a child")]
    Line(String),
}

pub(super) async fn gather(trial: &Trial<'_>) -> Result<Evidence, GatherError> {
    let entries = journal::read(&trial.journal())?;
    let opened = Store::open(&trial.address, None).await?;
    let store = opened.checkpointer();
    let mut history = Vec::new();
    for namespace in namespaces(&entries) {
        let page = HistoryPage {
            thread: trial.thread().into(),
            namespace: Namespace::from(namespace.as_str()),
            before: None,
            limit: HISTORY_MAX,
            source: None,
            step: None,
            metadata: Vec::new(),
        };
        let mut checkpoints = store.history(page).await?;
        checkpoints.reverse();
        history.extend(
            checkpoints
                .into_iter()
                .map(|checkpoint| (namespace.clone(), checkpoint)),
        );
    }
    let lines = match std::fs::read_to_string(trial.lines()) {
        Ok(text) => text.lines().map(line).collect::<Result<_, _>>()?,
        Err(error) => return Err(GatherError::Lines(error)),
    };
    Ok(Evidence {
        entries,
        lines,
        calls: trial.service.calls(),
        rows: store::rows(&trial.address)
            .await
            .map_err(GatherError::Rows)?,
        history,
        states: trial.states.clone(),
        checkpointed: states(&opened, trial.thread()).await?,
        mode: trial.disturbance.mode(),
        cuts: trial.proxy.as_ref().map_or(0, Proxy::cuts),
        strain: trial.disturbance.strain(),
    })
}

/// The namespaces that something was committed in.
fn namespaces(entries: &[Entry]) -> BTreeSet<String> {
    let committed = entries.iter().filter_map(|entry| match &entry.what {
        What::Acknowledged {
            committed: Some(committed),
            ..
        } => Some(committed.namespace.clone()),
        _ => None,
    });
    committed.collect()
}

fn line(text: &str) -> Result<Line, GatherError> {
    let parts = text.split_once(' ');
    let parts = parts.and_then(|(life, effect)| Some((life.parse().ok()?, effect)));
    let (life, effect) = parts.ok_or_else(|| GatherError::Line(text.to_owned()))?;
    Ok(Line {
        life,
        effect: effect.to_owned(),
    })
}
