//! The folder of one run's servers. It lies among the temporary files, which also the
//! user that Postgres insists on may enter.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{Signal, geteuid};

use super::running;

const NAME: &str = "agentflow-test-servers-";

/// A folder that is removed when dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one for this process, after it has cleared away what killed ones left.
    pub(super) fn new() -> io::Result<Self> {
        clear_left_behind();
        let path = std::env::temp_dir().join(format!("{NAME}{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// A folder inside for one server.
    pub(super) fn of(&self, server: &str) -> io::Result<PathBuf> {
        let path = self.0.join(server);
        std::fs::create_dir(&path)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {error}", self.0.display());
        }
    }
}

/// A run that was killed could stop nothing: its servers still run, each with a file that
/// tells its process.
fn clear_left_behind() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let Some(owner) = owner.and_then(|owner| owner.parse().ok()) else {
            continue;
        };
        let is_left_behind = owner == std::process::id() || !running::is_alive(owner);
        if is_left_behind && is_ours(&entry.path()) {
            stop_all_in(&entry.path());
            // Another run may clear it at the same time.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Anybody may make a folder of this name.
fn is_ours(folder: &Path) -> bool {
    let owner = folder.symlink_metadata().map(|found| found.uid());
    owner.is_ok_and(|owner| owner == geteuid().as_raw())
}

fn stop_all_in(folder: &Path) {
    let servers = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for server in servers {
        let pid = std::fs::read_to_string(server.path().join(running::PID_FILE));
        if let Some(pid) = pid.ok().and_then(|pid| pid.trim().parse().ok()) {
            running::signal_in(&server.path(), pid, Signal::TERM);
        }
    }
}
