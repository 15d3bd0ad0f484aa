//! The replies of a script that have no label: the first that fits a request is its reply.
//!
//! Remembers nothing of the requests before, so that a process that starts again, or another
//! one, answers the same.

use super::entry::Entry;
use super::error::{ReplyProblem, ScriptError};
use crate::ChatRequest;

/// Replies in the order of their script.
#[derive(Clone, Debug, Default)]
pub(super) struct Unlabelled(Vec<Fitting>);

/// A reply and what it fits, besides what the prompt has to contain.
#[derive(Clone, Debug)]
struct Fitting {
    /// `None` fits every turn.
    turn: Option<usize>,
    entry: Entry,
}

impl Unlabelled {
    /// Adds a reply behind the others.
    ///
    /// # Errors
    /// If one of them takes every request that it fits.
    pub(super) fn push(&mut self, turn: Option<usize>, entry: Entry) -> Result<(), ScriptError> {
        let reply = Fitting { turn, entry };
        if let Some(first) = self.0.iter().find(|first| first.hides(&reply)) {
            let first = first.entry.place.clone();
            let problem = ReplyProblem::Hidden { first };
            return Err(reply.entry.refused(String::new(), problem));
        }
        self.0.push(reply);
        Ok(())
    }

    pub(super) fn into_replies(self) -> impl Iterator<Item = (Option<usize>, Entry)> {
        self.0.into_iter().map(|reply| (reply.turn, reply.entry))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, request: &ChatRequest) -> Option<&Entry> {
        let reply = self.0.iter().find(|reply| reply.fits(request))?;
        Some(&reply.entry)
    }

    /// What each of them fits, in words.
    pub(super) fn known(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Fitting::known)
    }
}

impl Fitting {
    fn fits(&self, request: &ChatRequest) -> bool {
        let prompt = request.prompt();
        let mut parts = self.entry.prompt_contains.iter();
        self.turn.is_none_or(|turn| turn == request.turn())
            && parts.all(|part| prompt.contains(part.as_str()))
    }

    /// Whether this one, before the other, takes all requests that the other fits.
    fn hides(&self, other: &Self) -> bool {
        let mut parts = self.entry.prompt_contains.iter();
        (self.turn.is_none() || self.turn == other.turn)
            && parts.all(|part| {
                let mut others = other.entry.prompt_contains.iter();
                others.any(|longer| longer.contains(part.as_str()))
            })
    }

    fn known(&self) -> String {
        let parts = &self.entry.prompt_contains;
        let prompt = match parts[..] {
            [] => "any prompt".to_owned(),
            _ => format!("a prompt with `{}`", parts.join("` and `")),
        };
        match self.turn {
            Some(turn) => format!("{prompt}, turn {turn}"),
            None => prompt,
        }
    }
}
