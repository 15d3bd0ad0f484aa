//! How much one command may take. Numbers with reasons, no behaviour.

use std::time::Duration;

/// What one command may use before it is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest time from start to end, 300 s by default.
    ///
    /// Test suites of middling projects take a minute or two; a command that
    /// takes longer than five mostly waits for something that never comes.
    pub wall: Duration,
    /// Longest processor time of one process, 600 s by default, in whole seconds.
    ///
    /// Twice the wall time: a process with two busy threads meets both at once.
    pub cpu: Duration,
    /// Most memory that one process may allocate, 2 GiB by default.
    ///
    /// Enforced as the limit on private writable memory (`RLIMIT_DATA`), per
    /// process. Not as a limit on address space: JavaScript, Java and Go
    /// runtimes reserve many times what they use and would not start.
    pub memory_bytes: u64,
    /// Most processes and threads of the command at once, 512 by default.
    ///
    /// A parallel build on a large machine needs a few hundred; a fork bomb
    /// passes any number within a second.
    pub processes: u64,
    /// Bytes kept of each output, 1 MiB by default: the first and the last half.
    pub output_kept_bytes: usize,
    /// Bytes of all output after which the command is stopped, 64 MiB by default.
    ///
    /// What lies between the kept ends is thrown away, so this costs no memory;
    /// it only ends commands that print forever.
    pub output_total_bytes: u64,
    /// Largest file the command may write, 1 GiB by default.
    ///
    /// Debug builds link files of some hundred MiB.
    pub file_bytes: u64,
    /// Size of each private scratch folder held in memory, 512 MiB by default.
    ///
    /// Only where the sandbox has such folders: `/tmp` and the home folder of
    /// [`Bubblewrap`](super::Bubblewrap).
    pub scratch_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            wall: Duration::from_secs(300),
            cpu: Duration::from_secs(600),
            memory_bytes: 2048 * MIB,
            processes: 512,
            output_kept_bytes: 1024 * 1024,
            output_total_bytes: 64 * MIB,
            file_bytes: 1024 * MIB,
            scratch_bytes: 512 * MIB,
        }
    }
}
