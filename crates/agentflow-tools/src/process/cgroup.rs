//! A control group that counts and kills the processes of one command.
//!
//! Used where the machine has a writable `pids` hierarchy (version 1). It holds
//! for root too, whom the kernel exempts from the process rlimit, and it finds
//! processes that left their process group. Elsewhere there is none, and the
//! sandbox says so. Memory is not limited here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

const HIERARCHY: &str = "/sys/fs/cgroup/pids";

/// Passes over the member list. After the first no process can fork any more,
/// so the second finds only those that were being made during the first.
const KILL_PASSES: usize = 3;

/// Groups whose last process was still going away when they were dropped.
static LEFTOVER: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// One command's group; dropping it kills everything inside.
#[derive(Debug)]
pub(crate) struct PidsCgroup {
    folder: PathBuf,
}

impl PidsCgroup {
    /// A new group for at most `tasks_max` processes and threads, or `None`
    /// where this machine has no hierarchy we may write to.
    pub(crate) fn create(tasks_max: u64) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static DEAD_SWEPT: Once = Once::new();
        sweep();
        DEAD_SWEPT.call_once(sweep_dead);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("agentflow-{}-{number}", std::process::id());
        let folder = own_group()?.join(name);
        fs::create_dir(&folder).ok()?;
        let group = Self { folder };
        fs::write(group.folder.join("pids.max"), tasks_max.to_string()).ok()?;
        Some(group)
    }

    /// Moves a process, and all it will start, into the group.
    pub(crate) fn add(&self, process: Pid) -> io::Result<()> {
        fs::write(
            self.folder.join("cgroup.procs"),
            process.as_raw_nonzero().to_string(),
        )
    }

    /// Kills every member.
    pub(crate) fn kill_all(&self) {
        // Without room for another task nobody can fork away from the signal.
        let _ = fs::write(self.folder.join("pids.max"), "0");
        for _ in 0..KILL_PASSES {
            let members = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
            let mut found = false;
            for member in members.lines().filter_map(|line| line.parse().ok()) {
                if let Some(member) = Pid::from_raw(member) {
                    found = true;
                    let _ = kill_process(member, Signal::KILL);
                }
            }
            if !found {
                return;
            }
        }
    }
}

impl Drop for PidsCgroup {
    fn drop(&mut self) {
        self.kill_all();
        if fs::remove_dir(&self.folder).is_err() {
            let mut leftover = LEFTOVER.lock().unwrap_or_else(PoisonError::into_inner);
            leftover.push(std::mem::take(&mut self.folder));
        }
    }
}

/// Removes groups that were not empty yet when their command ended.
fn sweep() {
    let mut leftover = LEFTOVER.lock().unwrap_or_else(PoisonError::into_inner);
    leftover.retain(|folder| folder.exists() && fs::remove_dir(folder).is_err());
}

/// Removes empty groups of processes like ours that ended before they could.
///
/// A group with members is not empty and stays: its command may be running in
/// a container whose processes are not visible here.
fn sweep_dead() {
    let Some(groups) = own_group().and_then(|folder| fs::read_dir(folder).ok()) else {
        return;
    };
    for group in groups.flatten() {
        let name = group.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix("agentflow-")?.split('-').next());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            let _ = fs::remove_dir(group.path());
        }
    }
}

/// The group this process is in; new ones are made below it, so that limits
/// set on us hold for our commands too.
fn own_group() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let controllers = parts.next()?;
        let path = parts.next()?;
        controllers
            .split(',')
            .any(|name| name == "pids")
            .then_some(path)
    })?;
    let hierarchy = Path::new(HIERARCHY);
    let below = hierarchy.join(own.trim_start_matches('/'));
    Some(if below.is_dir() {
        below
    } else {
        hierarchy.to_path_buf()
    })
}
