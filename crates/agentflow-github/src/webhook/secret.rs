//! Whether a delivery is GitHub's: the secrets that both sides know, and what they sign.
//!
//! The rules are GitHub's ("Validating webhook deliveries"): HMAC-SHA256 of the body as it was
//! sent, in hex, in the header `X-Hub-Signature-256`. Signatures are compared in constant
//! time, and the older header with SHA-1 is not looked at.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::delivery::Delivery;
use super::error::WebhookError;

const SIGNATURE: &str = "x-hub-signature-256";

/// What the value of the header begins with.
const SCHEME: &str = "sha256=";

const SIGNATURE_BYTES: usize = 32;

/// The secrets of a webhook: one, or while it is changed the new one and the old one.
#[derive(Clone)]
pub struct WebhookSecrets {
    secrets: Vec<SecretString>,
}

impl WebhookSecrets {
    /// Deliveries signed with any of these are taken.
    ///
    /// # Errors
    /// [`WebhookError::NoSecret`] if there is none, or one of them is empty: anybody could sign
    /// with that.
    pub fn new(secrets: impl IntoIterator<Item = SecretString>) -> Result<Self, WebhookError> {
        let secrets: Vec<SecretString> = secrets.into_iter().collect();
        let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
        if secrets.is_empty() || secrets.iter().any(is_empty) {
            return Err(WebhookError::NoSecret);
        }
        Ok(Self { secrets })
    }

    /// Checks and reads one delivery: the headers of a request, and its body as it came.
    ///
    /// ```
    /// use agentflow_github::{WebhookEvent, WebhookSecrets};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let secrets = WebhookSecrets::new(["a long random text".into()])?;
    /// let body = br#"{"action":"labeled","issue":{"number":7,"state":"open","user":null},
    ///     "label":{"name":"agent"},"repository":{"full_name":"octo/hello","owner":null}}"#;
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-github-event", "issues".parse()?);
    /// headers.insert("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".parse()?);
    /// headers.insert("x-hub-signature-256", secrets.sign(body).parse()?);
    ///
    /// let delivery = secrets.open(&headers, body)?;
    /// let WebhookEvent::Issues(event) = &delivery.event else { panic!("an issue's event") };
    /// assert_eq!((event.issue.number, event.label.as_deref()), (7, Some("agent")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WebhookError`] says what is wrong with it. The signature is checked before anything
    /// else of it is read.
    pub fn open(&self, headers: &HeaderMap, body: &[u8]) -> Result<Delivery, WebhookError> {
        self.check(headers, body)?;
        Delivery::read(headers, body)
    }

    /// The value of the header that signs a body, by the first of the secrets: for servers that
    /// deliver, and for tests.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        let mut signature = SCHEME.to_owned();
        for byte in mac_of(&self.secrets[0], body).finalize().into_bytes() {
            for half in [byte >> 4, byte & 0xf] {
                signature.push(char::from_digit(half.into(), 16).unwrap_or_default());
            }
        }
        signature
    }

    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), WebhookError> {
        let given = headers.get(SIGNATURE).ok_or(WebhookError::NotSigned)?;
        let given = signature(given.as_bytes()).ok_or(WebhookError::WrongSignature)?;
        let is_right = |secret| mac_of(secret, body).verify_slice(&given).is_ok();
        // All of them, so that the time does not tell which was right.
        let right = self.secrets.iter().filter(|secret| is_right(secret));
        match right.count() {
            0 => Err(WebhookError::WrongSignature),
            _ => Ok(()),
        }
    }
}

fn mac_of(secret: &SecretString, body: &[u8]) -> Hmac<Sha256> {
    let secret = secret.expose_secret().as_bytes();
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.chain_update(body)
}

/// The signature in a header's value.
fn signature(value: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
    let (digits, rest) = value.strip_prefix(SCHEME.as_bytes())?.as_chunks::<2>();
    if digits.len() != SIGNATURE_BYTES || !rest.is_empty() {
        return None;
    }
    let mut signature = [0; SIGNATURE_BYTES];
    for (byte, [high, low]) in signature.iter_mut().zip(digits) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(signature)
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSecrets")
            .field("count", &self.secrets.len())
            .finish()
    }
}
