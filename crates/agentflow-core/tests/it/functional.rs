//! Workflows that are plain async functions.

use std::fmt::Debug;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::functional::Durable;
use agentflow_core::{
    Durability, EntryContext, Entrypoint, Final, NodeError, NodeResult, Outcome, RunError,
    RunOptions, Workflow,
};

use crate::support::{Call, Diary, Tampered, crash};

mod graphs;
mod matching;
mod patience;

fn done<O: Debug>(outcome: Result<Outcome<Option<O>>, RunError>) -> O {
    match outcome.unwrap() {
        Outcome::Done(Some(output)) => output,
        other => panic!("expected an end: {other:?}"),
    }
}

/// The question, while there is no output.
fn asked<O: Debug>(outcome: Result<Outcome<Option<O>>, RunError>) -> String {
    match outcome.unwrap() {
        Outcome::Interrupted {
            interrupt,
            state: None,
            ..
        } => interrupt.payload.as_str().unwrap_or_default().to_owned(),
        other => panic!("expected a question: {other:?}"),
    }
}

/// The error with all that caused it.
fn told<O: Debug>(outcome: Result<Outcome<Option<O>>, RunError>) -> String {
    let error = outcome.unwrap_err();
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        told += &format!(": {error}");
        cause = error.source();
    }
    told
}

/// Notes `what` and returns `value`.
async fn noting<T>(diary: Diary, what: String, value: T) -> NodeResult<T> {
    diary.note(what);
    Ok(value)
}

/// A workflow that writes two drafts of a topic side by side and asks which one it is.
fn essay(diary: &Diary) -> Entrypoint<String, String> {
    let diary = diary.clone();
    Entrypoint::new("essay", move |topic: String, cx: EntryContext<String>| {
        let diary = diary.clone();
        async move {
            let research = |topic: String| noting(diary.clone(), "research".into(), topic + "?");
            let draft = |length: &'static str| {
                let diary = diary.clone();
                move |facts: String| {
                    noting(diary.clone(), length.into(), format!("{facts} {length}"))
                }
            };
            let facts = cx.task("research", &topic, research).await?;
            let (long, short) = futures::try_join!(
                cx.task("draft", &facts, draft("long")),
                cx.task("draft", &facts, draft("short")),
            )?;
            let pick: u32 = cx.interrupt("which?")?;
            NodeResult::Ok(if pick == 0 { long } else { short })
        }
    })
}

#[tokio::test]
async fn tasks_run_once_however_often_the_entrypoint_does() {
    let diary = Diary::default();
    let workflow = essay(&diary).compile_with(Tampered::new()).unwrap();
    let thread = workflow.thread("t");
    assert_eq!(asked(thread.invoke("tides".to_owned()).await), "which?");
    assert_eq!(done(thread.resume(1).await), "tides? short");
    assert_eq!(diary.read(), ["research", "long", "short"]);
}

#[tokio::test]
async fn a_closure_that_captures_nothing_may_be_an_async_one() {
    async fn double(n: u32) -> NodeResult<u32> {
        Ok(2 * n)
    }
    let workflow = Entrypoint::new(
        "double",
        async |n: u32, cx: EntryContext<u32>| -> NodeResult<u32> {
            let doubled = cx.task("double", &n, double).await?;
            let once_more = |n: u32| async move { double(n).await };
            cx.task("double", &doubled, once_more).await
        },
    );
    let workflow = workflow.compile().unwrap();
    assert_eq!(done(workflow.thread("t").invoke(3).await), 12);
}

#[tokio::test]
async fn tasks_that_are_recorded_do_not_run_after_a_crash() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (diary, store) = (Diary::default(), Tampered::new());
        let options = RunOptions {
            durability,
            ..RunOptions::default()
        };
        let noted = diary.clone();
        let run = move |(): (), cx: EntryContext<u32>| {
            let diary = noted.clone();
            async move {
                let first = |()| noting(diary.clone(), "first".into(), 1);
                let second = |n: u32| {
                    diary.note("second");
                    let crashes = diary.count("second") == 1;
                    async move {
                        if crashes {
                            std::future::pending::<()>().await;
                        }
                        NodeResult::Ok(n + 1)
                    }
                };
                let n = cx.task("first", &(), first).await?;
                cx.task("second", &n, second).await
            }
        };
        let workflow = Entrypoint::new("crashes", run);
        let workflow = workflow.compile_with(store).unwrap().with_options(options);
        let thread = workflow.thread("t");
        crash(thread.invoke(())).await;
        assert_eq!(done(thread.proceed().await), 2, "{durability:?}");
        assert_eq!(
            diary.read(),
            ["first", "second", "second"],
            "{durability:?}"
        );
    }
}

#[tokio::test]
async fn a_recorded_result_is_not_written_again() {
    let (diary, store) = (Diary::default(), Tampered::new());
    let workflow = essay(&diary).compile_with(store.clone()).unwrap();
    let thread = workflow.thread("t");
    asked(thread.invoke("tides".to_owned()).await);
    // The answer is written; nothing else may be.
    store.refuse(Call::SaveRecords, 1, u32::MAX);
    assert_eq!(done(thread.resume(0).await), "tides? long");
}

/// Runs a task that returns `value`, asks, and returns it; twice, as the last one is
/// found in the store as the thread's state.
async fn check_recorded<T: Durable + Debug + PartialEq>(value: T) {
    let diary = Diary::default();
    let (noted, returned) = (diary.clone(), value.clone());
    let run = move |(): (), cx: EntryContext<T>| {
        let (diary, value) = (noted.clone(), returned.clone());
        async move {
            diary.note(format!("{:?}", cx.previous().is_some()));
            let task = |()| noting(diary.clone(), "task".into(), value.clone());
            let result = cx.task("task", &(), task).await?;
            let () = cx.interrupt("go on?")?;
            NodeResult::Ok(result)
        }
    };
    let workflow = Entrypoint::new("nothing", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = workflow.thread("t");
    for _ in 0..2 {
        asked(thread.invoke(()).await);
        assert_eq!(done(thread.resume(()).await), value);
    }
    let state = thread.state().await.unwrap().unwrap().values;
    assert_eq!(state.output(), Some(&value));
    let runs = ["false", "task", "false", "true", "task", "true"];
    assert_eq!(diary.read(), runs, "{value:?}");
}

#[tokio::test]
async fn results_that_look_like_nothing_are_recorded_returned_and_saved_as_well() {
    check_recorded(()).await;
    check_recorded(false).await;
    check_recorded(0).await;
    check_recorded(String::new()).await;
    check_recorded(None::<u32>).await;
    check_recorded(Vec::<u32>::new()).await;
    check_recorded(serde_json::Value::Null).await;
    check_recorded(serde_json::json!({ "__value__": null })).await;
}

#[tokio::test]
async fn a_result_that_would_not_come_back_fails_at_once() {
    let run = async |(): (), cx: EntryContext<f64>| -> NodeResult<f64> {
        let nan = |()| async { NodeResult::Ok(f64::NAN) };
        cx.task("divide", &(), nan).await
    };
    let workflow = Entrypoint::new("nan", run).compile().unwrap();
    let told = told(workflow.thread("t").invoke(()).await);
    assert!(
        told.contains("the result of task `divide` (call 0)"),
        "{told}"
    );
}

async fn sum(n: u32, cx: EntryContext<u32>) -> NodeResult<Final<String, u32>> {
    let save = cx.previous().copied().unwrap_or(0) + n;
    if n == 100 {
        return Err(NodeError::fatal("too much"));
    }
    Ok(Final {
        value: format!("{save} in all"),
        save,
    })
}

#[tokio::test]
async fn a_run_finds_what_the_last_one_that_ended_has_saved() {
    let store = MemoryCheckpointer::new();
    let workflow = Entrypoint::new("sum", sum).compile_with(store).unwrap();
    let thread = workflow.thread("t");
    assert_eq!(done(thread.invoke(2).await), "2 in all");
    assert!(thread.invoke(100).await.is_err());
    assert_eq!(done(thread.invoke(3).await), "5 in all");
    assert_eq!(done(workflow.thread("other").invoke(1).await), "1 in all");
    let unsaved: Workflow<u32, String, u32> = Entrypoint::new("sum", sum).compile().unwrap();
    for _ in 0..2 {
        assert_eq!(done(unsaved.thread("t").invoke(7).await), "7 in all");
    }
}

#[tokio::test]
async fn what_is_saved_can_be_changed_from_outside() {
    use agentflow_core::StateUpdate;
    use agentflow_core::functional::EntryState;

    let store = MemoryCheckpointer::new();
    let workflow = Entrypoint::new("sum", sum).compile_with(store).unwrap();
    let thread = workflow.thread("t");
    assert_eq!(done(thread.invoke(2).await), "2 in all");
    let update = EntryState::update().saved(40);
    thread.update_state(StateUpdate::new(update)).await.unwrap();
    assert_eq!(done(thread.invoke(2).await), "42 in all");
}
