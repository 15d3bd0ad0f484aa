//! Threads that are taken back, with what their nodes did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use agentflow_core::cache::MemoryCache;
use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CachePolicy, CheckpointId, Command, CompiledGraph, Durability, END, HistoryQuery, Journal,
    NodeContext, NodeError, NodeFailure, NodeResult, RunError, RunInput, RunOptions, START,
    StateGraph, StateUpdate,
};

use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, row, step};

fn trip(diary: &Diary, fails: &Diary) -> CompiledGraph<Notes> {
    let mut graph = StateGraph::new();
    for name in ["flight", "hotel", "tour"] {
        let (diary, fails) = (diary.clone(), fails.clone());
        let undo = move |notes: Arc<Notes>, cx: NodeContext| {
            let (diary, fails) = (diary.clone(), fails.clone());
            async move {
                assert!(
                    notes.log.contains(&name.to_owned()),
                    "what it did is there to see"
                );
                let key = cx.idempotency_key("cancel");
                if fails.read().contains(&name.to_owned()) {
                    return Err(NodeError::failed(std::io::Error::other("not now")));
                }
                assert_eq!(key.len(), 32);
                diary.note(format!("cancel {name}"));
                Ok(())
            }
        };
        graph = graph.add_node(name, step);
        if name != "tour" {
            graph = graph.undo(name, undo);
        }
    }
    graph
        .add_edge(START, "flight")
        .add_edge(START, "hotel")
        .add_edge("hotel", "tour")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

async fn after_start(graph: &CompiledGraph<Notes>) -> CheckpointId {
    let history = graph
        .thread("t")
        .history(HistoryQuery::default())
        .await
        .unwrap();
    history[history.len() - 2].id
}

#[tokio::test]
async fn undo_actions_run_the_latest_first_and_the_thread_goes_on_from_there() {
    let diary = Diary::default();
    let graph = trip(&diary, &Diary::default());
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let to = after_start(&graph).await;
    let rolled = thread.roll_back(to).await.unwrap();
    assert_eq!(diary.read(), ["cancel hotel", "cancel flight"]);
    let undone: Vec<String> = rolled.undone.iter().map(ToString::to_string).collect();
    assert_eq!(undone, ["1/hotel/0", "1/flight/0"]);
    let state = thread.state().await.unwrap().unwrap();
    assert_eq!((state.checkpoint, state.parent), (rolled.head, Some(to)));
    assert_eq!(state.values.log, [""; 0]);
    assert_eq!(
        done(thread.proceed().await).log,
        ["flight", "hotel", "tour"]
    );
}

#[tokio::test]
async fn a_rollback_that_failed_goes_on_with_what_is_not_undone() {
    let (diary, fails) = (Diary::default(), Diary::default());
    let graph = trip(&diary, &fails);
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let to = after_start(&graph).await;
    fails.note("flight");
    let error = thread.roll_back(to).await.unwrap_err();
    assert!(matches!(&error, RunError::UndoFailed { node, .. } if node.as_str() == "flight"));
    assert_eq!(diary.read(), ["cancel hotel"]);
    assert_eq!(
        thread.state().await.unwrap().unwrap().values.log.len(),
        3,
        "it still stands"
    );
    fails.forget();
    thread.roll_back(to).await.unwrap();
    assert_eq!(
        diary.read(),
        ["cancel hotel", "cancel flight"],
        "none is undone twice"
    );
}

#[tokio::test]
async fn only_a_checkpoint_behind_the_thread_can_be_rolled_back_to() {
    let graph = trip(&Diary::default(), &Diary::default());
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let head = thread.state().await.unwrap().unwrap().checkpoint;
    for (to, want) in [
        (head, "it stands at checkpoint"),
        (CheckpointId(99), "not behind where it stands"),
    ] {
        let error = thread.roll_back(to).await.unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
}

fn exit() -> RunOptions {
    RunOptions {
        durability: Durability::Exit,
        ..RunOptions::default()
    }
}

fn charging(diary: &Diary, fails: &Arc<AtomicBool>) -> StateGraph<Notes> {
    let (noted, flag) = (diary.clone(), Arc::clone(fails));
    let slow = move |_: Arc<Notes>, _: NodeContext| {
        let flag = Arc::clone(&flag);
        async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if flag.load(Ordering::SeqCst) {
                return Err(NodeError::failed(std::io::Error::other("no")));
            }
            Ok(line("slow"))
        }
    };
    StateGraph::new()
        .add_node("first", step)
        .add_node("charge", diary.node())
        .add_node("slow", slow)
        .undo("charge", move |notes: Arc<Notes>, _: NodeContext| {
            assert!(
                notes.log.contains(&"charge".to_owned()),
                "what it did is there to see"
            );
            noted.note("refund");
            std::future::ready(NodeResult::Ok(()))
        })
        .add_edge(START, "first")
        .add_edge("first", "charge")
        .add_edge("first", "slow")
}

#[tokio::test]
async fn a_rollback_undoes_what_finished_in_the_superstep_that_failed() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(true)));
    let graph = charging(&diary, &fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert!(thread.invoke(Notes::default()).await.is_err());
    assert_eq!(diary.read(), ["charge"]);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    thread.roll_back(history[1].id).await.unwrap();
    assert_eq!(diary.read(), ["charge", "refund"]);
}

#[tokio::test]
async fn a_rollback_undoes_what_an_amendment_went_to() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(false)));
    let graph = charging(&diary, &fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let end = thread.state().await.unwrap().unwrap().checkpoint;
    let command: RunInput<Notes> = RunInput::command(Command::goto("charge"));
    done(thread.invoke(command).await);
    diary.forget();
    thread.roll_back(end).await.unwrap();
    assert_eq!(diary.read(), ["refund"]);
}

#[tokio::test]
async fn a_rollback_in_exit_undoes_all_that_ran() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(false)));
    let graph = charging(&diary, &fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(exit());
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let end = thread.state().await.unwrap().unwrap().checkpoint;
    done(thread.invoke(Notes::default()).await);
    diary.forget();
    thread.roll_back(end).await.unwrap();
    assert_eq!(diary.read(), ["refund"]);
}

#[tokio::test]
async fn an_effect_of_an_undo_action_is_not_repeated() {
    let (diary, tries) = (Diary::default(), Arc::new(AtomicU32::new(0)));
    let noted = diary.clone();
    let undo = move |_: Arc<Notes>, cx: NodeContext| {
        let (noted, tries) = (noted.clone(), Arc::clone(&tries));
        async move {
            cx.once("refund", async || {
                noted.note("refund");
                NodeResult::Ok(())
            })
            .await?;
            if tries.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(NodeError::failed(std::io::Error::other("mail")));
            }
            Ok(())
        }
    };
    let graph = row(&["a"])
        .undo("a", undo)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let to = history[1].id;
    assert!(thread.roll_back(to).await.is_err());
    thread.roll_back(to).await.unwrap();
    assert_eq!(diary.read(), ["refund"]);
}

#[tokio::test]
async fn what_a_failed_rollback_has_undone_is_not_undone_again_after_an_edit() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(true)));
    let (noted, flag) = (diary.clone(), Arc::clone(&fails));
    let graph = row(&["a", "b"])
        .undo("b", move |_: Arc<Notes>, _: NodeContext| {
            noted.note("refund b");
            std::future::ready(NodeResult::Ok(()))
        })
        .undo("a", move |_: Arc<Notes>, _: NodeContext| {
            std::future::ready(if flag.load(Ordering::SeqCst) {
                Err(NodeError::failed(std::io::Error::other("no")))
            } else {
                Ok(())
            })
        })
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let to = history[2].id;
    assert!(thread.roll_back(to).await.is_err());
    thread
        .update_state(StateUpdate::as_node(END, line("note to self")))
        .await
        .unwrap();
    fails.store(false, Ordering::SeqCst);
    thread.roll_back(to).await.unwrap();
    assert_eq!(diary.read(), ["refund b"]);
}

#[tokio::test]
async fn a_rollback_undoes_what_finished_and_an_update_kept_but_not_the_update() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(true)));
    let graph = charging(&diary, &fails)
        .undo("slow", |_: Arc<Notes>, _: NodeContext| async {
            panic!("an edit is not undone")
        })
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert!(thread.invoke(Notes::default()).await.is_err());
    let edit = StateUpdate::as_node("slow", line("edit"));
    thread.update_state(edit).await.unwrap();
    let to = after_start(&graph).await;
    thread.roll_back(to).await.unwrap();
    assert_eq!(diary.read(), ["charge", "refund"]);
}

#[tokio::test]
async fn a_rollback_undoes_what_finished_and_was_given_up_for_an_input() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(true)));
    let graph = charging(&diary, &fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert!(thread.invoke(Notes::default()).await.is_err());
    let to = after_start(&graph).await;
    fails.store(false, Ordering::SeqCst);
    done(thread.invoke(Notes::default()).await);
    let rolled = thread.roll_back(to).await.unwrap();
    assert_eq!(diary.read(), ["charge", "charge", "refund", "refund"]);
    let undone: Vec<String> = rolled.undone.iter().map(ToString::to_string).collect();
    assert_eq!(undone, ["5/charge/0", "2/charge/0"]);
}

#[tokio::test]
async fn a_rollback_leaves_what_ran_on_another_branch() {
    let (diary, fails) = (Diary::default(), Arc::new(AtomicBool::new(false)));
    let graph = charging(&diary, &fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(RunOptions {
            journal: Journal::Replies,
            ..RunOptions::default()
        });
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let [_, before_charge, to, ..] = &history[..] else {
        panic!("{history:?}")
    };
    thread.clone().at(before_charge.id).fork().await.unwrap();
    thread.roll_back(to.id).await.unwrap();
    assert_eq!(diary.read(), ["charge"]);
}

#[tokio::test]
async fn a_rollback_passes_over_cached_replies_and_nodes_that_failed() {
    let diary = Diary::default();
    let noted = diary.clone();
    let undo = move |_: Arc<Notes>, cx: NodeContext| {
        noted.note(format!("undo {}", cx.node()));
        std::future::ready(NodeResult::Ok(()))
    };
    let broken = |_: Arc<Notes>, _: NodeContext| async {
        Err::<NotesUpdate, _>(NodeError::failed("broken"))
    };
    // They finish one by one, so that the replies of some are stored on their own.
    let waits = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.interrupt::<String>("?")?))
    };
    let graph = StateGraph::new()
        .add_node("costly", step)
        .add_node("broken", broken)
        .add_node("waits", waits)
        .cache("costly", CachePolicy::default())
        .on_error(
            "broken",
            |_: Arc<Notes>, _: NodeFailure, _: NodeContext| async {
                NodeResult::Ok(line("handled"))
            },
        )
        .undo("costly", undo.clone())
        .undo("broken", undo.clone())
        .undo("waits", undo)
        .add_edge(START, "costly")
        .add_edge(START, "broken")
        .add_edge(START, "waits")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_cache(MemoryCache::new());
    for (thread, want) in [
        ("runs", &["undo waits", "undo costly"][..]),
        ("cached", &["undo waits"]),
    ] {
        let thread = graph.thread(thread);
        asked(thread.invoke(Notes::default()).await);
        done(thread.resume("go on").await);
        let history = thread.history(HistoryQuery::default()).await.unwrap();
        diary.forget();
        thread.roll_back(history[1].id).await.unwrap();
        assert_eq!(diary.read(), want);
    }
}
