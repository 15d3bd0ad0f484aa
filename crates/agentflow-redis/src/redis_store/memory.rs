//! One memory on a server: its keys, what its calls are known by, and what was last heard of
//! it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::call::Call;
use crate::error::RedisError;
use crate::keys::{Keys, MemoryKeys};
use crate::options::RedisOptions;
use crate::script::{OPEN, Script};
use crate::server::Server;
use crate::token::Tokens;

/// The layout that this build writes. 1 is the first.
const KNOWN: u64 = 1;

#[derive(Debug)]
pub(super) struct Memory {
    pub(super) server: Server,
    pub(super) prefix: String,
    pub(super) tokens: Tokens,
    keys: MemoryKeys,
    newest: AtomicU64,
}

impl Memory {
    /// The memory under a prefix, unless a newer build laid it out or its vectors are not
    /// those of an index of so many numbers.
    pub(super) async fn open(
        server: Server,
        keys: &Keys,
        options: &RedisOptions,
        dims: Option<usize>,
    ) -> Result<Self, RedisError> {
        let memory = Self {
            server,
            prefix: options.prefix.clone(),
            tokens: Tokens::new(),
            keys: keys.memory(),
            newest: AtomicU64::new(0),
        };
        let call = memory.on(&OPEN).with(KNOWN.to_string());
        let mut answer = memory.server.run(&call).await?;
        let found = answer.number()?;
        if found > KNOWN {
            return Err(RedisError::NewerLayout {
                prefix: memory.prefix,
                found,
                known: KNOWN,
            });
        }
        memory.saw(answer.number()?);
        if let Some(wanted) = dims {
            memory.check_dims(&answer.text()?, wanted)?;
        }
        Ok(memory)
    }

    pub(super) fn on(&self, script: &'static Script) -> Call {
        Call::new(script, &self.keys)
    }

    /// The memory had this revision at some moment.
    pub(super) fn saw(&self, revision: u64) {
        self.newest.fetch_max(revision, Ordering::Relaxed);
    }

    /// A revision that the memory had before now.
    pub(super) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }

    /// Refuses vectors that cannot be compared with those that are there: `found` says how
    /// many numbers they have, and nothing if there are none.
    pub(super) fn check_dims(&self, found: &str, wanted: usize) -> Result<(), RedisError> {
        if found.is_empty() {
            return Ok(());
        }
        let found = crate::number::parse(found).ok_or_else(|| self.unreadable("an index"))?;
        let wanted = wanted as u64;
        if found == wanted {
            return Ok(());
        }
        Err(RedisError::OtherIndex {
            address: self.server.address.to_string(),
            found,
            wanted,
        })
    }

    pub(super) fn unreadable(&self, what: &'static str) -> RedisError {
        RedisError::Unreadable {
            address: self.server.address.to_string(),
            what,
        }
    }
}
