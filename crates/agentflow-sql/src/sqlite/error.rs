//! What can go wrong with a SQLite file, and what to do about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::store::StoreError;

use crate::Cause;
use crate::data::DataError;

pub(crate) const BACKEND: &str = "sqlite";

/// What SQLite says of a full disk where it opens a database.
const IOERR_SHMSIZE: i32 = 4874;

/// Why a database did not do what it was asked. It is the source of the
/// [`CheckpointError`] or the [`StoreError`] that a call returns.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The folder is not created on the way: a mistyped path would go unnoticed.
    #[error("folder `{}` does not exist; create it first", folder.display())]
    FolderMissing {
        /// The folder.
        folder: PathBuf,
    },
    /// No permission, or not a file.
    #[error("`{}` cannot be opened; check that it is a file that this user may write", path.display())]
    CannotOpen {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The file is something else.
    #[error("`{}` is not a SQLite database; choose another path", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The database has tables, but not ours. It was not touched.
    #[error("`{}` is another program's database; choose another path", path.display())]
    OtherDatabase {
        /// The database.
        path: PathBuf,
    },
    /// A newer build has migrated the database.
    #[error("`{}` has schema {found}; this build knows up to {known}: use a newer build", path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema that is understood here.
        known: i64,
    },
    /// The file system cannot share memory between processes, as WAL needs it.
    #[error("`{}` stays in journal mode `{mode}`; put it on a local disk, where WAL works", path.display())]
    NoWal {
        /// The database.
        path: PathBuf,
        /// The mode it stays in.
        mode: String,
    },
    /// Another process, or everybody who reads, holds it longer than the busy timeout.
    #[error("`{}` is locked by another process; try again, or wait longer (`busy_timeout`)", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The disk, or the limit of the file, leaves no room. Nothing was written.
    #[error("no room left for `{}`; free disk space, delete threads or items, or raise `file_bytes_max`", path.display())]
    Full {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The file, its folder or its file system takes no writes.
    #[error("`{}` is read only; give this user the right to write it and its folder", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// Pages of the file are damaged.
    #[error("`{}` is damaged; restore a backup, or save what is left with `sqlite3 FILE .recover`", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// The operating system failed to read or write.
    #[error("reading or writing `{}` failed; check the disk", path.display())]
    Io {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// Anything else that SQLite refuses.
    #[error("SQLite refused a statement on `{}`", path.display())]
    Refused {
        /// The database.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Cause,
    },
    /// What was to be stored, or what is, is not as it must be.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The items of the database were embedded into vectors of another length.
    #[error(
        "the items of `{}` have vectors of {found} numbers, not {wanted}; use the embedder they were put with, or put them into another file",
        path.display()
    )]
    OtherIndex {
        /// The database.
        path: PathBuf,
        /// How many numbers the vectors have that are there.
        found: u64,
        /// How many those of the store's index have.
        wanted: u64,
    },
    /// The runtime is shutting down, or the thread that writes has panicked.
    #[error("`{}` is closed; open it again", path.display())]
    Closed {
        /// The database.
        path: PathBuf,
    },
}

impl SqliteError {
    /// What an error of the driver means.
    pub(crate) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().map(|refusal| refusal.extended_code);
        let path = path.to_owned();
        let source: Cause = Arc::new(error);
        match code {
            Some(code) => Self::from_code(code, path, source),
            // A column that holds something else than it must.
            None => Self::Corrupt { path, source },
        }
    }

    /// What a result code of SQLite means; its lower byte is the kind.
    fn from_code(code: i32, path: PathBuf, source: Cause) -> Self {
        match code & 0xff {
            // The memory that connections share could not grow.
            _ if code == IOERR_SHMSIZE => Self::Full { path, source },
            // BUSY, LOCKED, PROTOCOL: somebody else is at it.
            5 | 6 | 15 => Self::Busy { path, source },
            8 => Self::ReadOnly { path, source },
            10 => Self::Io { path, source },
            11 => Self::Corrupt { path, source },
            13 => Self::Full { path, source },
            // PERM, CANTOPEN, AUTH.
            3 | 14 | 23 => Self::CannotOpen { path, source },
            26 => Self::NotADatabase { path, source },
            _ => Self::Refused { path, source },
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

impl From<SqliteError> for CheckpointError {
    fn from(error: SqliteError) -> Self {
        Self::of_backend(BACKEND, error.is_retryable(), error)
    }
}

impl From<SqliteError> for StoreError {
    fn from(error: SqliteError) -> Self {
        if error.is_retryable() {
            Self::Unavailable {
                backend: BACKEND,
                source: error.into(),
            }
        } else {
            Self::Backend {
                backend: BACKEND,
                source: error.into(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_sqlite_becomes_advice() {
        for (name, code, want, retryable) in [
            ("busy", 5, "is locked by another process", true),
            ("busy snapshot", 517, "is locked by another process", true),
            ("locked", 6, "is locked by another process", true),
            ("read only", 8, "is read only", false),
            ("read only folder", 1544, "is read only", false),
            ("io", 10, "check the disk", false),
            ("io on fsync", 1034, "check the disk", false),
            ("corrupt", 11, "is damaged", false),
            ("full", 13, "no room left", false),
            ("full on opening", 4874, "no room left", false),
            ("cannot open", 14, "cannot be opened", false),
            ("not a database", 26, "is not a SQLite database", false),
            ("constraint", 1555, "SQLite refused a statement", false),
        ] {
            let said: Cause = Arc::new(std::io::Error::other("said"));
            let error = SqliteError::from_code(code, PathBuf::from("my.db"), said);
            let text = error.to_string();
            assert!(
                text.contains(want) && text.contains("`my.db`"),
                "{name}: {text}"
            );
            assert_eq!(
                CheckpointError::from(error).is_retryable(),
                retryable,
                "{name}"
            );
        }
    }
}
