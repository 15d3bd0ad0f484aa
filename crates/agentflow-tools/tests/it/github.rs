//! What a model sees of GitHub, and what it may write there.

use std::sync::Arc;

use agentflow_github::{GitHub, Repo, RetryPolicy};
use agentflow_llm::{Tool, ToolError};
use agentflow_tools::{ToolOptions, github_read_tools, github_write_tools};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn repo(server: &MockServer) -> Repo {
    let github = GitHub::builder()
        .base_url(format!("{}/api/v3", server.uri()))
        .token("not-a-real-token".into())
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    github.repo("octo/hello".parse().unwrap())
}

fn tool(server: &MockServer, name: &str) -> Arc<dyn Tool> {
    let repo = repo(server);
    let mut tools = github_read_tools(&repo, &ToolOptions::default());
    tools.extend(github_write_tools(&repo));
    let found = tools.into_iter().find(|tool| tool.spec().name == name);
    found.unwrap()
}

async fn call(server: &MockServer, name: &str, arguments: Value) -> Result<String, ToolError> {
    let answer = tool(server, name).call(arguments).await;
    answer.map(|answer| answer.text)
}

async fn answers(server: &MockServer, verb: &str, below: &str, body: Value) {
    Mock::given(method(verb))
        .and(path(format!("/api/v3/repos/octo/hello{below}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

async fn we_are_bot(server: &MockServer) {
    Mock::given(path("/api/v3/user"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "login": "bot" })))
        .mount(server)
        .await;
}

fn pull() -> Value {
    json!({
        "number": 7, "title": "Add tides", "body": "Closes #3", "state": "open", "draft": true,
        "user": { "login": "bot" }, "html_url": "https://github.example/octo/hello/pull/7",
        "head": { "ref": "tides", "sha": "aaa", "label": "octo:tides" },
        "base": { "ref": "main", "sha": "bbb", "label": "octo:main" },
    })
}

#[tokio::test]
async fn a_model_is_shown_what_there_is() {
    let server = MockServer::start().await;
    let issue = json!({ "number": 3, "title": "Tides", "body": "Please.", "state": "open",
                        "user": { "login": "ann" }, "labels": [{ "name": "bug" }] });
    answers(&server, "GET", "/issues/3", issue).await;
    let comments = json!([{ "id": 1, "body": "Soon?", "user": null }]);
    answers(&server, "GET", "/issues/3/comments", comments).await;
    let file = json!({ "type": "file", "path": "a.rs", "sha": "s", "encoding": "base64",
                       "content": "b25lCnR3bwp0aHJlZQo=" });
    answers(&server, "GET", "/contents/a.rs", file).await;
    let entry = |path: &str, kind: &str| json!({ "path": path, "type": kind, "sha": "s" });
    let folder = json!([entry("src", "dir"), entry("a.rs", "file")]);
    answers(&server, "GET", "/contents", folder).await;
    answers(&server, "GET", "/pulls/7", pull()).await;
    let files =
        json!([{ "filename": "a.rs", "status": "modified", "additions": 2, "deletions": 1 }]);
    answers(&server, "GET", "/pulls/7/files", files).await;
    let reviews = json!([{ "id": 5, "state": "CHANGES_REQUESTED", "body": "No.", "user": { "login": "rev" } }]);
    answers(&server, "GET", "/pulls/7/reviews", reviews).await;
    let comments =
        json!([{ "id": 6, "path": "a.rs", "line": 2, "body": "Why?", "user": { "login": "rev" } }]);
    answers(&server, "GET", "/pulls/7/comments", comments).await;
    let run = |name: &str, conclusion: &str| {
        json!({ "id": 1, "name": name, "status": "completed", "conclusion": conclusion,
                "output": { "title": "1 failed" } })
    };
    let runs = json!({ "check_runs": [run("lint", "success"), run("test", "failure")] });
    answers(&server, "GET", "/commits/tides/check-runs", runs).await;
    answers(
        &server,
        "GET",
        "/commits/tides/status",
        json!({ "statuses": [] }),
    )
    .await;
    for (name, arguments, want) in [
        (
            "get_issue_content",
            json!({ "number": 3 }),
            "#3 Tides (open, by ann)\nLabels: bug\n\nPlease.\n\n--- comment by a deleted account\nSoon?\n",
        ),
        (
            "get_repo_file_content",
            json!({ "path": "a.rs", "first_line": 2, "last_line": 2 }),
            "a.rs, lines 2 to 2 of 3\n     2 | two\n",
        ),
        ("list_repo_files", json!({}), "src/\na.rs\n"),
        (
            "get_pull_request",
            json!({ "number": 7 }),
            "#7 Add tides (open, draft, by bot)\ntides into main, head aaa\n\nCloses #3\n\nFiles:\na.rs (modified, +2 -1)\n",
        ),
        (
            "get_reviews",
            json!({ "number": 7 }),
            "--- review by rev: ChangesRequested\nNo.\n--- comment 6 by rev on a.rs, line 2\nWhy?\n",
        ),
        (
            "get_checks",
            json!({ "ref": "tides" }),
            "passed: lint\n--- failed: test\n1 failed\n",
        ),
    ] {
        assert_eq!(
            call(&server, name, arguments).await.unwrap(),
            want,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_search_stays_within_the_repository() {
    let server = MockServer::start().await;
    let found = |number: u64, repo: &str| {
        let url = format!("{}/{repo}/issues/{number}", server.uri());
        json!({ "number": number, "title": "Tides", "state": "open", "user": null, "html_url": url })
    };
    Mock::given(path("/api/v3/search/issues"))
        .and(query_param("q", "tides is:open repo:octo/hello"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(
                json!({ "items": [found(3, "octo/hello"), found(4, "secret/other")] }),
            ),
        )
        .mount(&server)
        .await;
    let asked = json!({ "query": "tides is:open" });
    let found = call(&server, "search_issues", asked).await.unwrap();
    assert_eq!(found, "#3 Tides (issue, open)\n");
    for query in [
        "tides repo:secret/other",
        "x ORG:secret",
        "-user:a y",
        "is:open OR",
        "(x) y",
    ] {
        for name in ["search_issues", "search_repo_code"] {
            let error = call(&server, name, json!({ "query": query }))
                .await
                .unwrap_err();
            assert!(matches!(error, ToolError::Arguments { .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn what_is_written_twice_is_there_once() {
    let server = MockServer::start().await;
    we_are_bot(&server).await;
    for below in [
        "/issues/7/comments",
        "/pulls/7/reviews",
        "/pulls/7/comments",
        "/issues",
    ] {
        // Whatever is listed first is empty, and holds what was posted from then on.
        Mock::given(method("GET"))
            .and(path(format!("/api/v3/repos/octo/hello{below}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let posts = [
        (
            "comment_on_issue",
            "/issues/7/comments",
            "/issues/7/comments",
            json!({ "number": 7, "comment": "Hi" }),
        ),
        (
            "post_review_comment",
            "/pulls/7/reviews",
            "/pulls/7/reviews",
            json!({ "number": 7, "comment": "Why?", "path": "a.rs", "line": 2 }),
        ),
        (
            "reply_to_review_comment",
            "/pulls/7/comments/6/replies",
            "/pulls/7/comments",
            json!({ "number": 7, "comment_id": 6, "comment": "Because." }),
        ),
        (
            "create_issue",
            "/issues",
            "/issues",
            json!({ "title": "T", "body": "B" }),
        ),
    ];
    for (name, post, list, arguments) in posts {
        Mock::given(method("POST"))
            .and(path(format!("/api/v3/repos/octo/hello{post}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(
                json!({ "id": 9, "number": 9, "state": if list.ends_with("reviews") { "COMMENTED" } else { "open" }, "user": { "login": "bot" } }),
            ))
            .expect(1)
            .mount(&server)
            .await;
        let first = call(&server, name, arguments.clone()).await.unwrap();
        let sent = server.received_requests().await.unwrap();
        let sent = sent
            .iter()
            .rev()
            .find(|request| request.method == "POST")
            .unwrap();
        let body = sent.body_json::<Value>().unwrap()["body"].clone();
        let state = if list.ends_with("reviews") {
            "COMMENTED"
        } else {
            "open"
        };
        let written = json!([{ "id": 9, "number": 9, "in_reply_to_id": 6, "state": state, "body": body, "user": { "login": "bot" } }]);
        answers(&server, "GET", list, written).await;
        let second = call(&server, name, arguments).await.unwrap();
        assert_eq!(first, second, "{name}");
    }
}

#[tokio::test]
async fn a_pull_request_goes_to_the_default_branch_unless_told() {
    let server = MockServer::start().await;
    answers(
        &server,
        "GET",
        "",
        json!({ "full_name": "octo/hello", "default_branch": "trunk" }),
    )
    .await;
    answers(&server, "GET", "/pulls", json!([])).await;
    Mock::given(method("POST"))
        .and(path("/api/v3/repos/octo/hello/pulls"))
        .and(body_partial_json(
            json!({ "head": "tides", "base": "trunk", "draft": false }),
        ))
        .respond_with(ResponseTemplate::new(201).set_body_json(pull()))
        .expect(1)
        .mount(&server)
        .await;
    let asked = json!({ "branch": "tides", "title": "Add tides", "body": "" });
    assert_eq!(
        call(&server, "create_pr", asked).await.unwrap(),
        "pull request #7 https://github.example/octo/hello/pull/7"
    );
}

#[tokio::test]
async fn who_has_to_act_on_an_error_is_told() {
    for (status, name, arguments, want) in [
        (404, "get_issue_content", json!({ "number": 3 }), "Failed"),
        (403, "get_issue_content", json!({ "number": 3 }), "Failed"),
        (401, "get_issue_content", json!({ "number": 3 }), "Fatal"),
        (502, "get_issue_content", json!({ "number": 3 }), "Fatal"),
        (
            200,
            "get_issue_content",
            json!({ "number": "three" }),
            "Arguments",
        ),
        (
            200,
            "get_repo_file_content",
            json!({ "path": "../x" }),
            "Arguments",
        ),
        (
            200,
            "post_review_comment",
            json!({ "number": 7, "comment": "x", "path": "a.rs" }),
            "Arguments",
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(status).set_body_json(json!({ "message": "no" })))
            .mount(&server)
            .await;
        let error = call(&server, name, arguments).await.unwrap_err();
        let who = format!("{error:?}");
        assert!(who.starts_with(want), "{status} {name}: {who}");
    }
}

#[tokio::test]
async fn nothing_that_only_looks_writes() {
    let server = MockServer::start().await;
    let repo = repo(&server);
    let names = |tools: Vec<Arc<dyn Tool>>| -> Vec<String> {
        tools.iter().map(|tool| tool.spec().name).collect()
    };
    assert_eq!(
        names(github_read_tools(&repo, &ToolOptions::default())),
        [
            "get_issue_content",
            "get_repo_file_content",
            "list_repo_files",
            "search_issues",
            "search_repo_code",
            "get_pull_request",
            "get_pull_request_diff",
            "get_reviews",
            "get_checks",
        ]
    );
    assert_eq!(
        names(github_write_tools(&repo)),
        [
            "create_issue",
            "comment_on_issue",
            "add_labels",
            "create_pr",
            "post_review_comment",
            "reply_to_review_comment",
        ]
    );
}
