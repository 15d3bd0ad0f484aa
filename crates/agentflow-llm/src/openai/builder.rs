//! Settings of the client, checked before the first request.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::address::{
    Dialect, base_url, completions_url, dialect_of, embeddings_url, is_loopback, without_user,
};
use super::client::OpenAiCompatible;
use super::embedder::{EmbeddingDims, OpenAiCompatibleEmbedder};
use super::routing::ProviderRouting;
use super::server::Server;
use crate::error::BoxError;

const OPEN_ROUTER_URL: &str = "https://openrouter.ai/api/v1";

/// Asked in this order: cheap and able, then two that are good with code.
const OPEN_ROUTER_MODELS: [&str; 3] = [
    "openai/gpt-4o-mini",
    "qwen/qwen2.5-coder-7b-instruct",
    "deepseek/deepseek-coder-v2",
];

/// A server that does not take a connection in this time is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Long reasoning takes minutes, and a reply that is not streamed comes all at the end.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Servers that keep a stream open while a model thinks say something every few seconds; local
/// ones read a long prompt in silence.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// Far above any reply in words; it stops a server that never stops sending.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where a client for OpenRouter begins.
#[derive(Debug)]
pub enum OpenRouter {}

impl OpenRouter {
    /// A client for OpenRouter with the default models, `openai/gpt-4o-mini` first.
    ///
    /// ```
    /// use agentflow_llm::{ChatModel, OpenRouter};
    ///
    /// # fn main() -> Result<(), agentflow_llm::SetupError> {
    /// let model = OpenRouter::new("sk-or-example")?;
    /// assert_eq!(model.name(), "openai/gpt-4o-mini");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SetupError`] for a key that cannot be one.
    #[expect(
        clippy::new_ret_no_self,
        reason = "OpenRouter is one place the client can point at"
    )]
    pub fn new(key: impl Into<SecretString>) -> Result<OpenAiCompatible, SetupError> {
        Self::builder(key).build()
    }

    /// The same, with settings to change.
    pub fn builder(key: impl Into<SecretString>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder {
            dialect: Some(Dialect::OpenRouter),
            ..OpenAiCompatible::builder(OPEN_ROUTER_URL).key(key)
        }
    }
}

/// Settings of an [`OpenAiCompatible`] client.
#[derive(Clone)]
#[must_use]
pub struct OpenAiCompatibleBuilder {
    base_url: String,
    // None: told by the host.
    dialect: Option<Dialect>,
    key: Option<SecretString>,
    models: Vec<String>,
    routing: ProviderRouting,
    referer: Option<String>,
    title: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    idle_timeout: Duration,
    reply_bytes_max: usize,
}

impl OpenAiCompatibleBuilder {
    pub(super) fn new(base_url: String) -> Self {
        Self {
            base_url,
            dialect: None,
            key: None,
            models: Vec::new(),
            routing: ProviderRouting::default(),
            referer: None,
            title: None,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            reply_bytes_max: REPLY_BYTES_MAX,
        }
    }

    /// Another address, such as a proxy in front of the same server.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The API key. Local servers need none.
    pub fn key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The model to ask, and after it those OpenRouter may fall back to. Other servers are
    /// only ever asked for the first.
    pub fn models<M: Into<String>>(mut self, models: impl IntoIterator<Item = M>) -> Self {
        self.models = models.into_iter().map(Into::into).collect();
        self
    }

    /// Which providers behind OpenRouter may answer.
    pub fn routing(mut self, routing: ProviderRouting) -> Self {
        self.routing = routing;
        self
    }

    /// The address of your application, sent as `HTTP-Referer` for OpenRouter's statistics.
    pub fn referer(mut self, url: impl Into<String>) -> Self {
        self.referer = Some(url.into());
        self
    }

    /// The name of your application, sent as `X-Title`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// How long to wait for a connection, 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long to wait for the whole of a reply that is not streamed, 300 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a streamed reply may be silent, before its beginning or later, 120 s by
    /// default. Its whole time is limited by the layer [`Timeout`](crate::Timeout).
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// The longest reply that is read, 8 MiB by default; of a streamed one the words, the
    /// arguments and the reasoning count.
    pub fn reply_bytes_max(mut self, bytes: usize) -> Self {
        self.reply_bytes_max = bytes;
        self
    }

    /// Checks the settings and makes the client. Connects to nothing yet.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that cannot be right.
    pub fn build(self) -> Result<OpenAiCompatible, SetupError> {
        let base = base_url(&self.base_url)?;
        let dialect = self.dialect.unwrap_or_else(|| dialect_of(&base));
        let mut models = self.models.clone();
        if models.is_empty() && dialect == Dialect::OpenRouter {
            models = OPEN_ROUTER_MODELS.map(str::to_owned).into();
        }
        check_model(models.first(), &base)?;
        Ok(OpenAiCompatible {
            server: self.server(completions_url(base))?,
            dialect,
            models,
            routing: self.routing,
        })
    }

    /// Checks the settings and makes an embedder, which asks the first of the models; no
    /// model is the default. Connects to nothing yet.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that cannot be right.
    pub fn build_embedder(
        self,
        dims: EmbeddingDims,
    ) -> Result<OpenAiCompatibleEmbedder, SetupError> {
        let base = base_url(&self.base_url)?;
        check_model(self.models.first(), &base)?;
        if dims.count() == 0 {
            return Err(SetupError::NoDims);
        }
        let server = self.server(embeddings_url(base))?;
        let model = self.models.into_iter().next().unwrap_or_default();
        Ok(OpenAiCompatibleEmbedder::new(server, model, dims))
    }

    fn server(&self, url: Url) -> Result<Server, SetupError> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("agentflow/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers()?)
            // A redirect would turn the POST into a GET or carry the prompt to another host.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout);
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|source| SetupError::Client {
            source: source.into(),
        })?;
        Ok(Server {
            http,
            url,
            key: self.key.clone(),
            timeout: self.timeout,
            idle_timeout: self.idle_timeout,
            reply_bytes_max: self.reply_bytes_max,
        })
    }

    fn headers(&self) -> Result<HeaderMap, SetupError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            let key = key.expose_secret().trim();
            if key.is_empty() {
                return Err(SetupError::EmptyKey);
            }
            let bearer = HeaderValue::try_from(format!("Bearer {key}"));
            let mut bearer = bearer.map_err(|_| SetupError::KeyCharacters)?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        for (name, value) in [("http-referer", &self.referer), ("x-title", &self.title)] {
            if let Some(value) = value {
                let value = HeaderValue::try_from(value);
                let value = value.map_err(|source| SetupError::Header {
                    name,
                    source: source.into(),
                })?;
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}

fn check_model(model: Option<&String>, base: &Url) -> Result<(), SetupError> {
    if model.is_none_or(|model| model.trim().is_empty()) {
        let address = base.origin().ascii_serialization();
        return Err(SetupError::NoModel { address });
    }
    Ok(())
}

impl fmt::Debug for OpenAiCompatibleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatibleBuilder")
            .field("base_url", &without_user(&self.base_url))
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// Why the settings make no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The base URL does not say how to speak to the server.
    #[error(
        "base URL `{given}` does not start with `http://` or `https://`; write for example `http://localhost:11434/v1`"
    )]
    NoScheme {
        /// What was given.
        given: String,
    },
    /// The base URL is no URL.
    #[error("base URL `{given}` cannot be read; write for example `https://openrouter.ai/api/v1`")]
    NotAUrl {
        /// What was given.
        given: String,
        /// What is wrong with it.
        source: BoxError,
    },
    /// The base URL carries a user or password, which would end up in logs.
    #[error("base URL for `{host}` holds a user or password; give the key as the key")]
    UserInUrl {
        /// The URL's host.
        host: String,
    },
    /// The key is there and empty.
    #[error("the API key is empty; set it, or leave it out for a server that needs none")]
    EmptyKey,
    /// The key holds characters that no header can carry.
    #[error("the API key holds line breaks or control characters; copy it again")]
    KeyCharacters,
    /// A header's value holds characters that no header can carry.
    #[error("header `{name}` holds line breaks or control characters")]
    Header {
        /// The header.
        name: &'static str,
        /// What is wrong with it.
        source: BoxError,
    },
    /// Nobody said which model to ask.
    #[error("no model is named for {address}; name one with `models`")]
    NoModel {
        /// Scheme, host and port.
        address: String,
    },
    /// Vectors of no numbers.
    #[error("vectors of 0 numbers mean nothing; say how many the model's have")]
    NoDims,
    /// The HTTP client cannot be made, for example without any root certificates.
    #[error("cannot set up the HTTP client; check the system's certificates and proxy settings")]
    Client {
        /// Why not.
        source: BoxError,
    },
}
