//! Deliveries: signed, written down, repeated, and never lost.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::{Manner, Received, Receiver};
use crate::site::Site;
use crate::webhooks::{SECRET, hooked};
use crate::world::git;

#[tokio::test]
async fn a_delivery_is_signed_and_says_what_it_is() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(204)).await;
    let hook = hooked(&site, &receiver.url, json!(["issues"])).await;
    site.own("POST issues", json!({ "title": "t" })).await;
    site.own("POST issues/1/comments", json!({ "body": "not asked for" }))
        .await;
    site.forge.webhooks_settled().await.unwrap();
    let received = receiver.received();
    let names: Vec<String> = received.iter().map(Received::name).collect();
    assert_eq!(names, ["ping", "issues.opened"]);
    for delivery in &received {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&delivery.body);
        let hex: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        assert_eq!(
            delivery.header("x-hub-signature-256"),
            format!("sha256={hex}")
        );
        assert_eq!(delivery.header("x-github-hook-id"), hook.to_string());
        assert_eq!(delivery.header("content-type"), "application/json");
        assert!(
            delivery
                .header("user-agent")
                .starts_with("GitHub-Hookshot/")
        );
        let parts: Vec<usize> = delivery
            .header("x-github-delivery")
            .split('-')
            .map(str::len)
            .collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
    let config = json!({ "content_type": "form", "secret": "" });
    let edited = site
        .own(&format!("PATCH hooks/{hook}"), json!({ "config": config }))
        .await;
    assert_eq!(
        edited.body["config"]["content_type"], "form",
        "{}",
        edited.text
    );
    let ping = site
        .own(&format!("POST hooks/{hook}/pings"), Value::Null)
        .await;
    assert_eq!(ping.status, 204);
    site.forge.webhooks_settled().await.unwrap();
    let last = receiver.received().pop().unwrap();
    assert_eq!(
        last.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(last.header("x-hub-signature-256"), "");
    let body = String::from_utf8(last.body.to_vec()).unwrap();
    assert!(body.starts_with("payload=%7B%22"), "{body}");
}

#[tokio::test]
async fn what_came_of_a_delivery_is_written_down() {
    let site =
        Site::with(|options| options.limits.hook_time_max = Duration::from_millis(300)).await;
    for (name, manner, code, status) in [
        ("well", Some(Manner::Answers(200)), 200, "OK"),
        (
            "badly",
            Some(Manner::Answers(500)),
            500,
            "Internal Server Error",
        ),
        ("elsewhere", Some(Manner::Redirects), 302, "Found"),
        ("never", Some(Manner::NeverAnswers), 504, "timed out"),
        ("nobody", None, 502, "failed to connect to host"),
    ] {
        let receiver = Receiver::start(manner.unwrap_or(Manner::Answers(200))).await;
        let url = match manner {
            Some(_) => receiver.url.clone(),
            None => "http://127.0.0.1:1/".to_owned(),
        };
        let hook = hooked(&site, &url, json!(["issues"])).await;
        site.forge.webhooks_settled().await.unwrap();
        let listed = site
            .own(&format!("GET hooks/{hook}/deliveries"), Value::Null)
            .await;
        assert_eq!(
            listed.body.as_array().map(Vec::len),
            Some(1),
            "{name}: {}",
            listed.text
        );
        let item = &listed.body[0];
        assert_eq!(
            (&item["status_code"], &item["status"]),
            (&json!(code), &json!(status)),
            "{name}"
        );
        assert_eq!(
            receiver.received().len(),
            usize::from(manner.is_some()),
            "{name}"
        );
        let path = format!("hooks/{hook}/deliveries/{}", item["id"]);
        let one = site.own(&format!("GET {path}"), Value::Null).await;
        assert_eq!(one.body["request"]["payload"]["hook_id"], hook, "{name}");
        assert_eq!(
            one.body["request"]["headers"]["x-github-event"], "ping",
            "{name}"
        );

        receiver.behave(Manner::Answers(202));
        let again = site
            .own(&format!("POST {path}/attempts"), Value::Null)
            .await;
        assert_eq!(again.status, 202, "{name}");
        site.forge.webhooks_settled().await.unwrap();
        let listed = site
            .own(&format!("GET hooks/{hook}/deliveries"), Value::Null)
            .await;
        let newest = &listed.body[0];
        assert_eq!(
            (&newest["redelivery"], &newest["guid"]),
            (&json!(true), &item["guid"]),
            "{name}"
        );
        if manner.is_some() {
            assert_eq!(newest["status_code"], 202, "{name}");
            let shown = site.own(&format!("GET hooks/{hook}"), Value::Null).await;
            assert_eq!(shown.body["last_response"]["status"], "active", "{name}");
            assert_eq!(shown.body["config"]["secret"], "********", "{name}");
        }
        let gone = site.own(&format!("DELETE hooks/{hook}"), Value::Null).await;
        assert_eq!(gone.status, 204, "{name}");
        assert_eq!(
            site.own(&format!("GET {path}"), Value::Null).await.status,
            404,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_hook_that_cannot_be_is_refused() {
    let site = Site::open().await;
    let stranger = site.writer("rev").await;
    let hook = |url: &str| json!({ "config": { "url": url }, "events": ["push"] });
    for (name, body, status, message) in [
        ("no config", json!({}), 422, "Validation Failed"),
        ("no url", json!({ "config": {} }), 422, "Validation Failed"),
        (
            "an address elsewhere",
            hook("http://example.com/"),
            422,
            "Validation Failed",
        ),
        (
            "no events",
            json!({ "config": { "url": "http://127.0.0.1:1/" }, "events": [] }),
            422,
            "Validation Failed",
        ),
        (
            "another name",
            json!({ "name": "mail", "config": { "url": "http://127.0.0.1:1/" } }),
            422,
            "Validation Failed",
        ),
    ] {
        let refused = site.own("POST hooks", body).await;
        assert_eq!(
            (refused.status, &refused.body["message"]),
            (status, &json!(message)),
            "{name}"
        );
    }
    let body = hook("http://127.0.0.1:1/");
    let refused = site.call("POST hooks", &stranger, Some(&body)).await;
    let want = json!("Not Found");
    assert_eq!((refused.status, &refused.body["message"]), (404, &want));
    assert_eq!(site.own("POST hooks", body.clone()).await.status, 201);
    let twice = site.own("POST hooks", body).await;
    assert_eq!(
        twice.body["errors"][0]["message"],
        "Hook already exists on this repository"
    );
}

#[tokio::test]
async fn a_push_that_a_kill_kept_from_being_told_is_told_when_the_forge_is_next_opened() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(200)).await;
    hooked(&site, &receiver.url, json!(["push", "create", "delete"])).await;
    let Site {
        dir, forge, repo, ..
    } = site;
    forge.shutdown().await;
    // As a kill right after git has moved its refs leaves it.
    let bare = dir.path().join(format!("state/repos/{repo}.git"));
    git(&bare, &["branch", "topic", "main"]);
    git(&bare, &["tag", "v1", "main"]);
    let site = Site::at(dir, |_| {}).await;
    site.forge.webhooks_settled().await.unwrap();
    let told = |received: Vec<Received>| -> Vec<(String, Value)> {
        let pair = |it: &Received| (it.name(), it.json()["ref"].clone());
        received.iter().skip(1).map(pair).collect()
    };
    let pair = |name: &str, of: &str| (name.to_owned(), json!(of));
    let want = [
        pair("create", "topic"),
        pair("push", "refs/heads/topic"),
        pair("create", "v1"),
        pair("push", "refs/tags/v1"),
    ];
    assert_eq!(told(receiver.received()), want);
    let Site { dir, forge, .. } = site;
    forge.shutdown().await;
    let site = Site::at(dir, |_| {}).await;
    site.forge.webhooks_settled().await.unwrap();
    assert_eq!(told(receiver.received()), want, "once");
}

#[tokio::test]
async fn what_is_told_late_is_told_as_it_was() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::NeverAnswers).await;
    hooked(&site, &receiver.url, json!(["issues"])).await;
    receiver.next().await;
    // The ping is not answered, so all of this waits until the forge is opened again.
    site.own("POST issues", json!({ "title": "one" })).await;
    site.own(
        "PATCH issues/1",
        json!({ "title": "two", "state": "closed" }),
    )
    .await;
    site.own(
        "PATCH issues/1",
        json!({ "title": "three", "state": "open" }),
    )
    .await;
    let Site { dir, forge, .. } = site;
    forge.shutdown().await;
    receiver.behave(Manner::Answers(200));
    let site = Site::at(dir, |_| {}).await;
    site.forge.webhooks_settled().await.unwrap();
    let told = |it: &Received| {
        let (name, issue) = (it.name(), it.json()["issue"].clone());
        let text = |field: &str| issue[field].as_str().unwrap_or_default().to_owned();
        (name, text("title"), text("state"))
    };
    let told: Vec<_> = receiver.received().iter().skip(2).map(told).collect();
    let want = |name: &str, title: &str, state: &str| {
        (name.to_owned(), title.to_owned(), state.to_owned())
    };
    let all = [
        want("issues.opened", "one", "open"),
        want("issues.edited", "two", "open"),
        want("issues.closed", "two", "closed"),
        want("issues.edited", "three", "closed"),
        want("issues.reopened", "three", "open"),
    ];
    assert_eq!(told, all);
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_when_the_forge_is_next_opened() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(200)).await;
    hooked(&site, &receiver.url, json!(["issues"])).await;
    site.forge.webhooks_settled().await.unwrap();
    receiver.next().await;
    receiver.behave(Manner::NeverAnswers);
    site.own("POST issues", json!({ "title": "one" })).await;
    receiver.next().await;
    site.own("POST issues", json!({ "title": "two" })).await;
    let Site { dir, forge, .. } = site;
    forge.shutdown().await;
    let cut_off = receiver.received().pop().unwrap();
    receiver.behave(Manner::Answers(200));
    let site = Site::at(dir, |_| {}).await;
    site.forge.webhooks_settled().await.unwrap();
    let after: Vec<Received> = receiver.received().split_off(2);
    let titles: Vec<Value> = after
        .iter()
        .map(|it| it.json()["issue"]["title"].clone())
        .collect();
    assert_eq!(titles, ["one", "two"]);
    let id = "x-github-delivery";
    assert_eq!(
        after[0].header(id),
        cut_off.header(id),
        "it is known by its id"
    );
}
