//! The pipeline's ways: to a merge, around again, to a person, and to an end
//! without a merge.

use agentflow::{Outcome, RunError};
use agentflow_pipeline::{Approvals, Decision, Policy, Question, ReviewDecision, RunStatus};

use crate::world::World;

const ANALYSE: &str = r#"
[[reply]]
label = "analyse/1"
text = '{"summary": "Greet the world", "kind": "feature", "requirements": ["it says hello, world"]}'
"#;

const PLAN: &str = r#"
[[reply]]
label = "plan/1"
text = '{"steps": [{"what": "say more", "files": ["greet.sh"]}], "risk": "low"}'
"#;

/// A coding round that replaces `old` by `new` in the program and hands it in.
fn code(round: u32, old: &str, new: &str) -> String {
    format!(
        r#"
[[reply]]
label = "code/{round}"
text = "I change the greeting."
[[reply.call]]
tool = "edit"
arguments = {{ edits = [{{ action = "replace", path = "greet.sh", old = "{old}", new = "{new}" }}] }}
[[reply.call]]
tool = "submit"
arguments = {{ summary = "round {round}" }}

[[reply]]
label = "code/{round}"
[[reply.call]]
tool = "submit"
arguments = {{ summary = "says {new} in round {round}" }}
"#
    )
}

fn review(round: u32, decision: &str, score: f64, comments: &str) -> String {
    format!(
        "\n[[reply]]\nlabel = \"review/{round}\"\ntext = '{{\"score\": {score}, \"decision\": \"{decision}\", \"summary\": \"so it is\", \"comments\": [{comments}]}}'\n"
    )
}

fn good_change() -> String {
    code(1, "echo hello", "echo hello, world")
}

#[tokio::test]
async fn an_issue_becomes_a_merged_pull_request() {
    let script = [
        ANALYSE,
        PLAN,
        &good_change(),
        &review(1, "approve", 0.9, ""),
    ]
    .concat();
    let world = World::with_script(&script, Policy::default()).await;
    let state = world.run().await.unwrap();
    assert_eq!(state.status, RunStatus::Merged);
    let records = world.records().await;
    let pull = &records.pulls[0];
    assert_eq!(
        (records.pulls.len(), pull.merged, pull.author.as_str()),
        (1, true, "bot")
    );
    assert_eq!(records.reviews.len(), 1);
    assert_eq!(records.reviews[0].author, "judge");
    assert!(
        !records.issues[0].open,
        "a merge that says `Closes #1` closes the issue"
    );
    let report = records
        .comments
        .iter()
        .filter(|comment| comment.author == "bot");
    assert_eq!(report.count(), 1);
}

#[tokio::test]
async fn a_change_that_fails_its_tests_is_worked_on_again_before_anybody_sees_it() {
    let script = [
        ANALYSE,
        PLAN,
        &code(1, "echo hello", "echo goodbye"),
        &code(2, "echo goodbye", "echo hello, world"),
        &review(1, "approve", 0.9, ""),
    ]
    .concat();
    let world = World::with_script(&script, Policy::default()).await;
    let state = world.run().await.unwrap();
    assert_eq!(
        (state.status, state.rounds, state.iteration),
        (RunStatus::Merged, 2, 1)
    );
    assert_eq!(
        world.records().await.check_runs.len(),
        1,
        "only the good change was pushed"
    );
}

#[tokio::test]
async fn a_reviewer_is_heard_until_it_approves() {
    let remark = r#"{"path": "greet.sh", "line": 1, "body": "say it louder"}, {"path": "greet.sh", "line": 99, "body": "elsewhere"}"#;
    let script = [
        ANALYSE,
        PLAN,
        &good_change(),
        &review(1, "request_changes", 0.5, remark),
        &code(2, "hello, world", "'hello, world'"),
        // Below the least score an approval counts as a request for changes.
        &review(2, "approve", 0.6, ""),
        &code(3, "echo 'hello, world'", "printf '%s\\\\n' 'hello, world'"),
        &review(3, "approve", 0.95, ""),
    ]
    .concat();
    let world = World::with_script(&script, Policy::default()).await;
    let state = world.run().await.unwrap();
    assert_eq!((state.status, state.iteration), (RunStatus::Merged, 3));
    let decisions: Vec<_> = state.reviews.iter().map(|review| review.decision).collect();
    let asks = ReviewDecision::RequestChanges;
    assert_eq!(decisions, [asks, asks, ReviewDecision::Approve]);
    let records = world.records().await;
    assert_eq!((records.pulls.len(), records.reviews.len()), (1, 3));
    let remarks: Vec<_> = records
        .review_comments
        .iter()
        .map(|remark| remark.line)
        .collect();
    assert_eq!(
        remarks,
        [1],
        "a remark on a line that the diff does not show goes to the summary"
    );
    assert!(records.reviews[0].body.contains("greet.sh:99: elsewhere"));
}

#[tokio::test]
async fn a_run_that_cannot_come_to_a_merge_ends_and_says_why() {
    let bad = |round| {
        code(
            round,
            if round == 1 { "echo hello" } else { "echo no" },
            "echo no",
        )
    };
    let rejected = [ANALYSE, PLAN, &good_change(), &review(1, "reject", 0.1, "")].concat();
    let hopeless = [ANALYSE, PLAN, &bad(1), &bad(2), &bad(3)].concat();
    let unmoved = [
        ANALYSE,
        PLAN,
        &good_change(),
        &review(1, "request_changes", 0.5, ""),
        &code(2, "hello, world", "'hello, world'"),
        &review(2, "request_changes", 0.5, ""),
    ]
    .concat();
    let gave_up = |why: &str| RunStatus::GaveUp(why.to_owned());
    for (name, script, want, pulls) in [
        ("rejected", rejected, RunStatus::Rejected, 1),
        (
            "tests",
            hopeless,
            gave_up("the change failed its tests or lints 3 times in a row"),
            0,
        ),
        (
            "rounds",
            unmoved,
            gave_up("the reviewer still asks for changes after 2 rounds"),
            1,
        ),
    ] {
        let policy = Policy {
            iterations_max: 2,
            ..Policy::default()
        };
        let world = World::with_script(&script, policy).await;
        let state = world.run().await.unwrap();
        assert_eq!(state.status, want, "{name}");
        let records = world.records().await;
        assert_eq!(
            records.pulls.iter().filter(|pull| pull.open).count(),
            pulls,
            "{name}"
        );
        assert!(records.issues[0].open, "{name}");
        assert!(
            records
                .comments
                .iter()
                .any(|comment| comment.author == "bot"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_model_that_talks_nonsense_for_ever_stops_the_run_with_a_word_on_what_to_do() {
    let nonsense = "\n[[reply]]\nlabel = \"analyse/1\"\ntext = \"I would rather not.\"\n".repeat(3);
    let world = World::with_script(&nonsense, Policy::default()).await;
    let error = world.run().await.unwrap_err();
    let RunError::NodeFailed { node, source, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(node.as_str(), "analyse");
    let said = source.to_string();
    assert!(
        said.contains("3 times") && said.contains("--model"),
        "{said}"
    );
}

#[tokio::test]
async fn an_unclear_issue_is_asked_about_once_and_the_answer_is_heard() {
    let asks = r#"
[[reply]]
label = "analyse/1"
text = '{"summary": "?", "kind": "feature", "requirements": [], "question": "Which world?"}'
[[reply]]
label = "analyse/2"
prompt_contains = ["Which world?", "the whole one"]
text = '{"summary": "Greet the world", "kind": "feature", "requirements": []}'
"#;
    let script = [asks, PLAN, &good_change(), &review(1, "approve", 0.9, "")].concat();
    let world = World::with_script(&script, Policy::default()).await;
    let graph = world.graph().await;
    let thread = graph.thread("run");
    let input = agentflow_pipeline::CodeAgentState::for_issue(world.issue);
    let Outcome::Interrupted { interrupt, .. } = thread.invoke(input).await.unwrap() else {
        panic!("an unclear issue pauses the run")
    };
    let question: Question = serde_json::from_value(interrupt.payload).unwrap();
    assert_eq!(question.text(), "Which world?");
    // Another process, days later.
    let graph = world.graph().await;
    let done = graph
        .thread("run")
        .resume("the whole one")
        .await
        .unwrap()
        .into_done()
        .unwrap();
    assert_eq!(done.status, RunStatus::Merged);
    let asked = world.records().await;
    let asked = asked
        .comments
        .iter()
        .filter(|comment| comment.body.contains("Which world?"));
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn a_person_decides_on_plan_and_merge_where_the_policy_says_so() {
    let second_plan = PLAN.replace("plan/1", "plan/2");
    let script = [
        ANALYSE,
        PLAN,
        &second_plan,
        &good_change(),
        &review(1, "approve", 0.9, ""),
    ]
    .concat();
    let policy = Policy {
        approvals: Approvals {
            plan: true,
            merge: true,
        },
        ..Policy::default()
    };
    let world = World::with_script(&script, policy).await;
    let graph = world.graph().await;
    let thread = graph.thread("run");
    let input = agentflow_pipeline::CodeAgentState::for_issue(world.issue);
    let mut outcome = thread.invoke(input).await.unwrap();
    for (asked, decision) in [
        ("approve_plan", Decision::Change("smaller".to_owned())),
        ("approve_plan", Decision::Approve),
        ("approve_merge", Decision::Approve),
    ] {
        let Outcome::Interrupted { interrupt, .. } = &outcome else {
            panic!("{asked}")
        };
        assert_eq!(interrupt.payload["ask"], asked);
        outcome = thread.resume(decision).await.unwrap();
    }
    assert_eq!(outcome.into_done().unwrap().status, RunStatus::Merged);
}

#[tokio::test]
async fn a_decision_that_was_reserved_when_the_run_began_stays_a_persons() {
    let script = [
        ANALYSE,
        PLAN,
        &good_change(),
        &review(1, "approve", 0.9, ""),
    ]
    .concat();
    let world = World::with_script(&script, Policy::default()).await;
    // The policy of this process asks nobody; the run was begun with `--approve merge`.
    let approvals = Approvals {
        plan: false,
        merge: true,
    };
    let input =
        agentflow_pipeline::CodeAgentState::for_issue(world.issue).with_approvals(approvals);
    let outcome = world.graph().await.thread("run").invoke(input).await;
    let Outcome::Interrupted { interrupt, .. } = outcome.unwrap() else {
        panic!("a person decides on the merge")
    };
    assert_eq!(interrupt.payload["ask"], "approve_merge");
    assert!(!world.records().await.pulls[0].merged);
}

#[tokio::test]
async fn a_request_of_the_reviewer_outlives_a_round_that_fails_its_tests() {
    let told_again = code(3, "echo no", "echo 'hello, world'").replacen(
        "label = \"code/3\"",
        "label = \"code/3\"\nprompt_contains = [\"say it louder\", \"sh test.sh\"]",
        1,
    );
    let remark = r#"{"path": "greet.sh", "line": 1, "body": "say it louder"}"#;
    let script = [
        ANALYSE,
        PLAN,
        &good_change(),
        &review(1, "request_changes", 0.5, remark),
        &code(2, "echo hello, world", "echo no"),
        &told_again,
        &review(2, "approve", 0.9, ""),
    ]
    .concat();
    let world = World::with_script(&script, Policy::default()).await;
    let state = world.run().await.unwrap();
    assert_eq!(
        (state.status, state.rounds, state.iteration),
        (RunStatus::Merged, 3, 2)
    );
}

#[tokio::test]
async fn an_issue_that_is_not_there_is_named() {
    let mut world = World::with_script(ANALYSE, Policy::default()).await;
    world.issue = 4711;
    let error = world.run().await.unwrap_err();
    let RunError::NodeFailed { source, .. } = error else {
        panic!("{error}")
    };
    assert!(source.to_string().contains("4711"), "{source}");
}
