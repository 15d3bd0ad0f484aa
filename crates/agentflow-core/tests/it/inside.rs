//! Graphs inside graphs: what they remember, and what they give back.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, CompiledGraph, Input, NodeContext, NodeError, NodeResult, Outcome, Persistence, START,
    Send, StateGraph, View,
};
use serde::{Deserialize, Serialize};

use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, row, step};

/// Asks in the middle, and overwrites a field twice.
fn shared() -> CompiledGraph<Notes> {
    let ask = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.interrupt::<String>("?")?).last("first".to_owned()))
    };
    StateGraph::new()
        .add_node("i1", step)
        .add_node("i2", ask)
        .add_node("i3", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update_n(5).last("second".to_owned()))
        })
        .add_edge(START, "i1")
        .add_sequence(["i1", "i2", "i3"])
        .compile()
        .unwrap()
}

#[tokio::test]
async fn a_shared_subgraph_gives_back_what_it_wrote_and_nothing_twice_also_after_a_pause() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = || {
        row(&["before"])
            .add_shared_subgraph("sub", shared())
            .add_node("after", step)
            .add_sequence(["before", "sub", "after"])
            .compile_with(Arc::clone(&store))
            .unwrap()
    };
    let input = Notes {
        n: 1,
        ..Notes::with(&["in"])
    };
    assert_eq!(asked(graph().thread("t").invoke(input).await), ["?"]);
    let ended = done(graph().thread("t").resume("answer").await);
    assert_eq!(ended.log, ["in", "before", "i1", "answer", "after"]);
    assert_eq!((ended.n, ended.last.as_deref()), (6, Some("second")));
}

#[tokio::test]
async fn a_shared_subgraph_that_overwrites_gives_back_what_that_came_to() {
    let inner = StateGraph::new()
        .add_node("i1", step)
        .add_node("i2", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update().overwrite_log(vec!["over".to_owned()]))
        })
        .add_node("i3", step)
        .add_edge(START, "i1")
        .add_sequence(["i1", "i2", "i3"])
        .compile()
        .unwrap();
    let graph = row(&["before"])
        .add_shared_subgraph("sub", inner)
        .add_edge("before", "sub")
        .compile()
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["over", "i3"]
    );
}

fn counting(persistence: Persistence) -> CompiledGraph<Notes> {
    StateGraph::new()
        .add_node("one", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update_n(1))
        })
        .add_edge(START, "one")
        .compile()
        .unwrap()
        .with_persistence(persistence)
}

#[tokio::test]
async fn what_a_graph_inside_remembers_is_as_it_was_told() {
    for (persistence, want) in [
        (Persistence::PerTask, ["1", "1"]),
        (Persistence::PerThread, ["1", "2"]),
        (Persistence::None, ["1", "1"]),
    ] {
        let inner = counting(persistence);
        let graph = StateGraph::new()
            .add_subgraph(
                "sub",
                inner,
                |_| Notes::default(),
                |inner| line(inner.n.to_string()),
            )
            .add_edge(START, "sub")
            .compile_with(MemoryCheckpointer::new())
            .unwrap();
        let thread = graph.thread("t");
        done(thread.invoke(Notes::default()).await);
        let ended = done(thread.invoke(Notes::default()).await);
        assert_eq!(ended.log, want, "{persistence:?}");
    }
}

#[tokio::test]
async fn a_replay_finds_a_graph_that_lives_with_the_thread_as_it_was_then() {
    let inner = counting(Persistence::PerThread);
    let graph = StateGraph::new()
        .add_subgraph(
            "sub",
            inner,
            |_| Notes::default(),
            |inner| line(inner.n.to_string()),
        )
        .add_edge(START, "sub")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    for _ in 0..3 {
        done(thread.invoke(Notes::default()).await);
    }
    let second = thread
        .snapshots(agentflow_core::HistoryQuery::default())
        .await
        .unwrap();
    let before_second = second
        .iter()
        .find(|at| at.values.log == ["1"] && at.next == [agentflow_core::NodeId::from("sub")])
        .unwrap();
    let replayed = done(thread.clone().at(before_second.checkpoint).proceed().await);
    assert_eq!(replayed.log, ["1", "2"]);
    let on = done(thread.invoke(Notes::default()).await);
    assert_eq!(on.log, ["1", "2", "3"], "and goes on from there");
}

#[tokio::test]
async fn graphs_called_as_functions_are_told_apart_and_sends_need_a_key() {
    let inner = counting(Persistence::PerThread);
    let calls = {
        let inner = inner.clone();
        move |_: Arc<Notes>, cx: NodeContext| {
            let inner = inner.clone();
            async move {
                let first = cx
                    .invoke(
                        &inner,
                        Notes {
                            n: 10,
                            ..Notes::default()
                        },
                    )
                    .await?;
                let second = cx.invoke(&inner, Notes::default()).await?;
                NodeResult::Ok(line(format!("{} {}", first.n, second.n)))
            }
        }
    };
    let sent = move |key: Arc<String>, cx: NodeContext| {
        let inner = inner.clone();
        async move {
            let ended = if key.is_empty() {
                cx.invoke(&inner, Notes::default()).await?
            } else {
                cx.invoke_keyed(&key, &inner, Notes::default()).await?
            };
            NodeResult::Ok(line(format!("{key} {}", ended.n)))
        }
    };
    let graph = StateGraph::new()
        .add_node("calls", calls)
        .add_send_node("sent", sent)
        .add_edge(START, "calls")
        .add_conditional_edges(
            "calls",
            |notes: &Notes| {
                let keys: &[&str] = if notes.n == 0 {
                    &["a|b", "c"]
                } else {
                    &["", "c"]
                };
                keys.iter()
                    .map(|key| Send::new("sent", (*key).to_owned()))
                    .collect::<Vec<_>>()
            },
            ["sent"],
        )
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let ended = done(thread.invoke(Notes::default()).await);
    assert_eq!(ended.log, ["11 1", "a|b 1", "c 1", "22 2", "a|b 2", "c 2"]);
    let error = thread
        .invoke(Notes {
            n: 1,
            ..Notes::default()
        })
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("give each a name by `invoke_keyed`"),
        "{source}"
    );
}

#[tokio::test]
async fn a_command_goes_to_the_nearest_graph_around_and_ends_this_one() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("i1", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::<NotesUpdate>::Err(NodeError::to_parent::<Notes>(
                Command::update(line("told")).and_goto("there"),
            ))
        })
        .add_node("never", diary.node())
        .add_edge(START, "i1")
        .add_edge("i1", "never")
        .compile()
        .unwrap();
    let outer = |inner: CompiledGraph<Notes>| {
        StateGraph::new()
            .add_subgraph("sub", inner, |_| Notes::default(), |_| line("not this"))
            .add_node("there", step)
            .add_edge(START, "sub")
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
    };
    let graph = outer(inner.clone());
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["told", "there"]
    );
    assert_eq!(diary.read(), [""; 0]);
    let error = inner
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("this graph is the outermost"),
        "{error}"
    );
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, View)]
#[view(of = Notes)]
struct Answer {
    log: Vec<String>,
}

#[derive(Clone, Debug, Input)]
#[input(of = Notes)]
struct Question {
    last: Option<String>,
}

#[tokio::test]
async fn a_graph_takes_and_gives_types_of_its_own_also_inside_another() {
    let reads = |answer: Arc<Answer>, _: NodeContext| async move {
        NodeResult::Ok(line(format!("{} before", answer.log.len())))
    };
    let graph = StateGraph::<Notes>::new()
        .with_input::<Question>()
        .with_output::<Answer>()
        .add_node("greet", |notes: Arc<Notes>, _: NodeContext| async move {
            NodeResult::Ok(line(notes.last.clone().unwrap_or_default()))
        })
        .add_node("reads", reads)
        .add_edge(START, "greet")
        .add_edge("greet", "reads")
        .compile()
        .unwrap();
    let question = || Question {
        last: Some("hello".to_owned()),
    };
    let outcome = graph.thread("t").invoke(question()).await.unwrap();
    let want = Answer {
        log: vec!["hello".to_owned(), "1 before".to_owned()],
    };
    assert_eq!(outcome, Outcome::Done(want));
    let outer = StateGraph::new()
        .add_subgraph(
            "sub",
            graph,
            move |_| question(),
            |answer| Notes::update().log(answer.log),
        )
        .add_edge(START, "sub")
        .compile()
        .unwrap();
    let ended = done(outer.thread("t").invoke(Notes::default()).await);
    assert_eq!(ended.log, ["hello", "1 before"]);
}
