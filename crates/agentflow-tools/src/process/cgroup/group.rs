//! The group of one sandbox, with a group of each running command below it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::hierarchy::{self, Holds, Kind};
use super::member::{self, CommandGroup, Events, Part};

/// How often a group is told to freeze, and looks at it after each time, a millisecond
/// apart. A parent that waits for a child which it made by `vfork` cannot freeze before the
/// child has begun its program, and in version 1 the child may be frozen before that: such
/// a group stays half frozen for ever, and gets there only when it goes on for a moment.
const FREEZE_TRIES: usize = 40;
const FREEZE_LOOKS: usize = 50;
/// Looks at groups whose processes were killed, until they are gone.
const SWEEP_LOOKS: usize = 500;
const LOOK: Duration = Duration::from_millis(1);

/// What the processes of a sandbox may take together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupLimits {
    pub(crate) tasks_max: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) cpus: f64,
}

/// A sandbox's group; dropping it kills everything inside.
#[derive(Debug)]
pub(crate) struct ControlGroup {
    parts: Vec<Part>,
    holds: Holds,
    next: AtomicU64,
}

impl ControlGroup {
    /// A group in every hierarchy we may write to. Where there is none it holds
    /// nothing and does nothing.
    pub(crate) fn create(name: &str, limits: &GroupLimits) -> Self {
        let mut group = Self {
            parts: Vec::new(),
            holds: Holds::default(),
            next: AtomicU64::new(0),
        };
        for hierarchy in hierarchy::all() {
            let folder = hierarchy.base.join(name);
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let kind = hierarchy.kind;
            match kind.limit(&folder, limits) {
                Ok(holds) => {
                    group.holds = group.holds.and(holds);
                    group.parts.push(Part { kind, folder });
                }
                Err(error) => {
                    tracing::debug!(?kind, %error, "a control group cannot be limited");
                    let _ = fs::remove_dir(&folder);
                }
            }
        }
        group
    }

    /// What it can do.
    pub(crate) fn holds(&self) -> Holds {
        self.holds
    }

    /// A group below it for one command; none where there are no groups.
    pub(crate) fn command(&self) -> io::Result<Option<CommandGroup>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut parts = Vec::new();
        for part in &self.parts {
            let folder = part.folder.join(format!("c{number}"));
            fs::create_dir(&folder)?;
            parts.push(Part {
                kind: part.kind,
                folder,
            });
        }
        Ok((!parts.is_empty()).then(|| CommandGroup::new(parts)))
    }

    /// How often the kernel had to refuse or kill in all of it until now.
    pub(crate) fn events(&self) -> Events {
        member::events(&self.parts)
    }

    /// Freezes every process, and waits until that is so.
    pub(crate) fn freeze(&self) -> io::Result<()> {
        let Some((folder, kind)) = self.freezer() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let (file, order) = freezer_words(kind, true);
        for _ in 0..FREEZE_TRIES {
            fs::write(folder.join(file), order)?;
            for _ in 0..FREEZE_LOOKS {
                if is_frozen(folder, kind)? {
                    return Ok(());
                }
                thread::sleep(LOOK);
            }
            self.thaw()?;
            thread::sleep(LOOK);
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Lets every process go on.
    pub(crate) fn thaw(&self) -> io::Result<()> {
        let Some((folder, kind)) = self.freezer() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let (file, order) = freezer_words(kind, false);
        fs::write(folder.join(file), order)
    }

    fn freezer(&self) -> Option<(&Path, Kind)> {
        self.parts
            .iter()
            .find(|part| match part.kind {
                Kind::Freezer => true,
                Kind::Unified => part.folder.join("cgroup.freeze").exists(),
                _ => false,
            })
            .map(|part| (part.folder.as_path(), part.kind))
    }

    /// Kills every member of every command. Frozen ones go when they are thawed,
    /// which is done after: none of them runs again.
    pub(crate) fn kill_all(&self) {
        for part in &self.parts {
            part.close();
            for folder in below(&part.folder) {
                let inner = Part {
                    kind: part.kind,
                    folder,
                };
                inner.close();
                inner.kill();
            }
        }
        if let Some((_, Kind::Freezer)) = self.freezer() {
            let _ = self.thaw();
        }
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        self.kill_all();
        for part in &self.parts {
            member::remove(below(&part.folder).chain([part.folder.clone()]).collect());
        }
    }
}

fn freezer_words(kind: Kind, freeze: bool) -> (&'static str, &'static str) {
    match (kind, freeze) {
        (Kind::Unified, true) => ("cgroup.freeze", "1"),
        (Kind::Unified, false) => ("cgroup.freeze", "0"),
        (_, true) => ("freezer.state", "FROZEN"),
        (_, false) => ("freezer.state", "THAWED"),
    }
}

fn is_frozen(folder: &Path, kind: Kind) -> io::Result<bool> {
    match kind {
        Kind::Unified => {
            let events = fs::read_to_string(folder.join("cgroup.events"))?;
            Ok(events.lines().any(|line| line == "frozen 1"))
        }
        _ => {
            let state = fs::read_to_string(folder.join("freezer.state"))?;
            Ok(state.trim() == "FROZEN")
        }
    }
}

fn below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
}

/// Kills and removes the groups whose name `is_dead`, and gives their names and
/// how many processes that were.
///
/// A member that cannot be seen from here belongs to a container whose owner
/// cannot be seen either; its group stays.
pub(crate) fn sweep_groups(is_dead: impl Fn(&str) -> bool) -> (Vec<String>, u64) {
    let (mut swept, mut killed) = (Vec::new(), 0);
    for hierarchy in hierarchy::all() {
        for folder in below(&hierarchy.base) {
            let name = folder.file_name().and_then(|name| name.to_str());
            let Some(name) = name.filter(|name| is_dead(name)).map(str::to_owned) else {
                continue;
            };
            let group = ControlGroup {
                parts: vec![Part {
                    kind: hierarchy.kind,
                    folder: folder.clone(),
                }],
                holds: Holds::default(),
                next: AtomicU64::new(0),
            };
            let folders: Vec<PathBuf> = below(&folder).chain([folder]).collect();
            let members: Vec<_> = folders.iter().flat_map(|it| member::members(it)).collect();
            if members.iter().any(Option::is_none) {
                std::mem::forget(group);
                continue;
            }
            // A process is in one group of each hierarchy, and killed in the first.
            killed += members.len() as u64;
            group.kill_all();
            for _ in 0..SWEEP_LOOKS {
                if folders.iter().all(|it| member::members(it).is_empty()) {
                    break;
                }
                thread::sleep(LOOK);
            }
            drop(group);
            if !swept.contains(&name) {
                swept.push(name);
            }
        }
    }
    (swept, killed)
}
