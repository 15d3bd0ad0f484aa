//! A small disk of its own, which can be filled up.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

/// Large enough for the database of a trial with its journal, small enough to be filled
/// in a moment.
const DISK_OPTIONS: &std::ffi::CStr = c"size=16m,mode=700";
/// What is written at once to fill it.
const BLOCK: [u8; 4096] = [0; 4096];

/// A tmpfs, unmounted when it is dropped.
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Mounts one at `folder`, which it creates. Takes the right to mount.
    pub(super) fn mount(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir(&folder)?;
        mount(
            "tmpfs",
            &folder,
            "tmpfs",
            MountFlags::NOSUID,
            Some(DISK_OPTIONS),
        )?;
        Ok(Self { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves not a byte.
    pub(super) fn fill(&self) -> io::Result<()> {
        let mut ballast = File::create(self.ballast())?;
        loop {
            match ballast.write_all(&BLOCK) {
                Ok(()) => {}
                Err(full) if full.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(other) => return Err(other),
            }
        }
    }

    /// Makes room again.
    pub(super) fn empty(&self) -> io::Result<()> {
        match fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also with files that are still open: it goes when the last of them is closed.
        let _gone = unmount(&self.folder, UnmountFlags::DETACH);
    }
}
