//! Which call a recorded result belongs to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::functional::{TaskError, TaskPlace};
use agentflow_core::{
    EntryContext, Entrypoint, NodeResult, RetryPolicy, RunError, RunOptions, TaskSpec, Workflow,
};
use futures::FutureExt;

use super::{asked, done, noting, told};
use crate::support::Diary;

type Counts = Workflow<(), Vec<u32>>;

/// A workflow that calls these tasks one after the other, asks, and returns their
/// results; `calls` is asked for them anew each time.
fn calling(
    diary: &Diary,
    calls: impl Fn() -> Vec<(TaskSpec, u32)> + Send + Sync + 'static,
) -> Entrypoint<(), Vec<u32>> {
    let diary = diary.clone();
    Entrypoint::new("calls", move |(): (), cx: EntryContext<Vec<u32>>| {
        let (diary, calls) = (diary.clone(), calls());
        async move {
            let mut results = Vec::new();
            for (spec, argument) in calls {
                let task = |n: u32| noting(diary.clone(), n.to_string(), 10 * n);
                results.push(cx.task(spec, &argument, task).await?);
            }
            let () = cx.interrupt("go on?")?;
            NodeResult::Ok(results)
        }
    })
}

fn named(name: &str) -> TaskSpec {
    TaskSpec::new(name)
}

/// Asks in one build and goes on in another, whose calls are others.
async fn check(
    before: Vec<(TaskSpec, u32)>,
    after: Vec<(TaskSpec, u32)>,
) -> (Result<Vec<u32>, TaskError>, Vec<String>) {
    let (store, diary) = (Arc::new(MemoryCheckpointer::new()), Diary::default());
    let build = |calls: Vec<(TaskSpec, u32)>| -> Counts {
        let calling = calling(&diary, move || calls.clone());
        calling.compile_with(Arc::clone(&store)).unwrap()
    };
    asked(build(before).thread("t").invoke(()).await);
    match build(after).thread("t").resume(()).await {
        Err(RunError::NodeFailed { source, .. }) => {
            let error = source.downcast::<TaskError>().unwrap();
            (Err(*error), diary.read())
        }
        outcome => (Ok(done(outcome)), diary.read()),
    }
}

#[tokio::test]
async fn an_equal_call_at_the_same_place_has_the_recorded_result() {
    let calls = vec![(named("a"), 1), (named("b"), 2), (named("a"), 1)];
    let (results, ran) = check(calls.clone(), calls).await;
    assert_eq!(results.unwrap(), [10, 20, 10]);
    assert_eq!(ran, ["1", "2", "1"]);
}

#[tokio::test]
async fn a_call_with_another_argument_is_refused_and_does_not_run() {
    let before = vec![(named("a"), 1), (named("b"), 2)];
    let after = vec![(named("a"), 1), (named("b"), 3)];
    let (result, ran) = check(before, after).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error, TaskError::OtherArgument { task, place: TaskPlace::Call(1), .. } if task == "b"),
        "{error:?}"
    );
    assert!(error.to_string().contains("task `b` (call 1)"), "{error}");
    assert_eq!(ran, ["1", "2"]);
}

#[tokio::test]
async fn a_call_of_another_task_is_refused_and_does_not_run() {
    let before = vec![(named("a"), 1), (named("b"), 2)];
    let after = vec![(named("new"), 9), (named("a"), 1), (named("b"), 2)];
    let (result, ran) = check(before, after).await;
    let error = result.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("task `new` is called where `a` was called before (call 0)"),
        "{error}"
    );
    assert_eq!(ran, ["1", "2"]);
}

#[tokio::test]
async fn calls_by_key_keep_their_results_in_any_order_and_beside_new_ones() {
    let keyed = |name: &str, n: u32| (named(name).key(n.to_string()), n);
    let before = vec![keyed("a", 1), keyed("a", 2), keyed("b", 1)];
    let after = vec![keyed("b", 1), keyed("a", 2), keyed("a", 3), keyed("a", 1)];
    let (results, ran) = check(before, after).await;
    assert_eq!(results.unwrap(), [10, 20, 30, 10]);
    assert_eq!(ran, ["1", "2", "1", "3"]);
}

#[tokio::test]
async fn a_call_by_key_with_another_argument_is_refused() {
    let keyed = |n: u32| vec![(named("a").key("k"), n)];
    let (result, _) = check(keyed(1), keyed(2)).await;
    let error = result.unwrap_err();
    assert!(error.to_string().contains("task `a` (key `k`)"), "{error}");
}

#[tokio::test]
async fn a_key_is_used_once() {
    let diary = Diary::default();
    let twice = || vec![(named("a").key("k"), 1), (named("a").key("k"), 1)];
    let workflow = calling(&diary, twice).compile().unwrap();
    let told = told(workflow.thread("t").invoke(()).await);
    assert!(
        told.contains("task `a` is called twice with the key `k`"),
        "{told}"
    );
}

#[tokio::test]
async fn an_argument_that_differs_each_time_is_found_out() {
    let (diary, clock) = (Diary::default(), AtomicU32::new(0));
    let now = move || vec![(named("stamp"), clock.fetch_add(1, Ordering::Relaxed))];
    let store = MemoryCheckpointer::new();
    let workflow = calling(&diary, now).compile_with(store).unwrap();
    asked(workflow.thread("t").invoke(()).await);
    let told = told(workflow.thread("t").resume(()).await);
    assert!(
        told.contains("take times and random numbers from a task"),
        "{told}"
    );
    assert_eq!(diary.read(), ["0"]);
}

#[tokio::test(start_paused = true)]
async fn joined_calls_have_their_places_in_the_order_in_which_they_are_made() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |(): (), cx: EntryContext<Vec<u64>>| {
        let diary = noted.clone();
        async move {
            // The one that is called first is done last.
            let wait = |millis: u64| {
                diary.note(millis.to_string());
                async move {
                    tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
                    NodeResult::Ok(millis)
                }
            };
            let waits = [30, 20, 10];
            let calls = waits.iter().map(|millis| cx.task("wait", millis, wait));
            let results = futures::future::try_join_all(calls).await?;
            let () = cx.interrupt("go on?")?;
            NodeResult::Ok(results)
        }
    };
    let workflow = Entrypoint::new("joins", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    asked(workflow.thread("t").invoke(()).await);
    assert_eq!(done(workflow.thread("t").resume(()).await), [30, 20, 10]);
    assert_eq!(diary.read(), ["30", "20", "10"]);
}

/// Notes if it is dropped before it is let go.
struct Watchdog(Diary, Arc<AtomicBool>);

impl Drop for Watchdog {
    fn drop(&mut self) {
        if !self.1.load(Ordering::Relaxed) {
            self.0.note("cancelled");
        }
    }
}

#[tokio::test]
async fn a_task_that_was_cancelled_runs_again_and_its_finished_sibling_does_not() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |(): (), cx: EntryContext<String>| {
        let diary = noted.clone();
        async move {
            let map = |n: u32| {
                diary.note(format!("map {n}"));
                let is_done = Arc::new(AtomicBool::new(false));
                let watchdog = Watchdog(diary.clone(), Arc::clone(&is_done));
                async move {
                    if n == 1 {
                        std::future::pending::<()>().await;
                    }
                    is_done.store(true, Ordering::Relaxed);
                    drop(watchdog);
                    NodeResult::Ok(n)
                }
            };
            let kept = cx.task("map", &0, map);
            let mut cancelled = Box::pin(cx.task("map", &1, map));
            assert!((&mut cancelled).now_or_never().is_none());
            let kept = kept.await?;
            drop(cancelled);
            let answer: String = cx.interrupt("?")?;
            NodeResult::Ok(format!("{kept}{answer}"))
        }
    };
    let workflow = Entrypoint::new("cancels", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let counts = || {
        let ran = |n| diary.count(&format!("map {n}"));
        (ran(0), ran(1), diary.count("cancelled"))
    };
    asked(workflow.thread("t").invoke(()).await);
    assert_eq!(counts(), (1, 1, 1));
    assert_eq!(done(workflow.thread("t").resume("!").await), "0!");
    assert_eq!(counts(), (1, 2, 2));
}

#[tokio::test]
async fn what_is_counted_by_its_order_is_refused_in_a_task() {
    type Context = EntryContext<u32>;
    async fn asks(cx: Context) -> NodeResult<u32> {
        cx.interrupt("?")
    }
    async fn sleeps(cx: Context) -> NodeResult<u32> {
        cx.sleep_for(std::time::Duration::from_secs(1)).await?;
        Ok(0)
    }
    async fn waits(cx: Context) -> NodeResult<u32> {
        cx.wait_event("e").await
    }
    async fn calls(cx: Context) -> NodeResult<u32> {
        cx.task("inner", &1, |n| async move { NodeResult::Ok(n) })
            .await
    }
    let run = async |which: u32, cx: Context| -> NodeResult<u32> {
        let task = |()| {
            let cx = cx.clone();
            async move {
                match which {
                    0 => asks(cx).await,
                    1 => sleeps(cx).await,
                    2 => waits(cx).await,
                    _ => calls(cx).await,
                }
            }
        };
        cx.task(named("outer").retry(RetryPolicy::default()), &(), task)
            .await
    };
    let workflow = Entrypoint::new("nests", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    for (which, what) in [
        (0, "ask a question without a key"),
        (1, "pause the thread"),
        (2, "wait for an event"),
        (3, "call a task"),
    ] {
        let told = told(workflow.thread("t").invoke(which).await);
        assert!(told.contains(&format!("a task cannot {what}")), "{told}");
    }
}

#[tokio::test]
async fn an_entrypoint_calls_no_more_tasks_than_it_may() {
    let diary = Diary::default();
    let many = || (0..4).map(|n| (named("a"), n)).collect();
    let options = RunOptions {
        tasks_max: 3,
        ..RunOptions::default()
    };
    let workflow = calling(&diary, many)
        .compile()
        .unwrap()
        .with_options(options);
    let told = told(workflow.thread("t").invoke(()).await);
    assert!(
        told.contains("task `a` is the one after the last of 3"),
        "{told}"
    );
    assert_eq!(diary.read(), ["0", "1", "2"]);
}
