//! What can be done to the children of a trial.

use std::fmt;
use std::time::Duration;

use crate::journal::Mode;
use crate::judge::Strain;
use crate::points::Point;

/// The lease of a trial whose children wait for nobody's lease: longer than a trial may
/// last, so that one which a gone child left behind must be taken over from it.
const LONG_LEASE: Duration = Duration::from_secs(600);
/// The lease of a trial in which a child is held past it.
pub(super) const SHORT_LEASE: Duration = Duration::from_millis(120);
/// The lease of a trial for the points of its renewal.
const RENEWED_LEASE: Duration = Duration::from_millis(24);

/// What is done to the children of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disturbance {
    /// Nothing; and the child tells its points.
    None,
    /// One child after the other is killed.
    Kills {
        /// The first at this point.
        at: Option<Point>,
        /// Then so many at random moments.
        more: u64,
    },
    /// As [`Disturbance::Kills`], of children that store supersteps later than others do.
    KillsIn {
        /// When they store them.
        mode: Mode,
        /// The first at this point.
        at: Option<Point>,
        /// Then so many at random moments.
        more: u64,
    },
    /// Two children run at once; so many are killed and replaced.
    Two {
        /// How many.
        kills: u64,
    },
    /// A child is stopped past its lease while another one goes on, then woken.
    Stop {
        /// Where it stops itself; at a random moment without one.
        at: Option<Point>,
        /// Whether it is woken while the other one still runs.
        amid: bool,
    },
    /// The connection to the server is cut, so often.
    Cuts {
        /// How often.
        cuts: u64,
    },
    /// What a child says to the server, and hears from it, is held back past its lease
    /// while another one goes on.
    HeldBack {
        /// Whether it is let through while the other one still runs.
        amid: bool,
    },
    /// The server is stopped and started again under the children.
    Restarts {
        /// How often.
        times: u64,
        /// Whether two children run at once.
        two: bool,
    },
    /// The disk of the store fills up.
    FullDisk,
    /// The store's file may not grow beyond this.
    FileLimit {
        /// In bytes.
        bytes_max: u64,
    },
}

/// A kind of trial, in the order in which figures are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// The first child is killed at a named point.
    Points,
    /// Children are killed at random moments.
    Moments,
    /// Two children at once.
    Two,
    /// A child that stands still past its lease.
    Stopped,
    /// A child whose connection is held back past its lease.
    HeldBack,
    /// Connections that are cut.
    Cuts,
    /// A server that is restarted.
    Restarts,
    /// Supersteps that are stored in the background.
    Async,
    /// Supersteps that are stored at the end.
    Exit,
    /// A disk that fills up.
    FullDisk,
    /// A file that may not grow.
    FileLimit,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Points => "killed at a point",
            Self::Moments => "killed at moments",
            Self::Two => "two at once",
            Self::Stopped => "stopped past lease",
            Self::HeldBack => "slow past lease",
            Self::Cuts => "connection cut",
            Self::Restarts => "server restarted",
            Self::Async => "`Async`, killed",
            Self::Exit => "`Exit`, killed",
            Self::FullDisk => "full disk",
            Self::FileLimit => "limited file",
        })
    }
}

impl Disturbance {
    /// Which kind of trial it makes; `None` if nothing is done.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::None => return None,
            Self::Kills { at: Some(_), .. } => Kind::Points,
            Self::Kills { at: None, .. } => Kind::Moments,
            Self::KillsIn { mode, .. } => match mode {
                Mode::Sync => Kind::Moments,
                Mode::Async => Kind::Async,
                Mode::Exit => Kind::Exit,
            },
            Self::Two { .. } => Kind::Two,
            Self::Stop { .. } => Kind::Stopped,
            Self::Cuts { .. } => Kind::Cuts,
            Self::HeldBack { .. } => Kind::HeldBack,
            Self::Restarts { .. } => Kind::Restarts,
            Self::FullDisk => Kind::FullDisk,
            Self::FileLimit { .. } => Kind::FileLimit,
        })
    }

    /// How long leases last in its trial.
    pub(super) fn lease(&self) -> Duration {
        match self {
            Self::Stop { .. } | Self::HeldBack { .. } => SHORT_LEASE,
            Self::Kills { at: Some(at), .. } if is_renewal(at) => RENEWED_LEASE,
            _ => LONG_LEASE,
        }
    }

    /// When the children of its trial store supersteps.
    pub(super) fn mode(&self) -> Mode {
        match self {
            Self::KillsIn { mode, .. } => *mode,
            _ => Mode::Sync,
        }
    }

    /// What makes runs of its trial fail though nobody kills them.
    pub(super) fn strain(&self) -> Strain {
        match self {
            Self::Kills { at: Some(at), .. } if is_renewal(at) => Strain::ShortLease,
            Self::None | Self::Kills { .. } | Self::KillsIn { .. } => Strain::None,
            Self::Two { .. } => Strain::Rivalry,
            Self::Stop { .. } | Self::HeldBack { .. } => Strain::ShortLease,
            Self::Cuts { .. } | Self::Restarts { .. } => Strain::Outage,
            Self::FullDisk | Self::FileLimit { .. } => Strain::NoRoom,
        }
    }
}

/// Whether a point belongs to the renewal of leases, which an undisturbed run is too
/// short to reach.
fn is_renewal(point: &Point) -> bool {
    point.name.starts_with("renew_lease")
}
