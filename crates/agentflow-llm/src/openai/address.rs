//! The address of a server: what users write, and what it tells.
//!
//! Nothing is looked up or connected to.

use std::net::IpAddr;

use reqwest::Url;

use super::builder::SetupError;

const OPEN_ROUTER_DOMAIN: &str = "openrouter.ai";

/// Which additions to the common protocol the server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Plain,
    /// Takes fallback models and routing wishes.
    OpenRouter,
}

pub(super) fn base_url(given: &str) -> Result<Url, SetupError> {
    let given = given.trim();
    let scheme = given.get(..8).unwrap_or(given).to_ascii_lowercase();
    if !scheme.starts_with("http://") && !scheme.starts_with("https://") {
        let given = without_user(given).to_owned();
        return Err(SetupError::NoScheme { given });
    }
    let url = Url::parse(given).map_err(|source| SetupError::NotAUrl {
        given: without_user(given).to_owned(),
        source: source.into(),
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(SetupError::UserInUrl { host });
    }
    Ok(url)
}

/// What follows the last `@`: before it may stand a password.
pub(super) fn without_user(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or(url)
}

const COMPLETIONS: &str = "/chat/completions";
const EMBEDDINGS: &str = "/embeddings";
const MODELS: &str = "/models";
const KEY: &str = "/key";

/// Takes a base with or without a slash at its end, and one that already names an endpoint.
pub(super) fn completions_url(base: Url) -> Url {
    endpoint(base, COMPLETIONS)
}

/// As [`completions_url`].
pub(super) fn embeddings_url(base: Url) -> Url {
    endpoint(base, EMBEDDINGS)
}

/// As [`completions_url`].
pub(super) fn models_url(base: Url) -> Url {
    endpoint(base, MODELS)
}

/// As [`completions_url`].
pub(super) fn key_url(base: Url) -> Url {
    endpoint(base, KEY)
}

fn endpoint(mut base: Url, wanted: &str) -> Url {
    let path = base.path().trim_end_matches('/').to_owned();
    let root = [COMPLETIONS, EMBEDDINGS]
        .into_iter()
        .find_map(|named| path.strip_suffix(named))
        .unwrap_or(&path);
    base.set_path(&format!("{root}{wanted}"));
    base
}

pub(super) fn dialect_of(base: &Url) -> Dialect {
    let host = base.host_str().unwrap_or_default();
    let before = host.strip_suffix(OPEN_ROUTER_DOMAIN);
    if before.is_some_and(|before| before.is_empty() || before.ends_with('.')) {
        Dialect::OpenRouter
    } else {
        Dialect::Plain
    }
}

/// A proxy cannot reach this machine's own servers.
pub(super) fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
