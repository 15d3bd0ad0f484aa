//! Going back to an older checkpoint of a thread.

use agentflow_core::checkpoint::CheckpointSource;
use agentflow_core::{HistoryQuery, Persistence, RunInput, START, StateGraph, StateUpdate};

use crate::rules_rig::{adds, ask, before, history, kept, snapshots, state, texts};
use crate::support::{Diary, Notes, asked, done, line, row, step};

#[tokio::test]
async fn a_replay_runs_what_came_after_its_checkpoint_on_a_branch_of_its_own() {
    let diary = Diary::default();
    let graph = StateGraph::new()
        .add_node("a", diary.node())
        .add_node("b", diary.node())
        .add_node("c", diary.node())
        .add_edge(START, "a")
        .add_sequence(["a", "b", "c"]);
    let graph = kept(graph);
    let thread = graph.thread("t");
    let first = done(thread.invoke(Notes::default()).await);
    let old = history(&thread).await;
    let target = before(&thread, &["b"]).await;

    assert_eq!(done(thread.clone().at(target).proceed().await), first);
    assert_eq!(diary.read(), ["a", "b", "c", "b", "c"]);
    let all = history(&thread).await;
    assert_eq!(all[..old.len()], old, "what was there is there as it was");
    let fork = &all[old.len()];
    assert_eq!(
        (fork.source, fork.parent),
        (CheckpointSource::Fork, Some(target))
    );
    let newest = state(&thread).await;
    assert_eq!(newest.checkpoint, all.last().unwrap().id);
    assert_eq!(all.len(), old.len() + 3);
    let last = newest.checkpoint;
    assert_eq!(done(thread.clone().at(last).proceed().await), first);
    assert_eq!(
        history(&thread).await.len(),
        all.len(),
        "the end is gone on with by nothing"
    );
}

#[tokio::test]
async fn a_replay_from_before_an_answered_question_asks_it_again_every_time() {
    let graph = row(&["a"]).add_node("ask", ask).add_edge("a", "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    assert_eq!(done(thread.resume("first").await).log, ["a", "ask: first"]);
    let old = before(&thread, &["ask"]).await;
    for answer in ["second", "third"] {
        let again = thread.clone().at(old).proceed().await;
        assert_eq!(asked(again), ["ask?"]);
        let want = format!("ask: {answer}");
        assert_eq!(done(thread.resume(answer).await).log, ["a", &want]);
    }
}

#[tokio::test]
async fn an_answer_at_an_older_checkpoint_goes_to_its_question_on_a_branch() {
    let graph = row(&["a"])
        .add_node("ask", ask)
        .add_edge("a", "ask")
        .add_edge("ask", "after")
        .add_node("after", step);
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    done(thread.resume("first").await);
    let old = before(&thread, &["ask"]).await;
    let ended = thread.clone().at(old).resume("second").await;
    assert_eq!(done(ended).log, ["a", "ask: second", "after"]);
    let forks = history(&thread).await;
    let forks = forks
        .iter()
        .filter(|it| it.source == CheckpointSource::Fork);
    assert_eq!(forks.map(|it| it.parent).collect::<Vec<_>>(), [Some(old)]);
}

#[tokio::test]
async fn what_was_written_with_an_answer_belongs_to_its_run_and_not_to_the_checkpoint_before() {
    let graph = row(&["a"]).add_node("ask", ask).add_edge("a", "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let input = RunInput::answer("yes").unwrap();
    let ended = thread.invoke(input.and_update(Notes::update_n(5))).await;
    assert_eq!(done(ended).n, 5);

    let old = before(&thread, &["ask"]).await;
    assert_eq!(state(&thread.clone().at(old)).await.values.n, 0);
    assert_eq!(snapshots(&thread).await[2].values.n, 0);
    asked(thread.clone().at(old).proceed().await);
    assert_eq!(state(&thread).await.values.n, 0, "a replay is asked anew");
    let edit = StateUpdate::as_node("ask", line("edited"));
    thread.clone().at(old).update_state(edit).await.unwrap();
    let edited = done(thread.proceed().await);
    assert_eq!(
        (edited.n, &edited.log[..]),
        (0, &texts(&["a", "edited"])[..])
    );
}

#[tokio::test]
async fn a_replay_gives_a_graph_that_lives_as_long_as_the_thread_its_state_as_of_then() {
    let inner = StateGraph::new()
        .add_node("one_more", adds(1))
        .add_edge(START, "one_more")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let graph = row(&["a"])
        .add_subgraph(
            "sub",
            inner,
            |_| Notes::default(),
            |it| line(format!("sub {}", it.n)),
        )
        .add_node("b", step)
        .add_sequence(["a", "sub", "b"]);
    let graph = kept(graph);
    let thread = graph.thread("t");
    let invoke = async || {
        let input = Notes::update().overwrite_log(vec![]);
        let outcome = thread.invoke(RunInput::update(input)).await;
        done(outcome).log
    };
    for run in 1..=3 {
        assert_eq!(invoke().await, ["a", &format!("sub {run}"), "b"]);
    }
    // Each run made a checkpoint of its input, one of START, and one for each node.
    let behind = history(&thread).await;
    for (place, checkpoint) in behind.iter().enumerate() {
        let (run, is_after_sub) = (place / 5 + 1, place % 5 >= 3);
        let replayed = done(thread.clone().at(checkpoint.id).proceed().await).log;
        assert_eq!(replayed, ["a", &format!("sub {run}"), "b"], "{place}");
        if !is_after_sub {
            let next = format!("sub {}", run + 1);
            assert_eq!(invoke().await, ["a", &next, "b"], "on from {place}");
        }
    }
}

#[tokio::test]
async fn the_history_lists_all_branches_newest_first_and_parents_tell_their_tree() {
    let graph = kept(row(&["a", "b"]));
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let fork = before(&thread, &["b"]).await;
    done(thread.clone().at(fork).proceed().await);
    let edit = StateUpdate::as_node("a", line("edited"));
    thread.clone().at(fork).update_state(edit).await.unwrap();
    done(thread.proceed().await);

    let listed = thread.snapshots(HistoryQuery::default()).await.unwrap();
    let tree: Vec<(u64, u64, CheckpointSource, String)> = listed
        .iter()
        .map(|it| {
            let parent = it.parent.map_or(0, |id| id.0);
            (it.checkpoint.0, parent, it.source, it.values.log.join(" "))
        })
        .collect();
    let told = |log: &str| log.to_owned();
    use CheckpointSource::{Fork, Input, Loop, Update};
    assert_eq!(
        tree,
        [
            (8, 7, Loop, told("a edited b")),
            (7, 3, Update, told("a edited")),
            (6, 5, Loop, told("a b")),
            (5, 3, Fork, told("a")),
            (4, 3, Loop, told("a b")),
            (3, 2, Loop, told("a")),
            (2, 1, Loop, told("")),
            (1, 0, Input, told("")),
        ]
    );
}
