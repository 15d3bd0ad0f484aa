//! What protected branches are protected from, over REST and by git itself.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World, git, try_git};

/// A rule with everything off; `more` turns on.
fn rule(more: &Value) -> Value {
    let mut rule = json!({
        "required_status_checks": null, "enforce_admins": true,
        "required_pull_request_reviews": null, "restrictions": null,
    });
    for (name, value) in more.as_object().unwrap() {
        rule[name] = value.clone();
    }
    rule
}

pub(crate) async fn protect(world: &World, branch: &str, more: Value) {
    let path = format!("branches/{branch}/protection");
    let reply = send(world, Method::PUT, &path, rule(&more)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

pub(crate) async fn send(world: &World, method: Method, path: &str, body: Value) -> Reply {
    let body = (!body.is_null()).then_some(body);
    world.send(method, path, Some(&world.author), body).await
}

/// Pushes what `clone` has at `HEAD` and says what git heard.
async fn push(world: &World, refspec: &str) -> Result<(), String> {
    let url = world.git_url(Some(&world.author));
    let clone = world.dir.path().join("clones/next");
    let refspec = refspec.to_owned();
    let pushed = tokio::task::spawn_blocking(move || try_git(&clone, &["push", &url, &refspec]));
    let (ok, _, stderr) = pushed.await.unwrap();
    if ok { Ok(()) } else { Err(stderr) }
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_however_it_is_tried() {
    const BY_PULL: &str = "Changes must be made through a pull request.";
    const CHECKS: &str = "Required status check \"ci\" is expected.";
    const LOCKED: &str = "Cannot change this locked branch";
    for (name, more, refused) in [
        ("nothing", json!({}), None),
        (
            "reviews",
            json!({ "required_pull_request_reviews": {} }),
            Some((BY_PULL, BY_PULL)),
        ),
        (
            "reviews, not for administrators",
            json!({ "required_pull_request_reviews": {}, "enforce_admins": false }),
            None,
        ),
        (
            "checks",
            json!({ "required_status_checks": { "strict": false, "contexts": ["ci"] } }),
            Some((CHECKS, "Required status checks are expected.")),
        ),
        (
            "a lock",
            json!({ "lock_branch": true }),
            Some((LOCKED, LOCKED)),
        ),
    ] {
        let world = World::open().await;
        world.push("base", &[("one", "1\n")]).await;
        let next = world.push("next", &[("two", "2\n")]).await;
        // Next is on top of base.
        let clone = world.dir.path().join("clones/next");
        git(
            &clone,
            &[
                "fetch",
                "--quiet",
                &world
                    .dir
                    .path()
                    .join("state/repos/octo/demo.git")
                    .to_string_lossy(),
                "base",
            ],
        );
        git(&clone, &["rebase", "--quiet", "FETCH_HEAD"]);
        let next_on_base = git(&clone, &["rev-parse", "HEAD"]);
        assert_ne!(next, next_on_base);
        push(&world, "+HEAD:next").await.unwrap();
        protect(&world, "base", more).await;

        let file = json!({ "message": "m", "content": "aGk=", "branch": "base" });
        let put = send(&world, Method::PUT, "contents/three", file).await;
        let by_push = push(&world, "HEAD:base").await;
        let to = json!({ "sha": next_on_base });
        let moved = send(&world, Method::PATCH, "git/refs/heads/base", to).await;
        let merged = send(
            &world,
            Method::POST,
            "merges",
            json!({ "base": "base", "head": "next" }),
        )
        .await;
        match refused {
            None => {
                assert_eq!(put.status, 201, "{name}: {}", put.text);
                assert_eq!(
                    moved.status, 422,
                    "{name}: the file is not in it: {}",
                    moved.text
                );
                assert_eq!(merged.status, 201, "{name}: {}", merged.text);
            }
            Some((over_rest, over_git)) => {
                let message = format!("Could not update file: {over_rest}");
                assert_eq!(
                    (put.status, &put.body["message"]),
                    (409, &json!(message)),
                    "{name}"
                );
                assert_eq!(
                    (moved.status, &moved.body["message"]),
                    (422, &json!(over_rest)),
                    "{name}"
                );
                assert_eq!(
                    (merged.status, &merged.body["message"]),
                    (409, &json!(over_rest)),
                    "{name}"
                );
                let heard = by_push.unwrap_err();
                assert!(
                    heard.contains("GH006") && heard.contains(over_git),
                    "{name}: {heard}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_protected_branch_is_kept_and_goes_forward_only_unless_that_is_allowed() {
    for allowed in [false, true] {
        let world = World::open().await;
        world.push("base", &[("one", "1\n")]).await;
        let other = world.push("next", &[("two", "2\n")]).await;
        let more = json!({ "allow_force_pushes": allowed, "allow_deletions": allowed });
        protect(&world, "base", more).await;
        assert_eq!(push(&world, "+HEAD:base").await.is_ok(), allowed);
        let before = world.get("branches/base").await.body["commit"]["parents"][0]["sha"].clone();
        let back = json!({ "sha": before, "force": true });
        let forced = send(&world, Method::PATCH, "git/refs/heads/base", back).await;
        assert_eq!(
            forced.status,
            if allowed { 200 } else { 422 },
            "{}",
            forced.text
        );
        assert_eq!(push(&world, ":base").await.is_ok(), allowed);
        let again = json!({ "ref": "refs/heads/base", "sha": other });
        if allowed {
            assert_eq!(world.post("git/refs", again).await.status, 201);
        }
        let gone = send(&world, Method::DELETE, "git/refs/heads/base", Value::Null).await;
        assert_eq!(
            gone.status,
            if allowed { 204 } else { 422 },
            "{}",
            gone.text
        );
    }
}

#[tokio::test]
async fn protection_is_told_as_it_was_set_and_outlives_the_forge() {
    let world = World::open().await;
    world.push("base", &[("one", "1\n")]).await;
    let none = world.get("branches/base/protection").await;
    assert_eq!(
        (none.status, &none.body["message"]),
        (404, &json!("Branch not protected"))
    );
    assert_eq!(
        world.get("branches/main").await.body["protected"],
        true,
        "from the start"
    );
    let more = json!({
        "required_status_checks": { "strict": true, "contexts": ["ci"] },
        "required_pull_request_reviews": { "required_approving_review_count": 2 },
        "required_linear_history": true,
    });
    protect(&world, "base", more).await;
    let world = world
        .reopened(std::sync::Arc::new(
            agentflow_forge::ProcessCheckRunner::default(),
        ))
        .await;
    let told = world.get("branches/base/protection").await.body;
    for (pointer, want) in [
        ("/required_status_checks/strict", json!(true)),
        ("/required_status_checks/contexts", json!(["ci"])),
        (
            "/required_pull_request_reviews/required_approving_review_count",
            json!(2),
        ),
        ("/enforce_admins/enabled", json!(true)),
        ("/required_linear_history/enabled", json!(true)),
        ("/allow_force_pushes/enabled", json!(false)),
    ] {
        assert_eq!(told.pointer(pointer), Some(&want), "{pointer}");
    }
    let rules = world.get("rules/branches/base").await.body;
    let kinds: Vec<&str> = rules
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "deletion",
            "non_fast_forward",
            "required_linear_history",
            "pull_request",
            "required_status_checks"
        ]
    );
    let names: Vec<Value> = world
        .get("branches?protected=true")
        .await
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names, ["base", "main"]);
}

#[tokio::test]
async fn a_rule_that_would_not_be_enforced_is_not_kept() {
    let world = World::open().await;
    for more in [
        json!({ "block_creations": true }),
        json!({ "required_conversation_resolution": true }),
        json!({ "required_pull_request_reviews": { "require_code_owner_reviews": true } }),
        json!({ "required_pull_request_reviews": { "required_approving_review_count": 7 } }),
        json!({ "restrictions": { "users": ["rev"], "teams": [] } }),
    ] {
        let reply = send(&world, Method::PUT, "branches/main/protection", rule(&more)).await;
        assert_eq!(reply.status, 422, "{more}: {}", reply.text);
    }
    let path = "branches/main/protection";
    let body = Some(rule(&json!({})));
    let by_other = world
        .send(Method::PUT, path, Some(&world.reviewer), body)
        .await;
    assert_eq!(by_other.status, 404, "only an administrator protects");
}

#[tokio::test]
async fn a_commit_that_has_passed_what_is_required_may_be_pushed() {
    let world = World::open().await;
    let next = world.push("next", &[("two", "2\n")]).await;
    let main = world.get("branches/main").await.body["commit"]["sha"].clone();
    world
        .post("git/refs", json!({ "ref": "refs/heads/base", "sha": main }))
        .await;
    let required = json!({ "strict": false, "contexts": ["lint"] });
    protect(
        &world,
        "base",
        json!({ "required_status_checks": required }),
    )
    .await;
    for (state, works) in [("failure", false), ("success", true)] {
        let path = format!("statuses/{next}");
        world
            .post(&path, json!({ "state": state, "context": "lint" }))
            .await;
        let pushed = push(&world, "HEAD:base").await;
        assert_eq!(pushed.is_ok(), works, "{state}: {pushed:?}");
    }
}
