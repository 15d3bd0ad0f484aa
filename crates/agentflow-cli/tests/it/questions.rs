//! Questions, with nobody at a terminal.

use crate::specimen;
use crate::support::run_demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_question_nobody_answers_waits_and_says_how_to_answer() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    for round in ["the first time", "again"] {
        let ended = run_demo(specimen::unanswered, dir, &[]).await;
        assert_eq!(ended.exit, 3, "{round}: {}", ended.stderr);
        assert_eq!(ended.result()["issues"][0]["status"], "waiting", "{round}");
        assert!(
            ended.stderr.contains("Which word?"),
            "{round}: {}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("--issue 7 --resume='ANSWER'"),
            "{round}: {}",
            ended.stderr
        );
    }
    let ended = run_demo(specimen::unanswered, dir, &["--resume=The greeting."]).await;
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    assert_eq!(ended.events("answered")[0]["by"], "the command line");
    let late = run_demo(specimen::unanswered, dir, &["--resume=Too late."]).await;
    assert_eq!(late.exit, 2, "an answer needs a question: {}", late.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authors_comment_is_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_demo(specimen::answered, folder.path(), &[]).await;
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
    let answered = ended.events("answered");
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0]["answer"], "The greeting.");
    assert_eq!(answered[0]["by"], "the issue's author");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_a_person_was_asked_for_waits_for_the_person_whatever_the_flags_are_later() {
    for (answer, exit, status) in [("approve", 0, "merged"), ("stop", 1, "stopped")] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let asked = run_demo(specimen::clear, dir, &["--approve", "merge"]).await;
        assert_eq!(
            (asked.exit, asked.events("merged").len()),
            (3, 0),
            "{}",
            asked.stderr
        );
        let without_flag = run_demo(specimen::clear, dir, &[]).await;
        assert_eq!(
            (without_flag.exit, without_flag.events("merged").len()),
            (3, 0)
        );
        let resume = format!("--resume={answer}");
        let ended = run_demo(specimen::clear, dir, &[&resume]).await;
        assert_eq!(ended.exit, exit, "{answer}: {}", ended.stderr);
        assert_eq!(ended.result()["issues"][0]["status"], status, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_a_person_stops_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let asked = run_demo(specimen::clear, folder.path(), &["--approve", "plan"]).await;
    assert_eq!(asked.exit, 3, "{}", asked.stderr);
    assert!(
        asked.stderr.contains("Mend the word"),
        "the plan is shown: {}",
        asked.stderr
    );
    let ended = run_demo(
        specimen::clear,
        folder.path(),
        &["--approve", "plan", "--resume=stop"],
    )
    .await;
    assert_eq!(ended.exit, 1);
    let issue = &ended.result()["issues"][0];
    assert_eq!(
        (issue["status"].as_str(), issue["pr"].as_u64()),
        (Some("stopped"), None)
    );
}
