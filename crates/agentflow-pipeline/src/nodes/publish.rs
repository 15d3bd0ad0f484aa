//! Commits the change and pushes it.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_tools::git::{CommitId, GitError, NewCommit, Signature, Trailer, TreeId};

use crate::bench::Bench;
use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::state::{CodeAgentState, RunStatus, WorkKind};

/// Characters of a commit's first line.
const SUBJECT_CHARS_MAX: usize = 72;

/// Commits the files and pushes the branch. Made again after a crash it is the
/// same commit, and a push of what is there changes nothing.
pub(crate) struct Publish {
    pub(crate) bench: Bench,
}

impl Node<CodeAgentState> for Publish {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let iteration = state.iteration + 1;
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Publish,
            iteration,
        })
        .await?;
        let update = CodeAgentState::update();
        let sha = match self.publish(&state).await {
            Ok(sha) => sha,
            Err(PipelineError::Git(error @ GitError::RemoteAdvanced { .. })) => {
                let why = format!(
                    "branch `{}` has commits of somebody else; take them, or delete the branch \
                     and its pull request ({error})",
                    state.branch
                );
                return Ok(update.status(RunStatus::GaveUp(why)).into());
            }
            Err(error) => return Err(error.into()),
        };
        let branch = state.branch.clone();
        cx.emit(PipelineEvent::Pushed {
            branch,
            sha: sha.clone(),
        })
        .await?;
        Ok(update.head_sha(sha).iteration(1).into())
    }
}

impl Publish {
    async fn publish(&self, state: &CodeAgentState) -> Result<String, PipelineError> {
        let checkout = self.bench.at(state.issue_number, &state.tree).await?;
        let parent = if state.head_sha.is_empty() {
            &state.base_sha
        } else {
            &state.head_sha
        };
        let parent = CommitId::parse(parent)?;
        let commit = NewCommit {
            tree: TreeId::parse(&state.tree)?,
            parent: parent.clone(),
            message: message(state),
            trailers: vec![Trailer {
                key: "Issue".to_owned(),
                value: format!("#{}", state.issue_number),
            }],
            author: Signature {
                name: "agentflow".to_owned(),
                email: "agentflow@users.noreply.github.com".to_owned(),
            },
            date_seconds: state.started_at,
            signing_key: None,
        };
        let sha = match checkout.commit(&commit).await {
            Ok(sha) => sha,
            // A round that changed nothing leaves the pull request as it is.
            Err(GitError::NothingToCommit { .. }) => parent,
            Err(error) => return Err(error.into()),
        };
        checkout.push(&state.branch, self.bench.token()).await?;
        Ok(sha.to_string())
    }
}

/// The commit's message: what was done, and for which issue.
fn message(state: &CodeAgentState) -> String {
    let subject = if state.iteration == 0 {
        title(state)
    } else {
        format!("Address feedback, round {}", state.iteration + 1)
    };
    format!("{subject}\n\n{}", state.change_summary.trim())
}

/// What the change is called, on its first commit and its pull request.
pub(super) fn title(state: &CodeAgentState) -> String {
    let analysis = state.analysis.as_ref();
    let what = analysis.map(|analysis| analysis.summary.trim().trim_end_matches('.'));
    let issue_title = state.issue.as_ref().map(|issue| issue.title.as_str());
    let what = what
        .filter(|what| !what.is_empty())
        .or(issue_title)
        .unwrap_or("Change");
    let kind = match analysis.map(|analysis| analysis.kind) {
        Some(WorkKind::Bug) => "fix: ",
        Some(WorkKind::Feature) => "feat: ",
        Some(WorkKind::Refactoring) => "refactor: ",
        Some(WorkKind::Docs) => "docs: ",
        Some(WorkKind::Question) | None => "",
    };
    crate::ask::shorten(&format!("{kind}{}", first_line(what)), SUBJECT_CHARS_MAX)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
