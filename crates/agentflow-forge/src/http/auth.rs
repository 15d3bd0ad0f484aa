//! Who a request is from: `Authorization: token X`, `Bearer X`, or `Basic` with the token as the
//! password (or as the user, as some git clients send it).

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::answer::Refusal;
use crate::access::hash;
use crate::state::ForgeState;
use crate::store::tokens::{self, Bearer};

/// The bearer of the token that a request shows, if it shows one. A bad one is refused, also
/// where none is needed, as GitHub does.
pub(super) async fn shown_bearer(
    state: &ForgeState,
    headers: &HeaderMap,
) -> Result<Option<Bearer>, Refusal> {
    let Some(shown) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let mut conn = state.database.read().await?;
    for secret in secrets(shown.to_str().unwrap_or_default()) {
        let bearer = tokens::bearer(&mut conn, &hash(&secret)).await?;
        if let Some(bearer) = bearer.filter(|it| !has_expired(state, it)) {
            return Ok(Some(bearer));
        }
    }
    Err(Refusal::unauthorized("Bad credentials"))
}

fn has_expired(state: &ForgeState, bearer: &Bearer) -> bool {
    let now = i64::try_from(state.options.clock.unix()).unwrap_or(i64::MAX);
    bearer.expires_at.is_some_and(|at| at <= now)
}

/// What in the header may be a token.
fn secrets(shown: &str) -> Vec<SecretString> {
    let Some((scheme, rest)) = shown.split_once(' ') else {
        return Vec::new();
    };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer") {
        return vec![SecretString::from(rest)];
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Vec::new();
    }
    let decoded = STANDARD
        .decode(rest)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = SecretString::from(decoded.unwrap_or_default());
    match decoded.expose_secret().split_once(':') {
        Some((user, password)) => vec![SecretString::from(password), SecretString::from(user)],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_every_form_of_the_header() {
        for (shown, want) in [
            ("token abc", &["abc"][..]),
            ("Bearer abc", &["abc"]),
            ("bearer  abc ", &["abc"]),
            // "me:abc"
            ("Basic bWU6YWJj", &["abc", "me"]),
            ("Basic %%%", &[]),
            ("abc", &[]),
            ("Digest abc", &[]),
        ] {
            let found = secrets(shown);
            let found: Vec<&str> = found.iter().map(ExposeSecret::expose_secret).collect();
            assert_eq!(found, want, "{shown}");
        }
    }
}
