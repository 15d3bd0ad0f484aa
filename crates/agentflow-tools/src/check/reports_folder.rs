//! The folder that one run writes its reports to: made for it, and gone after it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use rustix::fs::OFlags;
use tempfile::TempDir;

use super::CheckError;

/// A fresh folder. No report in it can be older than the run.
pub(super) struct ReportsFolder {
    folder: TempDir,
}

impl ReportsFolder {
    pub(super) fn create() -> Result<Self, CheckError> {
        let folder = tempfile::Builder::new()
            .prefix("agentflow-reports-")
            .tempdir();
        let folder = folder.map_err(CheckError::Folder)?;
        Ok(Self { folder })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The bytes of a report; none if there is no regular file. One byte more than `bytes_max`
    /// shows that there is more.
    pub(super) fn read(&self, file: &str, bytes_max: usize) -> Option<Vec<u8>> {
        let opened = open_regular(self.path(), Path::new(file)).ok()?;
        let mut bytes = Vec::new();
        let limit = u64::try_from(bytes_max)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        opened.take(limit).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// What was tested may have put anything there: a link to a file of this machine, or a pipe that
/// nobody writes to.
fn open_regular(folder: &Path, file: &Path) -> io::Result<File> {
    let mut path = folder.to_owned();
    for part in file.components() {
        let is_below = matches!(part, Component::Normal(_) | Component::CurDir);
        if !is_below || fs::symlink_metadata(&path)?.is_symlink() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        path.push(part);
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if opened.metadata()?.is_file() {
        Ok(opened)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_below_the_folder_and_nowhere_else() -> io::Result<()> {
        let reports = ReportsFolder {
            folder: tempfile::tempdir()?,
        };
        let beside = tempfile::NamedTempFile::new()?;
        fs::create_dir(reports.path().join("in"))?;
        fs::write(reports.path().join("in/a.xml"), "mine")?;
        std::os::unix::fs::symlink(beside.path(), reports.path().join("link"))?;
        let name = beside.path().file_name().and_then(|name| name.to_str());
        let above = format!("in/../../{}", name.unwrap_or_default());
        let absolute = format!("/{}", beside.path().display());
        for (file, want) in [
            ("in/a.xml", Some(&b"mine"[..])),
            ("./in/a.xml", Some(b"mine")),
            ("in", None),
            ("gone", None),
            ("link", None),
            (&above, None),
            (&absolute, None),
        ] {
            assert_eq!(reports.read(file, 10).as_deref(), want, "{file}");
        }
        Ok(())
    }
}
