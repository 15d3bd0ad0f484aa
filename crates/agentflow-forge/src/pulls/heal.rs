//! Repairs what a kill left behind, before anything is served.

use crate::branches::heal_renames;
use crate::error::ForgeError;
use crate::git::remove_stale_locks;
use crate::state::ForgeState;
use crate::store::intents;
use crate::store::repositories::{self, Repository};

use super::{merge, sync};

/// Heals every repository.
pub(crate) async fn heal(state: &ForgeState) -> Result<(), ForgeError> {
    let mut conn = state.database.read().await?;
    let known = repositories::all(&mut conn).await?;
    drop(conn);
    for repo in &known {
        heal_one(state, repo).await?;
    }
    Ok(())
}

async fn heal_one(state: &ForgeState, repo: &Repository) -> Result<(), ForgeError> {
    let git = state.repo(repo);
    let removed = remove_stale_locks(git.dir()).map_err(ForgeError::io(git.dir()))?;
    if removed > 0 {
        tracing::info!(repository = %repo.full_name(), removed, "removed locks of a killed git");
    }
    let _refs = state.refs.lock().await;
    let mut conn = state.database.read().await?;
    let unfinished = intents::of_repository(&mut conn, repo.id).await?;
    drop(conn);
    for intent in &unfinished {
        let tip = git.branch(&intent.base_ref).await?;
        let reached = match &tip {
            Some(tip) => git.is_ancestor(&intent.merge_sha, tip).await?,
            None => false,
        };
        tracing::info!(repository = %repo.full_name(), pull = intent.number, reached, "healing an interrupted merge");
        if reached {
            merge::finish(state, repo, intent).await?;
        } else {
            merge::undo(state, intent).await?;
        }
    }
    // Before the rows follow: a pull request whose branch has a new name is not one without.
    heal_renames(state, repo).await?;
    let now = repositories::by_id(&mut *state.database.read().await?, repo.id).await?;
    sync::follow(state, &now).await
}
