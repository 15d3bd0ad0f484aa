//! The few things that are asked for by GraphQL.

use agentflow_forge::{NewToken, Role};
use serde_json::{Value, json};

use crate::site::Site;
use crate::world::git;

const THREADS: &str = "query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      id isDraft
      reviewThreads(first: 1, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { ...Thread }
      }
    }
  }
}
fragment Thread on PullRequestReviewThread {
  id isResolved isOutdated path line
  resolvedBy { login }
  comments(first: 10) { nodes { databaseId body author { login ... on User { databaseId } } } }
}";

/// A draft with two conversations by another user.
async fn discussed() -> (Site, String) {
    let site = Site::open().await;
    let reviewer = site.writer("rev").await;
    let clone = site.dir.path().join("clone");
    std::fs::create_dir(&clone).unwrap();
    let bare = site
        .dir
        .path()
        .join(format!("state/repos/{}.git", site.repo));
    git(&clone, &["clone", "--quiet", &bare.to_string_lossy(), "."]);
    std::fs::write(clone.join("lines"), "ONE\ntwo\nTHREE\n").unwrap();
    git(&clone, &["commit", "--quiet", "-a", "-m", "Change"]);
    git(
        &clone,
        &["push", "--quiet", "origin", "HEAD:refs/heads/topic"],
    );
    let pull = json!({ "title": "p", "head": "topic", "base": "main", "draft": true });
    assert_eq!(site.own("POST pulls", pull).await.status, 201);
    let comment = |line: u32, body: &str| json!({ "path": "lines", "line": line, "body": body });
    let review =
        json!({ "event": "COMMENT", "comments": [comment(1, "loud"), comment(3, "louder")] });
    let reviewed = site
        .call("POST pulls/1/reviews", &reviewer, Some(&review))
        .await;
    assert_eq!(reviewed.status, 200, "{}", reviewed.text);
    (site, reviewer)
}

/// Sends to the address that GitHub Enterprise has, as clients with a base URL do.
async fn ask(site: &Site, token: &str, query: &str, variables: Value) -> Value {
    let url = format!("{}/api/graphql", site.forge.html_url());
    let asked = site
        .http
        .post(url)
        .bearer_auth(token)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 200);
    let text = asked.text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

async fn threads(site: &Site, after: Value) -> Value {
    let variables = json!({ "owner": "octo", "name": "demo", "number": 1, "after": after });
    let answer = ask(site, &site.owner, THREADS, variables).await;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["repository"]["pullRequest"].clone()
}

#[tokio::test]
async fn conversations_are_listed_page_by_page_answered_and_resolved() {
    let (site, _) = discussed().await;
    let first = threads(&site, Value::Null).await["reviewThreads"].clone();
    let want = json!({
        "totalCount": 2,
        "pageInfo": { "hasNextPage": true, "endCursor": "cursor:1" },
        "nodes": [{
            "id": "PRRT_1", "isResolved": false, "isOutdated": false, "path": "lines", "line": 1,
            "resolvedBy": null,
            "comments": { "nodes": [
                { "databaseId": 1, "body": "loud", "author": { "login": "rev", "databaseId": 2 } },
            ] },
        }],
    });
    assert_eq!(first, want);
    let second = threads(&site, json!("cursor:1")).await["reviewThreads"].clone();
    assert_eq!(second["nodes"][0]["comments"]["nodes"][0]["body"], "louder");
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    let reply = "mutation($input: AddPullRequestReviewThreadReplyInput!) {
        addPullRequestReviewThreadReply(input: $input) { clientMutationId comment { databaseId body } } }";
    let input = json!({ "input": { "pullRequestReviewThreadId": "PRRT_1", "body": "softer", "clientMutationId": "m" } });
    let answer = ask(&site, &site.owner, reply, input).await;
    let want = json!({ "clientMutationId": "m", "comment": { "databaseId": 3, "body": "softer" } });
    assert_eq!(
        answer["data"]["addPullRequestReviewThreadReply"], want,
        "{answer}"
    );

    let resolve = "mutation { done: resolveReviewThread(input: {threadId: \"PRRT_1\"}) {
        thread { __typename isResolved resolvedBy { login } comments(last: 1) { nodes { body } } } } }";
    let answer = ask(&site, &site.owner, resolve, json!({})).await;
    let want = json!({
        "__typename": "PullRequestReviewThread", "isResolved": true,
        "resolvedBy": { "login": "octo" }, "comments": { "nodes": [{ "body": "softer" }] },
    });
    assert_eq!(answer["data"]["done"]["thread"], want, "{answer}");

    let Site { dir, forge, .. } = site;
    forge.shutdown().await;
    let site = Site::at(dir, |_| {}).await;
    let kept = threads(&site, Value::Null).await["reviewThreads"]["nodes"][0].clone();
    assert_eq!(kept["isResolved"], true, "it is written down");
    let unresolve = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }";
    let answer = ask(&site, &site.owner, unresolve, json!({ "id": "PRRT_1" })).await;
    assert_eq!(
        answer["data"]["unresolveReviewThread"]["thread"]["isResolved"],
        false
    );
}

#[tokio::test]
async fn a_draft_becomes_ready_and_a_draft_again() {
    let (site, _) = discussed().await;
    assert_eq!(threads(&site, Value::Null).await["isDraft"], true);
    for (mutation, draft) in [
        ("markPullRequestReadyForReview", false),
        ("markPullRequestReadyForReview", false),
        ("convertPullRequestToDraft", true),
    ] {
        let query = format!(
            "mutation {{ {mutation}(input: {{pullRequestId: \"PR_1\"}}) {{ pullRequest {{ isDraft }} }} }}"
        );
        let answer = ask(&site, &site.owner, &query, json!({})).await;
        assert_eq!(
            answer["data"][mutation]["pullRequest"]["isDraft"], draft,
            "{answer}"
        );
        let shown = site.own("GET pulls/1", Value::Null).await;
        assert_eq!(shown.body["draft"], draft, "{mutation}");
    }
    let records = site.forge.records(&site.repo).await.unwrap();
    let kinds: Vec<&str> = records
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        ["opened", "reviewed", "ready_for_review", "convert_to_draft"]
    );
}

#[tokio::test]
async fn what_is_not_offered_is_refused_by_its_name_before_anything_is_done() {
    let (site, _) = discussed().await;
    for (query, message) in [
        (
            "{ repository(owner: \"octo\", name: \"demo\") { stargazerCount } }",
            "Field 'stargazerCount' doesn't exist on type 'Repository' of this forge",
        ),
        (
            "mutation { createIssue(input: {title: \"t\"}) { issue { id } } }",
            "Field 'createIssue' doesn't exist on type 'Mutation' of this forge",
        ),
        (
            "mutation { resolveReviewThread(input: {threadId: \"PRRT_1\"}) { thread { id viewerCanReply } } }",
            "Field 'viewerCanReply' doesn't exist on type 'PullRequestReviewThread' of this forge",
        ),
        (
            "{ viewer { login @include(if: true) } }",
            "Directive @include is not offered by this forge",
        ),
        (
            "{ viewer }",
            "Field must have selections (field 'viewer' returns User)",
        ),
        (
            "{ viewer { login { x } } }",
            "Selections can't be made on scalars (field 'login')",
        ),
        (
            "{ viewer { ...Nowhere } }",
            "Fragment Nowhere was used, but not defined",
        ),
        ("subscription { x }", "This forge has no subscriptions"),
        (
            "query A { viewer { login } } query B { viewer { login } }",
            "An operation name is required where there is not exactly one operation",
        ),
    ] {
        let answer = ask(&site, &site.owner, query, json!({})).await;
        assert_eq!(answer["errors"][0]["message"], message, "{answer}");
        assert_eq!(answer["data"], Value::Null, "{query}");
    }
    let broken = ask(&site, &site.owner, "{ viewer", json!({})).await;
    let message = broken["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("Parse error"), "{message}");
    let thread = &threads(&site, Value::Null).await["reviewThreads"]["nodes"][0];
    assert_eq!(thread["isResolved"], false, "nothing was done");
}

#[tokio::test]
async fn what_cannot_be_done_is_null_and_says_why() {
    let (site, _) = discussed().await;
    site.forge.create_user("guest").await.unwrap();
    let guest = site
        .token(NewToken::classic("guest", "all", &["repo"]))
        .await;
    let resolve =
        "mutation { resolveReviewThread(input: {threadId: \"PRRT_1\"}) { thread { id } } }";
    for (token, query, kind, message) in [
        (
            &site.owner,
            "{ repository(owner: \"octo\", name: \"none\") { id } }",
            "NOT_FOUND",
            "Could not resolve to a Repository with the name 'octo/none'.",
        ),
        (
            &site.owner,
            "{ repository(owner: \"octo\", name: \"demo\") { pullRequest(number: 7) { id } } }",
            "NOT_FOUND",
            "Could not resolve to a PullRequest with the number of 7.",
        ),
        (
            &site.owner,
            "{ node(id: \"PRRT_9\") { id } }",
            "NOT_FOUND",
            "Could not resolve to a node with the global id of 'PRRT_9'",
        ),
        (
            &site.owner,
            "mutation { resolveReviewThread(input: {threadId: \"x\"}) { thread { id } } }",
            "NOT_FOUND",
            "Could not resolve to a node with the global id of 'x'",
        ),
        (
            &site.owner,
            "{ repository(owner: \"octo\", name: \"demo\") { pullRequest(number: 1) { reviewThreads { totalCount } } } }",
            "INVALID",
            "You must provide a `first` or `last` value to properly paginate the `reviewThreads` connection.",
        ),
        (
            &site.owner,
            "mutation { addPullRequestReviewThreadReply(input: {pullRequestReviewThreadId: \"PRRT_1\", body: \" \"}) { comment { id } } }",
            "UNPROCESSABLE",
            "Body can't be blank",
        ),
        (
            &guest,
            resolve,
            "FORBIDDEN",
            "Must have push access to repository",
        ),
    ] {
        let answer = ask(&site, token, query, json!({})).await;
        assert_eq!(answer["errors"][0]["message"], message, "{answer}");
        assert_eq!(answer["errors"][0]["type"], kind, "{answer}");
        assert!(
            answer["data"]
                .as_object()
                .unwrap()
                .values()
                .all(Value::is_null),
            "{answer}"
        );
    }
    let repo = &site.repo;
    site.forge
        .add_collaborator(repo, "guest", Role::Triage)
        .await
        .unwrap();
    let answer = ask(&site, &guest, resolve, json!({})).await;
    assert_eq!(
        answer["data"]["resolveReviewThread"]["thread"]["id"], "PRRT_1",
        "{answer}"
    );
    let unknown = site.http.post(format!("{}/graphql", site.forge.html_url()));
    let unknown = unknown
        .json(&json!({ "query": "{ viewer { login } }" }))
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 401);
}
