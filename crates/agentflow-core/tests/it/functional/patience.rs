//! How patiently tasks are run: retries, limits of time, places, caches, and failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentflow_core::cache::MemoryCache;
use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::functional::TaskError;
use agentflow_core::{
    BoxError, CachePolicy, EntryContext, Entrypoint, NodeError, NodeResult, NodeTimeout,
    RetryPolicy, RetryWhen, RunError, RunOptions, TaskSpec,
};
use tokio::time::Instant;

use super::{asked, done, noting, told};
use crate::support::Diary;

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

#[derive(Debug, thiserror::Error)]
#[error("broken")]
struct Broken;

/// A workflow of one task, whose attempts end as `attempt` says, from 1.
fn trying<E: Into<NodeError> + Send + 'static>(
    spec: TaskSpec,
    attempt: impl Fn(u32) -> Result<u32, E> + Send + Sync + 'static,
) -> Entrypoint<(), u32> {
    let attempt = Arc::new(attempt);
    Entrypoint::new("tries", move |(): (), cx: EntryContext<u32>| {
        let (attempt, spec) = (Arc::clone(&attempt), spec.clone());
        async move {
            let attempts = AtomicU32::new(0);
            let task = |()| {
                let result = attempt(attempts.fetch_add(1, Ordering::Relaxed) + 1);
                async move { result }
            };
            cx.task(spec, &(), task).await
        }
    })
}

fn retry(max_attempts: u32, when: fn(&BoxError) -> bool) -> RetryPolicy {
    RetryPolicy {
        max_attempts,
        first_delay: Duration::from_secs(1),
        when: RetryWhen::If(when),
        ..RetryPolicy::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_tried_again_by_the_first_policy_that_fits_and_each_counts_its_own() {
    let spec = TaskSpec::new("call")
        .retry(retry(3, |error| error.is::<Busy>()))
        .retry(retry(2, |_| true));
    let ends = |attempt: u32| match attempt {
        1 | 3 => Err(NodeError::failed(Busy)),
        2 => Err(NodeError::failed(Broken)),
        _ => Ok(attempt),
    };
    let workflow = trying(spec.clone(), ends).compile().unwrap();
    let began = Instant::now();
    assert_eq!(done(workflow.thread("t").invoke(()).await), 4);
    // One second after the first failure of each kind, two after the second busy one.
    assert_eq!(began.elapsed(), Duration::from_secs(4));

    let ends = |attempt: u32| match attempt {
        2 | 3 => Err(NodeError::failed(Broken)),
        _ => Err(NodeError::failed(Busy)),
    };
    let workflow = trying(spec, ends).compile().unwrap();
    let told = told(workflow.thread("t").invoke(()).await);
    assert!(
        told.ends_with("task `call` (call 0) failed in attempt 3: broken"),
        "{told}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_fatal_or_fits_no_policy_is_final() {
    let spec = || TaskSpec::new("call").retry(retry(9, |error| error.is::<Busy>()));
    let broken = trying(spec(), |_| Err::<u32, _>(Broken)).compile().unwrap();
    let fatal = trying(spec(), |_| Err::<u32, _>(NodeError::fatal(Busy)));
    let fatal = fatal.compile().unwrap();
    for outcome in [
        broken.thread("t").invoke(()).await,
        fatal.thread("t").invoke(()).await,
    ] {
        let told = told(outcome);
        assert!(told.contains("failed in attempt 1"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_failed_together_come_back_one_by_one_and_the_same_each_time() {
    let waited = async || {
        let run = async |(): (), cx: EntryContext<Vec<Duration>>| -> NodeResult<Vec<Duration>> {
            let spec = TaskSpec::new("call").retry(RetryPolicy {
                jitter: Duration::from_secs(1),
                ..RetryPolicy::default()
            });
            let began = Instant::now();
            let tasks = [0, 1, 2, 3].map(|number: u32| (number, AtomicU32::new(0)));
            let calls = tasks.iter().map(|(number, tries)| {
                let task = move |_| async move {
                    match tries.fetch_add(1, Ordering::Relaxed) {
                        0 => Err(NodeError::failed(Busy)),
                        _ => Ok(began.elapsed()),
                    }
                };
                cx.task(spec.clone(), number, task)
            });
            futures::future::try_join_all(calls).await
        };
        let workflow = Entrypoint::new("jitter", run).compile().unwrap();
        done(workflow.thread("t").invoke(()).await)
    };
    let first = waited().await;
    let different: std::collections::BTreeSet<Duration> = first.iter().copied().collect();
    assert_eq!(different.len(), 4, "{first:?}");
    for wait in &first {
        assert!(*wait >= Duration::from_millis(500), "{wait:?}");
        assert!(*wait <= Duration::from_millis(1501), "{wait:?}");
    }
    assert_eq!(waited().await, first);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_over_its_time_is_stopped_and_what_it_would_have_done_is_not() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |limit: u64, cx: EntryContext<u64>| {
        let diary = noted.clone();
        async move {
            let spec = TaskSpec::new("slow").timeout(Duration::from_secs(limit));
            let slow = |()| {
                let diary = diary.clone();
                async move {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    diary.note("late");
                    NodeResult::Ok(limit)
                }
            };
            cx.task(spec, &(), slow).await
        }
    };
    let workflow = Entrypoint::new("limits", run).compile().unwrap();
    let failed = workflow.thread("t").invoke(3).await;
    let Err(RunError::NodeFailed { source, .. }) = failed else {
        panic!("expected a timeout: {failed:?}");
    };
    let timeout = source
        .source()
        .and_then(|source| source.downcast_ref::<NodeTimeout>());
    let timeout = timeout.unwrap();
    assert_eq!(timeout.node.as_str(), "slow");
    assert_eq!(timeout.limit, Duration::from_secs(3));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(diary.count("late"), 0);
    assert_eq!(done(workflow.thread("t").invoke(6).await), 6);
}

#[tokio::test(start_paused = true)]
async fn no_more_tasks_run_at_once_than_may() {
    for (max_concurrency, want) in [(1, 1), (3, 3), (100, 8)] {
        let at_once = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
        let counted = Arc::clone(&at_once);
        let run = move |(): (), cx: EntryContext<Vec<()>>| {
            let counted = Arc::clone(&counted);
            async move {
                let task = |()| {
                    let counted = Arc::clone(&counted);
                    async move {
                        let now = counted.0.fetch_add(1, Ordering::Relaxed) + 1;
                        counted.1.fetch_max(now, Ordering::Relaxed);
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        counted.0.fetch_sub(1, Ordering::Relaxed);
                        NodeResult::Ok(())
                    }
                };
                let calls = (0..8).map(|_| cx.task("wait", &(), task));
                futures::future::try_join_all(calls).await
            }
        };
        let options = RunOptions {
            max_concurrency,
            ..RunOptions::default()
        };
        let workflow = Entrypoint::new("crowd", run);
        let workflow = workflow.compile().unwrap().with_options(options);
        assert_eq!(done(workflow.thread("t").invoke(()).await).len(), 8);
        assert_eq!(at_once.1.load(Ordering::Relaxed), want);
    }
}

#[tokio::test]
async fn a_cached_result_stands_for_an_equal_call_in_any_thread_until_it_is_forgotten() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |n: u32, cx: EntryContext<u32>| {
        let diary = noted.clone();
        async move {
            let spec = TaskSpec::new("square").cache(CachePolicy::default());
            let square = |n: u32| noting(diary.clone(), n.to_string(), n * n);
            cx.task(spec, &n, square).await
        }
    };
    let workflow = Entrypoint::new("squares", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let workflow = workflow.with_cache(MemoryCache::new());
    for thread in ["a", "b", "a"] {
        assert_eq!(done(workflow.thread(thread).invoke(3).await), 9);
    }
    assert_eq!(done(workflow.thread("a").invoke(4).await), 16);
    assert_eq!(diary.read(), ["3", "4"]);
    workflow.clear_cache(["square"]).await.unwrap();
    assert_eq!(done(workflow.thread("a").invoke(3).await), 9);
    assert_eq!(diary.read(), ["3", "4", "3"]);
}

/// A task that fails the first time that it runs.
fn failing(diary: &Diary) -> impl Fn(()) -> std::future::Ready<Result<u32, Broken>> + use<> {
    let diary = diary.clone();
    move |()| {
        diary.note("failing");
        let result = if diary.count("failing") == 1 {
            Err(Broken)
        } else {
            Ok(7)
        };
        std::future::ready(result)
    }
}

#[tokio::test]
async fn a_run_that_a_task_has_failed_goes_on_with_that_task() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |(): (), cx: EntryContext<u32>| {
        let diary = noted.clone();
        async move {
            let fine = |()| noting(diary.clone(), "fine".into(), 1);
            let fine = cx.task("fine", &(), fine).await?;
            NodeResult::Ok(fine + cx.task("failing", &(), failing(&diary)).await?)
        }
    };
    let workflow = Entrypoint::new("fails", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let failed = workflow.thread("t").invoke(()).await;
    let Err(RunError::NodeFailed { source, .. }) = failed else {
        panic!("expected a failure: {failed:?}");
    };
    let error = source.downcast::<TaskError>().unwrap();
    assert!(matches!(*error, TaskError::Failed { task, .. } if task == "failing"));
    assert_eq!(done(workflow.thread("t").proceed().await), 8);
    assert_eq!(diary.read(), ["fine", "failing", "failing"]);
}

#[tokio::test(start_paused = true)]
async fn an_entrypoint_that_is_tried_again_finds_the_results_of_its_first_attempt() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |(): (), cx: EntryContext<u32>| {
        let diary = noted.clone();
        async move {
            let fine = |()| noting(diary.clone(), "fine".into(), cx.attempt());
            let fine = cx.task("fine", &(), fine).await?;
            NodeResult::Ok(fine + cx.task("failing", &(), failing(&diary)).await?)
        }
    };
    let workflow = Entrypoint::new("fails", run).retry(RetryPolicy::default());
    let workflow = workflow.compile().unwrap();
    assert_eq!(done(workflow.thread("t").invoke(()).await), 8);
    assert_eq!(diary.read(), ["fine", "failing", "failing"]);
}

#[tokio::test]
async fn the_error_of_a_task_can_be_caught_and_the_task_runs_again_when_the_entrypoint_does() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |(): (), cx: EntryContext<String>| {
        let diary = noted.clone();
        async move {
            let caught = cx.task("failing", &(), failing(&diary)).await.is_err();
            let answer: String = cx.interrupt("?")?;
            NodeResult::Ok(format!("{caught} {answer}"))
        }
    };
    let workflow = Entrypoint::new("catches", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    asked(workflow.thread("t").invoke(()).await);
    assert_eq!(done(workflow.thread("t").resume("yes").await), "false yes");
    assert_eq!(diary.count("failing"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_asked_for_is_recorded_after_the_last_attempt() {
    let diary = Diary::default();
    let noted = diary.clone();
    let run = move |attempts: u32, cx: EntryContext<String>| {
        let diary = noted.clone();
        async move {
            let spec = TaskSpec::new("failing").retry(retry(attempts, |_| true));
            let result = cx.try_task(spec, &(), failing(&diary)).await?;
            let said = match result {
                Ok(result) => result.to_string(),
                Err(failure) => format!("{} {}", failure.attempts, failure.message()),
            };
            let () = cx.interrupt("?")?;
            NodeResult::Ok(said)
        }
    };
    let workflow = Entrypoint::new("catches", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    asked(workflow.thread("t").invoke(1).await);
    assert_eq!(done(workflow.thread("t").resume(()).await), "1 broken");
    assert_eq!(diary.count("failing"), 1);
}
