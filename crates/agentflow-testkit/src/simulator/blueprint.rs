//! A graph as it was drawn: from it the library's graph is built, and from it the model
//! says what each superstep must come to.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{END, Goto, RetryPolicy, Send};

use super::features::FEATURES;
use super::random::{Random, digest};
use super::state::{SimPayload, SimState};
use super::task::{Act, Habit};

/// Nodes' names by their places.
pub(super) type Names = Arc<[Arc<str>]>;

/// One graph.
pub(super) struct Blueprint {
    /// What its nodes' names begin with; unique among the graphs of a seed.
    pub(super) prefix: String,
    /// 0 for the outermost.
    pub(super) depth: u32,
    /// The count from which nothing leads back any more.
    pub(super) limit: u64,
    pub(super) spots: Vec<Spot>,
    /// From a node, or START, to a node.
    pub(super) edges: Vec<(Option<usize>, usize)>,
    /// From all of these, sorted, to one.
    pub(super) joins: Vec<(Vec<usize>, usize)>,
    pub(super) routers: Vec<Router>,
    /// The nodes before which and after which runs pause.
    pub(super) breaks: Breaks,
    /// How often somebody changes the thread from outside.
    pub(super) edits: u64,
    pub(super) seed: u64,
}

/// Where runs pause without being asked to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Breaks {
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
}

/// One node.
pub(super) struct Spot {
    pub(super) name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) acts: Vec<Arc<dyn Act>>,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) timeout: Option<Duration>,
    pub(super) is_deferred: bool,
    pub(super) handler: Option<Handler>,
}

/// What is done when a node has failed for good.
pub(super) struct Handler {
    pub(super) acts: Vec<Arc<dyn Act>>,
    /// The nodes that it may go to.
    pub(super) to: Vec<usize>,
}

/// What a node takes, and what it is.
pub(super) enum Kind {
    OnState,
    OnView,
    OnPayload,
    Inner(Inner, Box<Blueprint>),
}

/// How a graph lies in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inner {
    /// It begins afresh in each task.
    Fresh,
    /// It works on the state of the graph around it.
    Shared,
    /// It lives as long as the thread.
    Lasting,
}

impl Spot {
    /// Whether one of its acts does this.
    pub(super) fn has(&self, habit: Habit) -> bool {
        self.acts.iter().any(|act| act.habits().contains(&habit))
    }

    /// Adds an act somewhere among the others.
    pub(super) fn add_act(&mut self, random: &mut Random, act: Arc<dyn Act>) {
        let at = random.below(self.acts.len() + 1);
        self.acts.insert(at, act);
    }
}

/// A conditional edge.
pub(super) struct Router {
    /// A node, or START.
    pub(super) from: Option<usize>,
    /// The nodes it may lead to.
    pub(super) to: Vec<usize>,
    pub(super) rule: Arc<Rule>,
}

/// Where a router leads on a state.
pub(super) type Rule = dyn Fn(&SimState) -> Vec<Way> + std::marker::Send + Sync;

/// One place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Node(usize),
    Send(usize, SimPayload),
    End,
}

impl Way {
    pub(super) fn goto(&self, names: &Names) -> Goto {
        match self {
            Self::Node(to) => Goto::Node((&*names[*to]).into()),
            Self::Send(to, payload) => Goto::Send(Send::new(&*names[*to], payload.clone())),
            Self::End => Goto::Node(END.into()),
        }
    }
}

impl Blueprint {
    /// The graph of a seed.
    pub(super) fn of(seed: u64) -> Self {
        Self::drawn(seed, String::new(), 0)
    }

    pub(super) fn drawn(seed: u64, prefix: String, depth: u32) -> Self {
        let mut random = Random::seeded(digest(&(seed, "nodes", &prefix)));
        let (nodes, limit) = if depth == 0 {
            (2 + random.below(6), 8 + random.below(24))
        } else {
            (1 + random.below(3), 3 + random.below(5))
        };
        let mut blueprint = Self {
            prefix,
            depth,
            limit: limit as u64,
            spots: Vec::new(),
            edges: vec![(None, 0)],
            joins: Vec::new(),
            routers: Vec::new(),
            breaks: Breaks::default(),
            edits: 0,
            seed,
        };
        for _ in 0..nodes {
            blueprint.add("n", Kind::OnState);
        }
        for feature in FEATURES {
            // Each draws from numbers of its own, so that a new one changes no other.
            let own = (seed, feature.name, &blueprint.prefix);
            let mut random = Random::seeded(digest(&own));
            if random.chance(feature.percent >> depth.min(2)) || feature.percent == 100 {
                (feature.draw)(&mut random, &mut blueprint);
            }
        }
        blueprint
    }

    /// Adds a node; its letter says what it is.
    pub(super) fn add(&mut self, letter: &str, kind: Kind) -> usize {
        let place = self.spots.len();
        self.spots.push(Spot {
            name: format!("{}{letter}{place}", self.prefix).into(),
            kind,
            acts: Vec::new(),
            retry: None,
            timeout: None,
            is_deferred: false,
            handler: None,
        });
        place
    }

    pub(super) fn names(&self) -> Names {
        self.spots
            .iter()
            .map(|spot| Arc::clone(&spot.name))
            .collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.spots.iter().position(|spot| &*spot.name == name)
    }

    /// The nodes that run on the state, graphs inside too.
    pub(super) fn on_state(&self) -> Vec<usize> {
        self.all(|kind| !matches!(kind, Kind::OnPayload))
    }

    /// The nodes that run on what they are sent.
    pub(super) fn on_payload(&self) -> Vec<usize> {
        self.all(|kind| matches!(kind, Kind::OnPayload))
    }

    /// The nodes whose acts are ours; there is at least one.
    pub(super) fn acting(&self) -> Vec<usize> {
        self.all(|kind| !matches!(kind, Kind::Inner(..)))
    }

    /// The nodes of ours that run on the whole state.
    pub(super) fn plain(&self) -> Vec<usize> {
        self.all(|kind| matches!(kind, Kind::OnState))
    }

    /// Whether a node may write what only one of a superstep's nodes may. A graph inside
    /// that works on the same state may do so too.
    pub(super) fn may_write_alone(&self) -> bool {
        !self.has_inner(Inner::Shared)
    }

    /// Whether there is a graph of this kind directly inside.
    pub(super) fn has_inner(&self, inner: Inner) -> bool {
        let mut spots = self.spots.iter();
        spots.any(|spot| matches!(&spot.kind, Kind::Inner(kind, _) if *kind == inner))
    }

    /// Whether there is a graph of this kind anywhere inside.
    pub(super) fn has_inner_deep(&self, inner: Inner) -> bool {
        self.has_inner(inner)
            || self.spots.iter().any(|spot| match &spot.kind {
                Kind::Inner(_, blueprint) => blueprint.has_inner_deep(inner),
                _ => false,
            })
    }

    fn all(&self, is_meant: impl Fn(&Kind) -> bool) -> Vec<usize> {
        let places = 0..self.spots.len();
        places
            .filter(|place| is_meant(&self.spots[*place].kind))
            .collect()
    }
}
