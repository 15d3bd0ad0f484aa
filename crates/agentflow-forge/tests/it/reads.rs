//! What the REST endpoints answer, one by one, and how lists are cut into pages.

use reqwest::Method;
use serde_json::json;

use crate::world::{World, reply};

#[tokio::test]
async fn a_read_finds_what_is_there() {
    let world = World::open().await;
    let number = world
        .pull("topic", &[("lines", "changed\n"), ("dir/new", "n\n")])
        .await;
    for (path, pointer, want) in [
        ("", "/full_name", json!("octo/demo")),
        ("", "/default_branch", json!("main")),
        ("", "/permissions/push", json!(true)),
        ("/rate_limit", "/rate/limit", json!(5000)),
        ("/users/rev", "/login", json!("rev")),
        ("issues/1", "/labels/1/name", json!("good first issue")),
        ("issues/2", "/pull_request/url", json!(world.url("pulls/2"))),
        ("issues?state=open&labels=bug", "/0/number", json!(1)),
        ("issues?state=closed", "", json!([])),
        ("issues/1/labels", "/0/name", json!("bug")),
        ("issues/1/events", "/0/event", json!("opened")),
        ("contents/status", "/content", json!("Z29vZAo=\n")),
        ("contents/dir?ref=topic", "/0/path", json!("dir/new")),
        ("contents", "/0/name", json!(".ci")),
        (
            "contents/status?ref=none",
            "/message",
            json!("No commit found for the ref none"),
        ),
        ("contents/none", "/message", json!("Not Found")),
        ("contents/..%2F..%2FHEAD", "/message", json!("Not Found")),
        ("branches", "/0/name", json!("main")),
        ("branches/main", "/protected", json!(true)),
        ("branches/none", "/message", json!("Branch not found")),
        ("git/ref/heads/topic", "/ref", json!("refs/heads/topic")),
        ("git/ref/heads/none", "/message", json!("Not Found")),
        (
            "commits?sha=topic",
            "/0/commit/message",
            json!("Change topic"),
        ),
        ("commits/topic", "/files/0/filename", json!("dir/new")),
        ("commits/main", "/stats/deletions", json!(0)),
        (
            "commits/none",
            "/message",
            json!("No commit found for SHA: none"),
        ),
        (
            "commits/topic/check-runs",
            "/check_runs/0/conclusion",
            json!("success"),
        ),
        (
            "commits/topic/check-runs?check_name=other",
            "/total_count",
            json!(0),
        ),
        (
            "commits/topic/check-suites",
            "/check_suites/0/conclusion",
            json!("success"),
        ),
        ("commits/topic/status", "/total_count", json!(0)),
        ("commits/topic/pulls", "/0/number", json!(number)),
        ("compare/main...topic", "/ahead_by", json!(1)),
        ("compare/topic...main", "/status", json!("behind")),
        (
            "pulls?head=octo:topic&state=all",
            "/0/number",
            json!(number),
        ),
        ("pulls?head=other:topic", "", json!([])),
        ("pulls/2", "/mergeable", json!(true)),
        ("pulls/2", "/changed_files", json!(2)),
        ("pulls/2/files", "/0/status", json!("added")),
        (
            "pulls/2/files",
            "/1/patch",
            json!(
                "@@ -1,10 +1 @@\n-one\n-two\n-three\n-four\n-five\n-six\n-seven\n-eight\n-nine\n-ten\n+changed"
            ),
        ),
        ("pulls/2/commits", "/0/commit/author/name", json!("Tess")),
        ("pulls/2/reviews", "", json!([])),
        ("pulls/2/merge", "/message", json!("Not Found")),
        ("pulls/1", "/message", json!("Not Found")),
        ("pulls/x", "/message", json!("Not Found")),
    ] {
        let reply = world.get(path).await;
        assert_eq!(
            reply.body.pointer(pointer),
            Some(&want),
            "{path}{pointer}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn a_pull_request_is_given_as_text() {
    let world = World::open().await;
    world.pull("topic", &[("lines", "changed\n")]).await;
    for (accept, start) in [
        (
            "application/vnd.github.diff",
            "diff --git a/lines b/lines\n",
        ),
        ("application/vnd.github.v3.patch", "From "),
    ] {
        let request = world
            .request(Method::GET, &world.url("pulls/2"))
            .bearer_auth(&world.author)
            .header("accept", accept);
        let text = reply(request).await.text;
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("\n+changed\n"), "{text}");
    }
}

#[tokio::test]
async fn a_list_is_cut_into_pages_that_lead_to_one_another() {
    let world = World::open().await;
    for count in 0..5 {
        world
            .post("issues/1/comments", json!({ "body": format!("{count}") }))
            .await;
    }
    let mut url = world.url("issues/1/comments?per_page=2");
    let mut seen = Vec::new();
    loop {
        let page = reply(world.request(Method::GET, &url).bearer_auth(&world.author)).await;
        seen.extend(
            page.body
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["body"].as_str().unwrap().to_owned()),
        );
        let link = page
            .headers
            .get("link")
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let next = link
            .split(", ")
            .find_map(|part| part.strip_suffix(">; rel=\"next\""));
        let Some(next) = next else {
            assert!(
                link.contains("rel=\"prev\"") && link.contains("rel=\"first\""),
                "{link}"
            );
            break;
        };
        assert!(link.contains("&page=3>; rel=\"last\""), "{link}");
        url = next.trim_start_matches('<').to_owned();
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    let all = world.get("issues/1/comments").await;
    assert!(all.headers.get("link").is_none(), "one page leads nowhere");
}
