//! Another name of the API: on a host that begins with `api.`, its paths stand at the root, as on
//! GitHub. `gh` knows no other for a host that is not an Enterprise server.

use axum::extract::Request;
use axum::http::{Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use super::gate::API;

/// Gives a request to such a host the path that it has on others.
pub(super) async fn from_api_host(mut request: Request, next: Next) -> Response {
    if is_api_host(&request)
        && let Some(uri) = below_api(request.uri())
    {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn is_api_host(request: &Request) -> bool {
    // A request through a proxy names its host in its first line.
    let named = request.uri().host();
    let told = || request.headers().get(header::HOST)?.to_str().ok();
    named
        .or_else(told)
        .is_some_and(|host| host.starts_with("api."))
}

fn below_api(uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str();
    if path.starts_with("/api/") {
        return None;
    }
    let whole = match path {
        "/graphql" => "/api/graphql".to_owned(),
        _ => format!("{API}{path}"),
    };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_an_api_host_has_the_api_at_its_root() {
        for (uri, host, want) in [
            (
                "http://api.github.localhost/user?a=b",
                "",
                Some("/api/v3/user?a=b"),
            ),
            ("/graphql", "api.github.localhost:80", Some("/api/graphql")),
            ("/api/v3/user", "api.github.localhost", None),
            ("/octo/demo", "127.0.0.1:3000", None),
            ("http://github.localhost/user", "", None),
        ] {
            let request = axum::http::Request::builder().uri(uri).header("host", host);
            let request = request.body(Body::empty()).unwrap();
            let found = is_api_host(&request).then(|| below_api(request.uri()));
            let found = found.flatten().map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), want, "{uri} {host}");
        }
    }
}
