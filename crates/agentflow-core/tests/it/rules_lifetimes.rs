//! How long a value stays in the state of a running graph.

use std::sync::{Arc, Mutex};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{END, NodeContext, NodeResult, START, Send, State, StateGraph, StateUpdate};
use serde::{Deserialize, Serialize};

/// A value that lives in this process only.
#[derive(Clone, Debug, Default)]
struct Handle(Arc<Mutex<Vec<String>>>);

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Errand {
    #[state(reducer = append)]
    log: Vec<String>,
    #[state(ephemeral)]
    hint: Option<String>,
    #[serde(skip)]
    #[state(untracked)]
    handle: Handle,
}

async fn count(errand: Arc<Errand>, cx: NodeContext) -> NodeResult<ErrandUpdate> {
    let seen = errand.handle.0.lock().unwrap().len();
    if errand.log.contains(&"asks".to_owned()) {
        cx.interrupt::<()>("?")?;
    }
    Ok(Errand::update().log([format!("saw {seen}")]))
}

#[tokio::test]
async fn an_untracked_value_in_a_sent_state_is_there_in_this_process_and_never_in_the_store() {
    let open = |_: Arc<Errand>, _: NodeContext| async {
        let handle = Handle::default();
        handle.0.lock().unwrap().push("opened".to_owned());
        NodeResult::Ok(Errand::update().handle(handle))
    };
    for (asks, want) in [(false, "saw 1"), (true, "saw 0")] {
        let graph = StateGraph::new()
            .add_node("open", open)
            .add_node("count", count)
            .add_edge(START, "open")
            .add_conditional_edges(
                "open",
                |errand: &Errand| Send::new("count", errand.clone()),
                ["count"],
            )
            .compile_with(MemoryCheckpointer::new())
            .unwrap();
        let thread = graph.thread("t");
        let log = if asks {
            vec!["asks".to_owned()]
        } else {
            vec![]
        };
        let input = Errand {
            log,
            ..Errand::default()
        };
        let mut outcome = thread.invoke(input).await.unwrap();
        let stored = thread.state().await.unwrap().unwrap().values;
        assert_eq!(stored.handle.0.lock().unwrap().len(), 0);
        if asks {
            outcome = thread.resume(()).await.unwrap();
        }
        let log = outcome.into_done().unwrap().log;
        assert_eq!(log.last().unwrap(), want, "asks: {asks}");
    }
}

#[tokio::test]
async fn an_ephemeral_value_is_seen_in_the_next_superstep_only() {
    let hints = |_: Arc<Errand>, _: NodeContext| async {
        NodeResult::Ok(Errand::update().hint("left".to_owned()))
    };
    let looks = |errand: Arc<Errand>, _: NodeContext| async move {
        NodeResult::Ok(Errand::update().log([format!("{:?}", errand.hint)]))
    };
    let graph = || {
        StateGraph::new()
            .add_node("a", hints)
            .add_node("b", looks)
            .add_node("c", looks)
            .add_edge(START, "a")
            .add_sequence(["a", "b", "c"])
            .add_edge("c", END)
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
    };
    let run = graph();
    let ended = run.thread("t").invoke(Errand::default()).await.unwrap();
    assert_eq!(ended.into_done().unwrap().log, [r#"Some("left")"#, "None"]);

    let paused = graph().interrupt_after(["a"]).unwrap();
    let thread = paused.thread("t");
    let _paused = thread.invoke(Errand::default()).await.unwrap();
    let hint = async || thread.state().await.unwrap().unwrap().values.hint;
    assert_eq!(hint().await.as_deref(), Some("left"));
    let silent = Errand::update().log(["from outside"]);
    thread
        .update_state(StateUpdate::as_node("b", silent))
        .await
        .unwrap();
    assert_eq!(
        hint().await,
        None,
        "an update that does not write it clears it"
    );
}
