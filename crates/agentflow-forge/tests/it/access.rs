//! Tokens, roles, private repositories: who is let at what, by REST and by git.

use std::time::{Duration, SystemTime};

use agentflow_forge::{
    Access, Clock, Forge, ForgeOptions, ManualClock, NewToken, Permission, Role, Visibility,
};
use serde_json::json;

use crate::site::Site;
use crate::world::try_git;

const TOKEN_LACKS: &str = "Resource not accessible by personal access token";
const PUSH: &str = "Must have push access to repository";

#[tokio::test]
async fn a_fine_grained_token_reaches_as_far_as_it_was_given() {
    let site = Site::open().await;
    site.forge.create_user("rev").await.unwrap();
    let repo = &site.repo;
    site.forge
        .add_collaborator(repo, "rev", Role::Write)
        .await
        .unwrap();
    site.forge
        .set_visibility(repo, Visibility::Private)
        .await
        .unwrap();
    let issues = NewToken::fine_grained("rev", "issues")
        .repository(repo)
        .allow(Permission::Issues, Access::Write)
        .allow(Permission::Contents, Access::Read);
    let issues = site.token(issues).await;
    let nothing = site.token(NewToken::fine_grained("rev", "nothing")).await;
    let issue = json!({ "title": "t" });
    let merge = json!({});
    for (what, token, body, status, message, accepted) in [
        ("GET ", &issues, None, 200, "", "metadata=read"),
        (
            "POST issues",
            &issues,
            Some(&issue),
            201,
            "",
            "issues=write",
        ),
        (
            "GET contents/lines",
            &issues,
            None,
            200,
            "",
            "contents=read",
        ),
        (
            "GET pulls",
            &issues,
            None,
            403,
            TOKEN_LACKS,
            "pull_requests=read",
        ),
        (
            "PUT pulls/1/merge",
            &issues,
            Some(&merge),
            403,
            TOKEN_LACKS,
            "contents=write",
        ),
        ("GET ", &nothing, None, 200, "", "metadata=read"),
        (
            "GET contents/lines",
            &nothing,
            None,
            403,
            TOKEN_LACKS,
            "contents=read",
        ),
        (
            "POST issues",
            &nothing,
            Some(&issue),
            403,
            TOKEN_LACKS,
            "issues=write",
        ),
    ] {
        let reply = site.call(what, token, body).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.text);
        assert_eq!(
            reply.header("x-accepted-github-permissions"),
            accepted,
            "{what}"
        );
        if status >= 400 {
            assert_eq!(reply.body["message"], message, "{what}");
        }
    }
}

#[tokio::test]
async fn a_private_repository_does_not_exist_for_who_may_not_read_it() {
    let site = Site::open().await;
    site.forge.create_user("rev").await.unwrap();
    let stranger = site.token(NewToken::classic("rev", "all", &["repo"])).await;
    let issue = json!({ "title": "t" });
    assert_eq!(site.call("GET ", &stranger, None).await.status, 200);
    let refused = site
        .call("PUT pulls/1/merge", &stranger, Some(&json!({})))
        .await;
    assert_eq!(
        (refused.status, &refused.body["message"]),
        (403, &json!(PUSH))
    );

    site.forge
        .set_visibility(&site.repo, Visibility::Private)
        .await
        .unwrap();
    for kind in ["issues", "code"] {
        let all = format!("GET /search/{kind}?q=one");
        let named = format!("{all}+repo:octo/demo");
        let found = site.call(&all, &stranger, None).await;
        assert_eq!(found.body["total_count"], 0, "{kind}: {}", found.text);
        assert_eq!(
            site.call(&named, &stranger, None).await.status,
            422,
            "{kind}"
        );
        let own = site.own(&named, json!(null)).await;
        assert_eq!(own.status, 200, "{kind}: {}", own.text);
    }
    for what in ["GET ", "POST issues", "PUT pulls/1/merge"] {
        let reply = site.call(what, &stranger, Some(&issue)).await;
        assert_eq!(
            (reply.status, &reply.body["message"]),
            (404, &json!("Not Found")),
            "{what}"
        );
    }
    let page = format!("{}/octo/demo", site.forge.html_url());
    assert_eq!(site.http.get(&page).send().await.unwrap().status(), 404);
    let index = site.http.get(site.forge.html_url()).send().await.unwrap();
    assert!(!index.text().await.unwrap().contains("octo/demo"));

    site.forge
        .add_collaborator(&site.repo, "rev", Role::Read)
        .await
        .unwrap();
    let seen = site.call("GET ", &stranger, None).await;
    assert_eq!((seen.status, &seen.body["private"]), (200, &json!(true)));
    let rights =
        json!({ "admin": false, "maintain": false, "push": false, "triage": false, "pull": true });
    assert_eq!(seen.body["permissions"], rights);
    assert_eq!(
        site.call("POST issues", &stranger, Some(&issue))
            .await
            .status,
        201
    );
    site.forge
        .remove_collaborator(&site.repo, "rev")
        .await
        .unwrap();
    assert_eq!(site.call("GET ", &stranger, None).await.status, 404);
}

#[tokio::test]
async fn a_role_decides_what_a_user_may_change() {
    let site = Site::open().await;
    site.forge.create_user("rev").await.unwrap();
    let token = site.token(NewToken::classic("rev", "all", &["repo"])).await;
    let issue = json!({ "title": "theirs" });
    site.own("POST issues", issue.clone()).await;
    let own = site.call("POST issues", &token, Some(&issue)).await;
    assert_eq!(own.status, 201, "who reads may open issues: {}", own.text);
    let (close, label, merge) = (json!({ "state": "closed" }), json!(["bug"]), json!({}));
    for (role, what, body, want) in [
        (Role::Read, "PATCH issues/1", &close, 403),
        (Role::Read, "PATCH issues/2", &close, 200),
        (Role::Read, "POST issues/1/labels", &label, 403),
        (Role::Triage, "POST issues/1/labels", &label, 200),
        (Role::Triage, "PATCH issues/1", &close, 200),
        (Role::Triage, "PUT pulls/9/merge", &merge, 403),
        (Role::Write, "PUT pulls/9/merge", &merge, 404),
        (Role::Maintain, "PUT pulls/9/merge", &merge, 404),
    ] {
        site.forge
            .add_collaborator(&site.repo, "rev", role)
            .await
            .unwrap();
        let reply = site.call(what, &token, Some(body)).await;
        assert_eq!(reply.status, want, "{role:?} {what}: {}", reply.text);
        if want == 403 {
            assert_eq!(reply.body["message"], PUSH, "{what}");
        }
    }
}

#[tokio::test]
async fn a_classic_token_names_its_scopes_and_lacks_what_is_not_among_them() {
    let site = Site::open().await;
    let token = site
        .token(NewToken::classic("octo", "gists", &["gist", "read:org"]))
        .await;
    let seen = site.call("GET ", &token, None).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("x-oauth-scopes"), "gist, read:org");
    assert_eq!(seen.header("x-accepted-oauth-scopes"), "repo");
    assert_eq!(seen.header("x-accepted-github-permissions"), "");
    let refused = site
        .call("POST issues", &token, Some(&json!({ "title": "t" })))
        .await;
    assert_eq!(refused.status, 404, "{}", refused.text);
}

#[tokio::test]
async fn an_expired_token_is_a_bad_one() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let clock = ManualClock::at(start);
    let site = Site::with(|options| options.clock = Clock::Manual(clock.clone())).await;
    let token = NewToken::classic("octo", "short", &["repo"]);
    let token = site
        .token(token.expires_at(start + Duration::from_secs(60)))
        .await;
    clock.advance(Duration::from_secs(59));
    assert_eq!(site.call("GET /user", &token, None).await.status, 200);
    clock.advance(Duration::from_secs(1));
    let reply = site.call("GET /user", &token, None).await;
    assert_eq!(
        (reply.status, &reply.body["message"]),
        (401, &json!("Bad credentials"))
    );
    let push = git_url(&site, &token);
    assert!(!try_git(site.dir.path(), &["push", &push, "HEAD:refs/heads/x"]).0);
}

fn git_url(site: &Site, token: &str) -> String {
    let host = site.forge.html_url().strip_prefix("http://").unwrap();
    match token {
        "" => format!("http://{host}/{}.git", site.repo),
        token => format!("http://x-access-token:{token}@{host}/{}.git", site.repo),
    }
}

#[tokio::test]
async fn git_obeys_the_same_rights() {
    let site = Site::open().await;
    site.forge.create_user("rev").await.unwrap();
    let repo = &site.repo;
    site.forge
        .add_collaborator(repo, "rev", Role::Write)
        .await
        .unwrap();
    let given = |name, access| {
        NewToken::fine_grained("rev", name)
            .repository(repo)
            .allow(Permission::Contents, access)
    };
    let reads = site.token(given("reads", Access::Read)).await;
    let writes = site.token(given("writes", Access::Write)).await;
    site.forge.create_user("none").await.unwrap();
    let stranger = site
        .token(NewToken::classic("none", "all", &["repo"]))
        .await;
    let clone = site.dir.path().join("clone");
    std::fs::create_dir(&clone).unwrap();
    let git = async |args: Vec<String>| {
        let clone = clone.clone();
        let run = move || {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            try_git(&clone, &args)
        };
        tokio::task::spawn_blocking(run).await.unwrap()
    };
    let words = |text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let cloned = git(words(format!("clone --quiet {} .", git_url(&site, "")))).await;
    assert!(cloned.0, "what is public may be cloned: {}", cloned.2);
    site.forge
        .set_visibility(repo, Visibility::Private)
        .await
        .unwrap();
    for (name, token, fetches, pushes) in [
        ("nobody", "", false, false),
        ("a stranger", &stranger, false, false),
        ("a reader", &reads, true, false),
        ("a writer", &writes, true, true),
    ] {
        let url = git_url(&site, token);
        let fetched = git(words(format!("fetch --quiet {url} main"))).await;
        assert_eq!(fetched.0, fetches, "{name} fetches: {}", fetched.2);
        let pushed = git(words(format!("push --quiet {url} HEAD:refs/heads/topic"))).await;
        assert_eq!(pushed.0, pushes, "{name} pushes: {}", pushed.2);
    }
}

#[tokio::test]
async fn no_secret_is_written_down_and_a_token_is_the_same_after_reopening() {
    let site = Site::open().await;
    let Site {
        dir, forge, owner, ..
    } = site;
    forge.shutdown().await;
    let state = dir.path().join("state");
    for entry in std::fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(owner.len()).any(|it| it == owner.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
    let forge = Forge::open(ForgeOptions::at(state)).await.unwrap();
    use secrecy::ExposeSecret;
    assert_eq!(forge.writer("octo").await.unwrap().expose_secret(), owner);
}
