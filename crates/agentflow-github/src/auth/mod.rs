//! What a client proves who it is with: nothing, a token, or the key of a GitHub App.
//!
//! An App signs a token for itself, and exchanges it for one of an installation, which lasts
//! an hour and which calls are made with. The exchange is made once for all calls that wait
//! for it, before the token ends or when the server does not take it any more.

mod acting;
mod app;
mod device;
mod installation;
mod proof;

pub(crate) use acting::Auth;
pub use app::{AppKey, AppKeyError};
pub use device::{DeviceLogin, DeviceLoginError};
pub use installation::Installation;
pub(crate) use installation::InstallationAuth;
pub(crate) use proof::Proof;
