//! Notices pushes by comparing git's branches and tags with those that were told last.
//!
//! Git moves a ref by itself, so there is no transaction to notice it in. What a kill kept from
//! being told is found the next time. What a repository was made with is told to nobody, since it
//! has no hooks yet.

use std::collections::BTreeMap;

use serde_json::json;

use crate::error::ForgeError;
use crate::state::ForgeState;
use crate::store::repositories::Repository;
use crate::store::{known_refs, outbox};

/// Stands for "no such ref".
const ABSENT: &str = "0000000000000000000000000000000000000000";

/// For a caller who holds the lock on refs.
pub(crate) async fn notice_refs(state: &ForgeState, repo: &Repository) -> Result<(), ForgeError> {
    let now: BTreeMap<String, String> = state.repo(repo).refs().await?.into_iter().collect();
    let mut conn = state.database.read().await?;
    let known = known_refs::all(&mut conn, repo.id).await?;
    drop(conn);
    if now == known {
        return Ok(());
    }
    let mut tx = state.database.write().await?;
    let gone = known.keys().filter(|name| !now.contains_key(*name));
    for name in gone.chain(now.keys()) {
        let (before, after) = (known.get(name), now.get(name));
        if before == after {
            continue;
        }
        known_refs::set(&mut tx, repo.id, name, after.map(String::as_str)).await?;
        let or_absent = |sha: Option<&String>| sha.map_or(ABSENT, String::as_str).to_owned();
        let detail = json!({
            "ref": name, "before": or_absent(before), "after": or_absent(after),
        });
        if before.is_none() {
            outbox::announce(&mut tx, repo, "create", &detail).await?;
        }
        outbox::announce(&mut tx, repo, "push", &detail).await?;
        if after.is_none() {
            outbox::announce(&mut tx, repo, "delete", &detail).await?;
        }
    }
    Ok(tx.commit().await?)
}
