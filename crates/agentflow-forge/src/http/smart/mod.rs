//! git over smart HTTP, through git's own `http-backend`.
//!
//! Anyone may fetch what is public; a push needs a token that may write, and git's update hook
//! keeps the protected branch from it. After a push the pull requests follow before the client is answered.

mod cgi;
mod exchange;
mod routes;

pub(super) use self::routes::routes;
