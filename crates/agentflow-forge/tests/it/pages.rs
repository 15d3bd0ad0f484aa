//! The pages for people.

use reqwest::Method;
use serde_json::json;

use crate::world::{World, reply};

#[tokio::test]
async fn a_page_shows_what_is_there_and_runs_nothing_of_it() {
    let world = World::open().await;
    let evil = "<script>alert('x')</script>";
    world
        .post("issues/1/comments", json!({ "body": evil }))
        .await;
    world
        .push("topic", &[("lines", "one\n<b>\n"), ("status", "bad <i>\n")])
        .await;
    world
        .post(
            "pulls",
            json!({ "title": format!("T {evil}"), "head": "topic", "base": "main", "body": evil }),
        )
        .await;
    world.forge.checks_settled().await.unwrap();
    let comment = json!({ "path": "lines", "line": 2, "body": format!("inline {evil}") });
    let review = json!({ "event": "COMMENT", "body": "over all", "comments": [comment] });
    world
        .send(
            Method::POST,
            "pulls/2/reviews",
            Some(&world.reviewer),
            Some(review),
        )
        .await;
    let shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;";
    for (path, wants) in [
        ("/", &["octo/demo", "2 open"][..]),
        (
            "/octo/demo",
            &["git clone http://127.0.0.1:", "Count in digits", shown],
        ),
        (
            "/octo/demo/issues/1",
            &["Words are slow.", "good first issue", shown],
        ),
        (
            "/octo/demo/pull/2",
            &[
                "bad &lt;i&gt;",
                "+&lt;b&gt;",
                "inline &lt;script",
                "over all",
                "class=\"added\"",
                "blocked",
                "is failing",
                shown,
            ],
        ),
        (
            "/octo/demo/runs/1",
            &["bad &lt;i&gt;", "checks failed with status 1"],
        ),
        ("/octo/demo/pull/2.diff", &["diff --git a/lines b/lines"]),
        (
            "/octo/demo/pull/2.patch",
            &["Subject: [PATCH] Change topic"],
        ),
    ] {
        let page =
            reply(world.request(Method::GET, &format!("{}{path}", world.forge.html_url()))).await;
        assert_eq!(page.status, 200, "{path}");
        for want in wants {
            assert!(
                page.text.contains(want),
                "{path} lacks {want}: {}",
                page.text
            );
        }
        assert!(!page.text.contains("<script"), "{path}");
    }
    for path in [
        "/none",
        "/octo/none",
        "/octo/demo/issues/99",
        "/octo/demo/pull/1",
        "/octo/demo/pull/x",
    ] {
        let page =
            reply(world.request(Method::GET, &format!("{}{path}", world.forge.html_url()))).await;
        assert_eq!(
            (
                page.status,
                page.text.contains("There is nothing at this address.")
            ),
            (404, true),
            "{path}"
        );
    }
}
