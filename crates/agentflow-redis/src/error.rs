//! What can go wrong with a Redis, and what to do about it.

use std::error::Error;
use std::sync::Arc;

use agentflow_core::ThreadId;
use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::store::StoreError;
use redis::ErrorKind;

/// What Redis or the operating system said.
pub type Cause = Arc<dyn Error + Send + Sync>;

pub(crate) const BACKEND: &str = "redis";

/// Why a Redis did not do what it was asked. It is the source of the [`CheckpointError`] or
/// the [`StoreError`] that a call returns. Addresses are shown without user and password.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// The URL is not shown: it may hold a password.
    #[error(
        "the address of a Redis does not parse; write `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS"
    )]
    BadAddress {
        /// What was said.
        #[source]
        source: Cause,
    },
    /// A prefix that cannot begin a key.
    #[error("the prefix `{prefix}` cannot begin keys; use letters, digits and `-_.:/`")]
    BadPrefix {
        /// The prefix.
        prefix: String,
    },
    /// Nobody answers, or the connection broke. A write may have happened.
    #[error("`{address}` cannot be reached; check the address, and that the server runs")]
    Unreachable {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// No answer in time. A write may have happened.
    #[error("`{address}` did not answer in time; try again, or wait longer (`response_timeout`)")]
    TimedOut {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server is there and cannot serve for a moment: it loads its data, is busy with a
    /// script, misses its replicas, or its Cluster has no master for the slot.
    #[error("`{address}` is not ready; try again")]
    NotReady {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// User and password are missing or wrong.
    #[error("`{address}` refuses user or password; put the right ones into its address")]
    WrongPassword {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The user may not run a command.
    #[error("`{address}` does not let this user run scripts on these keys; extend its ACL")]
    NotPermitted {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server is a replica.
    #[error("`{address}` is a read-only replica; connect to its master")]
    ReadOnly {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// Memory is used up. Nothing was written.
    #[error("no memory left in `{address}`; raise `maxmemory`, or delete threads or items")]
    Full {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server cannot write its own files, and takes no writes until it can.
    #[error("`{address}` cannot write to its disk; free space there, and look at its log")]
    CannotPersist {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// A key of ours is of another type. Nothing was written.
    #[error("another program uses keys of this prefix in `{address}`; choose another prefix")]
    OtherProgram {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// One node of a Cluster was taken for the whole.
    #[error("`{address}` is a node of a Cluster; connect with `connect_cluster`")]
    IsCluster {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// A single server was taken for a Cluster.
    #[error("`{address}` is no node of a Cluster; connect with `connect`")]
    NoCluster {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The server is too old.
    #[error("`{address}` does not understand our scripts; use Redis 7.0 or newer")]
    TooOld {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// A newer build has written under this prefix.
    #[error(
        "the data under prefix `{prefix}` has layout {found}; this build knows up to {known}: use a newer build, or another prefix"
    )]
    NewerLayout {
        /// The prefix.
        prefix: String,
        /// Its layout.
        found: u64,
        /// The newest layout that is understood here.
        known: u64,
    },
    /// A number that Redis counts up has reached its end, 2^63 - 1. Nothing was written.
    #[error(
        "a number of the thread in `{address}` cannot grow further; copy the thread to a new one"
    )]
    NumberUsedUp {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// Anything else that Redis refuses.
    #[error("`{address}` refused a call")]
    Refused {
        /// The server.
        address: String,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// What is stored is not what this crate stores.
    #[error(
        "`{address}` holds {what} that does not read; somebody else has changed its keys: restore a backup"
    )]
    Unreadable {
        /// The server.
        address: String,
        /// What does not read.
        what: &'static str,
    },
    /// An entry is missing that a commit wrote: somebody changed or evicted it.
    #[error(
        "`{address}` lacks the value of field `{field}` of thread `{thread}`; restore a backup"
    )]
    ValueMissing {
        /// The server.
        address: String,
        /// The thread.
        thread: ThreadId,
        /// The field.
        field: String,
    },
    /// A record of a kind that this build does not know.
    #[error(
        "thread `{thread}` has a record of kind `{kind}`, which this build does not know: use a newer build"
    )]
    UnknownRecordKind {
        /// The thread.
        thread: ThreadId,
        /// The kind.
        kind: String,
    },
    /// More than a limit of this crate.
    #[error("{what} has {found} {of}; at most {max} are stored at once")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Of what it has so many.
        of: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The fence of one thread came with a checkpoint of another.
    #[error(
        "a write with the lease on thread `{fence}` names thread `{checkpoint}`; pass the lease of that thread"
    )]
    OtherThread {
        /// The thread of the fence.
        fence: ThreadId,
        /// The thread of the checkpoint.
        checkpoint: ThreadId,
    },
    /// Others changed the thread each time, before the call was done with it.
    #[error("thread `{thread}` changes faster than it can be read; try again")]
    Moving {
        /// The thread.
        thread: ThreadId,
    },
    /// Others wrote each time, between the searches of a batch and what it was to write.
    #[error(
        "the memory under prefix `{prefix}` changes faster than a batch searches it; try again, or search first and write in another batch"
    )]
    MemoryMoving {
        /// The prefix.
        prefix: String,
    },
    /// There are vectors of another length than those of the index.
    #[error(
        "`{address}` holds vectors of {found} numbers under this prefix, and the index has {wanted}; use the embedder that made them, or another prefix"
    )]
    OtherIndex {
        /// The server.
        address: String,
        /// How many numbers the vectors have.
        found: u64,
        /// How many those of the index have.
        wanted: u64,
    },
}

impl RedisError {
    /// What an error of the driver means.
    pub(crate) fn of(address: &str, error: redis::RedisError) -> Self {
        let kind = error.kind();
        let code = error.code().unwrap_or_default().to_owned();
        let said = error.to_string();
        let timed_out = error.is_timeout();
        let address = address.to_owned();
        let source: Cause = Arc::new(error);
        match kind {
            ErrorKind::Io if timed_out => Self::TimedOut { address, source },
            // What breaks a connection may be half an answer.
            ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound => {
                Self::Unreachable { address, source }
            }
            ErrorKind::AuthenticationFailed => Self::WrongPassword { address, source },
            ErrorKind::InvalidClientConfig => Self::BadAddress { source },
            _ => Self::from_code(&code, &said, address, source),
        }
    }

    /// What a code of Redis means; general ones are told apart by what was said.
    fn from_code(code: &str, said: &str, address: String, source: Cause) -> Self {
        match code {
            "NOAUTH" | "WRONGPASS" => Self::WrongPassword { address, source },
            "NOPERM" => Self::NotPermitted { address, source },
            "READONLY" => Self::ReadOnly { address, source },
            "OOM" => Self::Full { address, source },
            "MISCONF" => Self::CannotPersist { address, source },
            "WRONGTYPE" => Self::OtherProgram { address, source },
            "MOVED" | "ASK" | "CROSSSLOT" => Self::IsCluster { address, source },
            "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "NOREPLICAS" => {
                Self::NotReady { address, source }
            }
            _ if said.contains("cluster support disabled") => Self::NoCluster { address, source },
            _ if said.contains("compiling script") => Self::TooOld { address, source },
            _ if said.contains("would overflow") => Self::NumberUsedUp { address, source },
            _ if said.contains("AUTH") => Self::WrongPassword { address, source },
            _ => Self::Refused { address, source },
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::NotReady { .. }
                | Self::Moving { .. }
                | Self::MemoryMoving { .. }
        )
    }
}

impl From<RedisError> for CheckpointError {
    fn from(error: RedisError) -> Self {
        Self::of_backend(BACKEND, error.is_retryable(), error)
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        let is_retryable = error.is_retryable();
        let (backend, source) = (BACKEND, error.into());
        match is_retryable {
            true => Self::Unavailable { backend, source },
            false => Self::Backend { backend, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_redis_becomes_advice() {
        for (code, said, want, retryable) in [
            ("NOAUTH", "", "refuses user or password", false),
            ("WRONGPASS", "", "refuses user or password", false),
            (
                "ERR",
                "AUTH <password> called without any",
                "refuses user",
                false,
            ),
            ("NOPERM", "", "extend its ACL", false),
            ("READONLY", "", "connect to its master", false),
            ("OOM", "", "raise `maxmemory`", false),
            ("MISCONF", "", "cannot write to its disk", false),
            ("WRONGTYPE", "", "choose another prefix", false),
            ("MOVED", "", "connect with `connect_cluster`", false),
            ("CROSSSLOT", "", "connect with `connect_cluster`", false),
            (
                "ERR",
                "cluster support disabled",
                "connect with `connect`",
                false,
            ),
            ("LOADING", "", "is not ready", true),
            ("BUSY", "", "is not ready", true),
            ("CLUSTERDOWN", "", "is not ready", true),
            ("NOREPLICAS", "", "is not ready", true),
            ("ERR", "Error compiling script", "Redis 7.0 or newer", false),
            (
                "ERR",
                "increment or decrement would overflow",
                "cannot grow",
                false,
            ),
            ("ERR", "anything else", "refused a call", false),
        ] {
            let source: Cause = Arc::new(std::io::Error::other("said"));
            let error = RedisError::from_code(code, said, "host:6379".to_owned(), source);
            let text = error.to_string();
            assert!(
                text.contains(want) && text.contains("`host:6379`"),
                "{code}: {text}"
            );
            let outcomes = [
                CheckpointError::from(error.clone()).is_retryable(),
                StoreError::from(error).is_retryable(),
            ];
            assert_eq!(outcomes, [retryable; 2], "{code}");
        }
    }
}
