//! A description as numbered shapes and arrows between them, with the graphs inside
//! as groups: what Mermaid and graphviz both want. Nothing is placed here, both do
//! that themselves.

use crate::graph::builder::{END, START};
use crate::graph::describe::{EdgeKind, GraphDescription, NodeDescription, NodeKind};

/// A drawing before it has a language.
pub(super) struct Outline<'a> {
    pub(super) shapes: Vec<Shape<'a>>,
    pub(super) arrows: Vec<Arrow<'a>>,
}

/// Something that is drawn, with a number that is its own in the whole drawing.
pub(super) enum Shape<'a> {
    /// START or END.
    Point { id: usize, name: &'static str },
    /// A node that is not looked into.
    Node {
        id: usize,
        node: &'a NodeDescription,
    },
    /// A node that is a graph, with what is inside.
    Group {
        id: usize,
        node: &'a NodeDescription,
        shapes: Vec<Shape<'a>>,
    },
}

/// From a shape to another.
pub(super) struct Arrow<'a> {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: &'a EdgeKind,
    pub(super) words: Option<String>,
}

/// Where arrows reach and leave a node: for a group its START and its END.
#[derive(Clone, Copy)]
struct Doors {
    entry: usize,
    exit: usize,
}

impl<'a> Outline<'a> {
    pub(super) fn of(graph: &'a GraphDescription) -> Self {
        let mut pen = Pen {
            next: 0,
            arrows: Vec::new(),
        };
        let (shapes, _) = pen.graph(graph, false);
        Self {
            shapes,
            arrows: pen.arrows,
        }
    }
}

struct Pen<'a> {
    next: usize,
    arrows: Vec<Arrow<'a>>,
}

impl<'a> Pen<'a> {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn graph(&mut self, graph: &'a GraphDescription, inside: bool) -> (Vec<Shape<'a>>, Doors) {
        let start = self.number();
        let mut shapes = vec![Shape::Point {
            id: start,
            name: START,
        }];
        let mut doors = Vec::new();
        for node in &graph.nodes {
            let (shape, of) = self.node(node);
            shapes.push(shape);
            doors.push((node.name.as_str(), of));
        }
        let end = self.number();
        // What leaves a group leaves from its END, even if nothing inside leads there.
        if inside || graph.ends().next().is_some() {
            shapes.push(Shape::Point { id: end, name: END });
        }
        let point = |id| Doors {
            entry: id,
            exit: id,
        };
        doors.extend([(START, point(start)), (END, point(end))]);
        let find = |name: &str| {
            let found = doors.iter().find(|(known, _)| *known == name);
            found.map(|(_, doors)| *doors)
        };
        for edge in &graph.edges {
            // A description that was stored may name nodes that it does not have.
            if let (Some(from), Some(to)) = (find(edge.from.as_str()), find(edge.to.as_str())) {
                self.arrows.push(Arrow {
                    from: from.exit,
                    to: to.entry,
                    kind: &edge.kind,
                    words: graph.words(edge),
                });
            }
        }
        (
            shapes,
            Doors {
                entry: start,
                exit: end,
            },
        )
    }

    fn node(&mut self, node: &'a NodeDescription) -> (Shape<'a>, Doors) {
        let id = self.number();
        if let NodeKind::Subgraph { inner: Some(inner) } = &node.kind {
            let (shapes, doors) = self.graph(inner, true);
            return (Shape::Group { id, node, shapes }, doors);
        }
        let doors = Doors {
            entry: id,
            exit: id,
        };
        (Shape::Node { id, node }, doors)
    }
}
