//! A git work tree that an agent may change, whose git folder it cannot reach.
//!
//! Runs the git command with a clean environment, no settings of the machine
//! or the user, no hooks, and limits. Trees are kept by id, so a step that is
//! run again after a crash starts from exactly the files it had. It knows
//! nothing of pull requests.

mod beside;
mod change;
mod classify;
mod commit;
mod error;
mod history;
mod id;
mod locks;
mod remote;
mod runner;
mod signing;
mod transfer;
mod tree;
mod work_tree;

pub use change::{ChangeKind, ChangedFile};
pub use commit::{NewCommit, Signature, Trailer};
pub use error::GitError;
pub use id::{CommitId, TreeId};
pub use remote::PushOutcome;
pub use signing::SigningKey;
pub use transfer::{Transfer, TransferProgress};
pub use work_tree::GitWorkTree;
