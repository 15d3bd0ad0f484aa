//! Rate limits, and answers that need not be sent again.

use std::time::{Duration, SystemTime};

use agentflow_forge::{Clock, ManualClock};
use serde_json::{Value, json};

use crate::site::Site;
use crate::world::{Reply, reply};

const START: u64 = 1_800_000_000;

async fn limited(requests: u64) -> (Site, ManualClock) {
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(START));
    let site = Site::with(|options| {
        options.clock = Clock::Manual(clock.clone());
        options.limits.requests_per_hour_max = requests;
    })
    .await;
    (site, clock)
}

/// Limit, used, remaining, reset and resource, as the headers say.
fn rate(reply: &Reply) -> (String, String, String, String, String) {
    let header = |name: &str| reply.header(&format!("x-ratelimit-{name}")).to_owned();
    (
        header("limit"),
        header("used"),
        header("remaining"),
        header("reset"),
        header("resource"),
    )
}

fn said(used: u64, remaining: u64, reset: u64) -> (String, String, String, String, String) {
    let text = |number: u64| number.to_string();
    (
        text(used + remaining),
        text(used),
        text(remaining),
        text(reset),
        "core".to_owned(),
    )
}

#[tokio::test]
async fn requests_are_counted_for_each_token_and_hour() {
    let (site, clock) = limited(3).await;
    let other = site.writer("rev").await;
    for (used, remaining) in [(1, 2), (2, 1), (3, 0)] {
        let reply = site.own("GET issues", Value::Null).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(rate(&reply), said(used, remaining, START + 3600));
        // To look costs nothing.
        let looked = site.own("GET /rate_limit", Value::Null).await;
        assert_eq!(
            (looked.status, rate(&looked)),
            (200, said(used, remaining, START + 3600))
        );
        let core =
            json!({ "limit": 3, "used": used, "remaining": remaining, "reset": START + 3600 });
        assert_eq!(looked.body["resources"]["core"], core);
    }
    let refused = site.own("POST issues", json!({ "title": "t" })).await;
    assert_eq!(refused.status, 403);
    assert_eq!(rate(&refused), said(3, 0, START + 3600));
    assert_eq!(
        refused.body["message"],
        "API rate limit exceeded for user ID 1."
    );
    assert_eq!(
        site.call("GET issues", &other, None).await.body,
        json!([]),
        "nothing was done"
    );
    let bad = site.call("GET issues", "bad", None).await;
    let nobody = ("3", "1", "2");
    let header = |name: &str| bad.header(&format!("x-ratelimit-{name}")).to_owned();
    let seen = (header("limit"), header("used"), header("remaining"));
    assert_eq!(bad.status, 401);
    assert_eq!((seen.0.as_str(), seen.1.as_str(), seen.2.as_str()), nobody);
    clock.advance(Duration::from_secs(3600));
    let reply = site.own("GET issues", Value::Null).await;
    assert_eq!(
        (reply.status, rate(&reply)),
        (200, said(1, 2, START + 7200))
    );
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_and_costs_nothing() {
    let (site, _) = limited(100).await;
    site.own("POST issues", json!({ "title": "t" })).await;
    for path in [
        "issues/1",
        "issues",
        "",
        "contents/lines",
        "/user",
        "branches/main",
    ] {
        let first = site.own(&format!("GET {path}"), Value::Null).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        for (asked, want) in [
            (tag.clone(), 304),
            (format!("\"x\", {tag}"), 304),
            (tag[2..].to_owned(), 304),
            ("*".to_owned(), 304),
            ("W/\"other\"".to_owned(), 200),
        ] {
            let request = site.request("GET", path, &site.owner);
            let again = reply(request.header("if-none-match", &asked)).await;
            assert_eq!(again.status, want, "{path} {asked}");
            assert_eq!(again.header("etag"), tag, "{path} {asked}");
            assert_eq!(again.text.is_empty(), want == 304, "{path} {asked}");
        }
        let last = site.own("GET /rate_limit", Value::Null).await;
        let used = last.header("x-ratelimit-used").parse::<u64>().unwrap();
        let before = first.header("x-ratelimit-used").parse::<u64>().unwrap();
        assert_eq!(used, before + 1, "{path}: only the one that was sent again");
    }
    let before = site.own("GET issues/1", Value::Null).await;
    site.own("PATCH issues/1", json!({ "title": "another" }))
        .await;
    let request = site.request("GET", "issues/1", &site.owner);
    let after = reply(request.header("if-none-match", before.header("etag"))).await;
    assert_eq!(
        (after.status, &after.body["title"]),
        (200, &json!("another"))
    );
    let missing = site.own("GET issues/99", Value::Null).await;
    assert_eq!((missing.status, missing.header("etag")), (404, ""));
}
