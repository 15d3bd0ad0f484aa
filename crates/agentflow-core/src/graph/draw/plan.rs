//! The drawings of a plan, which are those of its description without a look into
//! its subgraphs.

use crate::graph::plan::Plan;
use crate::state::State;

impl<S: State> Plan<S> {
    /// The graph as a Mermaid flowchart: see [`GraphDescription::to_mermaid`].
    ///
    /// [`GraphDescription::to_mermaid`]: crate::GraphDescription::to_mermaid
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        self.describe().xray(0).to_mermaid()
    }

    /// The graph in graphviz's language: see [`GraphDescription::to_dot`].
    ///
    /// [`GraphDescription::to_dot`]: crate::GraphDescription::to_dot
    #[must_use]
    pub fn to_dot(&self) -> String {
        self.describe().xray(0).to_dot()
    }

    /// The graph for a terminal: see [`GraphDescription::to_ascii`].
    ///
    /// [`GraphDescription::to_ascii`]: crate::GraphDescription::to_ascii
    #[must_use]
    pub fn to_ascii(&self) -> String {
        self.describe().xray(0).to_ascii()
    }
}
