//! The words of a drawing: what is written in a node's box and at an edge. How they
//! are quoted is each drawing's own business.

use std::borrow::Cow;

use crate::graph::describe::{EdgeDescription, EdgeKind, GraphDescription, NodeDescription};

impl NodeDescription {
    /// What its box says.
    pub(super) fn caption(&self) -> Cow<'_, str> {
        if self.details.deferred {
            Cow::Owned(format!("{} (deferred)", self.name))
        } else {
            Cow::Borrowed(self.name.as_str())
        }
    }
}

impl GraphDescription {
    /// What is said at an edge. Joins are told apart where several lead to one node.
    pub(super) fn words(&self, edge: &EdgeDescription) -> Option<String> {
        match &edge.kind {
            EdgeKind::Always => None,
            EdgeKind::Conditional { label } => label.clone(),
            EdgeKind::Join { group } => {
                let others = self.edges.iter().any(|other| {
                    let joins = matches!(&other.kind, EdgeKind::Join { group: of } if of != group);
                    joins && other.to == edge.to
                });
                Some(if others {
                    format!("all {}", group + 1)
                } else {
                    "all".to_owned()
                })
            }
            EdgeKind::Send { label: None } => Some("send".to_owned()),
            EdgeKind::Send { label: Some(label) } => Some(format!("send: {label}")),
        }
    }
}
