//! Reviews and the comments on lines.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World};

async fn review(world: &World, token: &str, body: Value) -> Reply {
    world
        .send(Method::POST, "pulls/2/reviews", Some(token), Some(body))
        .await
}

/// A pull request that changes lines 2 and 10 of ten, in two hunks.
async fn world_with_pull() -> World {
    let world = World::open().await;
    let lines = "one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine\n10\n";
    assert_eq!(world.pull("topic", &[("lines", lines)]).await, 2);
    world
}

#[tokio::test]
async fn a_comment_must_stand_on_a_line_of_the_diff() {
    let world = world_with_pull().await;
    let diff = "Pull request review thread line must be part of the diff and \
                Pull request review thread diff hunk can't be blank";
    let range = "Pull request review thread start line must precede the end line and be part of the same hunk";
    for (comment, want) in [
        (json!({ "path": "lines", "line": 2 }), Ok((2, "RIGHT", 3))),
        (
            json!({ "path": "lines", "line": 2, "side": "LEFT" }),
            Ok((2, "LEFT", 2)),
        ),
        (json!({ "path": "lines", "line": 5 }), Ok((5, "RIGHT", 6))),
        (
            json!({ "path": "lines", "position": 3 }),
            Ok((2, "RIGHT", 3)),
        ),
        (
            json!({ "path": "lines", "line": 4, "start_line": 1 }),
            Ok((4, "RIGHT", 5)),
        ),
        (json!({ "path": "lines", "line": 99 }), Err(diff)),
        (json!({ "path": "lines", "position": 0 }), Err(diff)),
        (json!({ "path": "lines" }), Err(diff)),
        (
            json!({ "path": "status", "line": 1 }),
            Err("Path could not be resolved"),
        ),
        (
            json!({ "path": "lines", "line": 1, "start_line": 2 }),
            Err(range),
        ),
        (
            json!({ "path": "lines", "line": 9, "start_line": 2 }),
            Err(range),
        ),
    ] {
        let mut with_body = comment.clone();
        with_body["body"] = json!("look");
        let reply = review(
            &world,
            &world.reviewer,
            json!({ "event": "COMMENT", "comments": [with_body] }),
        )
        .await;
        match want {
            Ok((line, side, position)) => {
                assert_eq!(reply.status, 200, "{comment}: {}", reply.text);
                let path = format!("pulls/2/reviews/{}/comments", reply.body["id"]);
                let made = &world.get(&path).await.body[0];
                assert_eq!(
                    (&made["line"], &made["side"]),
                    (&json!(line), &json!(side)),
                    "{comment}"
                );
                assert_eq!(made["position"], position, "{comment}");
                assert!(
                    made["diff_hunk"].as_str().unwrap().starts_with("@@ -1,"),
                    "{comment}"
                );
            }
            Err(reason) => {
                assert_eq!(
                    (reply.status, &reply.body["errors"]),
                    (422, &json!([reason])),
                    "{comment}"
                );
            }
        }
    }
    let records = world.forge.records(&world.repo).await.unwrap();
    assert_eq!(
        (records.reviews.len(), records.review_comments.len()),
        (5, 5),
        "a refused review leaves nothing"
    );
}

#[tokio::test]
async fn nobody_approves_their_own_pull_request() {
    let world = world_with_pull().await;
    for (token, event, body, want) in [
        (
            &world.author,
            "APPROVE",
            "",
            Err("Can not approve your own pull request"),
        ),
        (
            &world.author,
            "REQUEST_CHANGES",
            "x",
            Err("Can not request changes on your own pull request"),
        ),
        (&world.author, "COMMENT", "x", Ok("COMMENTED")),
        (&world.reviewer, "COMMENT", "", Err("Body can't be blank")),
        (
            &world.reviewer,
            "REQUEST_CHANGES",
            " ",
            Err("Body can't be blank"),
        ),
        (
            &world.reviewer,
            "REQUEST_CHANGES",
            "x",
            Ok("CHANGES_REQUESTED"),
        ),
        (&world.reviewer, "APPROVE", "", Ok("APPROVED")),
    ] {
        let reply = review(&world, token, json!({ "event": event, "body": body })).await;
        match want {
            Ok(state) => assert_eq!(
                (reply.status, &reply.body["state"]),
                (200, &json!(state)),
                "{event}"
            ),
            Err(reason) => assert_eq!(
                (reply.status, &reply.body["errors"]),
                (422, &json!([reason])),
                "{event}"
            ),
        }
    }
    let nonsense = review(&world, &world.reviewer, json!({ "event": "LIKE" })).await;
    assert_eq!(nonsense.status, 422);
}

/// How many conversations about lines the bearer sees.
async fn threads(world: &World, token: &str) -> usize {
    let query = "{ repository(owner: \"octo\", name: \"demo\") { pullRequest(number: 2) {
        reviewThreads(first: 9) { nodes { id } } } } }";
    let url = format!("{}/api/graphql", world.forge.html_url());
    let request = world.request(Method::POST, &url).bearer_auth(token);
    let answer = request.json(&json!({ "query": query })).send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    let nodes = &answer["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"];
    nodes.as_array().unwrap().len()
}

#[tokio::test]
async fn a_pending_review_is_its_authors_own_until_it_is_submitted() {
    let world = world_with_pull().await;
    let comment = json!({ "path": "lines", "line": 2, "body": "look" });
    let draft = json!({ "body": "later", "comments": [comment] });
    let pending = review(&world, &world.reviewer, draft.clone()).await;
    assert_eq!(
        (pending.status, &pending.body["state"]),
        (200, &json!("PENDING"))
    );
    assert!(pending.body.get("submitted_at").is_none());
    let second = review(&world, &world.reviewer, draft).await;
    let only_one = "User can only have one pending review per pull request";
    assert_eq!(
        (second.status, &second.body["errors"]),
        (422, &json!([only_one]))
    );
    let path = format!("pulls/2/reviews/{}", pending.body["id"]);
    assert_eq!(
        world.get(&path).await.status,
        404,
        "not for the author of the pull request"
    );
    assert_eq!(world.get("pulls/2/reviews").await.body, json!([]));
    assert_eq!(world.get("pulls/2/comments").await.body, json!([]));
    assert_eq!(threads(&world, &world.author).await, 0);
    assert_eq!(threads(&world, &world.reviewer).await, 1);
    let submit = json!({ "event": "REQUEST_CHANGES" });
    let send = async |token: &str| {
        let events = format!("{path}/events");
        world
            .send(Method::POST, &events, Some(token), Some(submit.clone()))
            .await
    };
    assert_eq!(
        send(&world.author).await.status,
        404,
        "nobody submits another's"
    );
    let submitted = send(&world.reviewer).await;
    assert_eq!(
        submitted.body["state"], "CHANGES_REQUESTED",
        "{}",
        submitted.text
    );
    assert_eq!(submitted.body["body"], "later", "what it said stays");
    assert_eq!(send(&world.reviewer).await.status, 422, "it was submitted");
    assert_eq!(world.get("pulls/2/comments").await.body[0]["body"], "look");
}

#[tokio::test]
async fn a_review_is_taken_back_with_a_reason() {
    let world = world_with_pull().await;
    let why = Some(json!({ "message": "it was settled" }));
    for (event, status) in [("REQUEST_CHANGES", 200), ("APPROVE", 200), ("COMMENT", 422)] {
        let made = review(
            &world,
            &world.reviewer,
            json!({ "event": event, "body": "x" }),
        )
        .await;
        let path = format!("pulls/2/reviews/{}/dismissals", made.body["id"]);
        let reply = world
            .send(Method::PUT, &path, Some(&world.author), why.clone())
            .await;
        assert_eq!(reply.status, status, "{event}: {}", reply.text);
        if status == 200 {
            assert_eq!(reply.body["state"], "DISMISSED", "{event}");
        }
    }
    let timeline = world.get("issues/2/timeline").await.body;
    let dismissed = timeline
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["event"] == "review_dismissed");
    let dismissed = &dismissed.unwrap()["dismissed_review"];
    assert_eq!(dismissed["dismissal_message"], "it was settled");
}

#[tokio::test]
async fn a_comment_that_is_deleted_leaves_its_answers() {
    let world = world_with_pull().await;
    let commit = world.get("pulls/2").await.body["head"]["sha"].clone();
    let comment = json!({ "path": "lines", "line": 2, "body": "one", "commit_id": commit });
    let first = world.post("pulls/2/comments", comment).await.body["id"].clone();
    let mut ids = Vec::new();
    for body in ["two", "three"] {
        let answer =
            json!({ "body": body, "in_reply_to": first, "commit_id": commit, "path": "lines" });
        let made = world.post("pulls/2/comments", answer).await;
        assert_eq!(made.body["in_reply_to_id"], first, "{}", made.text);
        ids.push(made.body["id"].clone());
    }
    let path = format!("pulls/comments/{first}");
    let gone = world
        .send(Method::DELETE, &path, Some(&world.author), None)
        .await;
    assert_eq!(gone.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    let left = world.get("pulls/2/comments").await.body;
    assert!(
        left[0].get("in_reply_to_id").is_none(),
        "the oldest answer comes first now"
    );
    assert_eq!(left[1]["in_reply_to_id"], ids[0]);
}

#[tokio::test]
async fn a_comment_is_answered_and_is_outdated_once_its_file_changes() {
    let world = world_with_pull().await;
    let comment = json!({ "path": "lines", "line": 2, "body": "why?" });
    review(
        &world,
        &world.reviewer,
        json!({ "event": "COMMENT", "comments": [comment] }),
    )
    .await;
    let first = world.get("pulls/2/comments").await.body[0].clone();
    let path = format!("pulls/2/comments/{}/replies", first["id"]);
    let answer = world.post(&path, json!({ "body": "because" })).await;
    assert_eq!(
        (answer.status, &answer.body["in_reply_to_id"]),
        (201, &first["id"])
    );
    assert_eq!(answer.body["line"], 2);
    let gone = world
        .post("pulls/2/comments/999/replies", json!({ "body": "x" }))
        .await;
    assert_eq!(gone.status, 404);

    world.push("topic", &[("status", "good!\n")]).await;
    assert_eq!(
        world.get("pulls/2/comments").await.body[0]["line"],
        2,
        "another file changed"
    );
    world.push("topic", &[("lines", "other\n")]).await;
    let outdated = &world.get("pulls/2/comments").await.body[0];
    assert_eq!(
        (&outdated["line"], &outdated["position"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(outdated["original_line"], 2);
}

#[tokio::test]
async fn a_review_answers_the_request_for_it() {
    let world = world_with_pull().await;
    let asked = world
        .post(
            "pulls/2/requested_reviewers",
            json!({ "reviewers": ["rev"] }),
        )
        .await;
    assert_eq!(
        (asked.status, &asked.body["requested_reviewers"][0]["login"]),
        (201, &json!("rev"))
    );
    let own = world
        .post(
            "pulls/2/requested_reviewers",
            json!({ "reviewers": ["octo"] }),
        )
        .await;
    assert_eq!(own.status, 422);
    let unknown = world
        .post(
            "pulls/2/requested_reviewers",
            json!({ "reviewers": ["nobody"] }),
        )
        .await;
    assert_eq!(unknown.status, 422);
    assert_eq!(
        world.get("pulls/2/requested_reviewers").await.body["users"][0]["login"],
        "rev"
    );
    review(&world, &world.reviewer, json!({ "event": "APPROVE" })).await;
    assert_eq!(
        world.get("pulls/2/requested_reviewers").await.body["users"],
        json!([])
    );
}
