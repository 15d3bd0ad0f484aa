//! Puts a client together. Connects to nothing; the first call does.

use std::fmt;
use std::sync::{Arc, Mutex};

use http::HeaderValue;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, OctocrabBuilder};
use secrecy::SecretString;

use crate::auth::{AppKey, Auth, Installation, InstallationAuth, Proof};
use crate::client::GitHub;
use crate::limits::{Limits, PULL_REQUESTS_PER_DAY_MAX};
use crate::repository::CommitSigner;
use crate::wire::{
    AnswerCache, BaseUrl, BaseUrlError, Circuit, CircuitPolicy, Pace, Pacer, RetryPolicy, Transport,
};

/// Collects what a [`GitHub`] client needs; mistakes are reported by [`build`](Self::build).
#[must_use]
pub struct GitHubBuilder {
    base_url: String,
    who: Who,
    user_agent: String,
    limits: Limits,
    retry: RetryPolicy,
    pace: Option<Pace>,
    circuit: CircuitPolicy,
    signer: Option<Arc<dyn CommitSigner>>,
    pull_requests_per_day_max: Option<u32>,
}

/// Who acts.
#[derive(Clone)]
enum Who {
    Nobody,
    Token(SecretString),
    App(AppKey),
    Installation(AppKey, Installation),
}

impl Who {
    fn auth(self) -> Result<Auth, BuildError> {
        Ok(match self {
            Self::Nobody => Auth::Nobody,
            Self::Token(token) => Auth::Token(Proof::of(token).ok_or(BuildError::Token)?),
            Self::App(key) => Auth::App(key),
            Self::Installation(key, installation) => {
                Auth::Installation(Box::new(InstallationAuth::new(key, installation)))
            }
        })
    }
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Token(_) => f.write_str("Token"),
            Self::App(key) => key.fmt(f),
            Self::Installation(key, installation) => write!(f, "{installation:?} of {key:?}"),
        }
    }
}

/// Why a client could not be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is none.
    #[error("the base URL cannot be used")]
    BaseUrl(#[from] BaseUrlError),
    /// The token has a character that no header may have, such as a line's end.
    #[error(
        "the token holds a character that no token has; check for line breaks and spaces around it"
    )]
    Token,
    /// The user agent has a character that no header may have.
    #[error("the user agent `{user_agent}` cannot be sent in a header")]
    UserAgent {
        /// What was given.
        user_agent: String,
    },
    /// There is no tokio runtime to run the connection's worker.
    #[error("a client is built inside a tokio runtime, which runs its connections")]
    NoRuntime,
    /// The HTTP client could not be set up, for example for lack of root certificates.
    #[error("the HTTP client could not be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Default for GitHubBuilder {
    fn default() -> Self {
        Self {
            base_url: BaseUrl::default().as_str().to_owned(),
            who: Who::Nobody,
            user_agent: concat!("agentflow/", env!("CARGO_PKG_VERSION")).to_owned(),
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            pace: None,
            circuit: CircuitPolicy::default(),
            signer: None,
            pull_requests_per_day_max: None,
        }
    }
}

impl GitHubBuilder {
    /// The server's REST base; `https://api.github.com` by default.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Acts with a personal, fine-grained or installation access token. What is said last of
    /// who acts counts.
    pub fn token(mut self, token: SecretString) -> Self {
        self.who = Who::Token(token);
        self
    }

    /// Acts as a GitHub App itself, which may read its installations and nothing else.
    pub fn app(mut self, key: AppKey) -> Self {
        self.who = Who::App(key);
        self
    }

    /// Acts as an installation of a GitHub App. Its tokens are exchanged when they are needed,
    /// once for all calls, and again before they end.
    pub fn installation(mut self, key: AppKey, installation: Installation) -> Self {
        self.who = Who::Installation(key, installation);
        self
    }

    /// How the client names itself; `agentflow/VERSION` by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// What one call may cost at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// When a call is made again by itself.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How fast it writes; [`Pace::default`] unless told, and as fast as it goes where the server
    /// is on this machine.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// When a server that fails is left alone.
    pub fn circuit(mut self, circuit: CircuitPolicy) -> Self {
        self.circuit = circuit;
        self
    }

    /// Signs the commits that are made through the server's API; nobody does by default, but
    /// for GitHub itself those of an App.
    pub fn sign_commits(mut self, signer: impl CommitSigner + 'static) -> Self {
        self.signer = Some(Arc::new(signer));
        self
    }

    /// Most pull requests that our account opens on the server in 24 hours, whoever opens them:
    /// 10 unless told, so that a loop that went wrong floods nobody, and as many as wanted where
    /// the server is on this machine. Each costs a search before it is opened.
    pub fn pull_requests_per_day_max(mut self, max: u32) -> Self {
        self.pull_requests_per_day_max = Some(max);
        self
    }

    /// The client. Must be called inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says which setting cannot be used. Nothing is sent, so a wrong token is
    /// found by the first call.
    pub fn build(self) -> Result<GitHub, BuildError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(BuildError::NoRuntime);
        }
        let base_url: BaseUrl = self.base_url.parse()?;
        let client = self.http_client(&base_url)?;
        let octocrab = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(client))
            .with_auth(AuthState::None)
            .build()
            .unwrap_or_else(|never| match never {});
        // A server on this machine is one's own: nobody else is disturbed.
        let is_own = base_url.is_loopback();
        let usual = || {
            if is_own {
                Pace::unlimited()
            } else {
                Pace::default()
            }
        };
        let pace = self.pace.unwrap_or_else(usual);
        let quota = (!is_own).then_some(PULL_REQUESTS_PER_DAY_MAX);
        let quota = self.pull_requests_per_day_max.or(quota);
        let transport = Transport {
            octocrab,
            base_url,
            auth: self.who.auth()?,
            cache: AnswerCache::new(self.limits.cache_bytes_max),
            limits: self.limits,
            retry: self.retry,
            pacer: Pacer::new(pace),
            circuit: Circuit::new(self.circuit),
            shown: Mutex::default(),
        };
        Ok(GitHub::new(transport, self.signer, quota))
    }

    fn http_client(&self, base_url: &BaseUrl) -> Result<reqwest::Client, BuildError> {
        let user_agent =
            HeaderValue::from_str(&self.user_agent).map_err(|_| BuildError::UserAgent {
                user_agent: self.user_agent.clone(),
            })?;
        let mut client = reqwest::Client::builder()
            .user_agent(user_agent)
            .connect_timeout(self.limits.connect_timeout)
            .read_timeout(self.limits.read_timeout)
            .timeout(self.limits.attempt_timeout)
            // `transport` follows them, and only where the token may go.
            .redirect(reqwest::redirect::Policy::none());
        if base_url.is_loopback() {
            client = client.no_proxy();
        }
        client
            .build()
            .map_err(|error| BuildError::Client(Box::new(error)))
    }
}

impl fmt::Debug for GitHubBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubBuilder")
            .field("base_url", &self.base_url.parse::<BaseUrl>())
            .field("who", &self.who)
            .field("user_agent", &self.user_agent)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("pace", &self.pace)
            .field("circuit", &self.circuit)
            .field("signer", &self.signer)
            .finish()
    }
}
