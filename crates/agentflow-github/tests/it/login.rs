//! Logging in with a code that a person types into a browser.

use agentflow_github::{BaseUrl, DeviceLogin, DeviceLoginError};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::ok;

async fn starts(server: &MockServer, expires_in: u64) -> DeviceLogin {
    Mock::given(method("POST"))
        .and(path("/login/device/code"))
        .and(header("accept", "application/json"))
        .and(body_string_contains("client_id=Iv1.abc"))
        .and(body_string_contains("scope=repo+workflow"))
        .respond_with(ok(json!({
            "device_code": "hidden-code", "user_code": "WDJB-MJHT",
            "verification_uri": "https://github.example/login/device",
            "expires_in": expires_in, "interval": 0,
        })))
        .mount(server)
        .await;
    let base: BaseUrl = format!("{}/api/v3", server.uri()).parse().unwrap();
    DeviceLogin::start(&base, "Iv1.abc", &["repo", "workflow"])
        .await
        .unwrap()
}

async fn answers(server: &MockServer, answer: ResponseTemplate, times: u64) {
    Mock::given(method("POST"))
        .and(path("/login/oauth/access_token"))
        .and(body_string_contains("device_code=hidden-code"))
        .and(body_string_contains(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code",
        ))
        .respond_with(answer)
        .up_to_n_times(times)
        .expect(times)
        .mount(server)
        .await;
}

fn error(code: &str) -> Value {
    json!({ "error": code, "error_description": "what it means" })
}

#[tokio::test]
async fn the_token_comes_once_the_code_was_typed() {
    let server = MockServer::start().await;
    let login = starts(&server, 900).await;
    assert_eq!(login.code(), "WDJB-MJHT");
    assert_eq!(login.page(), "https://github.example/login/device");
    assert!(!format!("{login:?}").contains("hidden-code"));
    answers(&server, ok(error("authorization_pending")), 2).await;
    answers(&server, ResponseTemplate::new(503), 1).await;
    answers(
        &server,
        ok(json!({ "error": "slow_down", "interval": 0 })),
        1,
    )
    .await;
    answers(
        &server,
        ok(json!({ "access_token": "the-token", "token_type": "bearer" })),
        1,
    )
    .await;
    assert_eq!(login.wait().await.unwrap().expose_secret(), "the-token");
}

#[tokio::test]
async fn why_nobody_is_logged_in_is_told() {
    for (code, want) in [
        ("access_denied", "the login was refused in the browser"),
        (
            "expired_token",
            "nobody typed the code in time; start again",
        ),
        (
            "device_flow_disabled",
            "the server refused the login: what it means",
        ),
    ] {
        let server = MockServer::start().await;
        let login = starts(&server, 900).await;
        answers(&server, ok(error(code)), 1).await;
        assert_eq!(login.wait().await.unwrap_err().to_string(), want);
    }
}

#[tokio::test]
async fn a_code_that_nobody_types_ends() {
    let server = MockServer::start().await;
    let login = starts(&server, 0).await;
    let error = login.wait().await.unwrap_err();
    assert!(matches!(error, DeviceLoginError::Expired), "{error}");
}

#[tokio::test]
async fn an_unknown_application_is_told() {
    let server = MockServer::start().await;
    Mock::given(path("/login/device/code"))
        .respond_with(
            ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_client" })),
        )
        .mount(&server)
        .await;
    let base: BaseUrl = format!("{}/api/v3", server.uri()).parse().unwrap();
    let error = DeviceLogin::start(&base, "x", &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server refused the login: invalid_client"
    );
}
