//! The folder that holds all of a run: threads, the local forge, checkouts.
//!
//! It is known by a marker and used by one process at a time. What lies inside is its
//! users' business; a folder that is somebody else's is never touched.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant};

const MARKER: &str = "agentflow-folder.json";
const MARKER_DRAFT: &str = "agentflow-folder.json.new";
const LOCK: &str = "agentflow.lock";

/// The layout that this build writes and reads.
const FORMAT: u32 = 1;

/// How long a lock is waited for. A process that is killed while it starts another leaves
/// the lock with that one for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// Time between two looks at a lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// More than any marker or process id needs.
const SMALL_FILE_BYTES_MAX: u64 = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    what: String,
    format: u32,
}

/// A folder that is ours, held until dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    root: PathBuf,
    _lock: File,
}

/// Why a folder cannot be worked in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// It holds files that are not ours.
    #[error("folder `{}` is not empty and was not made by agentflow; choose another with --dir", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// Another process works in it.
    #[error("another run{} works in `{}`; wait for its end, or choose another folder with --dir", by(.process), path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
        /// Its process id, where it could be read.
        process: Option<u32>,
    },
    /// A newer build made it.
    #[error("folder `{}` has layout {found}, this build knows up to {FORMAT}; use a newer build, or choose another folder with --dir", path.display())]
    TooNew {
        /// The folder.
        path: PathBuf,
        /// Its layout.
        found: u32,
    },
    /// Its marker does not read.
    #[error("`{}` does not read as agentflow's marker; choose another folder with --dir", path.display())]
    Marker {
        /// The marker.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The system refused.
    #[error("`{}` cannot be used; check that it is a folder you may write, with room on its disk, or choose another with --dir", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn by(process: &Option<u32>) -> String {
    process
        .map(|id| format!(" (process {id})"))
        .unwrap_or_default()
}

impl WorkFolder {
    /// Takes the folder, and makes it if it is not there.
    ///
    /// # Errors
    /// [`FolderError`]; then nothing in the folder was changed.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a folder that the next call takes.
    pub(crate) async fn open(path: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(failed(path))?;
        let root = path.canonicalize().map_err(failed(path))?;
        check_ours(&root)?;
        let lock = lock(&root).await?;
        let marker = root.join(MARKER);
        if !marker.exists() {
            let draft = root.join(MARKER_DRAFT);
            let words = Marker {
                what: "agentflow".to_owned(),
                format: FORMAT,
            };
            let text = serde_json::to_vec(&words).map_err(|source| FolderError::Marker {
                path: marker.clone(),
                source,
            })?;
            fs::write(&draft, text).map_err(failed(&draft))?;
            fs::rename(&draft, &marker).map_err(failed(&marker))?;
        }
        Ok(Self { root, _lock: lock })
    }

    /// The folder itself, absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The database of the threads.
    pub(crate) fn threads(&self) -> PathBuf {
        self.root.join("threads.sqlite")
    }

    /// The state of the local forge.
    pub(crate) fn forge(&self) -> PathBuf {
        self.root.join("forge")
    }

    /// Checkouts and build caches.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Files of repositories that are still to be given to the forge.
    pub(crate) fn sources(&self) -> PathBuf {
        self.root.join("sources")
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
    let path = path.to_owned();
    move |source| FolderError::Io { path, source }
}

fn check_ours(root: &Path) -> Result<(), FolderError> {
    let path = root.join(MARKER);
    match read_small(&path) {
        Ok(text) => {
            let marker: Marker = serde_json::from_str(&text)
                .map_err(|source| FolderError::Marker { path, source })?;
            if marker.format > FORMAT {
                return Err(FolderError::TooNew {
                    path: root.to_owned(),
                    found: marker.format,
                });
            }
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => check_fresh(root),
        Err(source) => Err(FolderError::Io { path, source }),
    }
}

/// A folder without a marker may hold only what a kill right after its making left.
fn check_fresh(root: &Path) -> Result<(), FolderError> {
    for entry in fs::read_dir(root).map_err(failed(root))? {
        let name = entry.map_err(failed(root))?.file_name();
        if name != LOCK && name != MARKER_DRAFT {
            return Err(FolderError::Occupied {
                path: root.to_owned(),
            });
        }
    }
    Ok(())
}

/// Takes the lock. The system releases it with the process that holds it, however that ends.
async fn lock(root: &Path) -> Result<File, FolderError> {
    let path = root.join(LOCK);
    let mut options = OpenOptions::new();
    // Not truncated before it is ours: it names the process that holds it.
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(&path).map_err(failed(&path))?;
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                tokio::time::sleep(LOCK_INTERVAL).await;
            }
            Err(TryLockError::WouldBlock) => {
                let process = read_small(&path)
                    .ok()
                    .and_then(|text| text.trim().parse().ok());
                return Err(FolderError::Busy {
                    path: root.to_owned(),
                    process,
                });
            }
            Err(TryLockError::Error(source)) => return Err(FolderError::Io { path, source }),
        }
    }
    file.set_len(0).map_err(failed(&path))?;
    writeln!(file, "{}", std::process::id()).map_err(failed(&path))?;
    Ok(file)
}

fn read_small(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(SMALL_FILE_BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_new_an_empty_and_our_own_folder_are_taken() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("a/b");
        drop(WorkFolder::open(&path).await.unwrap());
        drop(WorkFolder::open(&path).await.unwrap());
        drop(
            WorkFolder::open(temporary.path().join("empty").as_path())
                .await
                .unwrap(),
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_kill_left_in_a_new_folder_does_not_occupy_it() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join(LOCK), "1\n").unwrap();
        fs::write(temporary.path().join(MARKER_DRAFT), "{").unwrap();
        WorkFolder::open(temporary.path()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_folder_that_cannot_be_ours_is_refused_and_left_as_it_is() {
        for (name, file, content, want) in [
            (
                "a stranger's",
                "thesis.tex",
                "x",
                "is not empty and was not made by agentflow",
            ),
            (
                "a newer build's",
                MARKER,
                r#"{"what":"agentflow","format":9}"#,
                "has layout 9",
            ),
            (
                "a broken marker",
                MARKER,
                "{",
                "does not read as agentflow's marker",
            ),
        ] {
            let temporary = tempfile::tempdir().unwrap();
            fs::write(temporary.path().join(file), content).unwrap();
            let error = WorkFolder::open(temporary.path())
                .await
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(want) && error.contains("--dir"),
                "{name}: {error}"
            );
            assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1, "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_path_below_a_file_is_refused_by_name() {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("file");
        fs::write(&file, "").unwrap();
        let error = WorkFolder::open(&file.join("folder")).await.unwrap_err();
        assert!(error.to_string().contains("file/folder"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn two_runs_do_not_meet_and_the_second_names_the_first() {
        let temporary = tempfile::tempdir().unwrap();
        let held = WorkFolder::open(temporary.path()).await.unwrap();
        let error = WorkFolder::open(temporary.path())
            .await
            .unwrap_err()
            .to_string();
        let process = std::process::id();
        assert!(
            error.starts_with(&format!("another run (process {process}) works in `")),
            "{error}"
        );
        drop(held);
        WorkFolder::open(temporary.path()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_a_killed_run_left_for_a_moment_is_waited_for() {
        let temporary = tempfile::tempdir().unwrap();
        let held = WorkFolder::open(temporary.path()).await.unwrap();
        let release = async {
            tokio::time::sleep(LOCK_PATIENCE / 2).await;
            drop(held);
        };
        let (taken, ()) = tokio::join!(WorkFolder::open(temporary.path()), release);
        taken.unwrap();
    }
}
