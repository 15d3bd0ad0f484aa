//! Removes lock files that a killed git left behind.
//!
//! Git makes `name.lock` while it writes `name`, and refuses to write while one
//! is there. A git that was killed leaves it, and the next step would fail for
//! ever. Whoever calls this holds the work tree's own lock, so no git of ours
//! is running.

use std::fs;
use std::io;
use std::path::Path;

/// Folders of a git folder that hold references.
const REFERENCES: &str = "refs";

pub(super) fn remove_stale(git_dir: &Path) -> io::Result<()> {
    remove_in(git_dir, Depth::ThisFolder)?;
    remove_in(&git_dir.join(REFERENCES), Depth::AllBelow)
}

#[derive(Clone, Copy)]
enum Depth {
    ThisFolder,
    AllBelow,
}

fn remove_in(folder: &Path, depth: Depth) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && matches!(depth, Depth::AllBelow) {
            remove_in(&entry.path(), depth)?;
        } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "lock") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
