//! Who may do what: rights of tokens, roles of users, and what each request needs of both.
//!
//! Pure but for the key of the tokens. Which token a request shows is `http`'s business.

mod grant;
mod judge;
mod need;
mod new_token;
mod rights;
mod secret;

pub(crate) use self::grant::Grant;
pub(crate) use self::judge::{Standing, Verdict, judge};
pub(crate) use self::need::{Authored, Need};
pub use self::new_token::NewToken;
pub(crate) use self::new_token::Rights;
pub use self::rights::{Access, Permission, Role, Visibility};
pub(crate) use self::secret::{TokenKey, hash};
