//! The cases about breakpoints, in a graph and in those inside.

use std::future::{Ready, ready};
use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, NodeContext, NodeResult, RunInput, START, Send, State, StateGraph, StateUpdate,
    StreamMode, StreamModes,
};
use serde_json::{Value, json};

use crate::cases_rig::{concat, finished, paused, standing, updates, watched};

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Text {
    #[state(reducer = concat)]
    foo: String,
}

/// Two nodes that append to the text, with a breakpoint before the first.
fn stopped_before_node1() -> CompiledGraph<Text> {
    let appends = |text: &'static str| {
        move |_: Arc<Text>, _: NodeContext| async move {
            NodeResult::Ok(Text::update().foo(text.to_owned()))
        }
    };
    StateGraph::new()
        .add_node("node1", appends("|node-1"))
        .add_node("node2", appends("|node-2"))
        .add_sequence([START, "node1", "node2"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["node1"])
        .unwrap()
}

fn text(is: &str) -> Text {
    Text { foo: is.into() }
}

#[tokio::test]
async fn c33_any_answer_at_a_breakpoint_goes_on() {
    let graph = stopped_before_node1();
    let thread = graph.thread("t");
    assert_eq!(
        paused(thread.invoke(text("abc")).await),
        (text("abc"), vec![Value::Null])
    );
    assert_eq!(
        finished(thread.resume("x").await),
        text("abc|node-1|node-2")
    );
}

#[tokio::test]
async fn c33_a_place_to_go_to_at_a_breakpoint_is_gone_to_beside_what_is_scheduled() {
    let graph = stopped_before_node1();
    let thread = graph.thread("t");
    assert_eq!(paused(thread.invoke(text("abc")).await).0, text("abc"));
    let goto = RunInput::proceed().and_goto(["node2"]);
    assert_eq!(
        finished(thread.invoke(goto).await),
        text("abc|node-1|node-2|node-2")
    );
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Key {
    my_key: String,
}

fn key(my_key: &str) -> Key {
    Key {
        my_key: my_key.into(),
    }
}

/// A node that puts something before and behind the key.
fn puts(
    before: &'static str,
    behind: &'static str,
) -> impl Fn(Arc<Key>, NodeContext) -> Ready<NodeResult<KeyUpdate>> + std::marker::Send + Sync + 'static
{
    move |key, _| {
        ready(Ok(
            Key::update().my_key(format!("{before}{}{behind}", key.my_key))
        ))
    }
}

/// Three graphs in each other, of which the innermost stops before its second node.
fn three_levels() -> CompiledGraph<Key> {
    let gives = |inner: Key| Key::update().my_key(inner.my_key);
    let grandchild = StateGraph::new()
        .add_node("grandchild_1", puts("", " here"))
        .add_node("grandchild_2", puts("", " and there"))
        .add_sequence([START, "grandchild_1", "grandchild_2"])
        .compile()
        .unwrap()
        .interrupt_before(["grandchild_2"])
        .unwrap();
    let child = StateGraph::new()
        .add_subgraph("child_1", grandchild, Key::clone, gives)
        .add_edge(START, "child_1")
        .compile()
        .unwrap();
    StateGraph::new()
        .add_node("parent_1", puts("hi ", ""))
        .add_subgraph("child", child, Key::clone, gives)
        .add_node("parent_2", puts("", " and back again"))
        .add_sequence([START, "parent_1", "child", "parent_2"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

const STOPPED: &str = "hi my value";
const INNER: &str = "hi my value here and there";
const WHOLE: &str = "hi my value here and there and back again";

#[tokio::test]
async fn c38_a_breakpoint_two_graphs_down_stops_all_and_no_node_before_it_runs_again() {
    let graph = three_levels();
    let thread = graph.thread("invoked");
    assert_eq!(paused(thread.invoke(key("my value")).await).0, key(STOPPED));
    assert_eq!(finished(thread.proceed().await), key(WHOLE));

    let pauses = json!({ "pauses": "before grandchild_2" });
    let is = |my_key: &str| json!({ "my_key": my_key });
    let thread = graph.thread("updates");
    let first = updates(&thread, key("my value")).await;
    assert_eq!(first, [json!({ "parent_1": is(STOPPED) }), pauses.clone()]);
    let second = updates(&thread, RunInput::proceed()).await;
    assert_eq!(
        second,
        [
            json!({ "child": is(INNER) }),
            json!({ "parent_2": is(WHOLE) })
        ]
    );

    let thread = graph.thread("values");
    let modes = || StreamModes::from(StreamMode::Values).without_subgraphs();
    let root =
        |events: Vec<(String, Value)>| events.into_iter().map(|(_, it)| it).collect::<Vec<_>>();
    let first = root(watched(&thread, key("my value"), modes()).await);
    assert_eq!(first, [is("my value"), is(STOPPED), pauses]);
    let second = root(watched(&thread, RunInput::proceed(), modes()).await);
    assert_eq!(second, [is(STOPPED), is(INNER), is(WHOLE)]);
}

#[tokio::test]
async fn c38_tasks_of_graphs_inside_end_before_the_tasks_that_they_are() {
    let graph = three_levels();
    let thread = graph.thread("t");
    let ended = async |input: RunInput<Key>| {
        let events = watched(&thread, input, StreamMode::Tasks).await.into_iter();
        let ends = events.filter_map(|(_, event)| event.as_object().cloned());
        let finished = ends.filter(|end| end.values().all(|result| !result.is_null()));
        finished
            .flat_map(|end| end.into_iter().map(|(node, _)| node))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ended(key("my value").into()).await,
        ["parent_1", "grandchild_1"]
    );
    let rest = ended(RunInput::proceed()).await;
    assert_eq!(rest, ["grandchild_2", "child_1", "child", "parent_2"]);
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Joke {
    subject: String,
    #[state(reducer = append)]
    jokes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Show {
    subjects: Vec<String>,
    #[state(reducer = append)]
    jokes: Vec<String>,
}

#[tokio::test]
async fn c45_one_of_two_graphs_that_stand_at_a_breakpoint_is_changed_before_they_go_on() {
    let edit = |joke: Arc<Joke>, _: NodeContext| async move {
        NodeResult::Ok(Joke::update().subject(format!("{} - hohoho", joke.subject)))
    };
    let generate = |joke: Arc<Joke>, _: NodeContext| async move {
        NodeResult::Ok(Joke::update().jokes([format!("Joke about {}", joke.subject)]))
    };
    let joke = StateGraph::new()
        .add_node("edit", edit)
        .add_node("generate", generate)
        .add_sequence([START, "edit", "generate"])
        .compile()
        .unwrap()
        .interrupt_before(["generate"])
        .unwrap();
    let send = |show: &Show| {
        let subjects = show.subjects.iter();
        subjects
            .map(|it| Send::new("generate_joke", it.clone()))
            .collect::<Vec<_>>()
    };
    let takes = |subject: &String| Joke {
        subject: subject.clone(),
        ..Joke::default()
    };
    let gives = |joke: Joke| Show::update().jokes(joke.jokes);
    let graph = StateGraph::new()
        .add_send_subgraph("generate_joke", joke.clone(), takes, gives)
        .add_conditional_edges(START, send, ["generate_joke"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let subjects: Vec<String> = ["cats", "dogs"].map(str::to_owned).into();
    let (state, _) = paused(
        thread
            .invoke(Show {
                subjects,
                jokes: vec![],
            })
            .await,
    );
    assert_eq!(state.jokes, Vec::<String>::new());

    let dogs = standing(&thread).await.tasks.remove(1).inner;
    let dogs = thread.inside(&joke, dogs);
    assert_eq!(standing(&dogs).await.values.subject, "dogs - hohoho");
    let turtles = Joke::update().subject("turtles - hohoho".to_owned());
    dogs.update_state(StateUpdate::new(turtles)).await.unwrap();

    let about =
        |subject: &str| json!({ "generate_joke": { "jokes": [format!("Joke about {subject}")] } });
    assert_eq!(
        updates(&thread, RunInput::proceed()).await,
        [about("cats - hohoho"), about("turtles - hohoho")]
    );
    let stands = standing(&thread).await;
    assert_eq!(stands.values.jokes.len(), 2);
    assert!(stands.next.is_empty());
}
