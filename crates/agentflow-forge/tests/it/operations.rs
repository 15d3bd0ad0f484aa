//! Every operation of GitHub's description that the forge answers, sent once with what exists, and
//! every other one refused with its reason: `docs/forge.md` says which is which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::{description, operation};
use crate::world::{Reply, World};

mod code;
mod talk;

/// What `docs/forge.md` says of each operation: nothing for an answered one, else why it is not.
fn documented() -> BTreeMap<String, Option<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/forge.md");
    let text = std::fs::read_to_string(file).unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
        let id = cells.next()?.strip_suffix('`')?.to_owned();
        let said = cells.next()?;
        let reason = said.strip_prefix("no: ").map(str::to_owned);
        assert!(said == "yes" || reason.is_some(), "{line}");
        Some((id, reason))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_documentation_tells_of_every_operation() {
    let Some(description) = description() else {
        return;
    };
    let methods = description
        .paths()
        .values()
        .flat_map(|it| it.as_object().unwrap().values());
    let described: BTreeSet<String> = methods
        .filter_map(|it| it["operationId"].as_str().map(str::to_owned))
        .collect();
    let told: BTreeSet<String> = documented().into_keys().collect();
    assert_eq!(told, described);
}

/// Sends requests and notes which operations were answered with success.
struct Tour {
    world: World,
    answered: BTreeSet<String>,
}

impl Tour {
    async fn send(&mut self, who: Who, method: &str, path: &str, body: Value, want: u16) -> Reply {
        let method: Method = method.parse().unwrap();
        let token = match who {
            Author => self.world.author.clone(),
            Reviewer => self.world.reviewer.clone(),
        };
        let sent = (!body.is_null()).then_some(body);
        let reply = self
            .world
            .send(method.clone(), path, Some(&token), sent)
            .await;
        assert_eq!(reply.status, want, "{method} {path}: {}", reply.text);
        let url = self.world.url(path);
        let path = url.strip_prefix(&self.world.forge.base_url()).unwrap();
        let path = path.split('?').next().unwrap();
        if let Some((_, operation)) = description().and_then(|it| operation(it, &method, path)) {
            self.answered
                .insert(operation["operationId"].as_str().unwrap().to_owned());
        }
        reply
    }

    async fn read(&mut self, paths: &[&str]) {
        for path in paths {
            let reply = self.send(Author, "GET", path, Value::Null, 200).await;
            let is_empty = reply.body.as_array().is_some_and(Vec::is_empty);
            assert!(!is_empty, "{path} is empty, so nothing was looked at");
        }
    }
}

#[derive(Clone, Copy)]
enum Who {
    Author,
    Reviewer,
}

use Who::{Author, Reviewer};

#[tokio::test]
async fn every_operation_that_the_documentation_promises_is_answered() {
    let world = World::open().await;
    world
        .pull(
            "topic",
            &[
                ("lines", "changed\n"),
                (".github/CODEOWNERS", "* @nobody\n"),
            ],
        )
        .await;
    let mut tour = Tour {
        world,
        answered: BTreeSet::new(),
    };
    general(&mut tour).await;
    talk::issues(&mut tour).await;
    talk::reviews(&mut tour).await;
    code::checks(&mut tour).await;
    code::objects(&mut tour).await;
    code::branches(&mut tour).await;
    hooks(&mut tour).await;
    if description().is_none() {
        return;
    }
    let promised = documented()
        .into_iter()
        .filter(|(_, reason)| reason.is_none());
    let promised: BTreeSet<String> = promised.map(|(id, _)| id).collect();
    let missing: Vec<_> = promised.difference(&tour.answered).collect();
    let unsaid: Vec<_> = tour.answered.difference(&promised).collect();
    assert!(missing.is_empty(), "promised and not answered: {missing:?}");
    assert!(unsaid.is_empty(), "answered and not said: {unsaid:?}");
}

async fn hooks(tour: &mut Tour) {
    // Nobody listens there: a delivery that failed is one, too.
    let config = json!({ "url": "http://127.0.0.1:9/", "content_type": "json" });
    let hook = json!({ "name": "web", "config": config, "events": ["issues"] });
    let made = tour.send(Author, "POST", "hooks", hook, 201).await;
    let hook = format!("hooks/{}", made.body["id"]);
    tour.world.forge.webhooks_settled().await.unwrap();
    let deliveries = format!("{hook}/deliveries");
    tour.read(&["hooks", &hook, &deliveries]).await;
    let change = json!({ "add_events": ["push"] });
    tour.send(Author, "PATCH", &hook, change, 200).await;
    let ping = format!("{hook}/pings");
    tour.send(Author, "POST", &ping, Value::Null, 204).await;
    let first = tour.world.get(&deliveries).await.body[0]["id"].clone();
    let again = format!("{deliveries}/{first}/attempts");
    tour.send(Author, "POST", &again, Value::Null, 202).await;
    tour.send(Author, "DELETE", &hook, Value::Null, 204).await;
}

async fn general(tour: &mut Tour) {
    tour.read(&[
        "/",
        "/user",
        "/users/rev",
        "/rate_limit",
        "/meta",
        "",
        "labels",
        "labels/bug",
        "branches",
        "branches/main",
        "branches/main/protection",
        "rules/branches/main",
        "collaborators",
        "collaborators/rev/permission",
        "contents/status",
        "contents/.ci",
        "contents",
        "commits",
        "commits/topic",
        "commits/topic/check-runs",
        "commits/topic/check-suites",
        "commits/topic/status",
        "commits/topic/pulls",
        "compare/main...topic",
        "codeowners/errors?ref=topic",
        "git/matching-refs/heads/to",
        "git/ref/heads/topic",
        "git/trees/main?recursive=1",
        "issues",
        "pulls",
        "/search/issues?q=is:pr",
        "/search/code?q=three+repo:octo/demo",
    ])
    .await;
    tour.send(Author, "GET", "collaborators/rev", Value::Null, 204)
        .await;
    for path in ["tarball/topic", "zipball/topic"] {
        tour.send(Author, "GET", path, Value::Null, 302).await;
    }
    let new = json!({ "name": "second", "description": "d", "auto_init": true });
    tour.send(Author, "POST", "/user/repos", new, 201).await;
    tour.send(
        Author,
        "POST",
        "/orgs/octo/repos",
        json!({ "name": "third" }),
        201,
    )
    .await;
    tour.read(&["/repos/octo/second/readme"]).await;
}
