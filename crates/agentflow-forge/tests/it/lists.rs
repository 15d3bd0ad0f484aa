//! Lists: what is in them, in which order, and how their pages lead to one another.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, reply};

fn numbers(list: &Value) -> Vec<u64> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list}"));
    list.iter()
        .map(|it| it["number"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn issues_are_filtered_and_sorted() {
    let world = World::open().await;
    let by_rev = json!({ "title": "two @octo", "body": "ask @octo please", "labels": ["bug"] });
    world
        .send(Method::POST, "issues", Some(&world.reviewer), Some(by_rev))
        .await;
    world
        .post("issues", json!({ "title": "three", "assignees": ["rev"] }))
        .await;
    let closed = Some(json!({ "state": "closed" }));
    world
        .send(Method::PATCH, "issues/3", Some(&world.author), closed)
        .await;
    for body in ["a", "b"] {
        world
            .post("issues/2/comments", json!({ "body": body }))
            .await;
    }
    for (query, want) in [
        ("", &[2, 1][..]),
        ("state=all", &[3, 2, 1]),
        ("state=closed", &[3]),
        ("labels=bug", &[2, 1]),
        ("labels=bug,good%20first%20issue", &[1]),
        ("creator=rev", &[2]),
        ("state=all&assignee=rev", &[3]),
        ("state=all&assignee=none", &[2, 1]),
        ("state=all&assignee=*", &[3]),
        ("mentioned=octo", &[2]),
        ("milestone=1", &[]),
        ("direction=asc", &[1, 2]),
        ("sort=comments", &[2, 1]),
        ("sort=comments&direction=asc", &[1, 2]),
        ("since=2100-01-01T00:00:00Z", &[]),
        ("since=2000-01-01T00:00:00Z", &[2, 1]),
        ("unheard=of", &[2, 1]),
        ("per_page=1", &[2]),
        ("per_page=1&page=2", &[1]),
    ] {
        let found = world.get(&format!("issues?{query}")).await;
        assert_eq!(numbers(&found.body), want, "{query}");
    }
    for (query, message) in [
        ("state=half", "Validation Failed"),
        ("since=yesterday", "'yesterday' is not a valid timestamp"),
    ] {
        let refused = world.get(&format!("issues?{query}")).await;
        assert_eq!(
            (refused.status, &refused.body["message"]),
            (422, &json!(message)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn every_long_list_leads_to_its_next_page() {
    let world = World::open().await;
    let number = world
        .pull("topic", &[("lines", "x\n"), ("more", "y\n")])
        .await;
    assert_eq!(number, 2);
    world.push("topic", &[("third", "z\n")]).await;
    world.forge.checks_settled().await.unwrap();
    let head = world.get("pulls/2").await.body["head"]["sha"]
        .as_str()
        .unwrap()
        .to_owned();
    for text in ["a", "b"] {
        world
            .post("issues/2/comments", json!({ "body": text }))
            .await;
        world
            .post("issues/2/labels", json!({ "labels": [text] }))
            .await;
        let place = json!({ "path": "more", "line": 1, "body": text, "commit_id": head });
        assert_eq!(world.post("pulls/2/comments", place).await.status, 201);
        world
            .post(
                &format!("statuses/{head}"),
                json!({ "state": "success", "context": text }),
            )
            .await;
        let run = json!({ "name": text, "head_sha": head, "conclusion": "success" });
        world.post("check-runs", run).await;
    }
    world.push("other", &[("x", "x")]).await;
    let other = json!({ "title": "t", "head": "other", "base": "main" });
    world.post("pulls", other).await;
    world.forge.checks_settled().await.unwrap();
    let annotations = [1, 2].map(|line| {
        json!({
            "path": "more", "start_line": line, "end_line": line, "annotation_level": "notice",
            "message": "m",
        })
    });
    let output = json!({ "title": "t", "summary": "s", "annotations": annotations });
    let run = json!({ "name": "c", "head_sha": head, "conclusion": "success", "output": output });
    let run = world.post("check-runs", run).await.body;
    let (run, suite) = (run["id"].clone(), run["check_suite"]["id"].clone());
    let review = world.get("pulls/2/reviews").await.body[0]["id"].clone();
    assert!(review.is_number());
    for path in [
        "issues?state=all",
        "issues/2/comments",
        "issues/2/labels",
        "issues/2/events",
        "issues/2/timeline",
        "issues/comments",
        "labels",
        "collaborators",
        "branches",
        "commits?sha=topic",
        "pulls",
        "pulls/2/files",
        "pulls/2/commits",
        "pulls/2/comments",
        "pulls/2/reviews",
        "commits/topic/statuses",
        "commits/topic/status",
        "commits/topic/check-runs",
        &format!("check-suites/{suite}/check-runs"),
        &format!("check-runs/{run}/annotations"),
        "git/matching-refs/heads/",
        "rules/branches/main",
        "actions/runs",
        "/search/issues?q=is:pr",
        "/search/code?q=status",
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let first = world.get(&format!("{path}{sign}per_page=1")).await;
        assert_eq!(first.status, 200, "{path}: {}", first.text);
        let link = first
            .headers
            .get("link")
            .unwrap_or_else(|| panic!("{path}: {}", first.text));
        let link = link.to_str().unwrap();
        assert!(
            link.contains("rel=\"next\"") && link.contains("page=2>"),
            "{path}: {link}"
        );
        let next = link
            .split(", ")
            .find(|part| part.ends_with("rel=\"next\""))
            .unwrap();
        let next = next.trim_start_matches('<').split('>').next().unwrap();
        let second = reply(world.request(Method::GET, next).bearer_auth(&world.author)).await;
        assert!(
            second.headers["link"]
                .to_str()
                .unwrap()
                .contains("rel=\"prev\""),
            "{path}"
        );
        assert_ne!(first.body, second.body, "{path}");
    }
}

#[tokio::test]
async fn a_page_has_at_most_a_hundred_items() {
    let world = World::open().await;
    for count in 0..101 {
        world
            .post("labels", json!({ "name": format!("label {count}") }))
            .await;
    }
    for (query, count) in [
        ("", 30),
        ("?per_page=100", 100),
        ("?per_page=500", 100),
        ("?per_page=0", 1),
    ] {
        let found = world.get(&format!("labels{query}")).await.body;
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
}
