//! The graphs of a thread: the outermost, and those inside, which few threads have.

use std::collections::BTreeMap;

use super::graph::GraphData;
use crate::id::Namespace;

/// Only those with a checkpoint count as there.
#[derive(Clone, Debug, Default)]
pub(super) struct Graphs {
    root: GraphData,
    inside: BTreeMap<Namespace, GraphData>,
}

impl Graphs {
    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    pub(super) fn get(&self, namespace: &Namespace) -> Option<&GraphData> {
        let graph = if namespace.is_root() {
            Some(&self.root)
        } else {
            self.inside.get(namespace)
        };
        graph.filter(|graph| graph.head().is_some())
    }

    pub(super) fn get_mut(&mut self, namespace: &Namespace) -> Option<&mut GraphData> {
        let graph = if namespace.is_root() {
            Some(&mut self.root)
        } else {
            self.inside.get_mut(namespace)
        };
        graph.filter(|graph| graph.head().is_some())
    }

    /// The graph, for its first checkpoint if it has none.
    pub(super) fn get_or_new(&mut self, namespace: Namespace) -> &mut GraphData {
        if namespace.is_root() {
            &mut self.root
        } else {
            self.inside.entry(namespace).or_default()
        }
    }

    /// The outermost first, the others by name.
    pub(super) fn all(&self) -> impl Iterator<Item = &GraphData> {
        let all = std::iter::once(&self.root).chain(self.inside.values());
        all.filter(|graph| graph.head().is_some())
    }

    /// Forgets what is left of the graphs of which `stays` leaves nothing; the outermost
    /// is asked about first.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(&Namespace, &mut GraphData) -> bool) {
        if self.root.head().is_some() && !stays(&Namespace::root(), &mut self.root) {
            self.root = GraphData::default();
        }
        self.inside.retain(stays);
    }
}
