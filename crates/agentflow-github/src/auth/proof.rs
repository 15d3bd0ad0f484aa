//! A token as it is shown to a server.

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// A token, and the header that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    pub(crate) token: SecretString,
    /// Marked as sensitive: nobody prints it.
    pub(crate) header: HeaderValue,
}

impl Proof {
    /// None if the token has a character that no header may have.
    pub(crate) fn of(token: SecretString) -> Option<Self> {
        let header = format!("Bearer {}", token.expose_secret());
        let mut header = HeaderValue::from_str(&header).ok()?;
        header.set_sensitive(true);
        Some(Self { token, header })
    }
}
