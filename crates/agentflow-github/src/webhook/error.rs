//! Why a delivery is not taken.

/// Why a delivery is not taken. What it holds is in none of the messages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no secret that deliveries could be checked with.
    #[error("no webhook secret, or an empty one; set the one that the webhook has on GitHub")]
    NoSecret,
    /// The webhook has no secret on GitHub, or somebody else asks.
    #[error("the delivery is not signed; give the webhook a secret on GitHub")]
    NotSigned,
    /// Somebody else asks, the secret differs, or the body was changed on its way.
    #[error(
        "the delivery's signature is wrong; compare the secret with that of the webhook, and pass the body as it came"
    )]
    WrongSignature,
    /// A header that GitHub always sends is missing.
    #[error("the delivery has no header `{header}`; pass on all headers of the request")]
    HeaderMissing {
        /// The header.
        header: &'static str,
    },
    /// More than GitHub sends.
    #[error("the delivery has {bytes} bytes; GitHub sends at most {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The body is neither JSON nor a form with JSON in it, or the payload lacks what its
    /// event cannot be without.
    #[error("the payload of the event `{event}` cannot be read")]
    Unreadable {
        /// The event.
        event: String,
        /// Where it ends to make sense.
        #[source]
        source: serde_json::Error,
    },
}

impl WebhookError {
    /// The status of HTTP that says so to whoever asked: 401 for who could not prove to be
    /// GitHub, 413 for too much, 400 for what cannot be read.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoSecret | Self::NotSigned | Self::WrongSignature => 401,
            Self::TooLarge { .. } => 413,
            Self::HeaderMissing { .. } | Self::Unreadable { .. } => 400,
        }
    }
}
