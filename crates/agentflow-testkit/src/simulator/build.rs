//! Builds the library's graph from a blueprint.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{
    CompiledGraph, Durability, END, GraphError, Journal, NodeContext, NodeFailure, Persistence,
    RunOptions, START, StateGraph, TimeoutPolicy,
};

use super::blueprint::{Blueprint, Breaks, Inner, Kind, Names, Spot, Way};
use super::clock::SimClock;
use super::state::{SimPayload, SimState, SimView};
use super::store::SimStore;
use super::task::{Actor, input_inside, update_of_inside};
use super::world::World;

/// How long a lease lasts in a simulated world.
pub(super) const LEASE_TTL: Duration = Duration::from_secs(30);

/// What is not the graph's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) durability: Durability,
    pub(super) journal: Journal,
    pub(super) max_concurrency: usize,
}

/// The graph, on the store and the clock of `world`.
///
/// # Errors
/// If the blueprint is not a graph, which is the simulator's mistake.
pub(super) fn graph(
    blueprint: Blueprint,
    world: &World,
    settings: Settings,
) -> Result<CompiledGraph<SimState>, GraphError> {
    let options = RunOptions {
        durability: settings.durability,
        journal: settings.journal,
        max_concurrency: settings.max_concurrency,
        lease_ttl: LEASE_TTL,
        ..RunOptions::default()
    };
    let graph = compiled(blueprint, world)?.with_checkpointer(SimStore(world.clone()));
    Ok(graph
        .with_clock(SimClock(world.clone()))
        .with_options(options))
}

fn compiled(blueprint: Blueprint, world: &World) -> Result<CompiledGraph<SimState>, GraphError> {
    let (names, breaks) = (blueprint.names(), blueprint.breaks);
    let Breaks { before, after } = breaks;
    let mut graph = state_graph(blueprint, world)?.compile()?;
    if let Some(node) = before {
        graph = graph.interrupt_before([&*names[node]])?;
    }
    if let Some(node) = after {
        graph = graph.interrupt_after([&*names[node]])?;
    }
    Ok(graph)
}

fn state_graph(blueprint: Blueprint, world: &World) -> Result<StateGraph<SimState>, GraphError> {
    let names = blueprint.names();
    let named = |from: Option<usize>| from.map_or(START, |from| &*names[from]);
    let mut graph = StateGraph::new();
    for (from, to) in &blueprint.edges {
        graph = graph.add_edge(named(*from), &*names[*to]);
    }
    for (from, to) in &blueprint.joins {
        graph = match from[..] {
            [a, b] => graph.add_join([&*names[a], &*names[b]], &*names[*to]),
            [a, b, c] => graph.add_join([&*names[a], &*names[b], &*names[c]], &*names[*to]),
            _ => unreachable!("a drawn join waits for two nodes or three"),
        };
    }
    for router in blueprint.routers {
        let (rule, places) = (router.rule, Arc::clone(&names));
        let route = move |state: &SimState| {
            let ways = rule(state);
            ways.iter()
                .map(|way| Way::goto(way, &places))
                .collect::<Vec<_>>()
        };
        let place = |place: usize| router.to.get(place).map_or(END, |to| &*names[*to]);
        let to = [place(0), place(1), place(2), END];
        graph = graph.add_conditional_edges(named(router.from), route, to);
    }
    for spot in blueprint.spots {
        graph = with_options(graph, &spot);
        graph = with_node(graph, spot, world, (&names, blueprint.limit))?;
    }
    Ok(graph)
}

fn with_options(mut graph: StateGraph<SimState>, spot: &Spot) -> StateGraph<SimState> {
    if let Some(policy) = spot.retry {
        graph = graph.retry(&*spot.name, policy);
    }
    if let Some(limit) = spot.timeout {
        graph = graph.timeout(&*spot.name, TimeoutPolicy::run(limit));
    }
    if spot.is_deferred {
        graph = graph.defer(&*spot.name);
    }
    graph
}

fn with_node(
    mut graph: StateGraph<SimState>,
    mut spot: Spot,
    world: &World,
    (names, limit): (&Names, u64),
) -> Result<StateGraph<SimState>, GraphError> {
    let name = Arc::clone(&spot.name);
    if let Kind::Inner(inner, _) = spot.kind {
        let Kind::Inner(_, blueprint) = std::mem::replace(&mut spot.kind, Kind::OnState) else {
            unreachable!("it was one a line above")
        };
        return Ok(with_graph(
            graph,
            &name,
            inner,
            compiled(*blueprint, world)?,
        ));
    }
    let (sees_view, is_sent) = match spot.kind {
        Kind::OnView => (true, false),
        Kind::OnPayload => (false, true),
        _ => (false, false),
    };
    let has_handler = spot.handler.is_some();
    let actor = Arc::new(Actor {
        world: world.clone(),
        spot,
        names: Arc::clone(names),
        limit,
    });
    let actor = || Arc::clone(&actor);
    if has_handler {
        let actor = actor();
        let handle = move |state: Arc<SimState>, failure: NodeFailure, cx: NodeContext| {
            Arc::clone(&actor).handle(state, failure, cx)
        };
        graph = graph.on_error(&*name, handle);
    }
    let actor = actor();
    Ok(if is_sent {
        let node = move |payload: Arc<SimPayload>, cx: NodeContext| {
            Arc::clone(&actor).run_on_payload(payload, cx)
        };
        graph.add_send_node::<SimPayload, _>(&*name, node)
    } else if sees_view {
        graph.add_node(&*name, move |view: Arc<SimView>, cx: NodeContext| {
            Arc::clone(&actor).run_on_view(view, cx)
        })
    } else {
        graph.add_node(&*name, move |state: Arc<SimState>, cx: NodeContext| {
            Arc::clone(&actor).run_on_state(state, cx)
        })
    })
}

fn with_graph(
    graph: StateGraph<SimState>,
    name: &Arc<str>,
    kind: Inner,
    inner: CompiledGraph<SimState>,
) -> StateGraph<SimState> {
    let inner = match kind {
        Inner::Shared => return graph.add_shared_subgraph(&**name, inner),
        Inner::Fresh => inner,
        Inner::Lasting => inner.with_persistence(Persistence::PerThread),
    };
    let (inside, outside) = (Arc::clone(name), Arc::clone(name));
    let input = move |outer: &SimState| input_inside(&inside, outer);
    let output = move |inner: SimState| update_of_inside(&outside, &inner);
    graph.add_subgraph(&**name, inner, input, output)
}
