//! Protected paths that are not there: made as empty folders for as long as the
//! sandbox lives, so that there is something to mount "nothing" on.
//!
//! Without, a command could make `.git` itself, with settings that run programs
//! when the host's git looks at the workspace.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

use crate::sandbox::place::Place;
use crate::sandbox::{SandboxError, SandboxSpec};

const RECORD: &str = "masks";
const OPEN: Mode = Mode::from_raw_mode(0o755);

/// The empty folders that were made; removed when it is dropped.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Masks {
    /// Outer ones first.
    made: Vec<PathBuf>,
}

impl Masks {
    /// Makes what is missing of the protected paths, holds what another sandbox of this
    /// program has made, and records the former in the sandbox's folder for a sweep.
    ///
    /// # Errors
    ///
    /// Also for a path that leads out of the workspace or is a link.
    pub(in crate::sandbox) fn make(
        place: &Place,
        spec: &SandboxSpec,
        state: &Path,
    ) -> Result<Self, SandboxError> {
        place.protected(spec)?;
        let mut masks = Self::default();
        // Nobody removes one between our finding it and our holding it.
        let mut held = held();
        for path in &spec.protected {
            let failed = |source: rustix::io::Errno| SandboxError::File {
                what: "protected",
                path: path.clone(),
                source: source.into(),
            };
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let mut folder = openat(CWD, &place.workspace, flags, Mode::empty()).map_err(failed)?;
            let mut below = place.workspace.clone();
            for part in path.components() {
                let Component::Normal(name) = part else {
                    continue;
                };
                below.push(name);
                match mkdirat(&folder, name, OPEN) {
                    Ok(()) => {
                        masks.hold(&mut held, &below);
                        masks.record(state)?;
                    }
                    Err(rustix::io::Errno::EXIST) if held.contains_key(&below) => {
                        masks.hold(&mut held, &below);
                    }
                    Err(rustix::io::Errno::EXIST) => {}
                    Err(error) => return Err(failed(error)),
                }
                folder = match openat(&folder, name, flags, Mode::empty()) {
                    Ok(inner) => inner,
                    // A file, which is there and needs no mask.
                    Err(rustix::io::Errno::NOTDIR) => break,
                    Err(error) => return Err(failed(error)),
                };
            }
        }
        Ok(masks)
    }

    fn hold(&mut self, held: &mut BTreeMap<PathBuf, usize>, folder: &Path) {
        *held.entry(folder.to_path_buf()).or_default() += 1;
        self.made.push(folder.to_path_buf());
    }

    fn record(&self, state: &Path) -> Result<(), SandboxError> {
        let path = state.join(RECORD);
        let mut text = Vec::new();
        for folder in &self.made {
            text.extend_from_slice(folder.as_os_str().as_bytes());
            text.push(0);
        }
        fs::write(&path, text).map_err(|source: io::Error| SandboxError::State {
            what: "written",
            path,
            source,
        })
    }
}

impl Drop for Masks {
    fn drop(&mut self) {
        let mut held = held();
        let mut last = Vec::new();
        for folder in &self.made {
            let count = held.remove(folder).unwrap_or(1) - 1;
            if count == 0 {
                last.push(folder.clone());
            } else {
                held.insert(folder.clone(), count);
            }
        }
        remove(&last);
    }
}

/// Sandboxes of this program that need each folder. Removing one under a mount
/// takes the mount away, so the last one does it.
fn held() -> MutexGuard<'static, BTreeMap<PathBuf, usize>> {
    static HELD: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes those that a program left which ended.
pub(super) fn remove_recorded(state: &Path) {
    let text = fs::read(state.join(RECORD)).unwrap_or_default();
    let made: Vec<PathBuf> = text
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| PathBuf::from(std::ffi::OsString::from_vec(path.to_vec())))
        .collect();
    remove(&made);
}

/// Removes them, inner ones first. One that is not empty has become the workspace's.
fn remove(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}
