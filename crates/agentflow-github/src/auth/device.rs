//! Logging in at a terminal: the person types a code into a page of GitHub's, in any browser.
//!
//! The device flow of OAuth, RFC 8628, as GitHub has it ("Authorizing OAuth apps").

use std::time::Duration;

use http::header;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::wire::BaseUrl;

/// What a pause grows by when the server says that we ask too often (RFC 8628, section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// Longest that a code is waited for; GitHub's last a quarter of an hour.
const CODE_TIME_MAX: Duration = Duration::from_secs(3_600);

/// Longest wait for one answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// A login that waits for a person.
///
/// ```no_run
/// use agentflow_github::{BaseUrl, DeviceLogin};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let login = DeviceLogin::start(&BaseUrl::default(), "Iv23liABCDEFGHIJKLMN", &["repo"]).await?;
/// println!("Open {} and type {}", login.page(), login.code());
/// let token = login.wait().await?;
/// # let _ = token;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DeviceLogin {
    client: reqwest::Client,
    web: String,
    client_id: String,
    started: Started,
    ends: Instant,
}

/// Why nobody is logged in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceLoginError {
    /// The person said no.
    #[error("the login was refused in the browser")]
    Refused,
    /// Nobody typed the code in time.
    #[error("nobody typed the code in time; start again")]
    Expired,
    /// The server does not let this application log in like this.
    #[error("the server refused the login: {message}")]
    Application {
        /// Its words.
        message: String,
    },
    /// The server was not reached, or answered something else.
    #[error("the server could not be asked")]
    Unavailable(#[source] reqwest::Error),
}

#[derive(Debug, Deserialize)]
struct Started {
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    expires_in: u64,
    #[serde(default = "usual_interval")]
    interval: u64,
}

fn usual_interval() -> u64 {
    5
}

/// What the server says to whoever asks for the token.
#[derive(Deserialize)]
struct Asked {
    access_token: Option<SecretString>,
    error: Option<String>,
    error_description: Option<String>,
    interval: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Start {
    Started(Started),
    Refused {
        error: String,
        #[serde(default)]
        error_description: String,
    },
}

impl DeviceLogin {
    /// Asks the server for a code, for the OAuth or GitHub App with this client id. `scopes` are
    /// those of an OAuth App; a GitHub App has its own permissions, and wants none.
    ///
    /// # Errors
    /// [`DeviceLoginError::Application`] where there is no such App, or its device flow is
    /// switched off; [`DeviceLoginError::Unavailable`].
    pub async fn start(
        server: &BaseUrl,
        client_id: &str,
        scopes: &[&str],
    ) -> Result<Self, DeviceLoginError> {
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("agentflow/", env!("CARGO_PKG_VERSION")))
            .timeout(ANSWER_TIME_MAX)
            // The code would be sent along.
            .redirect(reqwest::redirect::Policy::none());
        if server.is_loopback() {
            client = client.no_proxy();
        }
        let client = client.build().map_err(DeviceLoginError::Unavailable)?;
        let web = server.web();
        let fields = [("client_id", client_id), ("scope", &scopes.join(" "))];
        let address = format!("{web}/login/device/code");
        let started = match ask(&client, &address, &fields).await? {
            Start::Started(started) => started,
            Start::Refused {
                error,
                error_description,
            } => return Err(refused(error, error_description)),
        };
        let lasts = Duration::from_secs(started.expires_in).min(CODE_TIME_MAX);
        let ends = Instant::now() + lasts;
        Ok(Self {
            client,
            web,
            client_id: client_id.to_owned(),
            started,
            ends,
        })
    }

    /// What the person has to type, such as `WDJB-MJHT`.
    pub fn code(&self) -> &str {
        &self.started.user_code
    }

    /// The page on which to type it.
    pub fn page(&self) -> &str {
        &self.started.verification_uri
    }

    /// Waits until the person has typed the code, and gives the token.
    ///
    /// # Errors
    /// [`DeviceLoginError`] says why there is none. An outage is waited out until the code ends.
    ///
    /// # Cancel safety
    /// May be dropped; the code then ends by itself.
    pub async fn wait(self) -> Result<SecretString, DeviceLoginError> {
        let mut pause = Duration::from_secs(self.started.interval);
        loop {
            let left = self.ends.saturating_duration_since(Instant::now());
            if pause >= left {
                return Err(DeviceLoginError::Expired);
            }
            tokio::time::sleep(pause).await;
            let asked = match self.ask_once().await {
                Ok(asked) => asked,
                Err(DeviceLoginError::Unavailable(error)) if !error.is_decode() => {
                    tracing::debug!(%error, "the login is asked for again");
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some(token) = asked.access_token {
                return Ok(token);
            }
            match asked.error.as_deref().unwrap_or_default() {
                "authorization_pending" => {}
                "slow_down" => {
                    let told = asked.interval.map(Duration::from_secs);
                    pause = told.unwrap_or(pause.saturating_add(SLOWER)).max(pause);
                }
                "expired_token" => return Err(DeviceLoginError::Expired),
                "access_denied" => return Err(DeviceLoginError::Refused),
                other => {
                    let description = asked.error_description.unwrap_or_default();
                    return Err(refused(other.to_owned(), description));
                }
            }
        }
    }

    async fn ask_once(&self) -> Result<Asked, DeviceLoginError> {
        use secrecy::ExposeSecret as _;
        let fields = [
            ("client_id", self.client_id.as_str()),
            ("device_code", self.started.device_code.expose_secret()),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ];
        let address = format!("{}/login/oauth/access_token", self.web);
        ask(&self.client, &address, &fields).await
    }
}

fn refused(error: String, description: String) -> DeviceLoginError {
    let message = if description.is_empty() {
        error
    } else {
        description
    };
    DeviceLoginError::Application { message }
}

async fn ask<T: DeserializeOwned>(
    client: &reqwest::Client,
    address: &str,
    fields: &[(&str, &str)],
) -> Result<T, DeviceLoginError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = client
        .post(address)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    let answer = request.send().await;
    // Refusals come with 200 from GitHub, and with 400 from servers that keep to the RFC.
    let answer = answer.and_then(|answer| match answer.status().as_u16() {
        500..=599 => answer.error_for_status(),
        _ => Ok(answer),
    });
    let answer = answer.map_err(|error| DeviceLoginError::Unavailable(error.without_url()))?;
    let read = answer.json().await;
    read.map_err(|error| DeviceLoginError::Unavailable(error.without_url()))
}
