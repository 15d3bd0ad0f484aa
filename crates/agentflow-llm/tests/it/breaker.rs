//! When a model is left alone, and for how long. Time is tokio's, and paused.

use std::time::Duration;

use agentflow_llm::{
    BreakerPolicy, ChatModel, CircuitBreaker, ModelError, ScriptedModel, ScriptedReply, Timeout,
};

use crate::faults::{fault, limited, overloaded};
use crate::layers::{Slow, request, seconds, streamed};

/// A breaker after two failures, for ten seconds, and the model inside.
fn breaker(replies: Vec<ScriptedReply>) -> (CircuitBreaker<ScriptedModel>, ScriptedModel) {
    let inner = ScriptedModel::replies(replies);
    let policy = BreakerPolicy {
        failures_max: 2,
        pause: seconds(10),
    };
    (CircuitBreaker::with_policy(inner.clone(), policy), inner)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_in_a_row_is_left_alone_and_tried_again() {
    let fails = || ScriptedReply::from(overloaded());
    let ok = || ScriptedReply::from("done");
    let wrong = || ScriptedReply::from(ModelError::BadRequest { fault: fault() });
    // Each step waits so many seconds; `true` is a request that reaches the model.
    for (name, replies, steps) in [
        (
            "a success between failures counts anew",
            vec![fails(), ok(), fails(), ok()],
            vec![(0, true), (0, true), (0, true), (0, true)],
        ),
        (
            "a request that is refused shows that the model is there",
            vec![fails(), wrong(), fails(), ok()],
            vec![(0, true), (0, true), (0, true), (0, true)],
        ),
        (
            "two failures in a row, and a trial that goes well",
            vec![fails(), fails(), ok(), ok()],
            vec![
                (0, true),
                (0, true),
                (0, false),
                (9, false),
                (1, true),
                (0, true),
            ],
        ),
        (
            "a trial that fails is paid for with another pause",
            vec![fails(), fails(), fails(), ok()],
            vec![(0, true), (0, true), (10, true), (9, false), (1, true)],
        ),
        (
            "a provider that asks for more time gets it",
            vec![fails(), limited(60).into(), ok()],
            vec![(0, true), (0, true), (59, false), (1, true)],
        ),
        (
            "a provider may ask for more time than there is",
            vec![fails(), limited(u64::MAX).into(), ok()],
            vec![(0, true), (0, true), (3600, false)],
        ),
    ] {
        let (model, inner) = breaker(replies);
        let mut asked = 0;
        for (step, (wait, reaches)) in steps.into_iter().enumerate() {
            tokio::time::sleep(seconds(wait)).await;
            let answer = model.complete(request()).await;
            asked += usize::from(reaches);
            assert_eq!(inner.requests().len(), asked, "{name}, step {step}");
            let is_open = matches!(answer, Err(ModelError::CircuitOpen { .. }));
            assert_eq!(is_open, !reaches, "{name}, step {step}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_learns_when_to_come_again() {
    let (model, _) = breaker(vec![overloaded().into(), overloaded().into()]);
    for _ in 0..2 {
        drop(model.complete(request()).await);
    }
    tokio::time::sleep(seconds(4)).await;
    let error = model.complete(request()).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(seconds(6)));
    let want = "the circuit to `scripted` is open after 2 failures in a row; ask again in 6s, or use another model";
    assert_eq!(error.to_string(), want);
}

#[tokio::test(start_paused = true)]
async fn one_request_at_a_time_is_the_trial_and_one_that_is_dropped_decides_nothing() {
    let policy = BreakerPolicy {
        failures_max: 1,
        pause: seconds(10),
    };
    let hangs = Timeout::new(Slow::new(), Duration::from_millis(500));
    let model = CircuitBreaker::with_policy(hangs, policy);
    drop(model.complete(request()).await);
    tokio::time::sleep(seconds(10)).await;
    let (trial, other) = tokio::join!(
        tokio::time::timeout(Duration::from_millis(1), model.complete(request())),
        model.complete(request())
    );
    assert!(trial.is_err());
    assert!(matches!(other, Err(ModelError::CircuitOpen { .. })));
    let next = model.complete(request()).await;
    assert!(matches!(next, Err(ModelError::Timeout { .. })));
}

#[tokio::test(start_paused = true)]
async fn how_a_stream_ends_decides_about_its_model() {
    let half = || ScriptedReply::from("half").then_fails(overloaded());
    let done = || ScriptedReply::from("done");
    for (name, replies, steps) in [
        (
            "two that break off, and trials",
            vec![half(), half(), half(), done(), done()],
            &[
                (0, true),
                (0, true),
                (0, false),
                (10, true),
                (0, false),
                (10, true),
                (0, true),
            ][..],
        ),
        (
            "one that comes to its end counts anew",
            vec![half(), done(), half(), done()],
            &[(0, true), (0, true), (0, true), (0, true)],
        ),
    ] {
        let (model, inner) = breaker(replies);
        for (wait, reaches) in steps {
            tokio::time::sleep(seconds(*wait)).await;
            let before = inner.requests().len();
            let (_, end) = streamed(&model).await;
            assert_eq!(
                inner.requests().len() - before,
                usize::from(*reaches),
                "{name}"
            );
            let is_open = matches!(end, Err(ModelError::CircuitOpen { .. }));
            assert_eq!(is_open, !reaches, "{name}");
        }
    }
}
