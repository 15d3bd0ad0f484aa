//! One server or a Cluster, and how a call gets there: with the script itself where the
//! server does not know it, once more where an answer was lost and twice is the same as
//! once, and again where a Cluster had the slot elsewhere.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::cluster_async::ClusterConnection;
use redis::{Cmd, ErrorKind, ServerErrorKind, Value};

use crate::answer::Answer;
use crate::call::{Call, Repeat};
use crate::error::RedisError;

/// Tries while a Cluster moves a slot or elects a master, about 2.5 s in all: an election
/// takes that long.
const TURNS_MAX: u32 = 8;

/// The wait before the second try, which doubles.
const FIRST_WAIT: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub(crate) enum Wire {
    One(ConnectionManager),
    Cluster(ClusterConnection),
}

/// Clones share the connections.
#[derive(Clone)]
pub(crate) struct Server {
    /// Without user and password.
    pub(crate) address: Arc<str>,
    wire: Wire,
}

/// What to do after an error.
enum Next {
    GiveUp,
    SendInFull,
    /// The server has said that nothing happened.
    Wait,
    Repeat,
}

impl Server {
    pub(crate) fn new(address: Arc<str>, wire: Wire) -> Self {
        Self { address, wire }
    }

    /// Carries a call out.
    ///
    /// # Cancel safety
    /// A dropped call happened wholly or not at all.
    pub(crate) async fn run(&self, call: &Call) -> Result<Answer, RedisError> {
        let command = call.command()?;
        let mut full = None;
        let (mut turn, mut repeated) = (0, false);
        let mut outcome = self.send(command).await;
        loop {
            let error = match outcome {
                Ok(value) => return Ok(Answer::new(&self.address, value)),
                Err(error) => error,
            };
            let command = full.as_ref().unwrap_or(command);
            outcome = match self.next(&error, call.repeat) {
                Next::SendInFull if full.is_none() => self.send(full.insert(call.in_full())).await,
                Next::Repeat if !repeated => {
                    repeated = true;
                    self.send(command).await
                }
                Next::Wait if turn < TURNS_MAX => {
                    tokio::time::sleep(FIRST_WAIT * 2_u32.pow(turn)).await;
                    turn += 1;
                    self.send(command).await
                }
                Next::Wait => return Err(self.not_ready(error)),
                _ => return Err(RedisError::of(&self.address, error)),
            };
        }
    }

    /// Sends a plain command; to any node of a Cluster if it has no key.
    pub(crate) async fn send(&self, command: &Cmd) -> Result<Value, redis::RedisError> {
        match self.wire.clone() {
            Wire::One(mut connection) => command.query_async(&mut connection).await,
            Wire::Cluster(mut connection) => command.query_async(&mut connection).await,
        }
    }

    fn not_ready(&self, error: redis::RedisError) -> RedisError {
        RedisError::NotReady {
            address: self.address.to_string(),
            source: Arc::new(error),
        }
    }

    fn next(&self, error: &redis::RedisError, repeat: Repeat) -> Next {
        let in_cluster = matches!(self.wire, Wire::Cluster(_));
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript) => Next::SendInFull,
            ErrorKind::Server(
                ServerErrorKind::Moved
                // Nobody takes calls on several keys, some of which are not there, until the
                // slot has moved: there is no use in asking the other node.
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                // A master that became a replica.
                | ServerErrorKind::ReadOnly,
            )
            | ErrorKind::ClusterConnectionNotFound
                if in_cluster =>
            {
                Next::Wait
            }
            // A server that is stuck is not helped by more to do.
            ErrorKind::Io if repeat == Repeat::Harmless && !error.is_timeout() => Next::Repeat,
            _ => Next::GiveUp,
        }
    }
}

/// The driver's own form shows the password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.wire {
            Wire::One(_) => "one server",
            Wire::Cluster(_) => "cluster",
        };
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("kind", &kind)
            .finish()
    }
}
