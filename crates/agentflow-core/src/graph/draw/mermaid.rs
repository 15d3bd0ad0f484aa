//! A description as a Mermaid flowchart. Shapes have numbers for ids, so that no
//! node's name can be one of Mermaid's own words.

use std::fmt::Write;

use super::outline::{Arrow, Outline, Shape};
use crate::graph::describe::{EdgeKind, GraphDescription, NodeKind};

impl GraphDescription {
    /// The graph as a Mermaid flowchart, which GitHub and many editors draw.
    ///
    /// Conditional edges and sends are dotted and say which function decides; a join
    /// says `all`. The graphs inside are drawn as far as the description holds them:
    /// see [`GraphDescription::xray`].
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Essay { topic: String }
    /// # async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// # fn main() -> Result<(), agentflow_core::Error> {
    /// let graph = StateGraph::<Essay>::new()
    ///     .add_node("write", write)
    ///     .add_edge(START, "write")
    ///     .compile()?;
    /// assert_eq!(
    ///     graph.plan().describe().to_mermaid(),
    ///     r#"flowchart TD
    ///     n0(["START"])
    ///     n1["write"]
    ///     n2(["END"])
    ///     n0 --> n1
    ///     n1 --> n2
    /// "#
    /// );
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let outline = Outline::of(self);
        let mut text = String::from("flowchart TD\n");
        push_shapes(&mut text, &outline.shapes, 1);
        for arrow in &outline.arrows {
            push_arrow(&mut text, arrow);
        }
        text
    }
}

// Writing into a string cannot fail, so its results are dropped.
fn push_shapes(text: &mut String, shapes: &[Shape<'_>], depth: usize) {
    let indent = "    ".repeat(depth);
    for shape in shapes {
        let _ = match shape {
            Shape::Point { id, name } => writeln!(text, "{indent}n{id}([\"{name}\"])"),
            Shape::Node { id, node } => {
                let name = escaped(&node.caption());
                let (open, close) = match node.kind {
                    NodeKind::State => ("[", "]"),
                    NodeKind::Send => ("[/", "/]"),
                    NodeKind::Subgraph { .. } => ("[[", "]]"),
                };
                writeln!(text, "{indent}n{id}{open}\"{name}\"{close}")
            }
            Shape::Group { id, node, shapes } => {
                let name = escaped(&node.caption());
                let _ = writeln!(text, "{indent}subgraph n{id} [\"{name}\"]");
                push_shapes(text, shapes, depth + 1);
                writeln!(text, "{indent}end")
            }
        };
    }
}

fn push_arrow(text: &mut String, arrow: &Arrow<'_>) {
    let Arrow { from, to, .. } = arrow;
    let words = arrow.words.as_deref().map(escaped);
    let _ = match (arrow.kind, words) {
        (EdgeKind::Always, _) => writeln!(text, "    n{from} --> n{to}"),
        (EdgeKind::Join { .. }, words) => {
            let words = words.unwrap_or_default();
            writeln!(text, "    n{from} -- {words} --> n{to}")
        }
        (_, None) => writeln!(text, "    n{from} -.-> n{to}"),
        (_, Some(words)) => writeln!(text, "    n{from} -.->|\"{words}\"| n{to}"),
    };
}

/// Text inside quotes. Mermaid reads labels as Markdown, so that everything but
/// plain words is written as a number of its character.
fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    let mut after_letter = false;
    for c in label.chars() {
        let plain = match c {
            ' ' | ',' | '?' | '!' | '\'' | '(' | ')' => true,
            // At the start of a word they would make lists and emphasis.
            '_' | '-' | '.' | ':' => after_letter,
            c => c.is_alphanumeric() || !(c.is_ascii() || c.is_control() || c.is_whitespace()),
        };
        if plain {
            text.push(c);
        } else if c.is_control() || c.is_whitespace() {
            text.push(' ');
        } else {
            let _ = write!(text, "#{};", u32::from(c));
        }
        after_letter = c.is_alphabetic() || (after_letter && matches!(c, '_' | '-'));
    }
    text
}
