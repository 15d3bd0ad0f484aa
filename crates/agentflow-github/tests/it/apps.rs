//! Acting as a GitHub App: the token it signs, and those of its installations.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_github::{AppKey, GitHub, GitHubError, Installation, Repo, RetryPolicy};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{PREFIX, builder, ok, on, refused};

const APP: &str = "4711";

/// A private key in PEM, and the public one as GitHub keeps it.
fn keys() -> &'static (SecretString, DecodingKey) {
    static KEYS: OnceLock<(SecretString, DecodingKey)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let private = BASE64_STANDARD.encode(der.as_ref());
        let private =
            format!("-----BEGIN PRIVATE KEY-----\n{private}\n-----END PRIVATE KEY-----\n");
        let public = DecodingKey::from_rsa_der(pair.public_key().as_ref());
        (private.into(), public)
    })
}

fn key() -> AppKey {
    AppKey::new(APP, &keys().0).unwrap()
}

/// What a request proves with.
fn bearer(request: &Request) -> String {
    let value = request.headers.get("authorization").unwrap();
    let value = value.to_str().unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

/// Panics unless it is the App itself that asks, as GitHub wants it.
fn expect_app(request: &Request) {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[APP]);
    let token = jsonwebtoken::decode::<Value>(bearer(request), &keys().1, &validation).unwrap();
    let second = |name: &str| token.claims[name].as_i64().unwrap();
    let now = Timestamp::now().as_second();
    assert!(second("iat") <= now - 30 && second("exp") - second("iat") <= 600);
}

/// Tokens of installation 9, which last so many minutes; the `n`th is `secret-n`.
struct Exchanges {
    lasts: i64,
    count: AtomicU32,
}

impl wiremock::Respond for &'static Exchanges {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        expect_app(request);
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let ends = Timestamp::now() + SignedDuration::from_mins(self.lasts);
        ResponseTemplate::new(201).set_body_json(json!({
            "token": format!("secret-{count}"),
            "expires_at": ends.to_string(),
            "permissions": { "contents": "write" },
        }))
    }
}

async fn exchanges(server: &MockServer, lasts: i64) -> &'static Exchanges {
    let exchanges: &'static Exchanges = Box::leak(Box::new(Exchanges {
        lasts,
        count: AtomicU32::new(0),
    }));
    let route = format!("{PREFIX}/app/installations/9/access_tokens");
    let mock = Mock::given(method("POST")).and(path(route));
    mock.respond_with(exchanges).mount(server).await;
    exchanges
}

fn acts(server: &MockServer, installation: Installation) -> (GitHub, Repo) {
    let builder = builder(server).installation(key(), installation);
    let github = builder.build().unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    (github, repo)
}

fn issue(number: u64) -> Value {
    json!({ "number": number, "state": "open", "user": null })
}

#[tokio::test]
async fn a_token_is_exchanged_once_for_all_calls_that_wait_for_it() {
    let server = MockServer::start().await;
    let exchanges = exchanges(&server, 60).await;
    let shown = |request: &Request| {
        assert_eq!(bearer(request), "secret-1");
        ok(issue(1))
    };
    on("GET", "/issues/1")
        .respond_with(shown)
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Number(9));
    let calls = (0..20).map(|_| repo.issue(1));
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(exchanges.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_token_is_exchanged_again_before_it_ends() {
    for (lasts, want) in [(60, 1), (6, 1), (4, 3), (-1, 3)] {
        let server = MockServer::start().await;
        let exchanges = exchanges(&server, lasts).await;
        on("GET", "/issues/1")
            .respond_with(ok(issue(1)))
            .mount(&server)
            .await;
        let (_, repo) = acts(&server, Installation::Number(9));
        for _ in 0..3 {
            repo.issue(1).await.unwrap();
        }
        let count = exchanges.count.load(Ordering::SeqCst);
        assert_eq!(count, want, "a token of {lasts} minutes");
    }
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_exchanged_and_the_call_made_again_once() {
    let server = MockServer::start().await;
    let exchanges = exchanges(&server, 60).await;
    let only_the_second = |request: &Request| match bearer(request).as_str() {
        "secret-2" => ResponseTemplate::new(201).set_body_json(json!({ "id": 1, "user": null })),
        _ => refused(401, "Bad credentials"),
    };
    on("POST", "/issues/1/comments")
        .respond_with(only_the_second)
        .expect(2)
        .mount(&server)
        .await;
    on("POST", "/issues/2/comments")
        .respond_with(refused(401, "Bad credentials"))
        .expect(2)
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Number(9));
    repo.comment_on_issue(1, "done").await.unwrap();
    let refused = repo.comment_on_issue(2, "done").await.unwrap_err();
    assert!(
        matches!(refused, GitHubError::Unauthorized { .. }),
        "{refused:?}"
    );
    assert_eq!(exchanges.count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_installation_of_a_repository_is_looked_for_once() {
    let server = MockServer::start().await;
    exchanges(&server, 1).await;
    let found = |request: &Request| {
        expect_app(request);
        ok(json!({ "id": 9, "app_id": 1 }))
    };
    on("GET", "/installation")
        .respond_with(found)
        .expect(1)
        .mount(&server)
        .await;
    on("GET", "/issues/1")
        .respond_with(ok(issue(1)))
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Of("octo/hello".parse().unwrap()));
    for _ in 0..2 {
        repo.issue(1).await.unwrap();
    }
}

#[tokio::test]
async fn an_app_that_is_not_installed_or_not_known_is_told_what_it_lacks() {
    let server = MockServer::start().await;
    on("GET", "/installation")
        .respond_with(refused(404, "Not Found"))
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Of("octo/hello".parse().unwrap()));
    let refused = repo.issue(1).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("find the App's installation of octo/hello"),
        "{refused}"
    );

    let server = MockServer::start().await;
    let route = format!("{PREFIX}/app/installations/9/access_tokens");
    let mock = Mock::given(method("POST")).and(path(route));
    // An answer without what was asked for, with something that nobody may see.
    let answer = json!({ "token": 7, "secret": "secret-0" });
    mock.respond_with(ok(answer)).mount(&server).await;
    let (_, repo) = acts(&server, Installation::Number(9));
    let refused = repo.issue(1).await.unwrap_err();
    assert!(
        matches!(refused, GitHubError::InvalidAnswer { .. }),
        "{refused:?}"
    );
    assert!(!format!("{refused:?}").contains("secret-0"));
}

#[tokio::test]
async fn an_exchange_is_tried_again_where_the_server_fails() {
    let server = MockServer::start().await;
    let route = format!("{PREFIX}/app/installations/9/access_tokens");
    let failed = Mock::given(method("POST")).and(path(route));
    failed
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    let exchanges = exchanges(&server, 60).await;
    on("GET", "/issues/1")
        .respond_with(ok(issue(1)))
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Number(9));
    repo.issue(1).await.unwrap();
    assert_eq!(exchanges.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_app_knows_its_own_comments_by_its_bot() {
    let server = MockServer::start().await;
    exchanges(&server, 60).await;
    let app = |request: &Request| {
        expect_app(request);
        ok(json!({ "slug": "helper", "id": 1 }))
    };
    let mock = Mock::given(method("GET")).and(path(format!("{PREFIX}/app")));
    mock.respond_with(app).expect(1).mount(&server).await;
    let comment = |id: u64, login: &str| {
        let author = json!({ "login": login, "type": "Bot" });
        json!({ "id": id, "body": "<!-- agentflow:opened -->", "user": author })
    };
    let marker = agentflow_github::Marker::new("opened").unwrap();
    let body = marker.mark("hello");
    let mut comments = [comment(1, "another[bot]"), comment(2, "helper[bot]")];
    for comment in &mut comments {
        comment["body"] = json!(body);
    }
    on("GET", "/issues/1/comments")
        .respond_with(ok(comments))
        .mount(&server)
        .await;
    let (_, repo) = acts(&server, Installation::Number(9));
    let found = repo.find_issue_comment(1, &marker).await.unwrap();
    assert_eq!(found.map(|comment| comment.id), Some(2));
}

#[tokio::test]
async fn neither_key_nor_tokens_are_shown() {
    let server = MockServer::start().await;
    exchanges(&server, 60).await;
    let echo = |request: &Request| refused(403, &format!("not with {}", bearer(request)));
    on("GET", "/issues/1")
        .respond_with(echo)
        .mount(&server)
        .await;
    let builder = builder(&server)
        .retry(RetryPolicy::never())
        .installation(key(), Installation::Number(9));
    let mut shown = format!("{builder:?}");
    let github = builder.build().unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    let error = repo.issue(1).await.unwrap_err();
    shown.push_str(&format!("{github:?} {error} {error:?} {:?}", key()));
    assert!(
        shown.contains("[token]") && !shown.contains("secret-1"),
        "{shown}"
    );
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");

    let unusable =
        SecretString::from("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----");
    for wrong in [unusable, "c2VjcmV0".into(), "".into()] {
        let error = AppKey::new(APP, &wrong).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("App `4711` is no RSA key in PEM")
        );
        assert!(!format!("{error:?}").contains("c2VjcmV0"));
    }
}
