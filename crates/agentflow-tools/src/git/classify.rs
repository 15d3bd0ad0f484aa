//! Tells from git's words what went wrong.
//!
//! Git has one exit code for everything, so its messages are read. They are
//! asked for in English; what is not recognised stays a plain failure, never a
//! retryable one.

use super::GitError;

const DENIED: [&str; 7] = [
    "authentication failed",
    "could not read username",
    "could not read password",
    "invalid username or",
    "terminal prompts disabled",
    "error: 401",
    "error: 403",
];

const NOT_FOUND: [&str; 5] = [
    "repository not found",
    // "repository 'ADDRESS' not found", which is how git puts a 404.
    "' not found",
    "error: 404",
    "does not appear to be a git repository",
    "does not exist",
];

const NETWORK: [&str; 17] = [
    "could not resolve host",
    "failed to connect",
    "couldn't connect",
    "could not connect",
    "connection refused",
    "connection reset",
    "connection timed out",
    "operation timed out",
    "operation too slow",
    "empty reply from server",
    "recv failure",
    "early eof",
    "unexpected disconnect",
    "hung up unexpectedly",
    "rpc failed",
    "error: 429",
    "error: 5",
];

/// The error for a git command that ended badly and spoke to a server.
pub(super) fn remote_failure(what: &'static str, stderr: String) -> GitError {
    let text = stderr.to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    if says(&DENIED) {
        GitError::Denied { what, stderr }
    } else if says(&NOT_FOUND) {
        GitError::NotFound { what, stderr }
    } else if says(&NETWORK) {
        GitError::Network { what, stderr }
    } else {
        GitError::Failed { what, stderr }
    }
}

/// The error for a push that the other side did not take, told from the
/// machine-readable line about the branch.
pub(super) fn push_failure(branch: &str, stdout: &str, stderr: String) -> GitError {
    let branch = branch.to_owned();
    let line = stdout
        .lines()
        .find(|line| line.starts_with('!'))
        .unwrap_or_default();
    if line.contains("[remote rejected]") {
        // The branch moved between our look and the server's.
        if ["cannot lock ref", "failed to update ref", "fetch first"]
            .iter()
            .any(|it| line.contains(it))
        {
            return GitError::RemoteAdvanced { branch, stderr };
        }
        let stderr = format!("{stderr}\n{line}").trim().to_owned();
        return GitError::Refused { branch, stderr };
    }
    if line.contains("[rejected]") {
        return GitError::RemoteAdvanced { branch, stderr };
    }
    remote_failure("push", stderr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_by_what_git_says() {
        for (stderr, want, retryable) in [
            (
                "fatal: Authentication failed for 'https://h/r/'",
                "denied",
                false,
            ),
            (
                "fatal: could not read Username for 'http://h': terminal prompts disabled",
                "denied",
                false,
            ),
            (
                "fatal: unable to access 'u': The requested URL returned error: 403",
                "denied",
                false,
            ),
            ("remote: Repository not found.", "not found", false),
            (
                "fatal: unable to access 'u': Could not resolve host: h",
                "network",
                true,
            ),
            (
                "fatal: unable to access 'u': The requested URL returned error: 502",
                "network",
                true,
            ),
            (
                "error: RPC failed; curl 56 Recv failure: Connection reset by peer",
                "network",
                true,
            ),
            ("fatal: bad object", "failed", false),
        ] {
            let error = remote_failure("fetch", stderr.into());
            let kind = match error {
                GitError::Denied { .. } => "denied",
                GitError::NotFound { .. } => "not found",
                GitError::Network { .. } => "network",
                _ => "failed",
            };
            assert_eq!((kind, error.is_retryable()), (want, retryable), "{stderr}");
        }
    }

    #[test]
    fn a_refused_push_is_told_from_an_overtaken_one() {
        for (line, advanced) in [
            (
                "!\trefs/heads/a:refs/heads/a\t[rejected] (fetch first)",
                true,
            ),
            (
                "!\trefs/heads/a:refs/heads/a\t[rejected] (stale info)",
                true,
            ),
            (
                "!\trefs/heads/a:refs/heads/a\t[remote rejected] (cannot lock ref)",
                true,
            ),
            (
                "!\trefs/heads/a:refs/heads/a\t[remote rejected] (pre-receive hook declined)",
                false,
            ),
        ] {
            let error = push_failure("a", line, String::new());
            assert_eq!(
                matches!(error, GitError::RemoteAdvanced { .. }),
                advanced,
                "{line}"
            );
            assert_eq!(
                matches!(error, GitError::Refused { .. }),
                !advanced,
                "{line}"
            );
        }
    }
}
