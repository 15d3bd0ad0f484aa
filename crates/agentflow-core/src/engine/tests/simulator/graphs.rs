//! Graphs made of random numbers, whose tasks reply by who they are and what they
//! see, and by nothing else.

use std::sync::Arc;

use super::super::random::Random;
use super::super::rig::{Notes, idle};
use crate::engine::RunTask;
use crate::graph::{Plan, TaskInput};
use crate::{Command, END, Goto, NodeContext, NodeResult, RetryPolicy, START, Send, StateGraph};

/// Lines after which no router leads back any more.
const LINES_MAX: usize = 24;

async fn on_number(_: Arc<u32>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

fn name(node: usize) -> String {
    format!("n{node}")
}

/// A graph of two to six nodes and a worker that is sent to.
pub(super) fn plan(random: &mut Random) -> Arc<Plan<Notes>> {
    let count = 2 + random.below(5);
    let mut graph = StateGraph::new().add_send_node::<u32, _>("worker", on_number);
    for node in 0..count {
        graph = graph.add_node(name(node), idle);
    }
    graph = graph
        .add_edge(START, name(0))
        .retry("n0", RetryPolicy::default());
    for from in 0..count {
        for to in from + 1..count {
            if random.chance(35) {
                graph = graph.add_edge(name(from), name(to));
            }
        }
    }
    if random.chance(50) {
        graph = graph.add_edge(START, name(random.below(count)));
    }
    for _ in 0..random.below(3) {
        let (a, b, to) = (
            random.below(count),
            random.below(count),
            random.below(count),
        );
        // Forward only: what leads back is for the routers, which know when to end.
        if a < to && b < to {
            graph = match a == b {
                true => graph.add_join([name(a)], name(to)),
                false => graph.add_join([name(a), name(b)], name(to)),
            };
        }
    }
    for _ in 0..1 + random.below(3) {
        let (from, back, sends) = (random.below(count), random.below(count), random.below(4));
        let route = move |notes: &Notes| router(notes, back, sends);
        graph = graph.add_conditional_edges(name(from), route, [&name(back), "worker", END]);
    }
    Arc::new(graph.into_plan().unwrap())
}

fn router(notes: &Notes, back: usize, sends: usize) -> Vec<Goto> {
    if notes.log.len() >= LINES_MAX {
        return vec![Goto::Node(END.into())];
    }
    match notes.n % 3 {
        0 => vec![Goto::Node(name(back).as_str().into())],
        1 => (0..sends)
            .map(|part| Goto::Send(Send::new("worker", part as u32)))
            .collect(),
        _ => vec![],
    }
}

/// What a task replies, or that it asks.
pub(super) enum Reply {
    Command(Command<Notes>),
    Asks,
}

pub(super) fn reply(seed: u64, run: &RunTask<Notes>) -> Reply {
    let task = run.task.to_string();
    let seen = match &run.input {
        TaskInput::State(notes) => notes.log.len() as u64 * 31 + u64::from(notes.n),
        TaskInput::Payload(payload) => u64::from(*payload.clone().downcast::<u32>().unwrap()),
    };
    let digest = task.bytes().fold(seed ^ seen, |digest, byte| {
        digest
            .wrapping_mul(0x100_0000_01b3)
            .wrapping_add(u64::from(byte))
    });
    let mut random = Random::seeded(digest);
    if random.chance(8) {
        return Reply::Asks;
    }
    let update = match run.task.node.as_str() {
        "n0" if random.chance(10) => Notes::update().overwrite_log(vec![task]),
        _ => Notes::update().log([task]),
    };
    let command = Command::from(update.n(random.below(5) as u32));
    let TaskInput::State(notes) = &run.input else {
        return Reply::Command(command);
    };
    if random.chance(10) && notes.log.len() < LINES_MAX {
        return Reply::Command(
            command
                .and_goto(["n1"])
                .and_goto(Send::new("worker", 7_u32)),
        );
    }
    Reply::Command(command)
}
