//! Issues, comments and reviews.

use serde_json::{Value, json};

use super::Tour;
use super::Who::{Author, Reviewer};

pub(super) async fn issues(tour: &mut Tour) {
    let new = json!({ "title": "t", "labels": ["new"], "assignees": ["rev"] });
    let made = tour.send(Author, "POST", "issues", new, 201).await;
    assert_eq!(made.body["number"], 3);
    let comment = tour
        .send(
            Author,
            "POST",
            "issues/3/comments",
            json!({ "body": "b" }),
            201,
        )
        .await;
    let comment = format!("issues/comments/{}", comment.body["id"]);
    let reaction = json!({ "content": "+1" });
    for (method, path, body, want) in [
        ("PATCH", "issues/3", json!({ "title": "u" }), 200),
        (
            "POST",
            "issues/3/assignees",
            json!({ "assignees": ["octo"] }),
            201,
        ),
        (
            "DELETE",
            "issues/3/assignees",
            json!({ "assignees": ["octo"] }),
            200,
        ),
        ("POST", "issues/3/reactions", reaction.clone(), 201),
        ("POST", "issues/3/reactions", reaction.clone(), 200),
        ("POST", &format!("{comment}/reactions"), reaction, 201),
        ("PATCH", &comment, json!({ "body": "c" }), 200),
        (
            "POST",
            "issues/3/labels",
            json!({ "labels": ["x", "y"] }),
            200,
        ),
        (
            "PUT",
            "issues/3/labels",
            json!({ "labels": ["x", "z"] }),
            200,
        ),
        ("DELETE", "issues/3/labels/x", Value::Null, 200),
        (
            "PUT",
            "issues/3/lock",
            json!({ "lock_reason": "resolved" }),
            204,
        ),
        ("DELETE", "issues/3/lock", Value::Null, 204),
        (
            "POST",
            "labels",
            json!({ "name": "area", "color": "ff0000", "description": "d" }),
            201,
        ),
        (
            "PATCH",
            "labels/area",
            json!({ "new_name": "zone", "color": "00ff00" }),
            200,
        ),
        ("DELETE", "labels/zone", Value::Null, 204),
    ] {
        tour.send(Author, method, path, body, want).await;
    }
    tour.read(&[
        "issues/3",
        "issues/3/comments",
        "issues/3/labels",
        "issues/3/events",
        "issues/3/timeline",
        "issues/comments",
        &comment,
    ])
    .await;
    tour.send(Author, "DELETE", "issues/3/labels", Value::Null, 204)
        .await;
    tour.send(Author, "DELETE", &comment, Value::Null, 204)
        .await;
}

pub(super) async fn reviews(tour: &mut Tour) {
    let asked = json!({ "reviewers": ["rev"] });
    tour.send(
        Author,
        "POST",
        "pulls/2/requested_reviewers",
        asked.clone(),
        201,
    )
    .await;
    tour.read(&["pulls/2/requested_reviewers"]).await;
    tour.send(Author, "DELETE", "pulls/2/requested_reviewers", asked, 200)
        .await;
    let place = json!({ "path": "lines", "line": 1, "body": "look" });
    let review = json!({ "event": "REQUEST_CHANGES", "body": "no", "comments": [place] });
    let made = tour
        .send(Reviewer, "POST", "pulls/2/reviews", review, 200)
        .await;
    let review = format!("pulls/2/reviews/{}", made.body["id"]);
    let head = made.body["commit_id"].clone();
    let comments = tour
        .send(Author, "GET", "pulls/2/comments", Value::Null, 200)
        .await;
    let first = comments.body[0]["id"].clone();
    let answers = format!("pulls/2/comments/{first}/replies");
    tour.send(Author, "POST", &answers, json!({ "body": "because" }), 201)
        .await;
    let place = json!({ "path": "lines", "line": 1, "body": "more", "commit_id": head });
    let alone = tour
        .send(Reviewer, "POST", "pulls/2/comments", place, 201)
        .await;
    let alone = format!("pulls/comments/{}", alone.body["id"]);
    tour.send(Reviewer, "PATCH", &alone, json!({ "body": "less" }), 200)
        .await;
    let reaction = json!({ "content": "eyes" });
    tour.send(Author, "POST", &format!("{alone}/reactions"), reaction, 201)
        .await;
    tour.read(&[
        &alone,
        &review,
        &format!("{review}/comments"),
        "pulls/2/reviews",
        "pulls/2/comments",
        "pulls/2",
        "pulls/2/files",
        "pulls/2/commits",
        "issues/2/timeline",
    ])
    .await;
    tour.send(Reviewer, "DELETE", &alone, Value::Null, 204)
        .await;
    tour.send(Reviewer, "PUT", &review, json!({ "body": "not yet" }), 200)
        .await;
    let why = json!({ "message": "done" });
    tour.send(Author, "PUT", &format!("{review}/dismissals"), why, 200)
        .await;
    let pending = tour
        .send(Reviewer, "POST", "pulls/2/reviews", json!({}), 200)
        .await;
    assert_eq!(pending.body["state"], "PENDING");
    let submit = format!("pulls/2/reviews/{}/events", pending.body["id"]);
    tour.send(
        Reviewer,
        "POST",
        &submit,
        json!({ "event": "APPROVE" }),
        200,
    )
    .await;
    tour.send(
        Author,
        "PATCH",
        "pulls/2",
        json!({ "title": "Digits" }),
        200,
    )
    .await;
}
