//! Where an agent's commands run.
//!
//! [`Sandbox`] runs one command at a time under [`Limits`] and kills all of it
//! at the end. [`Bubblewrap`] hides the machine's files and its network;
//! [`ProcessSandbox`] does not, and says so in its [`Isolation`].
//! [`detect_sandbox`] takes the better one that works here.
//!
//! A sandbox does not judge a command, and it does not ask anyone: what may
//! run at all is decided before.

mod bubblewrap;
mod command;
mod contract;
mod detect;
mod error;
mod gate;
mod isolation;
mod limits;
mod mounts;
mod output;
mod place;
mod process;
mod room;
mod toolchains;
mod user_tasks;

pub use bubblewrap::{Bubblewrap, Unavailable};
pub use command::{SandboxCommand, WorkspaceAccess};
pub use contract::Sandbox;
pub use detect::{DetectedSandbox, detect_sandbox};
pub use error::SandboxError;
pub use isolation::{Isolation, Protection};
pub use limits::Limits;
pub use output::{CommandOutput, CommandStatus};
pub use process::ProcessSandbox;
