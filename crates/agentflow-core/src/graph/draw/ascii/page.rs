//! A drawing with what did not fit below it, and then the graphs inside.

use std::fmt::Write;

use super::layers::Layers;
use super::paint::Drawing;
use super::rails::Rail;
use super::route::Gap;
use super::sketch::{Sketch, Stroke, cut};
use crate::graph::describe::{EdgeDescription, EdgeKind, GraphDescription, NodeKind};

/// Graphs with more nodes are listed and not drawn: nobody follows so many lines.
const NODES_MAX: usize = 100;

/// Graphs with more edges are listed and not drawn.
const EDGES_MAX: usize = 250;

/// Columns of a page. A drawing and the margin of its loops stay below it.
const COLUMNS_MAX: usize = 100;

impl GraphDescription {
    /// The graph as text for a terminal, at most 100 columns wide.
    ///
    /// Lines go down from START; a dotted line is taken when a router says so, and a
    /// bar of `=` when all above it have finished. Loops go up along the right margin.
    /// What would tangle the drawing is listed below it. The graphs inside follow, as
    /// far as the description holds them: see [`GraphDescription::xray`].
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
    /// let drawing = "  START
    ///     |
    ///     v
    /// +-------+
    /// | write |
    /// +-------+
    ///     |
    ///     v
    ///    END
    /// ";
    /// assert_eq!(graph.plan().describe().to_ascii(), drawing);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn to_ascii(&self) -> String {
        let mut page = String::new();
        self.push_page(&mut page, "");
        page
    }

    fn push_page(&self, page: &mut String, inside: &str) {
        let sketch = Sketch::of(self);
        let (drawing, left_out) = drawn(&sketch);
        page.push_str(&drawing);
        push_legend(page, &sketch, &left_out);
        for (way, _) in sketch.ways.iter().zip(left_out).filter(|(_, out)| *out) {
            let start = if way.turns_back { "back" } else { "also" };
            push_listed(page, start, way.edge);
        }
        for node in &self.nodes {
            if let NodeKind::Subgraph { inner: Some(inner) } = &node.kind {
                let path = format!("{inside}{}", cut(node.name.as_str()));
                let _ = writeln!(page, "\ninside {path}:\n");
                inner.push_page(page, &format!("{path} > "));
            }
        }
    }
}

/// The drawing, and which ways are not in it.
fn drawn(sketch: &Sketch<'_>) -> (String, Vec<bool>) {
    let mut left_out = vec![false; sketch.ways.len()];
    if sketch.vertices.len() > NODES_MAX + 2 || sketch.ways.len() > EDGES_MAX {
        let instead = "too many nodes or edges to draw, so they are listed\n".to_owned();
        return (instead, vec![true; sketch.ways.len()]);
    }
    // Each try leaves out one way more at least.
    loop {
        match lay_out(sketch, &mut left_out) {
            Ok(drawing) => return (drawing.paint(), left_out),
            Err(ways) => {
                let before = left_out.iter().filter(|out| **out).count();
                ways.into_iter().for_each(|way| left_out[way] = true);
                let after = left_out.iter().filter(|out| **out).count();
                assert!(
                    before < after,
                    "a try that fails names a way that was drawn"
                );
            }
        }
    }
}

pub(super) fn lay_out<'a>(
    sketch: &'a Sketch<'a>,
    left_out: &mut [bool],
) -> Result<Drawing<'a>, Vec<usize>> {
    let mut layers = Layers::of(sketch, left_out)?;
    layers.order();
    layers.place();
    let rails = Rail::all(sketch, &layers, left_out);
    for (index, way) in sketch.ways.iter().enumerate() {
        let has_rail = rails.iter().any(|rail| rail.ways.contains(&index));
        left_out[index] |= way.turns_back && !has_rail;
    }
    let gaps = (0..layers.rows.len()).map(|row| Gap::below(row, &layers, &rails));
    let gaps = gaps.collect::<Result<Vec<_>, _>>()?;
    Ok(Drawing {
        sketch,
        layers,
        rails,
        gaps,
    })
}

/// Says what the lines mean that are drawn.
fn push_legend(page: &mut String, sketch: &Sketch<'_>, left_out: &[bool]) {
    let drawn = || sketch.ways.iter().zip(left_out).filter(|(_, out)| !**out);
    let has = |find: fn(&Stroke) -> bool| drawn().any(|(way, _)| find(&way.stroke));
    let mut legend = Vec::new();
    if has(|stroke| matches!(stroke, Stroke::Chosen)) {
        legend.push("... if its router says so");
    }
    if has(|stroke| matches!(stroke, Stroke::Join(_))) {
        legend.push("=== when all have finished");
    }
    if !legend.is_empty() {
        // Writing into a string cannot fail.
        let _ = writeln!(page, "\n{}", legend.join("   "));
    }
}

fn push_listed(page: &mut String, start: &str, edge: &EdgeDescription) {
    let [from, to] = [&edge.from, &edge.to].map(|name| cut(name.as_str()));
    let way = format!("{start}: {from} -> {to}");
    let when = when(&edge.kind);
    let columns = way.chars().count() + when.chars().count();
    let between = match when.is_empty() {
        true => "",
        false if columns < COLUMNS_MAX => " ",
        false => "\n      ",
    };
    let _ = writeln!(page, "{way}{between}{when}");
}

fn when(kind: &EdgeKind) -> String {
    match kind {
        EdgeKind::Always => String::new(),
        EdgeKind::Conditional { label: None } => "(if its router says so)".to_owned(),
        EdgeKind::Conditional { label: Some(label) } => format!("(if {})", cut(label)),
        EdgeKind::Join { group } => format!("(when all of join {} have finished)", group + 1),
        EdgeKind::Send { label: None } => "(for each send)".to_owned(),
        EdgeKind::Send { label: Some(label) } => format!("(for each send of {})", cut(label)),
    }
}
