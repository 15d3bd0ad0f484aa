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
    let pending = review(&world, &world.reviewer, json!({ "body": "later" })).await;
    assert_eq!(pending.status, 422);
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
