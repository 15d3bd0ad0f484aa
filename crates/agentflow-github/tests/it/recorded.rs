//! Every recorded answer of the operations we use decodes; every recorded error is understood.

use std::collections::BTreeMap;
use std::path::PathBuf;

use agentflow_github::{GitHubError, MergeMethod, NewPullRequest, PullRequestUpdate};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::replay::replay;
use crate::support::{PREFIX, builder, client, ok, refused};

/// The folder of recorded data, or none, said loudly.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub(crate) fn data(file: &str) -> Option<String> {
    let folder = std::env::var_os("AGENTFLOW_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let file = folder.join("contracts").join(file);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        eprintln!(
            "SKIPPED: no recorded data at {}; set AGENTFLOW_TEST_DATA",
            file.display()
        );
    }
    text
}

pub(crate) fn recordings() -> Vec<Value> {
    [
        "recordings/github-mit.jsonl",
        "recordings/github-flows-mit.jsonl",
    ]
    .into_iter()
    .filter_map(data)
    .flat_map(|text| {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect::<Vec<Value>>()
    })
    .collect()
}

#[tokio::test]
async fn every_recorded_answer_decodes() {
    let recordings = recordings();
    let any = !recordings.is_empty();
    let mut decoded: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    // One client for all: each reads the machine's root certificates, which is slow.
    let server = MockServer::start().await;
    let github = client(&server);
    for row in recordings {
        let (operation, at) = (
            row["operationId"].as_str().unwrap(),
            row["path"].as_str().unwrap(),
        );
        let status = row["status"].as_u64().unwrap();
        // A text with times to fill in is what the maintainers wrote, not what a server sent.
        let is_template = row["body"].as_str().is_some_and(|body| body.contains("{{"));
        if !(200..300).contains(&status) || is_template {
            continue;
        }
        let mut answer = ResponseTemplate::new(u16::try_from(status).unwrap());
        if status != 204 {
            answer = answer.set_body_json(&row["body"]);
        }
        server.reset().await;
        // Exactly the recorded path: so the routes are compared with real requests as well.
        // Only `+`, which need not be encoded in a path, was recorded in both forms.
        let expected = format!("{PREFIX}{at}").replace("%2B", "+");
        Mock::given(method(row["method"].as_str().unwrap()))
            .and(move |request: &wiremock::Request| {
                request.url.path().replace("%2B", "+") == expected
            })
            .respond_with(answer)
            .mount(&server)
            .await;
        // What an operation looks at besides, which these recordings do not hold.
        Mock::given(method("GET"))
            .and(wiremock::matchers::path_regex(
                "/repos/[^/]+/[^/]+(/issues/[0-9]+)?$",
            ))
            .respond_with(ok(
                json!({ "full_name": "octo/hello", "number": 1, "state": "open", "user": null }),
            ))
            .with_priority(100)
            .mount(&server)
            .await;
        Mock::given(wiremock::matchers::any())
            .respond_with(refused(404, "Not Found"))
            .with_priority(200)
            .mount(&server)
            .await;
        if let Some(outcome) = replay(&github, &row).await {
            if let Err(error) = outcome {
                failures.push(format!("{operation} {at}: {error:?}"));
            }
            *decoded.entry(operation.to_owned()).or_default() += 1;
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    if any {
        assert_eq!(
            decoded.len(),
            37,
            "one of our operations is no longer in the recordings: {decoded:?}"
        );
    }
}

/// The variant's name: what an error means, without what it says.
pub(crate) fn meaning(error: &GitHubError) -> String {
    let debug = format!("{error:?}");
    debug
        .split([' ', '{', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Answers everything with one refusal, makes a call by that method, and says what it meant.
async fn meaning_of(verb: &str, answer: ResponseTemplate) -> String {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let github = builder(&server)
        .retry(agentflow_github::RetryPolicy::never())
        .build()
        .unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    let error = match verb {
        "GET" => repo.repository().await.unwrap_err(),
        "POST" => repo
            .create_pull_request(&NewPullRequest::default())
            .await
            .unwrap_err(),
        "PUT" => repo.merge(1, MergeMethod::Merge, "abc").await.unwrap_err(),
        "PATCH" => repo
            .update_pull_request(1, &PullRequestUpdate::default())
            .await
            .unwrap_err(),
        "DELETE" => repo.delete_branch("x").await.unwrap_err(),
        other => panic!("no call by {other}"),
    };
    meaning(&error)
}

#[tokio::test]
async fn every_collected_error_has_its_meaning() {
    let Some(text) = data("github-errors.json") else {
        return;
    };
    let errors: Value = serde_json::from_str(&text).unwrap();
    let mut meanings = Vec::new();
    for row in errors["errors"].as_array().unwrap() {
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        let operation = row["operationId"].as_str().unwrap();
        let verb = match operation {
            "pulls/merge" | "repos/create-or-update-file-contents" => "PUT",
            _ => "POST",
        };
        let answer = ResponseTemplate::new(status).set_body_json(&row["body"]);
        meanings.push(format!("{operation}: {}", meaning_of(verb, answer).await));
    }
    assert_eq!(
        meanings,
        [
            "pulls/merge: Raced",
            "pulls/merge: NotMergeable",
            "pulls/merge: HeadMoved",
            "git/create-ref: AlreadyExists",
            "repos/create-or-update-file-contents: Conflict",
            "repos/create-or-update-file-contents: Raced",
            "repos/create-or-update-file-contents: Validation",
            "pulls/create: Validation",
            "pulls/create: AlreadyExists",
            "pulls/create-review: OutsideDiff",
            "pulls/create-review: OwnPullRequest",
            "pulls/create-review: AlreadyExists",
        ]
    );
}

#[tokio::test]
async fn every_recorded_refusal_has_its_meaning() {
    for row in recordings() {
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        if status < 400 {
            continue;
        }
        let mut answer = ResponseTemplate::new(status);
        answer = match &row["body"] {
            Value::String(html) => answer.set_body_string(html),
            body => answer.set_body_json(body),
        };
        for (name, value) in row["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap_or_default();
            // The maintainers' templates stand for a time; without one the default wait applies.
            let wanted = name.starts_with("x-ratelimit") || name == "retry-after";
            let wanted = wanted && !value.is_empty();
            if wanted && !value.contains("{{") {
                answer = answer.insert_header(name.as_str(), value);
            }
        }
        let message = row["body"]["message"].as_str().unwrap_or_default();
        let limited =
            message.contains("rate limit") || row["headers"]["x-ratelimit-remaining"] == "0";
        let want = match status {
            403 | 429 if limited => "RateLimited",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            422 if row.to_string().contains("already exists") => "AlreadyExists",
            422 if message.contains("expected head sha") => "HeadMoved",
            422 => "Validation",
            503 => "Unavailable",
            other => panic!("no meaning is written down for {other}: {row}"),
        };
        let got = meaning_of(row["method"].as_str().unwrap(), answer).await;
        assert_eq!(
            got, want,
            "{} {} {message}",
            row["operationId"], row["path"]
        );
    }
}

#[tokio::test]
async fn the_documented_example_of_changed_files_decodes() {
    let Some(text) = data("github-openapi-trimmed.json") else {
        return;
    };
    let openapi: Value = serde_json::from_str(&text).unwrap();
    let example = &openapi["components"]["examples"]["diff-entry-items"]["value"];
    let server = MockServer::start().await;
    crate::support::on("GET", "/pulls/7/files")
        .respond_with(ok(example))
        .mount(&server)
        .await;
    let files = crate::support::repo(&server)
        .pull_request_files(7)
        .await
        .unwrap();
    assert_eq!(files.len(), example.as_array().unwrap().len());
    assert_eq!(files[0].path, example[0]["filename"].as_str().unwrap());
}
