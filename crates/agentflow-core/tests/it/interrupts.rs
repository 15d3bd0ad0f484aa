//! Questions, their answers, and what runs again for them.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, NodeContext, NodeError, NodeResult, Outcome, RetryPolicy, RunError, START,
    StateGraph,
};

use crate::support::{Diary, Notes, Tampered, asked, done, line, step};

fn one<F, Fut>(node: F) -> CompiledGraph<Notes>
where
    F: Fn(Arc<Notes>, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<crate::support::NotesUpdate>> + Send + 'static,
{
    let graph = StateGraph::new()
        .add_node("ask", node)
        .add_edge(START, "ask");
    graph.compile_with(MemoryCheckpointer::new()).unwrap()
}

fn two_side_by_side() -> CompiledGraph<Notes> {
    let asks = |_: Arc<Notes>, cx: NodeContext| async move {
        let answer: String = cx.interrupt(format!("{}?", cx.node()))?;
        NodeResult::Ok(line(format!("{}: {answer}", cx.node())))
    };
    StateGraph::new()
        .add_node("a", asks)
        .add_node("b", asks)
        .add_node("c", step)
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_edge(START, "c")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

#[tokio::test]
async fn a_node_runs_again_from_its_first_line_with_each_answer_in_its_place() {
    let diary = Diary::default();
    let graph = one({
        let diary = diary.clone();
        move |_, cx| {
            let diary = diary.clone();
            async move {
                diary.note("begins");
                let first: String = cx.interrupt("first?")?;
                let second: String = cx.interrupt("second?")?;
                Ok(line(format!("{first} {second}")))
            }
        }
    });
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["first?"]);
    assert_eq!(asked(thread.resume("1").await), ["second?"]);
    let state = thread.state().await.unwrap().unwrap();
    assert_eq!(
        (state.values, state.interrupts.len()),
        (Notes::default(), 1)
    );
    assert_eq!(done(thread.resume("2").await).log, ["1 2"]);
    assert_eq!(diary.count("begins"), 3);
}

#[tokio::test]
async fn a_node_may_ask_until_the_answer_is_good() {
    let graph = one(|_, cx: NodeContext| async move {
        let mut question = "how old are you?";
        loop {
            let answer: String = cx.interrupt(question)?;
            match answer.parse::<u32>() {
                Ok(age) if age >= 18 => return Ok(Notes::update().n(age)),
                _ => question = "invalid response",
            }
        }
    });
    let thread = graph.thread("t");
    assert_eq!(
        asked(thread.invoke(Notes::default()).await),
        ["how old are you?"]
    );
    assert_eq!(asked(thread.resume("13").await), ["invalid response"]);
    assert_eq!(asked(thread.resume("15").await), ["invalid response"]);
    assert_eq!(done(thread.resume("19").await).n, 19);
}

#[tokio::test]
async fn several_questions_are_answered_by_their_ids_some_now_and_some_later() {
    let graph = two_side_by_side();
    let thread = graph.thread("t");
    let outcome = thread.invoke(Notes::default()).await.unwrap();
    let Outcome::Interrupted { state, .. } = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(state.log, ["c"], "a sibling of a question finishes");
    let ids: Vec<_> = outcome
        .interrupts()
        .iter()
        .map(|asked| asked.id.clone())
        .collect();
    let ambiguous = thread.resume("x").await;
    assert!(
        matches!(&ambiguous, Err(RunError::AmbiguousAnswer { pending, .. }) if *pending == ids)
    );
    let unknown = thread.resume_each([("stale".into(), "x")]).await;
    assert!(matches!(&unknown, Err(RunError::UnknownInterrupt { pending, .. }) if *pending == ids));
    assert_eq!(
        asked(thread.resume_each([(ids[1].clone(), "2")]).await),
        ["b?".replace('b', "a")]
    );
    let again = thread.resume_each([(ids[1].clone(), "3")]).await;
    assert!(
        matches!(again, Err(RunError::UnknownInterrupt { .. })),
        "`b` is finished"
    );
    assert_eq!(done(thread.resume("1").await).log, ["a: 1", "b: 2", "c"]);
    assert!(matches!(
        thread.resume("x").await,
        Err(RunError::NothingToResume { .. })
    ));
}

#[tokio::test]
async fn nothing_is_an_answer_like_any_other() {
    let cases: [(&str, serde_json::Value); 5] = [
        ("null", serde_json::Value::Null),
        ("false", false.into()),
        ("zero", 0.into()),
        ("an empty text", "".into()),
        ("an empty list", serde_json::json!([])),
    ];
    for (name, answer) in cases {
        let graph = one(|_, cx: NodeContext| async move {
            let answer: serde_json::Value = cx.interrupt("?")?;
            Ok(line(answer.to_string()))
        });
        let thread = graph.thread("t");
        asked(thread.invoke(Notes::default()).await);
        assert_eq!(
            done(thread.resume(answer.clone()).await).log,
            [answer.to_string()],
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_does_not_decode_leaves_only_its_own_question_open() {
    let graph = one(|_, cx: NodeContext| async move {
        let word: String = cx.interrupt("a word?")?;
        let number: u32 = cx.interrupt("a number?")?;
        Ok(line(format!("{word} {number}")))
    });
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    asked(thread.resume("one").await);
    let error = thread.resume("not a number").await.unwrap_err();
    assert!(matches!(error, RunError::NodeFailed { .. }), "{error:?}");
    let open = thread.state().await.unwrap().unwrap().interrupts;
    assert_eq!(
        open.iter()
            .map(|asked| asked.payload.clone())
            .collect::<Vec<_>>(),
        ["a number?"]
    );
    assert_eq!(done(thread.resume(2).await).log, ["one 2"]);
}

#[tokio::test]
async fn a_bad_answer_beside_an_open_question_can_be_given_again() {
    let asks = |_: Arc<Notes>, cx: NodeContext| async move {
        let answer: u32 = cx.interrupt(format!("{}?", cx.node()))?;
        NodeResult::Ok(line(format!("{}: {answer}", cx.node())))
    };
    let graph = StateGraph::new()
        .add_node("a", asks)
        .add_node("b", asks)
        .add_edge(START, "a")
        .add_edge(START, "b")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let outcome = thread.invoke(Notes::default()).await.unwrap();
    let ids: Vec<_> = outcome
        .interrupts()
        .iter()
        .map(|asked| asked.id.clone())
        .collect();
    assert!(thread.resume_each([(ids[0].clone(), "bad")]).await.is_err());
    let outcome = thread
        .resume_each([(ids[0].clone(), 1), (ids[1].clone(), 2)])
        .await;
    assert_eq!(done(outcome).log, ["a: 1", "b: 2"]);
}

#[tokio::test]
async fn a_node_that_swallows_its_question_still_waits() {
    let swallows = |_: Arc<Notes>, cx: NodeContext| async move {
        let answer = cx
            .interrupt::<String>("?")
            .unwrap_or_else(|_| "nobody".into());
        NodeResult::Ok(line(answer))
    };
    let turns_it_into_a_failure = |_: Arc<Notes>, cx: NodeContext| async move {
        let answer = cx.interrupt::<String>("?");
        NodeResult::Ok(line(answer.map_err(|_| NodeError::failed("no answer"))?))
    };
    for graph in [one(swallows), one(turns_it_into_a_failure)] {
        let thread = graph.thread("t");
        assert_eq!(asked(thread.invoke(Notes::default()).await), ["?"]);
        assert_eq!(done(thread.resume("me").await).log, ["me"]);
    }
}

#[tokio::test]
async fn a_question_is_no_failure_to_be_tried_again() {
    let diary = Diary::default();
    let node = {
        let diary = diary.clone();
        move |_: Arc<Notes>, cx: NodeContext| {
            diary.note("runs");
            async move { NodeResult::Ok(line(cx.interrupt::<String>("?")?)) }
        }
    };
    let graph = StateGraph::new()
        .add_node("ask", node)
        .add_edge(START, "ask")
        .retry("ask", RetryPolicy::default())
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    asked(graph.thread("t").invoke(Notes::default()).await);
    assert_eq!(diary.count("runs"), 1);
}

#[tokio::test]
async fn questions_that_are_named_keep_their_answers_when_their_order_changes() {
    let turn = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let graph = one(move |_, cx| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            let names = if turn == 0 { ["a", "b"] } else { ["b", "a"] };
            let both = names.map(|name| cx.interrupt_keyed::<String>(name, name));
            let [first, second] = both;
            Ok(line(format!(
                "{}={} {}={}",
                names[0], first?, names[1], second?
            )))
        }
    });
    let thread = graph.thread("t");
    let outcome = thread.invoke(Notes::default()).await.unwrap();
    let answers = outcome
        .interrupts()
        .into_iter()
        .map(|asked| (asked.id.clone(), asked.payload.clone()));
    assert_eq!(done(thread.resume_each(answers).await).log, ["b=b a=a"]);
}

#[tokio::test]
async fn only_the_questions_of_the_last_pause_are_open() {
    // A node that asks something else the second time.
    let turn = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let graph = one(move |_, cx| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            Ok(line(cx.interrupt_keyed::<String>(
                &turn.min(1).to_string(),
                turn,
            )?))
        }
    });
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    asked(thread.proceed().await);
    assert_eq!(done(thread.resume("the last").await).log, ["the last"]);
}

#[tokio::test]
async fn a_new_input_at_an_open_question_gives_the_question_up() {
    let graph = two_side_by_side();
    let thread = graph.thread("t");
    let old = thread.invoke(Notes::default()).await.unwrap().interrupts()[0]
        .id
        .clone();
    let outcome = thread.invoke(Notes::with(&["again"])).await.unwrap();
    let Outcome::Interrupted { state, .. } = &outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        state.log,
        ["again", "c"],
        "what `c` wrote before was given up with it"
    );
    let stale = thread.resume_each([(old, "x")]).await;
    assert!(
        matches!(stale, Err(RunError::UnknownInterrupt { .. })),
        "{stale:?}"
    );
}

#[tokio::test]
async fn a_question_asked_twice_under_one_name_is_one_question() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        let first = cx.interrupt_keyed::<String>("approve", "?");
        let second = cx.interrupt_keyed::<String>("approve", "?");
        NodeResult::Ok(line(format!("{} {}", first?, second?)))
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .compile_with(Tampered::new())
        .unwrap();
    let thread = graph.thread("t");
    let paused = thread.invoke(Notes::default()).await.unwrap();
    assert_eq!(paused.interrupts().len(), 1);
    assert_eq!(done(thread.resume("yes").await).log, ["yes yes"]);
}
