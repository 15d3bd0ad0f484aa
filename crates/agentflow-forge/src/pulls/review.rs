//! Takes reviews and the comments on lines that come with them.
//!
//! All comments of a review are checked against the diff before anything is written.

use crate::error::ForgeError;
use crate::git::{DiffFile, GitError, Patch, Side};
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::store::review_comments::{self, Place, ReviewComment};
use crate::store::{events, reviews};

use super::compare::Comparison;

/// Most comments in one review.
const COMMENTS_MAX: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReviewEvent {
    Approve,
    RequestChanges,
    Comment,
}

impl ReviewEvent {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "APPROVE" => Some(Self::Approve),
            "REQUEST_CHANGES" => Some(Self::RequestChanges),
            "COMMENT" => Some(Self::Comment),
            _ => None,
        }
    }

    pub(super) fn state(self) -> &'static str {
        match self {
            Self::Approve => "APPROVED",
            Self::RequestChanges => "CHANGES_REQUESTED",
            Self::Comment => "COMMENTED",
        }
    }

    /// Nobody decides about a pull request of his own.
    pub(super) fn check_author(self, pull: &Pull, by: &User) -> Result<(), ReviewRefusal> {
        if self != Self::Comment && pull.issue.author == *by {
            return Err(ReviewRefusal::OwnPull { event: self });
        }
        Ok(())
    }

    /// Only an approval, or a review with comments, may say nothing itself.
    pub(super) fn check_body(self, body: &str, has_comments: bool) -> Result<(), ReviewRefusal> {
        let may_be_empty = self == Self::Approve || has_comments;
        if body.trim().is_empty() && !may_be_empty {
            return Err(ReviewRefusal::NoBody);
        }
        Ok(())
    }
}

pub(crate) struct NewReview {
    /// Absent for a review that is only submitted later.
    pub(crate) event: Option<ReviewEvent>,
    pub(crate) body: String,
    /// The commit that was reviewed; the head, if absent.
    pub(crate) commit: Option<String>,
    pub(crate) comments: Vec<NewComment>,
}

/// A comment on a line, or on a position in the patch.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewComment {
    pub(crate) path: String,
    pub(crate) body: String,
    pub(crate) line: Option<u32>,
    pub(crate) side: Option<Side>,
    pub(crate) start_line: Option<u32>,
    pub(crate) start_side: Option<Side>,
    pub(crate) position: Option<usize>,
}

/// Why a review was not taken.
#[derive(Debug)]
pub(crate) enum ReviewRefusal {
    OwnPull {
        event: ReviewEvent,
    },
    NoBody,
    /// The user has a review of this pull request that is not submitted yet.
    AlreadyPending,
    NotPending,
    NotDismissable {
        state: String,
    },
    TooManyComments {
        max: usize,
    },
    UnknownCommit,
    UnknownPath,
    LineNotInDiff,
    RangeAcrossHunks,
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for ReviewRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes the review down with its comments and returns its id.
pub(crate) async fn review(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    by: &User,
    new: &NewReview,
) -> Result<i64, ReviewRefusal> {
    if let Some(event) = new.event {
        event.check_author(pull, by)?;
        event.check_body(&new.body, !new.comments.is_empty())?;
    }
    if new.comments.len() > COMMENTS_MAX {
        return Err(ReviewRefusal::TooManyComments { max: COMMENTS_MAX });
    }
    let commit = reviewed_commit(state, repo, pull, new.commit.as_deref()).await?;
    let places = places(state, repo, pull, &commit, &new.comments).await?;
    let mut tx = state.database.write().await?;
    let pending = reviews::pending(&mut tx, pull.issue.id, by).await?;
    if new.event.is_none() && pending.is_some() {
        return Err(ReviewRefusal::AlreadyPending);
    }
    let draft = reviews::Draft {
        issue_id: pull.issue.id,
        author: by,
        state: new.event.map_or(reviews::PENDING, ReviewEvent::state),
        body: &new.body,
        commit_sha: &commit,
    };
    let id = reviews::insert(&mut tx, &draft).await?;
    for (place, comment) in places.iter().zip(&new.comments) {
        let draft = review_comments::Draft {
            issue_id: pull.issue.id,
            review_id: id,
            author: by,
            in_reply_to: None,
            place,
            body: &comment.body,
        };
        review_comments::insert(&mut tx, &draft).await?;
    }
    if new.event.is_some() {
        reviews::unrequest(&mut tx, pull.issue.id, by).await?;
        let commit = Some(commit.as_str());
        events::record(
            &mut tx,
            repo.id,
            pull.number(),
            "reviewed",
            Some(by),
            commit,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// A comment on a line that comes alone, as a review of its own; returns the comment's id.
pub(crate) async fn comment(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    by: &User,
    (commit, new): (&str, NewComment),
) -> Result<i64, ReviewRefusal> {
    let review_of_one = NewReview {
        event: Some(ReviewEvent::Comment),
        body: String::new(),
        commit: Some(commit.to_owned()),
        comments: vec![new],
    };
    let id = review(state, repo, pull, by, &review_of_one).await?;
    let mut conn = state.database.read().await?;
    let comments = review_comments::of_pull(&mut conn, pull.issue.id).await?;
    let found = comments.iter().find(|comment| comment.review_id == id);
    // Someone may have deleted it since.
    let id = found.map(|comment| comment.id);
    id.ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// Answers a comment, at the same place, and returns the answer's id.
pub(crate) async fn reply(
    state: &ForgeState,
    pull: &Pull,
    to: &ReviewComment,
    by: &User,
    body: &str,
) -> Result<i64, ForgeError> {
    let mut tx = state.database.write().await?;
    let draft = reviews::Draft {
        issue_id: pull.issue.id,
        author: by,
        state: ReviewEvent::Comment.state(),
        body: "",
        commit_sha: &to.place.commit_sha,
    };
    let review_id = reviews::insert(&mut tx, &draft).await?;
    let draft = review_comments::Draft {
        issue_id: pull.issue.id,
        review_id,
        author: by,
        // An answer to an answer belongs to the first comment, as on GitHub.
        in_reply_to: Some(to.in_reply_to.unwrap_or(to.id)),
        place: &to.place,
        body,
    };
    let id = review_comments::insert(&mut tx, &draft).await?;
    tx.commit().await?;
    Ok(id)
}

/// The commit a review speaks of: one of the pull request's own.
async fn reviewed_commit(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    asked: Option<&str>,
) -> Result<String, ReviewRefusal> {
    let Some(asked) = asked.filter(|asked| *asked != pull.head_sha) else {
        return Ok(pull.head_sha.clone());
    };
    let git = state.repo(repo);
    let is_hash = asked.len() == 40 && asked.bytes().all(|b| b.is_ascii_hexdigit());
    let sha = if is_hash {
        git.resolve(asked).await?
    } else {
        None
    };
    let sha = sha.ok_or(ReviewRefusal::UnknownCommit)?;
    let reachable = git.is_ancestor(&sha, &pull.head_sha).await?;
    if reachable {
        Ok(sha)
    } else {
        Err(ReviewRefusal::UnknownCommit)
    }
}

async fn places(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    commit: &str,
    comments: &[NewComment],
) -> Result<Vec<Place>, ReviewRefusal> {
    if comments.is_empty() {
        return Ok(Vec::new());
    }
    let git = state.repo(repo);
    let comparison: Result<_, GitError> = Comparison::between(&git, &pull.base_sha, commit).await;
    let files = comparison?
        .map(|comparison| comparison.files)
        .unwrap_or_default();
    comments
        .iter()
        .map(|comment| place(&files, commit, comment))
        .collect()
}

fn place(files: &[DiffFile], commit: &str, comment: &NewComment) -> Result<Place, ReviewRefusal> {
    let file = files
        .iter()
        .find(|file| file.path == comment.path)
        .ok_or(ReviewRefusal::UnknownPath)?;
    let patch = file.patch.as_ref().ok_or(ReviewRefusal::LineNotInDiff)?;
    let (position, side, line) = target(patch, comment).ok_or(ReviewRefusal::LineNotInDiff)?;
    let start_side = comment.start_side.unwrap_or(side);
    if let Some(start) = comment.start_line {
        let start = patch
            .position(start_side, start)
            .ok_or(ReviewRefusal::LineNotInDiff)?;
        if start >= position || !patch.same_hunk(start, position) {
            return Err(ReviewRefusal::RangeAcrossHunks);
        }
    }
    Ok(Place {
        path: file.path.clone(),
        blob: file.blob.clone(),
        line: i64::from(line),
        side: side.as_str().to_owned(),
        start_line: comment.start_line.map(i64::from),
        start_side: comment.start_line.map(|_| start_side.as_str().to_owned()),
        position: i64::try_from(position).unwrap_or(i64::MAX),
        diff_hunk: patch.hunk_down_to(position),
        commit_sha: commit.to_owned(),
    })
}

/// Where in the patch a comment stands, by its line or else by its position.
fn target(patch: &Patch, comment: &NewComment) -> Option<(usize, Side, u32)> {
    if let Some(line) = comment.line {
        let side = comment.side.unwrap_or(Side::Right);
        return Some((patch.position(side, line)?, side, line));
    }
    let position = comment.position?;
    let (side, line) = patch.at_position(position)?;
    Some((position, side, line))
}
