//! The agent: what it asks, what it answers, and how it ends.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Budget, CompiledGraph, Outcome, PauseReason, RetryPolicy, RunError, RunOptions, WaitsFor,
};
use agentflow_llm::{
    AgentState, AssistantMessage, Message, ModelError, ScriptedModel, ScriptedReply, ToolBox,
    ToolCall, ToolError, Usage, agent, tool_fn,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Notify;

#[derive(Deserialize, JsonSchema)]
struct Word {
    word: String,
}

/// `echo` answers, `missing` finds nothing, `slow` answers after `fast` has.
pub(crate) fn tools() -> ToolBox {
    let answered = Arc::new(Notify::new());
    let waits = Arc::clone(&answered);
    let slow = move |_: Word| {
        let waits = Arc::clone(&waits);
        async move {
            waits.notified().await;
            Ok("slow")
        }
    };
    let fast = move |_: Word| {
        answered.notify_one();
        async { Ok("fast") }
    };
    let missing = |args: Word| async move {
        Err::<&str, _>(ToolError::failed(format!("there is no `{}`", args.word)))
    };
    ToolBox::new()
        .with(tool_fn("echo", "Echoes.", |args: Word| async move {
            Ok(args.word)
        }))
        .with(tool_fn("missing", "Finds nothing.", missing))
        .with(tool_fn("slow", "Comes last.", slow))
        .with(tool_fn("fast", "Comes first.", fast))
}

pub(crate) fn call(tool: &str) -> ScriptedReply {
    ScriptedReply::call(tool, json!({ "word": "w" }))
}

pub(crate) fn question() -> AgentState {
    AgentState::of([Message::system("rules"), Message::user("question")])
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(Message::text).collect()
}

pub(crate) async fn said(graph: &CompiledGraph<AgentState>) -> Vec<Message> {
    let outcome = graph.thread("t").invoke(question()).await.unwrap();
    outcome.into_done().unwrap().messages
}

#[tokio::test]
async fn calls_are_answered_until_the_model_makes_none() {
    let two_calls = || call("slow").and_call("fast", json!({ "word": "w" }));
    let broken = || AssistantMessage::tool_calls([ToolCall::new("c", "echo", "{")]).into();
    for (name, first, answers) in [
        ("no call", None, &[][..]),
        ("one call", Some(call("echo")), &["w"]),
        (
            "two, answered the other way round",
            Some(two_calls()),
            &["slow", "fast"],
        ),
        (
            "a tool that fails",
            Some(call("missing")),
            &["error: there is no `w`"],
        ),
        (
            "a tool that is not there",
            Some(call("fly")),
            &["error: there is no tool `fly`; the tools are: echo, fast, missing, slow"],
        ),
        (
            "arguments that are no JSON",
            Some(broken()),
            &[
                "error: the arguments of `echo` are not valid JSON: EOF while parsing an object at line 1 column 1; send one complete JSON object",
            ],
        ),
    ] {
        let model = ScriptedModel::replies(first.into_iter().chain(["done".into()]));
        let messages = said(&agent(model.clone(), tools()).compile().unwrap()).await;
        let mut want = vec!["rules", "question"];
        if !answers.is_empty() {
            want.push("");
            want.extend(answers);
        }
        want.push("done");
        assert_eq!(texts(&messages), want, "{name}");
        let ids: HashSet<_> = messages
            .iter()
            .map(|message| message.id().unwrap())
            .collect();
        assert_eq!(ids.len(), messages.len(), "{name}");
        let asked = model.requests().pop().unwrap();
        assert_eq!(asked.messages, messages[..messages.len() - 1], "{name}");
        assert_eq!(asked.tools, tools().specs(), "{name}");
    }
}

#[tokio::test]
async fn an_answer_names_the_call_it_is_for() {
    let both = AssistantMessage::tool_calls([
        ToolCall::new("c1", "echo", r#"{"word": "1"}"#),
        ToolCall::new("c2", "echo", r#"{"word": "2"}"#),
    ]);
    let model = ScriptedModel::replies([both.into(), ScriptedReply::from("done")]);
    let messages = said(&agent(model, tools()).compile().unwrap()).await;
    for (place, call, text) in [(3, "c1", "1"), (4, "c2", "2")] {
        let answer = &messages[place];
        let want = Message::tool_result(call, text).with_id(answer.id().unwrap());
        assert_eq!(*answer, want);
    }
}

#[tokio::test]
async fn an_agent_without_steps_for_another_call_says_so_and_ends() {
    const SORRY: &str = "Sorry, need more steps to process this request.";
    // START and the agent take a superstep each, and each call two.
    for (step_limit, messages, last) in [
        (2, 3, SORRY),
        (3, 3, SORRY),
        (4, 5, SORRY),
        (5, 5, SORRY),
        (6, 7, "done"),
        (7, 7, "done"),
    ] {
        let model = ScriptedModel::replies([call("echo"), call("echo"), "done".into()]);
        let options = RunOptions {
            step_limit,
            ..RunOptions::default()
        };
        let graph = agent(model, tools()).compile().unwrap();
        let said = said(&graph.with_options(options)).await;
        assert_eq!(said.len(), messages, "{step_limit} steps: {said:?}");
        let want = Message::assistant(last).with_id(said[messages - 1].id().unwrap());
        assert_eq!(said[messages - 1], want, "{step_limit} steps");
    }
}

#[tokio::test]
async fn an_answered_call_is_not_made_again_when_another_fails_the_run() {
    let (echoed, failed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counts = Arc::clone(&echoed);
    let echo = move |args: Word| {
        counts.fetch_add(1, Ordering::Relaxed);
        async move { Ok(args.word) }
    };
    let breaks_once = move |_: Word| {
        let is_first = failed.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            // The other call is answered first.
            tokio::task::yield_now().await;
            match is_first {
                true => Err(ToolError::fatal(
                    "reading",
                    io::Error::other("disk on fire"),
                )),
                false => Ok("read"),
            }
        }
    };
    let tools = ToolBox::new()
        .with(tool_fn("echo", "Echoes.", echo))
        .with(tool_fn("read", "Reads.", breaks_once));
    let calls = call("echo").and_call("read", json!({ "word": "w" }));
    let model = ScriptedModel::replies([calls, "done".into()]);
    let graph = agent(model, tools)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let error = thread.invoke(question()).await.unwrap_err();
    assert!(matches!(&error, RunError::NodeFailed { node, .. } if node.as_str() == "tools"));
    let done = thread.proceed().await.unwrap().into_done().unwrap();
    assert_eq!(
        texts(&done.messages),
        ["rules", "question", "", "w", "read", "done"]
    );
    assert_eq!(echoed.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn only_an_error_of_the_model_that_may_pass_is_tried_again() {
    let unreachable = || ModelError::Unreachable {
        address: "https://example.org".into(),
        source: "no route".into(),
    };
    let exhausted = || ModelError::ScriptExhausted {
        given: 0,
        prompt: String::new(),
    };
    for (name, error, want) in [
        ("may pass", unreachable(), Ok("done")),
        ("stays", exhausted(), Err(1)),
    ] {
        let model = ScriptedModel::replies([error.into(), ScriptedReply::from("done")]);
        let graph = agent(model, tools()).retry("agent", RetryPolicy::default());
        let outcome = graph
            .compile()
            .unwrap()
            .thread("t")
            .invoke(question())
            .await;
        match (outcome, want) {
            (Ok(outcome), Ok(want)) => {
                let messages = outcome.into_done().unwrap().messages;
                assert_eq!(messages.last().unwrap().text(), want, "{name}");
            }
            (Err(RunError::NodeFailed { attempt, .. }), Err(want)) => {
                assert_eq!(attempt, want, "{name}");
            }
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_replies_cost_is_taken_from_the_budget() {
    let costs = |reply: ScriptedReply| {
        let mut usage = Usage::tokens(60, 20);
        usage.cost_micro_usd = Some(5);
        reply.usage(usage)
    };
    let model = ScriptedModel::replies([costs(call("echo")), costs("done".into())]);
    let options = RunOptions {
        budget: Budget {
            cost_micros: Some(5),
            ..Budget::default()
        },
        ..RunOptions::default()
    };
    let graph = agent(model, tools()).compile_with(MemoryCheckpointer::new());
    let graph = graph.unwrap().with_options(options);
    let outcome = graph.thread("t").invoke(question()).await.unwrap();
    let Outcome::Interrupted { interrupt, .. } = outcome else {
        panic!("the budget is spent")
    };
    let waits_for = interrupt.waits_for;
    assert!(
        matches!(waits_for, WaitsFor::Proceed(PauseReason::BudgetSpent(_))),
        "{waits_for:?}"
    );
}
