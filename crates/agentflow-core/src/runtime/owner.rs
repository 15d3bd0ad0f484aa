//! Who runs: a name for this run that later tells whether it is still there.
//!
//! A crashed process should not block its threads until their leases expire.
//! On the same machine the process that held one can be looked up; what cannot
//! be known (another machine, no `/proc`) counts as still there.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::checkpoint::OwnerId;

static LIVE: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);
static PROCESS: LazyLock<Process> = LazyLock::new(Process::current);

/// A run of this process, live until dropped.
#[derive(Debug)]
pub(super) struct LiveRun(u64);

impl LiveRun {
    pub(super) fn begin() -> Self {
        let run = NEXT.fetch_add(1, Ordering::Relaxed);
        live().insert(run);
        Self(run)
    }

    pub(super) fn owner(&self) -> OwnerId {
        OwnerId(format!("{}/{}", PROCESS.name(), self.0))
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        live().remove(&self.0);
    }
}

/// Whether the run that called itself `owner` is known to be over.
pub(super) fn is_gone(owner: &OwnerId) -> bool {
    let Some((process, run)) = owner.0.rsplit_once('/') else {
        return false;
    };
    if process == PROCESS.name() {
        return run.parse().is_ok_and(|run| !live().contains(&run));
    }
    Process::parse(process).is_some_and(|other| other.is_gone())
}

fn live() -> std::sync::MutexGuard<'static, HashSet<u64>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process of some machine since its last boot.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    boot: String,
    id: u32,
    started: String,
}

impl Process {
    fn current() -> Self {
        let id = std::process::id();
        Self {
            boot: boot_id(),
            id,
            started: start_time(id).unwrap_or_else(moment),
        }
    }

    fn name(&self) -> String {
        format!("{}/{}/{}", self.boot, self.id, self.started)
    }

    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let boot = parts.next()?.to_owned();
        let id = parts.next()?.parse().ok()?;
        let started = parts.next()?.to_owned();
        Some(Self { boot, id, started })
    }

    fn is_gone(&self) -> bool {
        // Only a process of this very boot can be looked up here.
        let same_machine = !self.boot.is_empty() && self.boot == boot_id();
        // Where the first process is hidden, so may be any other that lives.
        let can_look = same_machine && start_time(1).is_some();
        can_look && start_time(self.id).is_none_or(|started| started != self.started)
    }
}

/// The machine's name for its current boot, and the process ids' namespace: a
/// container cannot see whether a process outside of it lives. Empty where unknown.
fn boot_id() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let ids = std::fs::read_link("/proc/self/ns/pid");
    match (boot, ids) {
        (Ok(boot), Ok(ids)) => format!("{} {}", boot.trim(), ids.display()),
        _ => String::new(),
    }
}

/// Stands for the start time where it cannot be looked up: two processes of one id,
/// on machines that share a store, must not take each other for themselves.
fn moment() -> String {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("~{}", since_epoch.unwrap_or_default().as_nanos())
}

/// When a process started, in clock ticks since boot: tells a reused id apart.
fn start_time(id: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The command's name, field 2, may hold spaces; the fields after it are plain.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    // A killed process stays as a zombie until its parent has looked.
    (!matches!(state, "Z" | "X")).then(|| started.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_gone_once_it_is_dropped() {
        let run = LiveRun::begin();
        let owner = run.owner();
        assert!(!is_gone(&owner));
        drop(run);
        assert!(is_gone(&owner));
    }

    #[test]
    fn what_cannot_be_known_counts_as_still_there() {
        let other_machine = format!("{}/1/1/1", "0".repeat(36));
        for owner in ["", "nonsense", other_machine.as_str(), "/1/1/1"] {
            assert!(!is_gone(&OwnerId(owner.to_owned())), "{owner}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_of_this_boot_is_gone_when_its_id_is_free_or_reused() {
        let boot = boot_id();
        let reused = format!("{boot}/{}/1/1", std::process::id());
        let free = format!("{boot}/4194305/1/1");
        for owner in [reused, free] {
            assert!(is_gone(&OwnerId(owner.clone())), "{owner}");
        }
    }
}
