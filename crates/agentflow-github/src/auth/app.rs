//! A GitHub App's own key, and the tokens it signs for itself.
//!
//! The rules are GitHub's ("Generating a JSON Web Token for a GitHub App"): RS256, from a
//! minute ago, since clocks differ, for at most ten minutes.

use std::fmt;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::Proof;
use crate::error::{AnswerProblem, Call, GitHubError};
use crate::wire::{Request, Route, Transport};

/// How far into the past a token is dated, in seconds.
const BACKDATED: i64 = 60;

/// How long a token lasts, in seconds: GitHub takes none that lasts longer than ten minutes.
const LASTS: i64 = 9 * 60;

/// A GitHub App, by its id and its private key.
#[derive(Clone)]
pub struct AppKey {
    app: String,
    key: EncodingKey,
}

/// The private key of an App cannot be used. What it holds is not in the message.
#[derive(Debug, thiserror::Error)]
#[error(
    "the private key of App `{app}` is no RSA key in PEM; download one from the App's settings and pass the file as it is"
)]
pub struct AppKeyError {
    app: String,
}

/// What a token says.
#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

/// The App as the server knows it.
#[derive(Deserialize)]
struct Known {
    slug: String,
}

impl AppKey {
    /// The App of this id, or client id, with the private key that GitHub gave for it.
    ///
    /// # Errors
    /// If the key is no RSA key in PEM.
    pub fn new(app: impl Into<String>, private_key: &SecretString) -> Result<Self, AppKeyError> {
        let app = app.into();
        let pem = private_key.expose_secret().as_bytes();
        let key = EncodingKey::from_rsa_pem(pem).map_err(|_| AppKeyError { app: app.clone() })?;
        let app_key = Self { app, key };
        // A key that is in the right form may still be none: it would fail with each call.
        match app_key.sign(Timestamp::now()) {
            Some(_) => Ok(app_key),
            None => Err(AppKeyError { app: app_key.app }),
        }
    }

    /// A token of the App itself, for now.
    pub(super) fn proof(&self) -> Proof {
        self.sign(Timestamp::now())
            .expect("the key has signed a token before")
    }

    /// The account that the App acts as.
    pub(super) async fn bot(&self, transport: &Transport) -> Result<String, GitHubError> {
        let call = Call::new("read the account of", format!("App {}", self.app));
        let request = Request::get(call.clone(), Route::new("app"))?;
        let answer = transport.send_as(&request, &self.proof()).await?;
        let known: Known =
            serde_json::from_slice(&answer.body).map_err(|_| GitHubError::InvalidAnswer {
                call,
                source: AnswerProblem::Missing { field: "slug" },
            })?;
        Ok(format!("{}[bot]", known.slug))
    }

    fn sign(&self, now: Timestamp) -> Option<Proof> {
        let claims = Claims {
            iat: now.as_second() - BACKDATED,
            exp: now.as_second() + LASTS,
            iss: &self.app,
        };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        Proof::of(SecretString::from(token.ok()?))
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppKey")
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}
