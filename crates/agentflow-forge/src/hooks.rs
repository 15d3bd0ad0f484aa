//! The hook that git runs before a pushed ref moves: protected branches and foreign namespaces.
//!
//! git passes over a hook that it cannot run, so the forge runs it once when it opens and refuses
//! to open if it does not refuse.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::ForgeError;

/// Environment variable in which the hook finds the protected branch.
pub(crate) const PROTECTED_BRANCH: &str = "FORGE_PROTECTED_BRANCH";

/// Called with the ref, its old and its new commit.
const UPDATE: &str = r#"#!/bin/sh
case "$1" in
"refs/heads/$FORGE_PROTECTED_BRANCH")
    echo "error: GH006: Protected branch update failed for $1." >&2
    echo "error: Changes must be made through a pull request." >&2
    exit 1 ;;
refs/heads/?* | refs/tags/?*)
    exit 0 ;;
esac
echo "error: $1 is kept by the forge; push to refs/heads/ or refs/tags/." >&2
exit 1
"#;

/// Writes the hook and makes sure that it works.
pub(crate) async fn install(dir: &Path) -> Result<(), ForgeError> {
    let hook = dir.join("update");
    let io = || ForgeError::io(hook.clone());
    std::fs::write(&hook, UPDATE).map_err(io())?;
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).map_err(io())?;
    for (reference, allowed) in [
        ("refs/heads/main", false),
        ("refs/heads/topic", true),
        ("refs/pull/1/head", false),
    ] {
        if allows(&hook, reference).await? != allowed {
            let source = std::io::Error::other("the push hook does not decide as it must");
            return Err(ForgeError::Io {
                path: hook.clone(),
                source,
            });
        }
    }
    Ok(())
}

async fn allows(hook: &PathBuf, reference: &str) -> Result<bool, ForgeError> {
    let status = tokio::process::Command::new(hook)
        .args([reference, "", ""])
        .env(PROTECTED_BRANCH, "main")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .map_err(ForgeError::io(hook))?;
    Ok(status.success())
}
