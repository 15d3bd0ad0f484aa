//! How many processes and threads a command's user has already.
//!
//! The kernel's process rlimit counts a user, not a command. On a desktop with
//! a thousand threads a limit of 512 would fail the first fork, so what is
//! there already is added. Root is exempt from that limit altogether.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::getuid;

/// The rlimit that leaves room for `more`; `None` for root, whom it never holds.
pub(super) fn limit_with_room_for(more: u64) -> Option<u64> {
    let user = getuid();
    (!user.is_root()).then(|| tasks_of(user.as_raw()) + more)
}

fn tasks_of(user: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    let mine = processes
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .iter()
                .all(u8::is_ascii_digit)
        })
        .filter(|entry| entry.metadata().is_ok_and(|found| found.uid() == user));
    mine.map(|entry| {
        fs::read_dir(entry.path().join("task")).map_or(1, |tasks| tasks.count() as u64)
    })
    .sum()
}
