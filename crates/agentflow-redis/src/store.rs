//! What every kind of call on threads needs: the server, the names of keys, and names of its
//! own for calls. Each kind is one file, which adds its methods.

use agentflow_core::checkpoint::{CheckpointError, Epoch, Fence, LeaseClock, OwnerId};
use agentflow_core::{CheckpointId, ThreadId};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::RedisError;
use crate::keys::Keys;
use crate::options::RedisOptions;
use crate::script::Script;
use crate::server::Server;
use crate::token::Tokens;

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) server: Server,
    pub(crate) keys: Keys,
    /// Milliseconds, or nothing.
    pub(crate) ttl: String,
    pub(crate) lease_clock: LeaseClock,
    tokens: Tokens,
}

impl Store {
    pub(crate) fn new(server: Server, keys: Keys, options: &RedisOptions) -> Self {
        let ttl = options.ttl.map(|ttl| ttl.as_millis().max(1).to_string());
        Self {
            server,
            keys,
            ttl: ttl.unwrap_or_default(),
            lease_clock: options.lease_clock,
            tokens: Tokens::new(),
        }
    }

    /// A call on one thread.
    pub(crate) fn on(&self, script: &'static Script, thread: &ThreadId) -> Call {
        Call::new(script, &self.keys.thread(thread))
    }

    /// A call on one thread that writes, and so begins with how long the thread is kept.
    pub(crate) fn writes(&self, script: &'static Script, thread: &ThreadId) -> Call {
        self.on(script, thread).with(&self.ttl)
    }

    /// A name that no other call has: one that arrives twice is known by it.
    pub(crate) fn token(&self) -> String {
        self.tokens.next()
    }

    /// What a script says that refused a leased write: `expected` is what it builds on.
    pub(crate) fn refusal(
        &self,
        status: &str,
        mut answer: Answer,
        fence: &Fence,
        expected: Option<CheckpointId>,
    ) -> CheckpointError {
        let thread = fence.thread.clone();
        let found = match answer.text() {
            Ok(found) => found,
            Err(error) => return error.into(),
        };
        let number = crate::number::parse(&found);
        let holder = (status == "fenced")
            .then(|| answer.text().ok())
            .flatten()
            .filter(|owner| !owner.is_empty());
        match (status, number) {
            ("fenced", Some(current)) => CheckpointError::Fenced {
                thread,
                held: fence.epoch,
                current: Epoch(current),
                holder: holder.map(OwnerId),
            },
            ("conflict" | "orphan", number) => CheckpointError::Conflict {
                thread,
                expected,
                found: number.map(CheckpointId),
            },
            _ => self.unreadable("an answer").into(),
        }
    }

    pub(crate) fn unreadable(&self, what: &'static str) -> RedisError {
        RedisError::Unreadable {
            address: self.server.address.to_string(),
            what,
        }
    }
}
