//! Settings of the server, and why it does not start.

use std::io;
use std::net::SocketAddr;

use secrecy::SecretString;

/// Far above any conversation in a test; it stops a client that never stops sending.
const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Settings of a [`MockOpenAi`](crate::MockOpenAi).
///
/// ```
/// use agentflow_mock_openai::MockOptions;
///
/// let options = MockOptions { key: Some("only-this".into()), ..MockOptions::default() };
/// assert_eq!(options.port, 0);
/// ```
#[derive(Clone, Debug)]
pub struct MockOptions {
    /// The port on the loopback, 0 by default: one that is free.
    pub port: u16,
    /// The API key that clients have to send; `None`, the default, takes any and none.
    pub key: Option<SecretString>,
    /// The largest body of a request, 8 MiB by default.
    pub request_bytes_max: usize,
}

impl Default for MockOptions {
    fn default() -> Self {
        Self {
            port: 0,
            key: None,
            request_bytes_max: REQUEST_BYTES_MAX,
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on {address}; choose another port, or 0 for a free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}
