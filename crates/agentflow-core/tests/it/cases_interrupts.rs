//! The cases about questions, their answers, and breakpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::{CheckpointSource, MemoryCheckpointer};
use agentflow_core::{
    CompiledGraph, END, Goto, InterruptId, NodeContext, NodeResult, RetryPolicy, RunInput, START,
    Send, State, StateGraph, StateUpdate,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cases_rig::{concat, finished, history, next, paused, results, standing, updates};
use crate::support::Diary;

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Person {
    age: Option<u32>,
}

#[tokio::test]
async fn c28_a_node_asks_until_the_answer_is_good() {
    let node = |_: Arc<Person>, cx: NodeContext| async move {
        let mut question = "How old are you?";
        loop {
            let answer: String = cx.interrupt(question)?;
            match answer.parse::<u32>() {
                Ok(age) if age >= 18 => return NodeResult::Ok(Person::update().age(age)),
                _ => question = "invalid response",
            }
        }
    };
    let graph = StateGraph::new()
        .add_node("node", node)
        .add_edge(START, "node");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let first = updates(&thread, Person::default()).await;
    assert_eq!(first, [json!({ "asks": "How old are you?" })]);
    for (answer, then) in [
        ("13", json!({ "asks": "invalid response" })),
        ("15", json!({ "asks": "invalid response" })),
        ("19", json!({ "node": { "age": 19 } })),
    ] {
        let events = updates(&thread, RunInput::answer(answer).unwrap()).await;
        assert_eq!(events, [then], "{answer}");
    }
    assert_eq!(standing(&thread).await.values, Person { age: Some(19) });
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Asked {
    prompt: String,
    #[state(reducer = append)]
    human_inputs: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Survey {
    prompts: Vec<String>,
    #[state(reducer = append)]
    human_inputs: Vec<String>,
}

/// A graph that sends each prompt to a graph inside, whose nodes ask one question each.
fn survey(questions: &[&str]) -> CompiledGraph<Survey> {
    let asks = |asked: Arc<Asked>, cx: NodeContext| async move {
        let answer: String = cx.interrupt(format!("{}: {}", cx.node(), asked.prompt))?;
        NodeResult::Ok(Asked::update().human_inputs([answer]))
    };
    let child = questions.iter().fold(StateGraph::new(), |child, node| {
        child.add_node(*node, asks).add_edge(START, *node)
    });
    let send = |survey: &Survey| {
        let prompts = survey.prompts.iter();
        prompts
            .map(|prompt| Send::new("child_graph", prompt.clone()))
            .collect::<Vec<_>>()
    };
    let takes = |prompt: &String| Asked {
        prompt: prompt.clone(),
        ..Asked::default()
    };
    let gives = |asked: Asked| Survey::update().human_inputs(asked.human_inputs);
    let cleanup = |_: Arc<Survey>, _: NodeContext| async { NodeResult::Ok(()) };
    StateGraph::new()
        .add_send_subgraph("child_graph", child.compile().unwrap(), takes, gives)
        .add_node("cleanup", cleanup)
        .add_conditional_edges(START, send, ["child_graph"])
        .add_edge("child_graph", "cleanup")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

/// What each run shows, until the first open question after each was answered.
async fn answered_one_by_one(graph: &CompiledGraph<Survey>) -> (Survey, Vec<Vec<Value>>) {
    let thread = graph.thread("t");
    let prompts = ["a", "b"].map(str::to_owned).into();
    let mut input = RunInput::from(Survey {
        prompts,
        ..Survey::default()
    });
    let mut events = Vec::new();
    loop {
        events.push(updates(&thread, input).await);
        let stands = standing(&thread).await;
        let Some(first) = stands.interrupts.first() else {
            return (stands.values, events);
        };
        let answer = format!("Resume #{}", events.len());
        let answers: [(InterruptId, String); 1] = [(first.id.clone(), answer)];
        input = RunInput::answers(answers).unwrap();
    }
}

#[tokio::test]
async fn c31_graphs_side_by_side_are_answered_one_at_a_time_and_the_first_shows_as_cached() {
    let graph = survey(&["ask"]);
    let (state, events) = answered_one_by_one(&graph).await;
    let asks = |prompt: &str| json!({ "asks": format!("ask: {prompt}") });
    let wrote = |answer: &str| json!({ "human_inputs": [answer] });
    assert_eq!(events.len(), 3);
    assert_eq!(events[0], [asks("a"), asks("b")]);
    assert_eq!(
        events[1],
        [json!({ "child_graph": wrote("Resume #1") }), asks("b")]
    );
    let cached = json!({ "child_graph": wrote("Resume #1"), "cached": true });
    let second = json!({ "child_graph": wrote("Resume #2") });
    assert_eq!(events[2], [cached, second, json!({ "cleanup": null })]);
    assert_eq!(state.human_inputs, ["Resume #1", "Resume #2"]);
}

#[tokio::test]
async fn c31_two_questions_in_each_of_two_graphs_take_five_runs() {
    let graph = survey(&["ask", "ask_again"]);
    let (state, events) = answered_one_by_one(&graph).await;
    assert_eq!(events.len(), 5);
    let answers = [1, 2, 3, 4].map(|number| format!("Resume #{number}"));
    assert_eq!(state.human_inputs, answers);
    assert_eq!(events[4].last(), Some(&json!({ "cleanup": null })));
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Order {
    #[state(reducer = concat)]
    my_key: String,
    market: String,
}

fn order(my_key: &str, market: &str) -> Order {
    Order {
        my_key: my_key.into(),
        market: market.into(),
    }
}

/// `tool_two`, which asks in one market, beside a send to `tool_one`.
fn two_tools(runs: &Diary) -> StateGraph<Order> {
    let noted = runs.clone();
    let tool_one = move |_: Arc<Order>, _: NodeContext| {
        noted.note("tool_one");
        async { NodeResult::Ok(Order::update().my_key(" one".to_owned())) }
    };
    let noted = runs.clone();
    let tool_two = move |order: Arc<Order>, cx: NodeContext| {
        noted.note("tool_two");
        async move {
            let answer = match order.market.as_str() {
                "DE" => cx.interrupt("Just because...")?,
                _ => " all good".to_owned(),
            };
            NodeResult::Ok(Order::update().my_key(answer))
        }
    };
    let both = |order: &Order| {
        let send = Send::new("tool_one", order.clone());
        vec![Goto::Node("tool_two".into()), Goto::Send(send)]
    };
    StateGraph::new()
        .add_node("tool_one", tool_one)
        .add_node("tool_two", tool_two)
        .retry("tool_two", RetryPolicy::default())
        .add_conditional_edges(START, both, ["tool_one", "tool_two"])
}

#[tokio::test]
async fn c34_a_question_beside_a_send_keeps_what_the_send_wrote() {
    let runs = Diary::default();
    let graph = two_tools(&runs).compile().unwrap();
    let outcome = graph.thread("t").invoke(order("value", "DE")).await;
    assert_eq!(
        paused(outcome),
        (order("value one", "DE"), vec![json!("Just because...")])
    );
    assert_eq!(
        (runs.count("tool_one"), runs.count("tool_two")),
        (1, 1),
        "it is not retried"
    );
    let state = finished(graph.thread("t").invoke(order("value", "US")).await);
    assert_eq!(state, order("value all good one", "US"));

    let graph = two_tools(&runs)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("resumed");
    let one_wrote = json!({ "my_key": " one" });
    let first = updates(&thread, order("value", "DE")).await;
    assert_eq!(
        first,
        [
            json!({ "tool_one": one_wrote }),
            json!({ "asks": "Just because..." })
        ]
    );
    let second = updates(&thread, RunInput::answer(" my answer").unwrap()).await;
    let cached = json!({ "tool_one": one_wrote, "cached": true });
    assert_eq!(
        second,
        [cached, json!({ "tool_two": { "my_key": " my answer" } })]
    );
    assert_eq!(
        standing(&thread).await.values,
        order("value my answer one", "DE")
    );
}

#[tokio::test]
async fn c34_an_update_as_end_gives_the_question_up_and_keeps_what_was_written() {
    let graph = two_tools(&Diary::default())
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert_eq!(
        paused(thread.invoke(order("value", "DE")).await).0,
        order("value one", "DE")
    );
    let all = history(&thread).await;
    let made: Vec<_> = all.iter().map(|it| (it.source, it.step.0)).collect();
    assert_eq!(
        made,
        [(CheckpointSource::Loop, 0), (CheckpointSource::Input, -1)]
    );
    let stands = standing(&thread).await;
    assert_eq!(
        (stands.values.clone(), next(&stands)),
        (order("value one", "DE"), vec!["tool_two"])
    );
    let written = json!({ "my_key": " one" });
    assert_eq!(
        results(&stands.tasks),
        [("tool_two", None), ("tool_one", Some(written))]
    );
    assert_eq!(stands.tasks[0].interrupts.len(), 1);

    let end = StateUpdate::as_node(END, OrderUpdate::default());
    thread.update_state(end).await.unwrap();
    let stands = standing(&thread).await;
    assert_eq!(
        (&stands.values, next(&stands)),
        (&order("value one", "DE"), vec![])
    );
    assert_eq!((stands.tasks.len(), stands.interrupts.len()), (0, 0));
    assert_eq!(
        (stands.source, stands.step.0),
        (CheckpointSource::Update, 1)
    );
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Input {
    input: String,
}

#[tokio::test]
async fn c35_questions_of_a_graph_that_is_called_as_a_function_are_asked_once_each() {
    let begun = Arc::new(AtomicU32::new(0));
    let asks = |counted: Option<Arc<AtomicU32>>| {
        move |_: Arc<Input>, cx: NodeContext| {
            if let Some(counted) = &counted {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            async move {
                let answer: String = cx.interrupt(format!("interrupt {}", cx.node()))?;
                NodeResult::Ok(Input::update().input(answer))
            }
        }
    };
    let child = StateGraph::new()
        .add_node("node_1", asks(Some(Arc::clone(&begun))))
        .add_node("node_2", asks(None))
        .add_sequence([START, "node_1", "node_2"])
        .compile()
        .unwrap();
    let calls = move |state: Arc<Input>, cx: NodeContext| {
        let child = child.clone();
        async move {
            let result: Input = cx.invoke(&child, (*state).clone()).await?;
            NodeResult::Ok(Input::update().input(result.input))
        }
    };
    let graph = StateGraph::new()
        .add_node("invoke_sub_agent", calls)
        .add_edge(START, "invoke_sub_agent")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let first = updates(
        &thread,
        Input {
            input: "test".into(),
        },
    )
    .await;
    assert_eq!(first, [json!({ "asks": "interrupt node_1" })]);
    let second = updates(&thread, RunInput::answer("123").unwrap()).await;
    assert_eq!(second, [json!({ "asks": "interrupt node_2" })]);
    let third = updates(&thread, RunInput::answer("456").unwrap()).await;
    assert_eq!(third, [json!({ "invoke_sub_agent": { "input": "456" } })]);
    assert_eq!(
        begun.load(Ordering::Relaxed),
        2,
        "once to ask, and once with its answer"
    );
}
