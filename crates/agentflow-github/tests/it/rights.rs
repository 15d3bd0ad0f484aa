//! What a token may do, how much of it is left, and how much an account may open in a day.

use agentflow_github::{NewPullRequest, Right};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer};

use crate::recorded::meaning;
use crate::support::{PREFIX, builder, ok, on, pull, refused, repo, we_are_bot};

async fn repository(server: &MockServer, about: Value, scopes: Option<&str>) {
    let mut answer = ok(about);
    if let Some(scopes) = scopes {
        answer = answer.insert_header("x-oauth-scopes", scopes);
    }
    on("GET", "").respond_with(answer).mount(server).await;
}

#[tokio::test]
async fn a_classic_token_is_told_which_scope_it_lacks() {
    let may = json!({ "push": true, "pull": true });
    let wanted = [
        Right::ReadContents,
        Right::WriteContents,
        Right::WriteWorkflows,
    ];
    for (private, archived, push, scopes, want) in [
        (true, false, true, "repo, workflow", "nothing is missing"),
        (
            true,
            false,
            true,
            "repo",
            "the token lacks `workflows: write` (the scope `workflow`)",
        ),
        (
            true,
            false,
            true,
            "public_repo, workflow",
            "the token lacks `contents: read` (the scope `repo`), `contents: write` (the scope `repo`), `workflows: write` (the scope `repo`)",
        ),
        (
            false,
            false,
            true,
            "public_repo, workflow",
            "nothing is missing",
        ),
        (
            false,
            false,
            true,
            "workflow",
            "the token lacks `contents: write` (the scope `public_repo`), `workflows: write` (the scope `public_repo`)",
        ),
        (
            false,
            false,
            false,
            "repo, workflow",
            "the token lacks `contents: write` (its account may not push: make it a collaborator with the role Write)",
        ),
        (
            false,
            true,
            true,
            "repo, workflow",
            "the token lacks `contents: write` (the repository is archived and cannot be changed), `workflows: write` (the repository is archived and cannot be changed)",
        ),
    ] {
        let server = MockServer::start().await;
        let mut permissions = may.clone();
        permissions["push"] = json!(push);
        let about = json!({ "private": private, "archived": archived, "permissions": permissions });
        repository(&server, about, Some(scopes)).await;
        let access = repo(&server).check_access(&wanted).await.unwrap();
        assert_eq!(access.to_string(), want, "{scopes}");
        assert_eq!(access.is_enough(), want == "nothing is missing");
        assert_eq!(access.unproven, []);
    }
}

#[tokio::test]
async fn a_fine_grained_token_is_asked_what_it_may_read() {
    let server = MockServer::start().await;
    let about = json!({ "default_branch": "main", "permissions": { "push": true } });
    repository(&server, about, None).await;
    for below in ["/branches", "/commits/main/check-runs", "/pulls"] {
        on("GET", below)
            .and(query_param("per_page", "1"))
            .respond_with(ok(json!([])))
            .mount(&server)
            .await;
    }
    on("GET", "/issues")
        .respond_with(
            refused(403, "Resource not accessible by personal access token")
                .insert_header("x-accepted-github-permissions", "issues=read"),
        )
        .mount(&server)
        .await;
    on("GET", "/commits/main/status")
        .respond_with(refused(409, "Git Repository is empty."))
        .mount(&server)
        .await;
    let access = repo(&server)
        .check_access(&Right::ISSUE_TO_MERGE)
        .await
        .unwrap();
    assert_eq!(
        access.to_string(),
        "the token lacks `issues: write` (the permission `issues: write`; the server asks for issues=read)"
    );
    assert_eq!(
        access.unproven,
        [Right::WriteContents, Right::WritePullRequests]
    );
}

#[tokio::test]
async fn an_apps_token_of_which_the_server_says_nothing_is_asked_what_it_may_read() {
    let server = MockServer::start().await;
    // As GitHub answers them, whatever they were granted.
    let nothing = json!({ "admin": false, "push": false, "pull": false });
    let about = json!({ "default_branch": "main", "private": true, "permissions": nothing });
    repository(&server, about, None).await;
    on("GET", "/branches")
        .respond_with(ok(json!([])))
        .mount(&server)
        .await;
    let access = repo(&server)
        .check_access(&[Right::WriteContents])
        .await
        .unwrap();
    assert_eq!(access.to_string(), "nothing is missing");
    assert_eq!(access.unproven, [Right::WriteContents]);
}

#[tokio::test]
async fn a_repository_that_cannot_be_seen_is_told() {
    let server = MockServer::start().await;
    on("GET", "")
        .respond_with(refused(404, "Not Found"))
        .mount(&server)
        .await;
    let error = repo(&server).check_access(&[]).await.unwrap_err();
    assert_eq!(meaning(&error), "NotFound");
}

fn at(verb: &str, below: &str) -> wiremock::MockBuilder {
    Mock::given(method(verb)).and(path(format!("{PREFIX}{below}")))
}

#[tokio::test]
async fn no_more_pull_requests_a_day_than_allowed() {
    for (opened, want) in [(2, None), (3, Some("QuotaReached"))] {
        let server = MockServer::start().await;
        we_are_bot(&server).await;
        at("GET", "/search/issues")
            .respond_with(ok(json!({ "total_count": opened, "items": [{}] })))
            .expect(1)
            .mount(&server)
            .await;
        on("POST", "/pulls")
            .respond_with(ok(pull(7, json!({}))))
            .expect(u64::from(want.is_none()))
            .mount(&server)
            .await;
        let github = builder(&server)
            .pull_requests_per_day_max(3)
            .build()
            .unwrap();
        let repo = github.repo("octo/hello".parse().unwrap());
        let outcome = repo.create_pull_request(&NewPullRequest::default()).await;
        assert_eq!(
            outcome.as_ref().err().map(meaning).as_deref(),
            want,
            "{opened}"
        );
        let search = server.received_requests().await.unwrap();
        let search = search
            .iter()
            .find(|request| request.url.path().ends_with("/search/issues"));
        let query = search.unwrap().url.query().unwrap().to_owned();
        assert!(
            query.starts_with("q=is%3Apr%20author%3Abot%20created%3A%3E%3D20"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn what_is_left_of_the_limits_is_told() {
    let server = MockServer::start().await;
    let core = json!({ "limit": 5000, "remaining": 4999, "reset": 1793700000, "used": 1 });
    at("GET", "/rate_limit")
        .respond_with(ok(json!({ "resources": { "core": core }, "rate": core })))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    at("GET", "/rate_limit")
        .respond_with(refused(404, "Rate limiting is not enabled."))
        .mount(&server)
        .await;
    let github = crate::support::client(&server);
    assert_eq!(github.rate_limits().await.unwrap()["core"].remaining, 4_999);
    assert!(github.rate_limits().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_search_gives_what_fits() {
    let server = MockServer::start().await;
    at("GET", "/search/code")
        .and(query_param("q", "tides repo:octo/hello"))
        .respond_with(ok(json!({ "total_count": 1, "items": [
            { "path": "src/a.rs", "sha": "s", "repository": { "full_name": "octo/hello" }, "html_url": "x" } ] })))
        .mount(&server)
        .await;
    at("GET", "/search/issues")
        .respond_with(ok(
            json!({ "total_count": 1, "items": [{ "number": 7, "state": "open", "user": null }] }),
        ))
        .mount(&server)
        .await;
    let github = crate::support::client(&server);
    let code = github.search_code("tides repo:octo/hello").await.unwrap();
    assert_eq!(code[0].repository.as_deref(), Some("octo/hello"));
    assert_eq!(github.search_issues("tides").await.unwrap()[0].number, 7);
}

#[tokio::test]
async fn the_log_of_a_job_is_read_elsewhere_without_the_token() {
    let server = MockServer::start().await;
    let storage = MockServer::start().await;
    on("GET", "/actions/jobs/5/logs")
        .respond_with(
            wiremock::ResponseTemplate::new(302)
                .insert_header("location", format!("{}/log?sig=s", storage.uri()).as_str()),
        )
        .mount(&server)
        .await;
    Mock::given(path("/log"))
        .respond_with(
            wiremock::ResponseTemplate::new(200)
                .set_body_string("2026-11-03T10:00:00.1234567Z error: no\n"),
        )
        .mount(&storage)
        .await;
    let repo = repo(&server);
    assert_eq!(repo.job_log(5).await.unwrap(), "error: no");
    for request in storage.received_requests().await.unwrap() {
        assert!(!request.headers.contains_key("authorization"));
    }
    // Nothing else follows a redirect to another server.
    on("GET", "/issues/7")
        .respond_with(
            wiremock::ResponseTemplate::new(302)
                .insert_header("location", format!("{}/log", storage.uri()).as_str()),
        )
        .mount(&server)
        .await;
    let error = repo.issue(7).await.unwrap_err();
    assert_eq!(meaning(&error), "InvalidAnswer");
}
