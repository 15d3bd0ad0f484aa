//! How often and after which waits a model is asked again. Time is tokio's, and paused.

use agentflow_llm::{
    ChatModel, ChatRequest, Jitter, ModelError, Retry, RetryPolicy, ScriptedModel, ScriptedReply,
};
use tokio::time::Instant;

use crate::faults::{fault, limited, overloaded};

fn exact() -> RetryPolicy {
    RetryPolicy {
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    }
}

struct Run {
    reply: Result<String, String>,
    asked: usize,
    waited: f64,
}

async fn run(policy: RetryPolicy, errors: Vec<ModelError>) -> Run {
    let replies = errors.into_iter().map(ScriptedReply::from);
    let inner = ScriptedModel::replies(replies.chain(["done".into()]));
    let start = Instant::now();
    let reply = Retry::with_policy(inner.clone(), policy)
        .complete(ChatRequest::user("hi"))
        .await;
    Run {
        reply: reply
            .map(|reply| reply.text().to_owned())
            .map_err(|error| error.to_string()),
        asked: inner.requests().len(),
        waited: start.elapsed().as_secs_f64(),
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_a_limit_and_end_with_the_last_error() {
    let five = RetryPolicy {
        retries_max: 6,
        ..exact()
    };
    let none = RetryPolicy {
        retries_max: 0,
        ..exact()
    };
    for (policy, errors, is_ok, asked, waited) in [
        (exact(), 0, true, 1, 0.0),
        (exact(), 1, true, 2, 1.0),
        (exact(), 2, true, 3, 3.0),
        (exact(), 3, true, 4, 7.0),
        (exact(), 4, false, 4, 7.0),
        (none, 1, false, 1, 0.0),
        (five, 6, true, 7, 1.0 + 2.0 + 4.0 + 8.0 + 8.0 + 8.0),
    ] {
        let errors: Vec<_> = (0..errors).map(|_| overloaded()).collect();
        let run = run(policy, errors).await;
        assert_eq!(
            (run.reply.is_ok(), run.asked),
            (is_ok, asked),
            "{:?}",
            run.reply
        );
        // The timer counts whole milliseconds.
        assert!(
            (run.waited - waited).abs() < 0.1,
            "{} for {waited}",
            run.waited
        );
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_makes_a_wait_longer_and_at_most_double() {
    for _ in 0..20 {
        let run = run(
            RetryPolicy::default(),
            vec![overloaded(), overloaded(), overloaded()],
        )
        .await;
        assert_eq!(run.reply.as_deref(), Ok("done"));
        assert!((7.0..14.1).contains(&run.waited), "{}", run.waited);
    }
}

#[tokio::test(start_paused = true)]
async fn the_providers_wait_is_kept_unless_it_is_too_long() {
    for (asked_for, is_ok, waited) in [
        (30, true, 30.0),
        (0, true, 1.0),
        (60, true, 60.0),
        (61, false, 0.0),
    ] {
        let run = run(exact(), vec![limited(asked_for)]).await;
        assert_eq!(run.reply.is_ok(), is_ok, "{asked_for}: {:?}", run.reply);
        assert!(
            (run.waited - waited).abs() < 0.1,
            "{asked_for}: {}",
            run.waited
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_not_asked_again() {
    for error in [
        ModelError::Authentication { fault: fault() },
        ModelError::InsufficientCredit { fault: fault() },
        ModelError::ContextLength { fault: fault() },
        ModelError::BadRequest { fault: fault() },
        ModelError::ContentFiltered { fault: fault() },
        ModelError::NotFound { fault: fault() },
    ] {
        let want = error.to_string();
        let run = run(exact(), vec![error]).await;
        assert_eq!((run.reply, run.asked, run.waited), (Err(want), 1, 0.0));
    }
}

#[tokio::test(start_paused = true)]
async fn every_attempt_sends_the_same_request() {
    let replies = [overloaded().into(), ScriptedReply::from("done")];
    let inner = ScriptedModel::replies(replies);
    let request = ChatRequest::user("hi").label("code/1");
    Retry::new(inner.clone())
        .complete(request.clone())
        .await
        .unwrap();
    assert_eq!(inner.requests(), [request.clone(), request]);
}
