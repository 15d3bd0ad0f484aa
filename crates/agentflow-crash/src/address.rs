//! Which store a thread is kept in, and how it is opened.
//!
//! A new backend is one variant of [`Backend`] and one of [`Address`]: what it is called,
//! where a trial's threads lie, and how they are opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_sql::{SqliteCheckpointer, SqliteOptions};
use serde::{Deserialize, Serialize};

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// A SQLite file, a new one for each trial.
    Sqlite,
}

impl Backend {
    /// Every backend, by the word that names it.
    pub const ALL: [(&'static str, Self); 1] = [("sqlite", Self::Sqlite)];

    /// Where a trial's thread is kept, given a folder of its own.
    #[must_use]
    pub fn address(self, folder: &Path) -> Address {
        match self {
            Self::Sqlite => Address::Sqlite(folder.join("threads.db")),
        }
    }

    /// Whether its data lies in the trial's folder, so that a full disk is its business.
    #[must_use]
    pub fn is_file(self) -> bool {
        match self {
            Self::Sqlite => true,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Self::ALL.iter();
        let word = all.find(|(_, backend)| backend == self);
        f.write_str(word.map_or("unnamed", |(word, _)| word))
    }
}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(word: &str) -> Result<Self, UnknownBackend> {
        let mut all = Self::ALL.iter();
        let found = all.find(|(name, _)| *name == word);
        found
            .map(|(_, backend)| *backend)
            .ok_or_else(|| UnknownBackend(word.to_owned()))
    }
}

/// A word that names no backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no backend `{0}`; there is: {known}", known = known())]
pub struct UnknownBackend(String);

fn known() -> String {
    Backend::ALL.map(|(word, _)| word).join(", ")
}

/// Where threads are kept, as a child is told it: `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Address {
    /// A file.
    Sqlite(PathBuf),
}

impl Address {
    /// Opens the store. A file takes no more than `bytes_max`, if that is said; a server
    /// does not limit itself and ignores it.
    ///
    /// # Errors
    /// As the store's own `open`.
    pub async fn open(
        &self,
        bytes_max: Option<u64>,
    ) -> Result<Arc<dyn Checkpointer>, CheckpointError> {
        match self {
            Self::Sqlite(path) => {
                let options = SqliteOptions {
                    file_bytes_max: bytes_max,
                    ..SqliteOptions::default()
                };
                let store = SqliteCheckpointer::open_with(path, options).await?;
                Ok(Arc::new(store))
            }
        }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        match address {
            Address::Sqlite(path) => format!("sqlite:{}", path.display()),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(address: String) -> Result<Self, BadAddress> {
        match address.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            // The rest is not repeated: it may hold a password.
            Some((scheme, _)) => Err(BadAddress(scheme.to_owned())),
            None => Err(BadAddress(String::new())),
        }
    }
}

/// An address that leads to no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address that begins with `{0}` leads to no store; write `sqlite:PATH`")]
pub struct BadAddress(String);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for (text, want) in [
            ("sqlite:a/b.db", Ok(Address::Sqlite("a/b.db".into()))),
            ("sqlite:a:b", Ok(Address::Sqlite("a:b".into()))),
            ("sqlite:", Err(BadAddress("sqlite".into()))),
            ("a.db", Err(BadAddress(String::new()))),
            ("other://u:secret@h", Err(BadAddress("other".into()))),
        ] {
            let read = Address::try_from(text.to_owned());
            assert_eq!(read, want, "{text}");
            if let Ok(address) = read {
                assert_eq!(String::from(address), text);
            }
        }
    }

    #[test]
    fn a_backend_is_read_as_it_is_printed() {
        for (word, backend) in Backend::ALL {
            assert_eq!(word.parse(), Ok(backend));
            assert_eq!(backend.to_string(), word);
        }
        let refused = "oracle".parse::<Backend>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "there is no backend `oracle`; there is: sqlite"
        );
    }
}
