//! One issue to work on, with everything that the pipeline needs for it.

use agentflow_core::ThreadId;
use agentflow_github::{GitHub, RepoRef};
use agentflow_pipeline::Parts;

/// One issue to work on.
pub(crate) struct Assignment {
    /// What it is called here: a demo's number, or the forge's.
    pub(crate) number: u64,
    /// Its number on the forge.
    pub(crate) forge_number: u64,
    /// The thread that works on it.
    pub(crate) thread: ThreadId,
    /// Its title.
    pub(crate) title: String,
    /// What the pipeline works with.
    pub(crate) parts: Parts,
    /// Who answers questions about it without being asked twice, if anybody does.
    pub(crate) respondent: Option<Respondent>,
}

/// The author of a demo issue, who answers by a comment as authors do.
pub(crate) struct Respondent {
    pub(crate) github: GitHub,
    pub(crate) answer: String,
}

impl Assignment {
    /// The thread of an issue on the local forge: the same whatever port the forge has.
    pub(super) fn local_thread(repo: &RepoRef, issue: u64) -> ThreadId {
        format!("local/{repo}#{issue}").into()
    }

    /// The thread of an issue on a server.
    pub(super) fn hosted_thread(github: &GitHub, repo: &RepoRef, issue: u64) -> ThreadId {
        let base = github.base_url().as_str();
        let server = base.split_once("://").map_or(base, |(_, server)| server);
        format!("{server}/{repo}#{issue}").into()
    }

    /// The issue as people name it on the forge.
    pub(crate) fn place(&self) -> String {
        format!("{}#{}", self.parts.repo, self.forge_number)
    }
}
