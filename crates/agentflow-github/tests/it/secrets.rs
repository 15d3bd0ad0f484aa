//! The token goes to the server and nowhere else.

use std::error::Error as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use agentflow_github::{GitHubError, NewPullRequest, RetryPolicy};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{PREFIX, TOKEN, builder, ok, on, refused};

/// Keeps everything that is logged, at every level and by every crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// An error in every form in which it can be printed.
fn everything(error: &GitHubError) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

#[tokio::test]
async fn the_token_is_in_no_log_no_error_and_no_debug_output() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);

    let server = MockServer::start().await;
    let bearer = format!("Bearer {TOKEN}");
    Mock::given(path(format!("{PREFIX}/user")))
        .and(header("authorization", bearer.as_str()))
        .respond_with(ok(json!({ "login": "bot" })))
        .expect(1)
        .mount(&server)
        .await;
    // Servers that send the token back, in every place that ends up in an error.
    let echo = format!("bad token {TOKEN}");
    on("GET", "/issues/1")
        .respond_with(refused(401, &echo))
        .mount(&server)
        .await;
    on("GET", "/issues/2")
        .respond_with(ResponseTemplate::new(502).set_body_string(&echo))
        .mount(&server)
        .await;
    on("POST", "/pulls")
        .respond_with(
            ResponseTemplate::new(422)
                .set_body_json(json!({ "message": echo, "errors": [echo, { "message": echo }] })),
        )
        .mount(&server)
        .await;
    on("GET", "/issues/3")
        .respond_with(ok(json!({ "number": TOKEN })))
        .mount(&server)
        .await;

    let builder = builder(&server).retry(RetryPolicy {
        attempts_max: 2,
        ..RetryPolicy::default()
    });
    let mut shown = format!("{builder:?} {builder:#?}");
    let github = builder.build().unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    github.current_user().await.unwrap();
    shown.push_str(&format!("{github:?} {repo:#?}"));
    for error in [
        repo.issue(1).await.unwrap_err(),
        repo.issue(2).await.unwrap_err(),
        repo.issue(3).await.unwrap_err(),
        repo.create_pull_request(&NewPullRequest::default())
            .await
            .unwrap_err(),
    ] {
        shown.push_str(&everything(&error));
    }
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        log.contains("answered") && log.contains("hyper"),
        "the log was watched: {log}"
    );
    assert!(!log.contains(TOKEN), "in the log");
    assert!(!shown.contains(TOKEN), "shown: {shown}");
    assert!(
        shown.contains("[token]"),
        "what a server sent back is kept, without the token"
    );
}
