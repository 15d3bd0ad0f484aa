//! The cases about which tasks a superstep has: edges, sends, joins and commands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, CompiledGraph, Goto, NodeContext, NodeResult, RunInput, RunOptions, START, Send,
    State, StateGraph,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cases_rig::{finished, next, paused, standing, updates};
use crate::support::{Notes, done, line, step};

#[tokio::test]
async fn c2_two_sends_that_lead_to_one_node_run_it_once() {
    let twice = |notes: &Notes| [Send::new("2", notes.clone()), Send::new("2", notes.clone())];
    let graph = StateGraph::new()
        .add_node("1", step)
        .add_node("2", step)
        .add_node("3", step)
        .add_edge(START, "1")
        .add_conditional_edges("1", twice, ["2"])
        .add_conditional_edges("2", |_: &Notes| "3", ["3"])
        .compile()
        .unwrap();
    let state = done(graph.thread("t").invoke(Notes::with(&["0"])).await);
    assert_eq!(state.log, ["0", "1", "2", "2", "3"]);
}

/// What node 2 is sent.
#[derive(Debug, Serialize, Deserialize)]
enum Sent {
    /// Send yourself this.
    Onward(u32),
    Number(u32),
}

#[tokio::test]
async fn c3_nodes_run_and_write_before_the_sends_of_their_superstep() {
    let two = |sent: Arc<Sent>, _: NodeContext| async move {
        NodeResult::Ok(match *sent {
            Sent::Number(number) => vec![Command::update(line(format!("2|{number}")))],
            Sent::Onward(number) => vec![
                Command::goto(Send::new("2", Sent::Number(number))),
                Command::update(line(format!("2|onward {number}"))),
            ],
        })
    };
    let fan_out = |_: &Notes| {
        let sent = |number| Goto::Send(Send::new("2", Sent::Onward(number)));
        vec![sent(3), sent(4), Goto::Node("3.1".into())]
    };
    let graph = StateGraph::new()
        .add_node("1", step)
        .add_send_node("2", two)
        .add_node("3", step)
        .add_node("3.1", step)
        .add_edge(START, "1")
        .add_conditional_edges("1", fan_out, ["2", "3.1"])
        .add_conditional_edges("2", |_: &Notes| "3", ["3"])
        .compile()
        .unwrap();
    let state = done(graph.thread("t").invoke(Notes::with(&["0"])).await);
    let first = ["0", "1", "3.1", "2|onward 3", "2|onward 4"];
    let second = ["3", "2|3", "2|4", "3"];
    assert_eq!(state.log, [&first[..], &second[..]].concat());
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Search {
    query: String,
    answer: String,
    #[state(reducer = sorted)]
    docs: Vec<String>,
}

fn sorted(value: &mut Vec<String>, mut write: Vec<String>) {
    value.append(&mut write);
    value.sort();
}

/// A question that is rewritten, searched for on two ways of different lengths, and
/// answered when both are done, and once too early.
fn search() -> CompiledGraph<Search> {
    let query = |word: &'static str| {
        move |search: Arc<Search>, _: NodeContext| async move {
            NodeResult::Ok(Search::update().query(format!("{word}: {}", search.query)))
        }
    };
    let retriever = |docs: [&'static str; 2], takes: u64| {
        move |_: Arc<Search>, cx: NodeContext| async move {
            cx.sleep(Duration::from_millis(takes)).await;
            NodeResult::Ok(Search::update().docs(docs.map(str::to_owned).into()))
        }
    };
    let qa = |search: Arc<Search>, _: NodeContext| async move {
        NodeResult::Ok(Search::update().answer(search.docs.join(",")))
    };
    StateGraph::new()
        .add_node("rewrite_query", query("query"))
        .add_node("analyzer_one", query("analyzed"))
        .add_node("retriever_one", retriever(["doc1", "doc2"], 0))
        .add_node("retriever_two", retriever(["doc3", "doc4"], 100))
        .add_node("qa", qa)
        .add_sequence([START, "rewrite_query", "analyzer_one", "retriever_one"])
        .add_edge("rewrite_query", "retriever_two")
        .add_join(["retriever_one", "retriever_two"], "qa")
        .add_edge("rewrite_query", "qa")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn c6_an_edge_into_a_joins_target_does_not_use_the_join_up() {
    let query = "query: what is weather in sf";
    let input = || Search {
        query: query[7..].into(),
        ..Search::default()
    };
    let want = Search {
        query: format!("analyzed: {query}"),
        answer: "doc1,doc2,doc3,doc4".into(),
        docs: ["doc1", "doc2", "doc3", "doc4"].map(str::to_owned).into(),
    };
    let before_the_join = [
        json!({ "rewrite_query": { "query": query } }),
        json!({ "analyzer_one": { "query": want.query } }),
        json!({ "qa": { "answer": "" } }),
        json!({ "retriever_two": { "docs": ["doc3", "doc4"] } }),
        json!({ "retriever_one": { "docs": ["doc1", "doc2"] } }),
    ];
    let last = json!({ "qa": { "answer": want.answer } });

    let graph = search();
    assert_eq!(
        finished(graph.thread("invoked").invoke(input()).await),
        want
    );
    let all = updates(&graph.thread("watched"), input()).await;
    assert_eq!(all[..5], before_the_join);
    assert_eq!((all.len(), &all[5]), (6, &last));

    // The same with a pause between the two that the join waits for and its node.
    let graph = graph.interrupt_after(["retriever_one"]).unwrap();
    let thread = graph.thread("paused");
    let first = updates(&thread, input()).await;
    assert_eq!(first[..5], before_the_join);
    assert_eq!(first[5..], [json!({ "pauses": "after retriever_one" })]);
    assert_eq!(updates(&thread, RunInput::proceed()).await, [last]);
    assert_eq!(standing(&thread).await.values, want);
}

/// One step of a plan: one node, or several at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Planned {
    One(String),
    Several(Vec<String>),
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Work {
    plan: Option<Vec<Planned>>,
    #[state(reducer = append)]
    messages: Vec<String>,
}

async fn planner(work: Arc<Work>, _: NodeContext) -> NodeResult<Command<Work>> {
    let one = |name: &str| Planned::One(name.into());
    let whole = || {
        let several = ["step2", "step3"].map(str::to_owned);
        vec![one("step1"), Planned::Several(several.into()), one("step4")]
    };
    let mut plan = work.plan.clone().unwrap_or_else(whole);
    if plan.is_empty() {
        return Ok(Command::none());
    }
    let goto = match plan.remove(0) {
        Planned::One(node) => vec![node],
        Planned::Several(nodes) => nodes,
    };
    Ok(Command::update(Work::update().plan(plan)).and_goto(goto))
}

#[tokio::test]
async fn c11_a_planner_led_to_by_two_steps_at_once_runs_once_after_both() {
    let planned = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&planned);
    let step = |_: Arc<Work>, cx: NodeContext| async move {
        let update = Work::update().messages([cx.node().to_string()]);
        NodeResult::Ok(Command::update(update).and_goto("planner"))
    };
    let plan = move |work: Arc<Work>, cx: NodeContext| {
        counted.fetch_add(1, Ordering::Relaxed);
        planner(work, cx)
    };
    let steps = ["step1", "step2", "step3", "step4"];
    let graph = StateGraph::new().add_node("planner", plan);
    let graph = steps
        .iter()
        .fold(graph, |graph, name| graph.add_node(*name, step));
    let graph = graph.add_edge(START, "planner").compile().unwrap();
    let input = Work {
        messages: vec!["start".into()],
        ..Work::default()
    };
    let state = finished(graph.thread("t").invoke(input).await);
    assert_eq!(
        state.messages,
        ["start", "step1", "step2", "step3", "step4"]
    );
    assert_eq!(state.plan, Some(vec![]));
    assert_eq!(planned.load(Ordering::Relaxed), 4);
}

/// How many run at once, and the most that ever did.
#[derive(Clone, Debug, Default)]
struct Crowd(Arc<(AtomicUsize, AtomicUsize)>);

impl Crowd {
    fn most(&self) -> usize {
        self.0.1.swap(0, Ordering::Relaxed)
    }

    fn graph(&self) -> CompiledGraph<Notes> {
        let crowd = self.clone();
        let two = move |number: Arc<u64>, cx: NodeContext| {
            let crowd = crowd.clone();
            async move {
                let now = crowd.0.0.fetch_add(1, Ordering::Relaxed) + 1;
                crowd.0.1.fetch_max(now, Ordering::Relaxed);
                // They take different times and end in another order than they began.
                cx.sleep(Duration::from_millis(1 + *number * 37 % 100))
                    .await;
                crowd.0.0.fetch_sub(1, Ordering::Relaxed);
                NodeResult::Ok(line(number.to_string()))
            }
        };
        let fan_out = |_: &Notes| {
            (0..100)
                .map(|it: u64| Send::new("2", it))
                .collect::<Vec<_>>()
        };
        StateGraph::new()
            .add_node("1", step)
            .add_send_node("2", two)
            .add_node("3", step)
            .add_edge(START, "1")
            .add_conditional_edges("1", fan_out, ["2"])
            .add_edge("2", "3")
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn c12_no_more_tasks_run_at_once_than_may_and_all_write_in_their_order() {
    let crowd = Crowd::default();
    let mut want = vec!["0".to_owned(), "1".to_owned()];
    want.extend((0..100).map(|number| number.to_string()));
    want.push("3".to_owned());
    for (places, most) in [(RunOptions::default().max_concurrency, 100), (10, 10)] {
        let options = RunOptions {
            max_concurrency: places,
            ..RunOptions::default()
        };
        let graph = crowd.graph().with_options(options);
        let state = done(graph.thread("t").invoke(Notes::with(&["0"])).await);
        assert_eq!((state.log, crowd.most()), (want.clone(), most));

        let graph = graph.interrupt_before(["2"]).unwrap();
        let thread = graph.thread("paused");
        let (state, _) = paused(thread.invoke(Notes::with(&["0"])).await);
        assert_eq!(state.log, ["0", "1"]);
        let stands = standing(&thread).await;
        assert_eq!(
            (next(&stands), &stands.values.log),
            (vec!["2"; 100], &state.log)
        );
        assert_eq!(crowd.most(), 0);
        let state = done(thread.proceed().await);
        assert_eq!((state.log, crowd.most()), (want.clone(), most));
    }
}
