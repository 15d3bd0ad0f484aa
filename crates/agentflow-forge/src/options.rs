//! What a forge is opened with, and every limit it keeps.
//!
//! Numbers and reasons only; nothing here acts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::checks::{CheckRunner, ProcessCheckRunner};
use crate::clock::Clock;
use crate::webhooks::HookTargets;

/// How to open a [`Forge`](crate::Forge).
///
/// ```
/// use std::sync::Arc;
/// use agentflow_forge::{ForgeOptions, ProcessCheckRunner};
///
/// let options = ForgeOptions {
///     check_runner: Arc::new(ProcessCheckRunner::default()),
///     ..ForgeOptions::at("/tmp/forge")
/// };
/// assert!(options.listen.ip().is_loopback());
/// ```
#[derive(Clone)]
pub struct ForgeOptions {
    /// Folder that holds all state; created when it is missing.
    pub root: PathBuf,
    /// Address to listen on, `127.0.0.1:0` by default.
    ///
    /// With port 0 the forge takes the port it had last time, if that is free, so that links
    /// stay valid. Anyone who can reach the address can read every public repository.
    pub listen: SocketAddr,
    /// Runs the repositories' own check commands.
    pub check_runner: Arc<dyn CheckRunner>,
    /// What rate limits, expiries of tokens and delays go by; the system's clock by default.
    pub clock: Clock,
    /// To which addresses webhooks are delivered; this machine only by default.
    pub hook_targets: HookTargets,
    /// Limits on what is received, stored and run.
    pub limits: ForgeLimits,
}

impl ForgeOptions {
    /// The defaults for state below `root`, with checks run as plain processes.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            check_runner: Arc::new(ProcessCheckRunner::default()),
            clock: Clock::System,
            hook_targets: HookTargets::default(),
            limits: ForgeLimits::default(),
        }
    }
}

impl fmt::Debug for ForgeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForgeOptions")
            .field("root", &self.root)
            .field("listen", &self.listen)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What a forge refuses to exceed.
#[derive(Clone, Debug)]
pub struct ForgeLimits {
    /// Largest body of a REST request, 4 MiB by default.
    pub request_bytes_max: usize,
    /// REST requests that one token may make within an hour, 5,000 by default, as on GitHub.
    ///
    /// What is answered with 304 is not counted. The count begins anew with each opening.
    pub requests_per_hour_max: u64,
    /// Largest pack a push may send, 512 MiB by default.
    pub push_bytes_max: u64,
    /// Longest git exchange over HTTP, 15 min by default.
    pub git_http_time_max: Duration,
    /// Longest single git command of the forge itself, 2 min by default.
    pub git_time_max: Duration,
    /// Largest output of a single git command of the forge itself, 64 MiB by default.
    pub git_output_bytes_max: usize,
    /// Longest run of a repository's check command, 10 min by default.
    pub check_time_max: Duration,
    /// Check output kept, half from its start and half from its end, 48 KiB by default.
    ///
    /// GitHub refuses a check's text above 65,535 characters.
    pub check_output_bytes_max: usize,
    /// Longest wait for a webhook's receiver, 10 s by default, as on GitHub.
    pub hook_time_max: Duration,
    /// Entries of a tree that are given at once, 100,000 by default, as on GitHub.
    pub tree_entries_max: usize,
    /// Checks that run at once, 1 by default: a laptop runs one test suite well.
    pub checks_at_once: usize,
    /// Longest wait for open requests at shutdown, 10 s by default.
    pub shutdown_time_max: Duration,
}

impl Default for ForgeLimits {
    fn default() -> Self {
        Self {
            request_bytes_max: 4 << 20,
            requests_per_hour_max: 5_000,
            push_bytes_max: 512 << 20,
            git_http_time_max: Duration::from_secs(15 * 60),
            git_time_max: Duration::from_secs(120),
            git_output_bytes_max: 64 << 20,
            check_time_max: Duration::from_secs(600),
            check_output_bytes_max: 48 << 10,
            hook_time_max: Duration::from_secs(10),
            tree_entries_max: 100_000,
            checks_at_once: 1,
            shutdown_time_max: Duration::from_secs(10),
        }
    }
}
