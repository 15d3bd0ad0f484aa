//! A plan as a Mermaid diagram. Conditional edges are dotted.

use std::fmt::Write;

use super::builder::{END, START};
use super::plan::{Exits, Plan};
use crate::state::State;

impl<S: State> Plan<S> {
    /// The graph as a Mermaid flowchart, which GitHub and many editors draw.
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        self.draw_exits(&mut text, START, &self.start);
        for node in &self.nodes {
            self.draw_exits(&mut text, node.id.as_str(), &node.exits);
        }
        text
    }

    fn draw_exits(&self, text: &mut String, from: &str, exits: &Exits<S>) {
        let targets = exits
            .edges
            .iter()
            .map(|to| (self.nodes[*to].id.as_str(), "-->"));
        let joins = exits
            .joins
            .iter()
            .map(|(join, _)| (self.nodes[self.joins[*join].to].id.as_str(), "-- all -->"));
        let branches = exits.branches.iter().flat_map(|branch| {
            branch
                .destinations
                .iter()
                .map(|(to, _)| (to.as_str(), "-.->"))
        });
        let mut drawn = false;
        for (to, arrow) in targets.chain(joins).chain(branches) {
            drawn = true;
            push_edge(text, from, arrow, to);
        }
        if !drawn {
            push_edge(text, from, "-->", END);
        }
    }
}

fn push_edge(text: &mut String, from: &str, arrow: &str, to: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "    {from} {arrow} {to}");
}
