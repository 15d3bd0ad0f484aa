//! What is to be drawn: vertices and the ways between them, and which of those lead
//! back. Nothing has a place yet.

use crate::graph::builder::{END, START};
use crate::graph::describe::{
    EdgeDescription, EdgeKind, GraphDescription, NodeDescription, NodeKind,
};

/// Longer captions are cut: two of them must fit beside each other.
const CAPTION_CHARS_MAX: usize = 36;

/// A graph before it is placed. The first vertex is START; END is the last, if
/// anything leads there.
pub(super) struct Sketch<'a> {
    pub(super) vertices: Vec<Vertex>,
    pub(super) ways: Vec<Way<'a>>,
}

pub(super) struct Vertex {
    pub(super) caption: String,
    /// Whether it has a box: START and END have none.
    pub(super) framed: bool,
}

/// A line to draw.
pub(super) struct Way<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) stroke: Stroke,
    pub(super) turns_back: bool,
    pub(super) edge: &'a EdgeDescription,
}

/// How a line looks, by when it is taken. Lines of one stroke may run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stroke {
    Always,
    /// A conditional edge or a send.
    Chosen,
    /// The join of this number.
    Join(usize),
}

impl<'a> Sketch<'a> {
    pub(super) fn of(graph: &'a GraphDescription) -> Self {
        let point = |name: &str| Vertex {
            caption: name.to_owned(),
            framed: false,
        };
        let mut names = vec![START];
        let mut vertices = vec![point(START)];
        for node in &graph.nodes {
            names.push(node.name.as_str());
            vertices.push(Vertex {
                caption: caption(node),
                framed: true,
            });
        }
        if graph.ends().next().is_some() {
            names.push(END);
            vertices.push(point(END));
        }
        let find = |name: &str| names.iter().position(|known| *known == name);
        let mut ways: Vec<Way<'a>> = Vec::new();
        for edge in &graph.edges {
            // No graph that compiles does it, but a description that was stored may.
            if edge.from.as_str() == END || edge.to.as_str() == START {
                continue;
            }
            // It may also name nodes that it does not have.
            let (Some(from), Some(to)) = (find(edge.from.as_str()), find(edge.to.as_str())) else {
                continue;
            };
            let stroke = stroke(&edge.kind);
            let same = |way: &Way<'_>| (way.from, way.to, way.stroke) == (from, to, stroke);
            if !ways.iter().any(same) {
                ways.push(Way {
                    from,
                    to,
                    stroke,
                    turns_back: false,
                    edge,
                });
            }
        }
        let mut sketch = Self { vertices, ways };
        sketch.find_loops();
        sketch
    }

    /// Marks the ways that lead back to where a walk from START came along, so that
    /// the others make no circle.
    fn find_loops(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum Walk {
            New,
            Open,
            Closed,
        }
        let mut out: Vec<Vec<usize>> = vec![Vec::new(); self.vertices.len()];
        for (index, way) in self.ways.iter().enumerate() {
            out[way.from].push(index);
        }
        let mut walks = vec![Walk::New; self.vertices.len()];
        for root in 0..self.vertices.len() {
            if walks[root] != Walk::New {
                continue;
            }
            walks[root] = Walk::Open;
            let mut path = vec![(root, 0)];
            while let Some((vertex, next)) = path.pop() {
                let Some(&way) = out[vertex].get(next) else {
                    walks[vertex] = Walk::Closed;
                    continue;
                };
                path.push((vertex, next + 1));
                let to = self.ways[way].to;
                match walks[to] {
                    Walk::New => {
                        walks[to] = Walk::Open;
                        path.push((to, 0));
                    }
                    Walk::Open => self.ways[way].turns_back = true,
                    Walk::Closed => {}
                }
            }
        }
    }
}

fn stroke(kind: &EdgeKind) -> Stroke {
    match kind {
        EdgeKind::Always => Stroke::Always,
        EdgeKind::Conditional { .. } | EdgeKind::Send { .. } => Stroke::Chosen,
        EdgeKind::Join { group } => Stroke::Join(*group),
    }
}

fn caption(node: &NodeDescription) -> String {
    let text = cut(&node.caption());
    match node.kind {
        NodeKind::State => text,
        NodeKind::Send => format!("{text} (send)"),
        NodeKind::Subgraph { .. } => format!("{text} (graph)"),
    }
}

/// A name as it is drawn: on one line, and not too long.
pub(super) fn cut(name: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if name.chars().count() <= CAPTION_CHARS_MAX {
        return name.chars().map(plain).collect();
    }
    let start = name.chars().take(CAPTION_CHARS_MAX - 3);
    start.map(plain).chain("...".chars()).collect()
}
