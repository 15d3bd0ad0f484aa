//! The hook that git runs before a pushed ref moves: protected branches and foreign namespaces.
//!
//! git passes over a hook that it cannot run, so the forge runs it once when it opens and refuses
//! to open if it does not refuse.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::error::ForgeError;

/// Environment variable in which the hook finds what may not be done to which branch, as
/// [`push_rules`](crate::branches::push_rules) writes it.
pub(crate) const PROTECTED_BRANCHES: &str = "FORGE_PROTECTED_BRANCHES";

/// Called with the ref, its old and its new commit.
const UPDATE: &str = r#"#!/bin/sh
zero=0000000000000000000000000000000000000000
refuse() {
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: $1" >&2
    exit 1
}
ref=$1 old=$2 new=$3
case "$ref" in
refs/heads/?*) ;;
refs/tags/?*) exit 0 ;;
*)
    echo "error: $ref is kept by the forge; push to refs/heads/ or refs/tags/." >&2
    exit 1 ;;
esac
rule=$(printf '%s\n' "$FORGE_PROTECTED_BRANCHES" | while read -r branch words; do
    if [ "refs/heads/$branch" = "$ref" ]; then echo " $words "; fi
done)
[ -n "$rule" ] || exit 0
has() { case "$rule" in *" $1 "*) return 0 ;; esac; return 1; }
if [ "$new" = "$zero" ]; then
    has keep && refuse "Cannot delete a protected branch"
    exit 0
fi
[ "$old" = "$zero" ] && exit 0
has locked && refuse "Cannot change this locked branch"
has pull-request && refuse "Changes must be made through a pull request."
if has forward && ! git merge-base --is-ancestor "$old" "$new"; then
    refuse "Cannot force-push to this branch"
fi
if has linear && [ -n "$(git rev-list --merges --max-count=1 "$old..$new" --)" ]; then
    refuse "This branch must not contain merge commits."
fi
if has checks && ! has "$new"; then
    refuse "Required status checks are expected."
fi
exit 0
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
        .env(PROTECTED_BRANCHES, "main keep forward pull-request\n")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .map_err(ForgeError::io(hook))?;
    Ok(status.success())
}
