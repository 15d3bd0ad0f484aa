//! What becomes of branches and commits when a pull request is merged.

use reqwest::Method;
use serde_json::json;

use crate::world::{Reply, World, git};

async fn merge(world: &World, number: u64, body: serde_json::Value) -> Reply {
    world
        .send(
            Method::PUT,
            &format!("pulls/{number}/merge"),
            Some(&world.author),
            Some(body),
        )
        .await
}

#[tokio::test]
async fn each_method_leaves_the_history_it_promises() {
    for (method, parents, subjects) in [
        (
            "merge",
            2,
            &[
                "Merge pull request #2 from octo/topic",
                "Change topic",
                "Change topic",
                "Import files",
            ][..],
        ),
        ("squash", 1, &["Pull topic (#2)", "Import files"]),
        (
            "rebase",
            1,
            &["Change topic", "Change topic", "Import files"],
        ),
    ] {
        let world = World::open().await;
        world.push("topic", &[("lines", "x\n")]).await;
        world.pull("topic", &[("lines", "x\ny\n")]).await;
        let reply = merge(&world, 2, json!({ "merge_method": method })).await;
        assert_eq!(reply.status, 200, "{method}: {}", reply.text);
        let bare = world.dir.path().join("state/repos/octo/demo.git");
        let log = git(&bare, &["log", "--topo-order", "--format=%s", "main"]);
        assert_eq!(log.lines().collect::<Vec<_>>(), subjects, "{method}");
        let tip = world.get("commits/main").await.body;
        assert_eq!(
            tip["parents"].as_array().unwrap().len(),
            parents,
            "{method}"
        );
        assert_eq!(tip["commit"]["committer"]["name"], "octo", "{method}");
        assert_eq!(git(&bare, &["show", "main:lines"]), "x\ny", "{method}");
        assert_eq!(
            world.get("pulls/2").await.body["changed_files"],
            1,
            "{method}: the diff stays readable"
        );
    }
}

#[tokio::test]
async fn a_pull_request_that_cannot_be_merged_is_left_alone() {
    let world = World::open().await;
    let first = world.pull("first", &[("lines", "first\n")]).await;
    let second = world.pull("second", &[("lines", "second\n")]).await;
    let draft = json!({ "title": "Draft", "head": "third", "base": "main", "draft": true });
    world.push("third", &[("third", "x\n")]).await;
    assert_eq!(world.post("pulls", draft).await.body["draft"], true);
    world.forge.checks_settled().await.unwrap();
    assert_eq!(
        merge(
            &world,
            first,
            json!({ "commit_title": "One", "commit_message": "" })
        )
        .await
        .status,
        200
    );
    for (number, state, mergeable) in [(second, "dirty", false), (4, "draft", true)] {
        let pull = world.get(&format!("pulls/{number}")).await.body;
        assert_eq!(
            (&pull["mergeable_state"], &pull["mergeable"]),
            (&json!(state), &json!(mergeable))
        );
        for method in ["merge", "squash", "rebase"] {
            let reply = merge(&world, number, json!({ "merge_method": method })).await;
            assert_eq!(
                (reply.status, &reply.body["message"]),
                (405, &json!("Pull Request is not mergeable"))
            );
        }
    }
    let wrong = merge(&world, second, json!({ "merge_method": "octopus" })).await;
    assert_eq!(wrong.status, 422);
    let records = world.forge.records(&world.repo).await.unwrap();
    assert_eq!(records.pulls.iter().filter(|pull| pull.merged).count(), 1);
    assert_eq!(
        world.get("commits/main").await.body["commit"]["message"],
        "One"
    );
}

#[tokio::test]
async fn many_merges_at_once_merge_once() {
    let world = World::open().await;
    let number = world.pull("topic", &[("lines", "x\n")]).await;
    let tries = (0..8).map(|_| merge(&world, number, json!({})));
    let mut statuses: Vec<u16> = futures::future::join_all(tries)
        .await
        .iter()
        .map(|reply| reply.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 405, 405, 405, 405, 405, 405, 405]);
}

#[tokio::test]
async fn a_merge_may_be_allowed_without_checks() {
    let world = World::open().await;
    let number = world.pull("topic", &[("status", "bad\n")]).await;
    world
        .forge
        .require_checks(&world.repo, false)
        .await
        .unwrap();
    assert_eq!(
        world.get(&format!("pulls/{number}")).await.body["mergeable_state"],
        "unstable"
    );
    assert_eq!(merge(&world, number, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_closed_pull_request_can_be_opened_again_unless_it_was_merged() {
    let world = World::open().await;
    let number = world.pull("topic", &[("lines", "x\n")]).await;
    let path = format!("pulls/{number}");
    let set = async |state: &str| {
        world
            .send(
                Method::PATCH,
                &path,
                Some(&world.author),
                Some(json!({ "state": state })),
            )
            .await
    };
    assert_eq!(set("closed").await.body["state"], "closed");
    assert_eq!(merge(&world, number, json!({})).await.status, 405);
    assert_eq!(set("open").await.body["state"], "open");
    assert_eq!(merge(&world, number, json!({})).await.status, 200);
    assert_eq!(set("open").await.status, 422);
    let edited = world
        .send(
            Method::PATCH,
            &path,
            Some(&world.author),
            Some(json!({ "title": "New", "body": "B" })),
        )
        .await;
    assert_eq!(
        (&edited.body["title"], &edited.body["body"]),
        (&json!("New"), &json!("B"))
    );
}
