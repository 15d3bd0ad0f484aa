//! Ways around the rules that lie between two of them.

use agentflow_forge::{Access, NewToken, Permission, Role};
use base64::Engine;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::protection::{protect, send};
use crate::receiver::{Manner, Receiver};
use crate::site::Site;
use crate::webhooks::hooked;
use crate::world::World;

async fn issued(world: &World, token: NewToken<'_>) -> String {
    let secret = world.forge.issue_token(token).await.unwrap();
    secret.expose_secret().to_owned()
}

async fn by(world: &World, token: &str, method: Method, path: &str, body: Value) -> u16 {
    let body = (!body.is_null()).then_some(body);
    world.send(method, path, Some(token), body).await.status
}

#[tokio::test]
async fn a_protected_branch_keeps_its_name_unless_an_administrator_says_so() {
    let world = World::open().await;
    world.push("release", &[("a", "1\n")]).await;
    protect(&world, "release", json!({ "lock_branch": true })).await;
    let rename = || json!({ "new_name": "released" });
    let path = "branches/release/rename";
    let refused = by(&world, &world.reviewer, Method::POST, path, rename()).await;
    assert_eq!(refused, 403);
    let renamed = send(&world, Method::POST, path, rename()).await;
    assert_eq!(renamed.status, 201, "{}", renamed.text);
    let kept = world.get("branches/released").await;
    assert_eq!(kept.body["protected"], true);
}

#[tokio::test]
async fn a_slash_in_disguise_needs_what_a_slash_needs() {
    let world = World::open().await;
    let token = NewToken::fine_grained("octo", "files").allow(Permission::Contents, Access::Write);
    let token = issued(&world, token).await;
    for (method, path) in [
        (Method::DELETE, "branches/main%2Fprotection"),
        (Method::PUT, "branches/main%2Fprotection"),
        (Method::GET, "branches/main%2Fprotection"),
        (Method::DELETE, "branches/main/protection"),
    ] {
        let status = by(&world, &token, method.clone(), path, Value::Null).await;
        assert!(matches!(status, 403 | 404), "{method} {path}: {status}");
    }
    // What is read of checks is public here; the token of nothing else is not asked for more.
    let protection = world.get("branches/main/protection").await;
    assert_eq!(protection.status, 200, "{}", protection.text);
}

#[tokio::test]
async fn who_may_not_write_neither_approves_nor_takes_back() {
    let world = World::open().await;
    world.pull("topic", &[("lines", "changed\n")]).await;
    let required = json!({ "required_approving_review_count": 1 });
    protect(
        &world,
        "main",
        json!({ "required_pull_request_reviews": required }),
    )
    .await;
    world.forge.create_user("reader").await.unwrap();
    let reader = issued(&world, NewToken::classic("reader", "all", &["repo"])).await;
    let approve = || json!({ "event": "APPROVE" });
    let reviews = "pulls/2/reviews";
    assert_eq!(
        by(&world, &reader, Method::POST, reviews, approve()).await,
        200
    );
    let merge = || json!({ "merge_method": "squash" });
    let refused = send(&world, Method::PUT, "pulls/2/merge", merge()).await;
    assert_eq!(refused.status, 405, "{}", refused.text);

    let no = json!({ "event": "REQUEST_CHANGES", "body": "no" });
    let no = world.send(Method::POST, reviews, Some(&world.reviewer), Some(no));
    let no = no.await.body["id"].clone();
    let dismissal = format!("{reviews}/{no}/dismissals");
    let words = || json!({ "message": "I think it is fine" });
    assert_eq!(
        by(&world, &reader, Method::PUT, &dismissal, words()).await,
        403
    );

    let repo = "octo/demo".parse().unwrap();
    world
        .forge
        .add_collaborator(&repo, "reader", Role::Write)
        .await
        .unwrap();
    assert_eq!(
        by(&world, &reader, Method::PUT, &dismissal, words()).await,
        200
    );
    let merged = send(&world, Method::PUT, "pulls/2/merge", merge()).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
}

#[tokio::test]
async fn a_token_for_one_repository_writes_in_no_other() {
    let world = World::open().await;
    let own = json!({ "name": "own", "auto_init": true });
    assert_eq!(world.post("/user/repos", own).await.status, 201);
    let token = NewToken::fine_grained("octo", "own")
        .repository(&"octo/own".parse().unwrap())
        .allow(Permission::Issues, Access::Write)
        .allow(Permission::PullRequests, Access::Write);
    let token = issued(&world, token).await;
    let issue = || json!({ "title": "t" });
    let there = "/repos/octo/own/issues";
    assert_eq!(by(&world, &token, Method::POST, there, issue()).await, 201);
    for (method, path, body) in [
        (Method::POST, "issues", issue()),
        (Method::POST, "issues/1/comments", json!({ "body": "b" })),
        (Method::PATCH, "issues/1", json!({ "state": "closed" })),
    ] {
        let status = by(&world, &token, method, path, body).await;
        assert_eq!(status, 403, "{path}");
    }
    assert_eq!(
        by(&world, &token, Method::GET, "issues/1", Value::Null).await,
        200
    );
}

#[tokio::test]
async fn a_classic_token_without_a_scope_reads_what_everybody_may_read() {
    let world = World::open().await;
    let token = issued(&world, NewToken::classic("octo", "gists", &["gist"])).await;
    for path in ["hooks", "branches/main/protection", "collaborators"] {
        let status = by(&world, &token, Method::GET, path, Value::Null).await;
        assert!(matches!(status, 403 | 404), "{path}: {status}");
    }
    assert_eq!(
        by(&world, &token, Method::GET, "issues", Value::Null).await,
        200
    );
}

#[tokio::test]
async fn who_may_not_sort_issues_opens_them_unsorted() {
    let world = World::open().await;
    world.forge.create_user("reader").await.unwrap();
    let reader = issued(&world, NewToken::classic("reader", "all", &["repo"])).await;
    let labelled = json!({ "title": "t", "labels": ["approved-for-agent"], "assignees": ["octo"] });
    let sent = world.send(
        Method::POST,
        "issues",
        Some(&reader),
        Some(labelled.clone()),
    );
    let opened = sent.await;
    assert_eq!((opened.status, &opened.body["labels"]), (201, &json!([])));
    assert_eq!(opened.body["assignees"], json!([]));
    let path = format!("issues/{}", opened.body["number"]);
    let edit = json!({ "title": "u", "labels": ["approved-for-agent"] });
    let edited = world.send(Method::PATCH, &path, Some(&reader), Some(edit));
    let edited = edited.await;
    assert_eq!((edited.status, &edited.body["labels"]), (200, &json!([])));
    assert_eq!(world.get("labels/approved-for-agent").await.status, 404);
    assert_eq!(
        world.post("issues", labelled).await.body["labels"][0]["name"],
        "approved-for-agent"
    );
}

#[tokio::test]
async fn what_was_not_submitted_is_on_no_page_and_is_not_answered() {
    let world = World::open().await;
    world.pull("topic", &[("lines", "changed\n")]).await;
    let comment = json!({ "path": "lines", "line": 1, "body": "a secret thought" });
    let draft = json!({ "body": "another secret", "comments": [comment] });
    let sent = world.send(
        Method::POST,
        "pulls/2/reviews",
        Some(&world.reviewer),
        Some(draft),
    );
    assert_eq!(sent.await.status, 200);
    let page = format!("{}/octo/demo/pull/2", world.forge.html_url());
    let page = world.request(Method::GET, &page).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("Pull topic") && !page.contains("secret"),
        "{page}"
    );
    let answer = json!({ "body": "?" });
    assert_eq!(
        world
            .post("pulls/2/comments/1/replies", answer)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_change_over_rest_is_told_as_theirs_who_made_it() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(204)).await;
    hooked(&site, &receiver.url, json!(["push", "create"])).await;
    let rev = site.writer("rev").await;
    let text = base64::engine::general_purpose::STANDARD.encode("1\n");
    let main = site.own("GET git/ref/heads/main", Value::Null).await;
    let sha = main.body["object"]["sha"].clone();
    let new = json!({ "ref": "refs/heads/topic", "sha": sha });
    assert_eq!(
        site.call("POST git/refs", &rev, Some(&new)).await.status,
        201
    );
    let file = json!({ "message": "m", "content": text, "branch": "topic" });
    let written = site.call("PUT contents/new", &rev, Some(&file)).await;
    assert_eq!(written.status, 201, "{}", written.text);
    let rename = json!({ "new_name": "renamed" });
    let renamed = site
        .call("POST branches/topic/rename", &rev, Some(&rename))
        .await;
    assert_eq!(renamed.status, 201, "{}", renamed.text);
    site.forge.webhooks_settled().await.unwrap();
    let told: Vec<(String, String)> = receiver
        .received()
        .iter()
        .filter(|delivery| delivery.name() != "ping")
        .map(|delivery| {
            let body: Value = serde_json::from_slice(&delivery.body).unwrap();
            let sender = body["sender"]["login"].as_str().unwrap().to_owned();
            (delivery.name(), sender)
        })
        .collect();
    assert!(told.len() >= 4, "{told:?}");
    assert!(told.iter().all(|(_, sender)| sender == "rev"), "{told:?}");
}

#[tokio::test]
async fn a_few_fragments_cannot_ask_for_very_much() {
    let world = World::open().await;
    let fragments: String = (0..20)
        .map(|n| {
            let next = format!("...F{} ", n + 1).repeat(10);
            format!("fragment F{n} on Query {{ {next} }}\n")
        })
        .collect();
    let query = format!("{{ ...F0 }}\n{fragments}fragment F20 on Query {{ viewer {{ login }} }}");
    let url = format!("{}/api/graphql", world.forge.html_url());
    let request = world.request(Method::POST, &url).bearer_auth(&world.author);
    let answer = request
        .json(&json!({ "query": query }))
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let said = answer["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains("more than"), "{answer}");
}
