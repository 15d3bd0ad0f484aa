//! What a child is told by whoever starts it.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::journal::{Life, Mode};
use crate::points::{Blow, Point};

/// The environment variable with a child's [`Orders`], as JSON.
pub const ORDERS: &str = "AGENTFLOW_CRASH_ORDERS";

/// The line by which a child asks its parent for an answer, which is the next line it reads.
pub const ASKS: &str = "asks";

/// What stands before the state, as JSON, in the line by which a child says that the
/// thread is done.
pub const DONE: &str = "done ";

/// The status a child ends with when its store has no room.
pub const NO_ROOM: u8 = 3;

/// What a child does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Where the thread is kept.
    pub address: Address,
    /// The thread.
    pub thread: String,
    /// Which child of its trial it is.
    pub life: Life,
    /// Whether it may begin the thread. Of two children at once only one may: a second
    /// beginning would be a second input.
    pub begins: bool,
    /// The journal of the trial.
    pub journal: PathBuf,
    /// The file that effects append their lines to.
    pub lines: PathBuf,
    /// The service that effects call.
    pub service: SocketAddr,
    /// How long a lease lasts, in milliseconds.
    pub lease_ms: u64,
    /// When it stores supersteps.
    pub mode: Mode,
    /// Largest size of the store's file, if it has one.
    pub store_bytes_max: Option<u64>,
    /// Where it strikes itself.
    pub strike: Option<(Point, Blow)>,
    /// Whether it tells its journal of every point that it passes.
    pub tells_points: bool,
}
