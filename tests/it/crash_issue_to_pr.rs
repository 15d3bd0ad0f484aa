//! The main example, killed again and again over its whole course.
//!
//! It is killed the moment it has told an event, at events spread over all five
//! issues, and started again each time. In the end the forge must hold what one
//! undisturbed run leaves: one branch and one pull request per issue, one review
//! per round, one merge, one report.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// How often the example is killed; what is asked for is 25.
const KILLS: usize = 27;

/// Sittings after which it must have come to its end, killed or not.
const SITTINGS_MAX: usize = 400;

#[test]
fn crash_the_example_at_moments_over_its_whole_course() {
    let Some(example) = example() else {
        panic!(
            "target/…/examples/issue_to_pr is not built; run `cargo build --example issue_to_pr`"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = folder.path().join("undisturbed");
    let whole = sit(&example, &undisturbed, usize::MAX);
    let result = whole
        .result
        .expect("an undisturbed run ends with its result");
    assert_eq!(result["ok"], true, "{result}");
    let stride = whole.events.div_ceil(KILLS + 1).max(1);

    let disturbed = folder.path().join("disturbed");
    let mut kills = 0;
    let mut killed_after = BTreeSet::new();
    let mut last = None;
    for _ in 0..SITTINGS_MAX {
        let sitting = sit(&example, &disturbed, stride);
        if sitting.result.is_some() {
            last = sitting.result;
            break;
        }
        kills += 1;
        killed_after.insert(sitting.last_event);
    }
    let last = last.expect("a run that is started again comes to its end");
    eprintln!(
        "killed {kills} times, after {} kinds of events, every {stride} events",
        killed_after.len()
    );
    assert!(
        kills >= 25,
        "only {kills} kills: fewer events than before, adapt KILLS"
    );
    assert_eq!(last["ok"], true, "{last}");
    assert_eq!(
        summary(&last),
        summary(&result),
        "the same outcome as undisturbed"
    );
    let (want, got) = (records(&undisturbed), records(&disturbed));
    assert_eq!(got, want, "the forge holds what an undisturbed run leaves");
    for (repo, of) in &got {
        assert!(of.is_sound(), "{repo}: {of:?}");
    }
}

struct Sitting {
    events: usize,
    last_event: String,
    result: Option<Value>,
}

/// Runs the example until it has told `events_max` events, then kills it.
fn sit(example: &Path, folder: &Path, events_max: usize) -> Sitting {
    let mut child = Command::new(example)
        .args(["--json", "--dir"])
        .arg(folder)
        .env_remove("OPENROUTER_API_KEY")
        .env_remove("GITHUB_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut sitting = Sitting {
        events: 0,
        last_event: String::new(),
        result: None,
    };
    for line in lines {
        let line = line.unwrap();
        let event: Value = serde_json::from_str(&line).expect("every line is one JSON object");
        if event["type"] == "result" {
            sitting.result = Some(event);
            continue;
        }
        sitting.events += 1;
        sitting.last_event = event["event"].to_string();
        if sitting.events >= events_max {
            kill(&mut child);
            return sitting;
        }
    }
    let status = child.wait().unwrap();
    assert!(
        sitting.result.is_some(),
        "it ended without a result: {status}"
    );
    sitting
}

/// SIGKILL: nothing is caught, nothing is tidied up.
fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What must not depend on kills: which issue came to what in how many rounds.
fn summary(result: &Value) -> Vec<(Value, Value, Value, Value)> {
    let issues = result["issues"]
        .as_array()
        .expect("a result lists its issues");
    let field = |issue: &Value, name: &str| issue[name].clone();
    let line = |issue: &Value| {
        (
            field(issue, "issue"),
            field(issue, "status"),
            field(issue, "iterations"),
            field(issue, "tests_after"),
        )
    };
    issues.iter().map(line).collect()
}

/// A review's hidden key, and what it decided.
type Review = (String, String);

/// What a repository of the forge holds, without what differs between two runs.
#[derive(Debug, PartialEq)]
struct Held {
    /// Per pull request: its branch, whether it is merged, its reviews in order.
    pulls: Vec<(String, bool, Vec<Review>)>,
    /// Per issue: whether it is open and how many comments each account wrote.
    issues: Vec<(String, bool, BTreeMap<String, usize>)>,
    /// Sorted, without the times in their names.
    branches: Vec<String>,
    merges: usize,
}

impl Held {
    fn is_sound(&self) -> bool {
        let branches: BTreeSet<_> = self.pulls.iter().map(|(branch, ..)| branch).collect();
        let reviews_once = self.pulls.iter().all(|(_, _, reviews)| {
            let rounds: BTreeSet<_> = reviews.iter().map(|(key, _)| key).collect();
            rounds.len() == reviews.len()
        });
        branches.len() == self.pulls.len()
            && reviews_once
            && self.pulls.iter().all(|(_, merged, _)| *merged)
            && self.merges == self.pulls.len()
            && self.issues.iter().all(|(_, open, _)| !open)
    }
}

fn records(folder: &Path) -> BTreeMap<String, Held> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let root = folder.join("forge");
        let forge = agentflow_forge::Forge::open(agentflow_forge::ForgeOptions::at(root)).await;
        let forge = forge.unwrap();
        let mut held = BTreeMap::new();
        for repo in forge.repositories().await.unwrap() {
            let records = forge.records(&repo).await.unwrap();
            held.insert(repo.to_string(), hold(&records));
        }
        forge.shutdown().await;
        held
    })
}

fn hold(records: &agentflow_forge::RepositoryRecords) -> Held {
    let reviews_of = |number: u64| {
        let reviews = records
            .reviews
            .iter()
            .filter(move |review| review.number == number);
        reviews
            .map(|review| (marker(&review.body), review.state.clone()))
            .collect()
    };
    let comments_of = |number: u64| {
        let mut written = BTreeMap::new();
        for comment in records
            .comments
            .iter()
            .filter(|comment| comment.number == number)
        {
            *written.entry(comment.author.clone()).or_default() += 1;
        }
        written
    };
    let pulls = records.pulls.iter();
    let issues = records.issues.iter();
    let branches = records.branches.iter();
    let mut branches: Vec<_> = branches.map(|branch| without_time(&branch.name)).collect();
    branches.sort();
    Held {
        pulls: pulls
            .map(|p| (without_time(&p.head), p.merged, reviews_of(p.number)))
            .collect(),
        issues: issues
            .map(|i| (i.title.clone(), i.open, comments_of(i.number)))
            .collect(),
        branches,
        merges: records
            .pulls
            .iter()
            .filter(|pull| pull.merge_sha.is_some())
            .count(),
    }
}

/// A branch's name without the time at which the work on it began.
fn without_time(branch: &str) -> String {
    let named = branch.strip_prefix("coding-assistant/");
    let about = named.and_then(|named| named.splitn(3, '-').nth(2));
    about.unwrap_or(branch).to_owned()
}

/// The hidden key that a review carries.
fn marker(body: &str) -> String {
    let start = body
        .find("<!-- agentflow:")
        .map_or(body.len(), |start| start + 15);
    body[start..]
        .split(" -->")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The example, as cargo builds it beside the tests.
fn example() -> Option<PathBuf> {
    let tests = std::env::current_exe().ok()?;
    let example = tests.parent()?.parent()?.join("examples/issue_to_pr");
    example.is_file().then_some(example)
}
