//! Issues and what is said of them: labels, assignees, locks, reactions, the timeline.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

async fn send(world: &World, method: Method, path: &str, body: Value) -> crate::world::Reply {
    world
        .send(method, path, Some(&world.author), Some(body))
        .await
}

#[tokio::test]
async fn labels_of_a_repository_are_made_changed_and_deleted() {
    let world = World::open().await;
    for (method, path, body, status, pointer, want) in [
        (
            Method::POST,
            "labels",
            json!({ "name": "area", "color": "ff0000", "description": "d" }),
            201,
            "/description",
            json!("d"),
        ),
        (
            Method::POST,
            "labels",
            json!({ "name": "AREA" }),
            422,
            "/errors/0/code",
            json!("already_exists"),
        ),
        (
            Method::POST,
            "labels",
            json!({ "name": "x", "color": "red" }),
            422,
            "/errors/0/field",
            json!("color"),
        ),
        (
            Method::POST,
            "labels",
            json!({}),
            422,
            "/errors/0/code",
            json!("missing_field"),
        ),
        (
            Method::PATCH,
            "labels/bug",
            json!({ "new_name": "fault" }),
            200,
            "/name",
            json!("fault"),
        ),
        (
            Method::PATCH,
            "labels/fault",
            json!({ "new_name": "area" }),
            422,
            "/errors/0/code",
            json!("already_exists"),
        ),
        (
            Method::PATCH,
            "labels/none",
            json!({ "color": "ffffff" }),
            404,
            "/message",
            json!("Not Found"),
        ),
        (
            Method::DELETE,
            "labels/good%20first%20issue",
            json!({}),
            204,
            "",
            Value::Null,
        ),
        (
            Method::DELETE,
            "labels/good%20first%20issue",
            json!({}),
            404,
            "/message",
            json!("Not Found"),
        ),
    ] {
        let reply = send(&world, method.clone(), path, body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        assert_eq!(
            reply.body.pointer(pointer),
            Some(&want),
            "{method} {path}: {}",
            reply.text
        );
    }
    let labels = world.get("issues/1").await.body["labels"].clone();
    let names: Vec<&Value> = labels
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["fault"], "an issue follows its labels");
}

#[tokio::test]
async fn what_happened_is_told_in_order() {
    let world = World::open().await;
    world.forge.create_user("guest").await.unwrap();
    for (method, path, body) in [
        (Method::PATCH, "issues/1", json!({ "title": "Count" })),
        (
            Method::POST,
            "issues/1/labels",
            json!({ "labels": ["new", "bug"] }),
        ),
        (Method::PUT, "issues/1/labels", json!({ "labels": ["new"] })),
        (
            Method::POST,
            "issues/1/assignees",
            json!({ "assignees": ["rev", "guest", "nobody"] }),
        ),
        (
            Method::DELETE,
            "issues/1/assignees",
            json!({ "assignees": ["rev", "octo"] }),
        ),
        (
            Method::PUT,
            "issues/1/lock",
            json!({ "lock_reason": "spam" }),
        ),
        (Method::DELETE, "issues/1/lock", json!({})),
        (Method::PATCH, "issues/1", json!({ "state": "closed" })),
        (Method::PATCH, "issues/1", json!({ "state": "open" })),
    ] {
        let reply = send(&world, method, path, body).await;
        assert!(reply.status < 300, "{path}: {}", reply.text);
    }
    let timeline = world.get("issues/1/timeline").await.body;
    let told = timeline.as_array().unwrap().iter().map(|it| {
        let what = [
            "/rename/to",
            "/label/name",
            "/assignee/login",
            "/lock_reason",
        ];
        let what = what
            .iter()
            .find_map(|pointer| it.pointer(pointer)?.as_str());
        format!(
            "{} {}",
            it["event"].as_str().unwrap(),
            what.unwrap_or_default()
        )
    });
    let want = [
        "renamed Count",
        "labeled new",
        "unlabeled bug",
        "unlabeled good first issue",
        "assigned rev",
        "unassigned rev",
        "locked spam",
        "unlocked ",
        "closed ",
        "reopened ",
    ];
    assert_eq!(told.collect::<Vec<_>>(), want);
}

#[tokio::test]
async fn only_who_may_write_is_assigned() {
    let world = World::open().await;
    world.forge.create_user("guest").await.unwrap();
    let made = world
        .post("issues", json!({ "title": "t", "assignee": "rev" }))
        .await
        .body;
    assert_eq!(
        (&made["assignee"]["login"], &made["assignees"][0]["login"]),
        (&json!("rev"), &json!("rev"))
    );
    for login in ["guest", "nobody"] {
        let refused = world
            .post("issues", json!({ "title": "t", "assignees": [login] }))
            .await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["value"]),
            (422, &json!(login))
        );
    }
    let set = json!({ "assignees": ["octo"] });
    let edited = send(&world, Method::PATCH, "issues/2", set).await.body;
    let logins: Vec<&Value> = edited["assignees"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["login"])
        .collect();
    assert_eq!(logins, ["octo"], "nobody else stays");
}

#[tokio::test]
async fn users_have_roles_in_a_repository() {
    let world = World::open().await;
    world.forge.create_user("guest").await.unwrap();
    for (login, listed, permission) in [
        ("octo", 204, Some("admin")),
        ("rev", 204, Some("write")),
        ("guest", 404, Some("read")),
        ("nobody", 404, None),
    ] {
        assert_eq!(
            world.get(&format!("collaborators/{login}")).await.status,
            listed,
            "{login}"
        );
        let told = world
            .get(&format!("collaborators/{login}/permission"))
            .await;
        match permission {
            None => assert_eq!(told.status, 404, "{login}"),
            Some(permission) => {
                assert_eq!(told.body["permission"], permission, "{login}");
                assert_eq!(told.body["user"]["login"], login);
            }
        }
    }
    let all = world.get("collaborators").await.body;
    let logins: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["login"])
        .collect();
    assert_eq!(logins, ["octo", "rev"]);
    let admins = world.get("collaborators?permission=admin").await.body;
    assert_eq!(admins.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reaction_is_made_once() {
    let world = World::open().await;
    let comment = world
        .post("issues/1/comments", json!({ "body": "x" }))
        .await
        .body["id"]
        .clone();
    let path = format!("issues/comments/{comment}/reactions");
    let like = json!({ "content": "heart" });
    let first = world.post(&path, like.clone()).await;
    let second = world.post(&path, like.clone()).await;
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.body["id"], second.body["id"]);
    let other = world
        .send(Method::POST, &path, Some(&world.reviewer), Some(like))
        .await;
    assert_eq!(other.status, 201, "everyone has a heart");
    let unknown = world.post(&path, json!({ "content": "meh" })).await;
    assert_eq!(
        (unknown.status, &unknown.body["errors"][0]["field"]),
        (422, &json!("content"))
    );
}
