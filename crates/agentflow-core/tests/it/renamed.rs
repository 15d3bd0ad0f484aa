//! Graphs that changed under a paused thread, as they declared.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{NodeContext, NodeResult, RunError, START, Send, State, StateGraph};
use serde::{Deserialize, Serialize};

use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, step};

async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    let first: String = cx.interrupt("first?")?;
    let second: String = cx.interrupt("second?")?;
    Ok(line(first).log([second]))
}

#[tokio::test]
async fn a_renamed_node_goes_on_with_its_answers_its_effects_and_its_finished_siblings() {
    let store = Arc::new(MemoryCheckpointer::new());
    let diary = Diary::default();
    let graph = |names: [&'static str; 3]| {
        let [ask_name, sibling, worker] = names;
        let noted = diary.clone();
        let work = move |part: Arc<u32>, _: NodeContext| {
            noted.note(format!("work {part}"));
            std::future::ready(NodeResult::Ok(line(format!("part {part}"))))
        };
        let noted = diary.clone();
        let effect = move |notes: Arc<Notes>, cx: NodeContext| {
            let noted = noted.clone();
            async move {
                let effect = async || {
                    noted.note("effect");
                    NodeResult::Ok(())
                };
                cx.once("effect", effect).await?;
                ask(notes, cx).await
            }
        };
        StateGraph::new()
            .add_node(ask_name, effect)
            .add_node(sibling, diary.node())
            .add_send_node(worker, work)
            .add_edge(START, ask_name)
            .add_edge(START, sibling)
            .add_join([ask_name, sibling], "end")
            .add_node("end", step)
            .add_conditional_edges(START, move |_: &Notes| [Send::new(worker, 7_u32)], [worker])
    };
    let old = graph(["ask", "sibling", "worker"])
        .compile_with(Arc::clone(&store))
        .unwrap();
    let thread = old.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["first?"]);
    assert_eq!(asked(thread.resume("one").await), ["second?"]);

    let new = ["ask_person", "neighbour", "hand"];
    let undeclared = graph(new).compile_with(Arc::clone(&store)).unwrap();
    let error = undeclared.thread("t").resume("two").await.unwrap_err();
    assert!(
        matches!(&error, RunError::GraphChanged { node, .. } if node.as_str() == "ask"),
        "{error}"
    );
    assert!(
        error.to_string().contains("rename_node(\"ask\", …)"),
        "{error}"
    );

    let declared = graph(new)
        .rename_node("ask", "ask_human")
        .rename_node("ask_human", "ask_person")
        .rename_node("sibling", "neighbour")
        .rename_node("worker", "hand");
    let error = declared.compile_with(Arc::clone(&store)).unwrap_err();
    assert!(
        error.to_string().contains("the renaming of `ask`"),
        "{error}"
    );

    let declared = graph(new)
        .rename_node("ask", "ask_person")
        .rename_node("sibling", "neighbour")
        .rename_node("worker", "hand")
        .compile_with(Arc::clone(&store))
        .unwrap();
    let ended = done(declared.thread("t").resume("two").await);
    assert_eq!(ended.log, ["one", "two", "sibling", "part 7", "end"]);
    for what in ["effect", "sibling", "work 7"] {
        assert_eq!(diary.count(what), 1, "{what}");
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
#[state(version = 2, from = Notes)]
struct Titled {
    #[state(reducer = append)]
    lines: Vec<String>,
    count: u32,
}

impl From<Notes> for Titled {
    fn from(notes: Notes) -> Self {
        Self {
            lines: notes.log,
            count: notes.n * 10,
        }
    }
}

async fn ask_titled(_: Arc<Titled>, cx: NodeContext) -> NodeResult<TitledUpdate> {
    let answer: String = cx.interrupt("?")?;
    Ok(Titled::update().lines([answer]))
}

#[tokio::test]
async fn a_paused_thread_goes_on_with_the_state_that_its_own_became() {
    let store = Arc::new(MemoryCheckpointer::new());
    let old = StateGraph::new()
        .add_node("ask", |_: Arc<Notes>, cx: NodeContext| async move {
            NodeResult::Ok(line(cx.interrupt::<String>("?")?))
        })
        .add_edge(START, "ask")
        .compile_with(Arc::clone(&store))
        .unwrap();
    let input = Notes {
        n: 4,
        ..Notes::with(&["old"])
    };
    assert_eq!(asked(old.thread("t").invoke(input).await), ["?"]);
    let new = StateGraph::new()
        .add_node("ask", ask_titled)
        .add_edge(START, "ask")
        .compile_with(store)
        .unwrap();
    let thread = new.thread("t");
    let seen = thread.state().await.unwrap().unwrap().values;
    assert_eq!((seen.lines.len(), seen.count), (1, 40));
    let ended = thread.resume("new").await.unwrap().into_done().unwrap();
    let want = Titled {
        lines: vec!["old".to_owned(), "new".to_owned()],
        count: 40,
    };
    assert_eq!(ended, want);
    let stored = thread.state().await.unwrap().unwrap().values;
    assert_eq!(stored, want, "all of it is stored in the new form");
}

#[tokio::test]
async fn a_superstep_that_is_half_done_is_not_taken_over_by_a_newer_state() {
    let store = Arc::new(MemoryCheckpointer::new());
    let old = StateGraph::new()
        .add_node("ask", ask)
        .add_node("quick", step)
        .add_edge(START, "ask")
        .add_edge(START, "quick")
        .compile_with(Arc::clone(&store))
        .unwrap();
    asked(old.thread("t").invoke(Notes::default()).await);
    let new = StateGraph::new()
        .add_node("ask", ask_titled)
        .add_node("quick", ask_titled)
        .add_edge(START, "ask")
        .compile_with(store)
        .unwrap();
    let error = new.thread("t").proceed().await.unwrap_err();
    assert!(
        matches!(
            error,
            RunError::MidSuperstep {
                found: 1,
                known: 2,
                ..
            }
        ),
        "{error}"
    );
}
