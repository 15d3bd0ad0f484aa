//! Kills, shutdowns and time limits around a running check.

#![expect(
    clippy::print_stdout,
    reason = "the child process tells its parent where it listens"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agentflow_forge::{
    CheckError, CheckJob, CheckOutput, CheckReport, CheckRunner, CheckStatus, ForgeLimits,
    ForgeOptions, ProcessCheckRunner,
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::Notify;

use crate::world::World;

/// Never ends, and says when it has begun.
#[derive(Default)]
struct Stuck {
    begun: Notify,
}

#[async_trait]
impl CheckRunner for Stuck {
    async fn run(&self, _job: CheckJob<'_>) -> Result<CheckReport, CheckError> {
        self.begun.notify_one();
        std::future::pending().await
    }
}

/// Passes, and counts.
#[derive(Default)]
struct Passing {
    runs: AtomicUsize,
}

#[async_trait]
impl CheckRunner for Passing {
    async fn run(&self, job: CheckJob<'_>) -> Result<CheckReport, CheckError> {
        assert_eq!(job.command, ["sh", ".ci/run"]);
        assert!(
            job.workdir.join(".ci/run").is_file(),
            "the commit is checked out"
        );
        self.runs.fetch_add(1, Ordering::SeqCst);
        let output = CheckOutput::of(b"fine", job.output_bytes_max);
        Ok(CheckReport {
            status: CheckStatus::Exited(0),
            output,
            duration: Duration::ZERO,
        })
    }
}

#[tokio::test]
async fn a_check_cut_off_by_a_shutdown_runs_again() {
    let stuck = Arc::new(Stuck::default());
    let world = World::open_with(stuck.clone()).await;
    world.push("topic", &[("lines", "x\n")]).await;
    world
        .post(
            "pulls",
            json!({ "title": "t", "head": "topic", "base": "main" }),
        )
        .await;
    stuck.begun.notified().await;
    assert_eq!(
        world.get("commits/topic/check-runs").await.body["check_runs"][0]["status"],
        "in_progress"
    );
    let passing = Arc::new(Passing::default());
    let world = world.reopened(passing.clone()).await;
    world.forge.checks_settled().await.unwrap();
    let runs = world.forge.records(&world.repo).await.unwrap().check_runs;
    assert_eq!(
        (runs.len(), runs[0].conclusion.as_deref()),
        (1, Some("success"))
    );
    let world = world.reopened(passing.clone()).await;
    world.forge.checks_settled().await.unwrap();
    assert_eq!(
        passing.runs.load(Ordering::SeqCst),
        1,
        "what has completed is not run again"
    );
}

/// Cannot run anything.
struct Broken;

#[async_trait]
impl CheckRunner for Broken {
    async fn run(&self, _job: CheckJob<'_>) -> Result<CheckReport, CheckError> {
        Err(CheckError::Runner("the disk is full".into()))
    }
}

#[tokio::test]
async fn a_check_that_could_not_be_run_says_so_and_runs_when_the_forge_is_next_opened() {
    let world = World::open_with(Arc::new(Broken)).await;
    world.pull("topic", &[("lines", "x\n")]).await;
    world.forge.checks_settled().await.unwrap();
    let run = world.get("commits/topic/check-runs").await.body["check_runs"][0].clone();
    assert_eq!(run["conclusion"], "cancelled", "{run}");
    let summary = run["output"]["summary"].as_str().unwrap();
    assert!(summary.contains("the disk is full"), "{summary}");
    let world = world.reopened(Arc::new(Passing::default())).await;
    world.forge.checks_settled().await.unwrap();
    let runs = world.forge.records(&world.repo).await.unwrap().check_runs;
    assert_eq!(
        (runs.len(), runs[0].conclusion.as_deref()),
        (1, Some("success"))
    );
}

#[tokio::test]
async fn a_check_says_what_became_of_it() {
    for (name, ci, conclusion, summary) in [
        ("passes", "exit 0", "success", "checks passed after"),
        (
            "fails",
            "exit 3",
            "failure",
            "checks failed with status 3 after",
        ),
        (
            "is killed",
            "kill -9 $$",
            "failure",
            "checks were ended by signal 9 after",
        ),
        (
            "takes too long",
            "sleep 600 & wait",
            "timed_out",
            "checks took too long after",
        ),
        (
            "leaves something behind",
            "sleep 600 &",
            "success",
            "checks passed after",
        ),
    ] {
        let limits = ForgeLimits {
            check_time_max: Duration::from_secs(2),
            ..ForgeLimits::default()
        };
        let world = World::limited(limits).await;
        world.pull("topic", &[(".ci/run", ci)]).await;
        let run = world.get("commits/topic/check-runs").await.body["check_runs"][0].clone();
        assert_eq!(run["conclusion"], conclusion, "{name}: {run}");
        assert!(
            run["output"]["summary"].as_str().unwrap().contains(summary),
            "{name}: {run}"
        );
    }
}

#[tokio::test]
async fn a_commit_without_a_check_is_neutral_and_can_be_merged() {
    let world = World::open().await;
    let clone = world.dir.path().join("clones/topic");
    world.push("topic", &[("x", "x\n")]).await;
    crate::world::git(&clone, &["rm", "--quiet", "-r", ".ci"]);
    world.pull("topic", &[("x", "y\n")]).await;
    let run = world.get("commits/topic/check-runs").await.body["check_runs"][0].clone();
    assert_eq!(run["conclusion"], "neutral");
    assert_eq!(
        run["output"]["summary"],
        "the commit has no `.ci/run`, so nothing was run"
    );
    assert_eq!(world.get("pulls/2").await.body["mergeable_state"], "clean");
}

const CHILD_ROOT: &str = "FORGE_TEST_CHILD_ROOT";

/// Not a test of its own: the process that `a_killed_forge_runs_its_check_again` kills.
/// By itself it does nothing.
#[tokio::test]
async fn forge_to_be_killed() {
    let Ok(root) = std::env::var(CHILD_ROOT) else {
        return;
    };
    let root = Path::new(&root);
    let dir = tempfile::Builder::new()
        .disable_cleanup(true)
        .tempdir_in(root)
        .unwrap();
    let world = World::at(dir, Arc::new(ProcessCheckRunner::default())).await;
    let (again, begun) = (root.join("again"), root.join("begun"));
    let ci = format!(
        "test -e {again} && exit 0\ntouch {again}\necho $$ > {begun}\nexec sleep 600\n",
        again = again.display(),
        begun = begun.display()
    );
    world.push("topic", &[(".ci/run", &ci)]).await;
    println!("\nstate {}", world.dir.path().display());
    world
        .post(
            "pulls",
            json!({ "title": "t", "head": "topic", "base": "main" }),
        )
        .await;
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_forge_runs_its_check_again() {
    let root = tempfile::tempdir().unwrap();
    let begun = root.path().join("begun");
    assert!(
        Command::new("mkfifo")
            .arg(&begun)
            .status()
            .unwrap()
            .success()
    );
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::forge_to_be_killed", "--nocapture"])
        .env(CHILD_ROOT, root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let state = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("state ").map(str::to_owned));
    let check = std::fs::read_to_string(&begun).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // The plain runner's check outlives its forge; a sandbox would not let it.
    assert!(
        Command::new("kill")
            .args(["-9", check.trim()])
            .status()
            .unwrap()
            .success()
    );

    let options = ForgeOptions::at(Path::new(&state.unwrap()).join("state"));
    let forge = agentflow_forge::Forge::open(options).await.unwrap();
    forge.checks_settled().await.unwrap();
    let records = forge.records(&"octo/demo".parse().unwrap()).await.unwrap();
    assert_eq!((records.pulls.len(), records.check_runs.len()), (1, 1));
    assert_eq!(records.check_runs[0].conclusion.as_deref(), Some("success"));
}
