//! A description in graphviz's language.

use std::fmt::Write;

use super::outline::{Arrow, Outline, Shape};
use crate::graph::describe::{EdgeKind, GraphDescription, NodeKind};

impl GraphDescription {
    /// The graph in DOT, the language of graphviz: `dot -Tsvg graph.dot > graph.svg`.
    ///
    /// Conditional edges and sends are dashed and say which function decides; a join
    /// says `all`. The graphs inside are drawn as clusters, as far as the description
    /// holds them: see [`GraphDescription::xray`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Essay { topic: String }
    /// # async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// # fn main() -> Result<(), agentflow_core::Error> {
    /// # let graph = StateGraph::<Essay>::new()
    /// #     .add_node("write", write)
    /// #     .add_edge(START, "write")
    /// #     .compile()?;
    /// let dot = graph.plan().describe().to_dot();
    /// assert!(dot.contains(r#"n1 [label="write"];"#));
    /// assert!(dot.contains("n0 -> n1;"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        let outline = Outline::of(self);
        let mut text = String::from("digraph {\n    node [shape=box];\n");
        push_shapes(&mut text, &outline.shapes, 1);
        for arrow in &outline.arrows {
            push_arrow(&mut text, arrow);
        }
        text.push_str("}\n");
        text
    }
}

// Writing into a string cannot fail, so its results are dropped.
fn push_shapes(text: &mut String, shapes: &[Shape<'_>], depth: usize) {
    let indent = "    ".repeat(depth);
    for shape in shapes {
        let _ = match shape {
            Shape::Point { id, name } => {
                writeln!(text, "{indent}n{id} [label=\"{name}\", shape=oval];")
            }
            Shape::Node { id, node } => {
                let name = escaped(&node.caption());
                let look = match node.kind {
                    NodeKind::State => "",
                    NodeKind::Send => ", shape=parallelogram",
                    NodeKind::Subgraph { .. } => ", peripheries=2",
                };
                writeln!(text, "{indent}n{id} [label=\"{name}\"{look}];")
            }
            Shape::Group { id, node, shapes } => {
                let name = escaped(&node.caption());
                let _ = writeln!(text, "{indent}subgraph cluster_n{id} {{");
                let _ = writeln!(text, "{indent}    label=\"{name}\";");
                push_shapes(text, shapes, depth + 1);
                writeln!(text, "{indent}}}")
            }
        };
    }
}

fn push_arrow(text: &mut String, arrow: &Arrow<'_>) {
    let label = arrow.words.as_deref();
    let label = label.map(|words| format!("label=\"{}\"", escaped(words)));
    let dashed = matches!(
        arrow.kind,
        EdgeKind::Conditional { .. } | EdgeKind::Send { .. }
    );
    let style = dashed.then(|| "style=dashed".to_owned());
    let look: Vec<String> = label.into_iter().chain(style).collect();
    let Arrow { from, to, .. } = arrow;
    let _ = if look.is_empty() {
        writeln!(text, "    n{from} -> n{to};")
    } else {
        writeln!(text, "    n{from} -> n{to} [{}];", look.join(", "))
    };
}

/// Text inside quotes. A backslash would start one of graphviz's escapes, and an
/// ampersand one of HTML's.
fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for c in label.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '&' => text.push_str("&amp;"),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
    }
    text
}
