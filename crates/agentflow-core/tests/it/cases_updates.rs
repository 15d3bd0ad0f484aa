//! The cases about states that are written from outside, several checkpoints at once.

use std::sync::Arc;

use crate::cases_rig::{finished, history, journaled, standing};
use agentflow_core::checkpoint::{CheckpointSource, MemoryCheckpointer};
use agentflow_core::{
    CheckpointId, CompiledGraph, END, NodeContext, NodeResult, RunError, START, Send, State,
    StateGraph, StateSnapshot, StateUpdate, Thread,
};

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Two {
    foo: String,
    baz: String,
}

fn foo(text: &str) -> TwoUpdate {
    Two::update().foo(text.to_owned())
}

fn baz(text: &str) -> TwoUpdate {
    Two::update().baz(text.to_owned())
}

/// Two nodes in a row, each with what it writes.
fn pair(first: (&str, TwoUpdate), second: (&str, TwoUpdate)) -> CompiledGraph<Two> {
    let writes = |update: TwoUpdate| {
        move |_: Arc<Two>, _: NodeContext| {
            let update = update.clone();
            async move { NodeResult::Ok(update) }
        }
    };
    StateGraph::new()
        .add_node(first.0, writes(first.1))
        .add_node(second.0, writes(second.1))
        .add_sequence([START, first.0, second.0])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

#[tokio::test]
async fn c52_each_list_of_updates_makes_one_checkpoint() {
    let graph = pair(("node_a", foo("bar")), ("node_b", baz("qux")));
    let one = || vec![StateUpdate::as_node("node_a", foo("bar"))];
    let both = || {
        let a = StateUpdate::as_node("node_a", foo("updated"));
        vec![a, StateUpdate::as_node("node_b", baz("new"))]
    };
    let want = Two {
        foo: "updated".into(),
        baz: "new".into(),
    };
    for (name, calls) in [
        ("two calls", vec![vec![one()], vec![both()]]),
        ("one call", vec![vec![one(), both()]]),
    ] {
        let thread = graph.thread(name);
        for supersteps in calls {
            thread.update_states(supersteps).await.unwrap();
        }
        assert_eq!(standing(&thread).await.values, want, "{name}");
        assert_eq!(history(&thread).await.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn c52_updates_that_make_no_superstep_are_refused() {
    let graph = pair(("node_a", foo("bar")), ("node_b", baz("qux")));
    let unnamed = |text| StateUpdate::new(foo(text));
    let ends = StateUpdate::as_node(END, TwoUpdate::default());
    for (name, supersteps) in [
        ("no supersteps", vec![]),
        ("no updates", vec![vec![], vec![]]),
        ("nobody's", vec![vec![unnamed("one"), unnamed("two")]]),
        ("an end and a copy", vec![vec![ends, StateUpdate::copy()]]),
    ] {
        let thread = graph.thread(name);
        let refused = thread.update_states(supersteps).await;
        assert!(
            matches!(refused, Err(RunError::BadEdit { .. })),
            "{name}: {refused:?}"
        );
        assert_eq!(history(&thread).await.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn c53_a_run_that_is_written_as_updates_has_the_history_of_one_that_ran() {
    let graph = pair(("agent", foo("agent")), ("tool", foo("tool")));
    let input = || Two {
        foo: "input".into(),
        ..Two::default()
    };
    let ran = graph.thread("ran");
    for _ in 0..2 {
        assert_eq!(finished(ran.invoke(input()).await).foo, "tool");
    }
    let turn = || {
        [
            StateUpdate::as_input(input().into()),
            StateUpdate::as_node(START, input().into()),
            StateUpdate::as_node("agent", foo("agent")),
            StateUpdate::as_node("tool", foo("tool")),
        ]
    };
    let written = graph.thread("written");
    let both = turn().into_iter().chain(turn());
    written
        .update_states(both.map(|update| vec![update]).collect())
        .await
        .unwrap();
    assert_eq!(standing(&written).await.values.foo, "tool");
    let entries = async |thread: &Thread<'_, Two>| {
        let all = history(thread).await.into_iter();
        all.map(|it| (it.next.clone(), it.step, it.values))
            .collect::<Vec<_>>()
    };
    assert_eq!(entries(&ran).await.len(), 8);
    assert_eq!(entries(&written).await, entries(&ran).await);
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Path {
    #[state(reducer = chain)]
    name: String,
}

fn chain(value: &mut String, write: String) {
    if !value.is_empty() {
        value.push_str(" > ");
    }
    value.extend([write]);
}

fn name(text: &str) -> PathUpdate {
    Path::update().name(text.to_owned())
}

/// `one`, two sends of `two`, `three`.
fn path() -> CompiledGraph<Path> {
    let named =
        |_: Arc<Path>, cx: NodeContext| async move { NodeResult::Ok(name(cx.node().as_str())) };
    let sent = |_: Arc<u32>, _: NodeContext| async { NodeResult::Ok(name("two")) };
    let twice = |_: &Path| [Send::new("two", 1_u32), Send::new("two", 2_u32)];
    StateGraph::new()
        .add_node("one", named)
        .add_send_node("two", sent)
        .add_node("three", named)
        .add_edge(START, "one")
        .add_conditional_edges("one", twice, ["two"])
        .add_edge("two", "three")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(journaled())
}

/// A checkpoint, with what its tasks wrote, and those that go on from it.
fn tree(all: &[StateSnapshot<Path>], parent: Option<CheckpointId>, depth: usize) -> Vec<String> {
    let children = all.iter().rev().filter(|it| it.parent == parent);
    let mut lines = Vec::new();
    for it in children {
        let source = match it.source {
            CheckpointSource::Fork => "fork ",
            CheckpointSource::Update => "update ",
            _ => "",
        };
        let written = it.tasks.iter().map(|task| match &task.result {
            Some(result) => result["name"].as_str().unwrap_or("?").to_owned(),
            None => format!("{}?", task.node),
        });
        let written = written.collect::<Vec<_>>().join(" & ");
        let step = it.step;
        lines.push(format!(
            "{}{source}{step} {:?} <- {written}",
            "| ".repeat(depth),
            it.values.name
        ));
        lines.extend(tree(all, Some(it.checkpoint), depth + 1));
    }
    lines
}

#[tokio::test]
async fn c54_forks_with_other_results_grow_a_tree() {
    let graph = path();
    let thread = graph.thread("t");
    let state = finished(
        thread
            .invoke(Path {
                name: "start".into(),
            })
            .await,
    );
    assert_eq!(state.name, "start > one > two > two > three");
    let run: Vec<_> = history(&thread)
        .await
        .iter()
        .map(|it| it.checkpoint)
        .collect();
    assert_eq!(run.len(), 5);

    let as_node = |node: &str, text: &str| StateUpdate::as_node(node, name(text));
    for (at, instead, want) in [
        (
            4,
            vec![as_node(START, "start*")],
            "start* > one > two > two > three",
        ),
        (
            3,
            vec![as_node("one", "one*")],
            "start > one* > two > two > three",
        ),
        (
            2,
            vec![as_node("two", "two*"), as_node("two", "two**")],
            "start > one > two* > two** > three",
        ),
        (
            1,
            vec![as_node("three", "three*")],
            "start > one > two > two > three*",
        ),
        // Nothing instead: the node runs anew.
        (1, vec![], "start > one > two > two > three"),
    ] {
        let mut supersteps = vec![vec![StateUpdate::copy()]];
        supersteps.extend((!instead.is_empty()).then_some(instead));
        thread
            .clone()
            .at(run[at])
            .update_states(supersteps)
            .await
            .unwrap();
        assert_eq!(finished(thread.proceed().await).name, want);
    }
    // Of tasks that did not run, the history tells what was written in their place; of
    // START, that is the input.
    let want = [
        r#"-1 "" <- START?"#,
        r#"| 0 "start" <- one"#,
        r#"| | 1 "start > one" <- two & two"#,
        r#"| | | 2 "start > one > two > two" <- three"#,
        r#"| | | | 3 "start > one > two > two > three" <- "#,
        r#"| | | fork 2 "start > one > two > two" <- three*"#,
        r#"| | | | update 3 "start > one > two > two > three*" <- "#,
        r#"| | | fork 2 "start > one > two > two" <- three"#,
        r#"| | | | 3 "start > one > two > two > three" <- "#,
        r#"| | fork 1 "start > one" <- two* & two**"#,
        r#"| | | update 2 "start > one > two* > two**" <- three"#,
        r#"| | | | 3 "start > one > two* > two** > three" <- "#,
        r#"| fork 0 "start" <- one*"#,
        r#"| | update 1 "start > one*" <- two & two"#,
        r#"| | | 2 "start > one* > two > two" <- three"#,
        r#"| | | | 3 "start > one* > two > two > three" <- "#,
        r#"fork -1 "" <- START?"#,
        r#"| update 0 "start*" <- one"#,
        r#"| | 1 "start* > one" <- two & two"#,
        r#"| | | 2 "start* > one > two > two" <- three"#,
        r#"| | | | 3 "start* > one > two > two > three" <- "#,
    ];
    assert_eq!(tree(&history(&thread).await, None, 0), want);
}
