//! Drawings of graphs that nobody thought of.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::layers::{GAP, Layers, MAIN_COLUMNS_MAX};
use super::page::lay_out;
use super::route::{Gap, Net, Terminal};
use super::sketch::Sketch;
use crate::graph::builder::{END, START};
use crate::graph::describe::{
    EdgeDescription, EdgeKind, GraphDescription, NodeDescription, NodeDetails, NodeKind,
};

/// Graphs that are tried.
const SEEDS: u64 = 100;

/// A graph that follows from its seed.
fn random_graph(seed: u64) -> GraphDescription {
    let mut last = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = move |limit: usize| {
        last ^= last << 13;
        last ^= last >> 7;
        last ^= last << 17;
        usize::try_from(last % 1_000_003).unwrap() % limit
    };
    let count = 1 + below(30);
    let name = |n: usize| format!("node {n}{}", "x".repeat(n % 7));
    let node = |n| NodeDescription {
        name: name(n).into(),
        kind: NodeKind::State,
        details: NodeDetails::default(),
    };
    let mut edges = vec![(START.to_owned(), name(0), EdgeKind::Always)];
    for _ in 0..count + below(1 + count * 2) {
        let kind = match below(4) {
            0 => EdgeKind::Always,
            1 => EdgeKind::Join { group: below(3) },
            _ => EdgeKind::Conditional { label: None },
        };
        let to = below(count + 1);
        let to = if to == count {
            END.to_owned()
        } else {
            name(to)
        };
        edges.push((name(below(count)), to, kind));
    }
    let edges = edges.into_iter().map(|(from, to, kind)| EdgeDescription {
        from: from.into(),
        to: to.into(),
        kind,
    });
    GraphDescription {
        nodes: (0..count).map(node).collect(),
        edges: edges.collect(),
    }
}

/// Lays out a graph as the page does; gives what is drawn.
fn laid_out(sketch: &Sketch<'_>) -> (Layers, Vec<Gap>) {
    let mut left_out = vec![false; sketch.ways.len()];
    loop {
        match lay_out(sketch, &mut left_out) {
            Ok(drawing) => return (drawing.layers, drawing.gaps),
            Err(ways) => ways.into_iter().for_each(|way| left_out[way] = true),
        }
    }
}

#[test]
fn lines_of_different_edges_never_run_over_each_other() {
    for seed in 0..SEEDS {
        let graph = random_graph(seed);
        let sketch = Sketch::of(&graph);
        let (_, gaps) = laid_out(&sketch);
        for gap in gaps {
            for (index, net) in gap.nets.iter().enumerate() {
                let own = stretches(net, &gap);
                // Both parts of a line that turns are one line.
                let others = gap.nets[index + 1..]
                    .iter()
                    .filter(|other| other.ways != net.ways);
                let others = others.flat_map(|other| stretches(other, &gap));
                for other in others {
                    let touches = own.iter().any(|own| own.touches(&other));
                    assert!(!touches, "seed {seed}:\n{}", graph.to_ascii());
                }
            }
        }
    }
}

#[test]
fn cells_of_a_row_keep_apart_and_on_the_page() {
    for seed in 0..SEEDS {
        let graph = random_graph(seed);
        let sketch = Sketch::of(&graph);
        let (layers, _) = laid_out(&sketch);
        for row in &layers.rows {
            for pair in row.windows(2) {
                let [left, right] = [&layers.cells[pair[0]], &layers.cells[pair[1]]];
                assert!(
                    left.x + left.width + GAP <= right.x,
                    "seed {seed}:\n{}",
                    graph.to_ascii()
                );
            }
            let last = row.last().map(|cell| &layers.cells[*cell]);
            assert!(
                last.is_none_or(|cell| cell.x + cell.width <= MAIN_COLUMNS_MAX),
                "seed {seed}"
            );
        }
        for link in &layers.links {
            let rows = [link.from, link.to].map(|cell| layers.cells[cell].row);
            assert_eq!(rows[0] + 1, rows[1], "seed {seed}");
        }
        let widest = graph
            .to_ascii()
            .lines()
            .map(|line| line.chars().count())
            .max();
        assert!(widest <= Some(100), "seed {seed}: {widest:?} columns");
    }
}

/// A straight part of a line, both ends included.
struct Stretch {
    x: (usize, usize),
    y: (usize, usize),
}

impl Stretch {
    fn goes_down(&self) -> bool {
        self.x.0 == self.x.1
    }

    /// Whether they share a place where they do not just cross.
    fn touches(&self, other: &Self) -> bool {
        let meet = |a: (usize, usize), b: (usize, usize)| a.0 <= b.1 && b.0 <= a.1;
        let crosses = self.goes_down() != other.goes_down();
        meet(self.x, other.x) && meet(self.y, other.y) && !(crosses && self.passes(other))
    }

    /// Whether the one that goes down goes on above and below the other.
    fn passes(&self, other: &Self) -> bool {
        let (down, across) = if self.goes_down() {
            (self, other)
        } else {
            (other, self)
        };
        down.y.0 < across.y.0
            && across.y.0 < down.y.1
            && across.x.0 < down.x.0
            && down.x.0 < across.x.1
    }
}

fn stretches(net: &Net, gap: &Gap) -> Vec<Stretch> {
    let bar = net.track.unwrap_or(0);
    let mut stretches = Vec::new();
    let mut down = |x, from, to| {
        stretches.push(Stretch {
            x: (x, x),
            y: (from, to),
        });
    };
    for pin in &net.from {
        if let Terminal::Cell(_) = pin.terminal {
            down(pin.x, 0, bar);
        }
    }
    for pin in &net.to {
        if let Terminal::Cell(_) = pin.terminal {
            down(pin.x, bar, gap.tracks + 1);
        }
    }
    if let Some((x, second)) = net.turn(&gap.nets) {
        down(x, bar, second.track.unwrap_or(0));
    }
    if let Some(track) = net.track {
        stretches.push(Stretch {
            x: net.span(),
            y: (track, track),
        });
    }
    stretches
}

#[test]
fn a_graph_that_nobody_could_follow_is_listed() {
    let mut graph = random_graph(1);
    let edges = (0..251).map(|n| EdgeDescription {
        from: graph.nodes[0].name.clone(),
        to: END.into(),
        kind: EdgeKind::Join { group: n },
    });
    graph.edges = edges.collect();
    let page = graph.to_ascii();
    assert!(
        page.starts_with("too many nodes or edges to draw"),
        "{page}"
    );
    assert_eq!(page.lines().count(), 252);
}

#[test]
fn a_description_that_no_graph_has_is_drawn_as_far_as_it_makes_sense() {
    assert_eq!(GraphDescription::default().to_ascii(), "START\n");
    let mut graph = random_graph(1);
    graph.nodes.truncate(1);
    let name = graph.nodes[0].name.as_str().to_owned();
    let edges = [
        (START, name.as_str()),
        (&name, END),
        (END, &name),
        (&name, START),
        (&name, "nobody"),
    ];
    let edges = edges.map(|(from, to)| EdgeDescription {
        from: from.into(),
        to: to.into(),
        kind: EdgeKind::Always,
    });
    graph.edges = edges.into();
    let all = graph.to_ascii();
    graph.edges.truncate(2);
    assert_eq!(all, graph.to_ascii());
}
