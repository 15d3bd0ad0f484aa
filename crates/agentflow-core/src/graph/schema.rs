//! JSON schemas of a graph's types, for whoever calls it over a wire. Nothing in
//! the engine reads them: values are checked by their own deserialisation.

use schemars::JsonSchema;
use serde_json::Value;

use super::plan::Plan;
use crate::runtime::CompiledGraph;
use crate::state::State;

impl<S: State + JsonSchema> Plan<S> {
    /// The JSON schema (draft 2020-12) of the state, as it is serialised.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # async fn research(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// #[derive(Clone, Debug, Default, Serialize, Deserialize, State, schemars::JsonSchema)]
    /// struct Essay {
    ///     /// What it is about.
    ///     topic: String,
    /// }
    ///
    /// # fn main() -> Result<(), agentflow_core::Error> {
    /// # let graph = StateGraph::<Essay>::new()
    /// #     .add_node("research", research)
    /// #     .add_edge(START, "research")
    /// #     .compile()?;
    /// let schema = graph.plan().state_schema();
    /// assert_eq!(schema["properties"]["topic"]["description"], "What it is about.");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state_schema(&self) -> Value {
        schema_of::<S>()
    }
}

impl<S: State + JsonSchema, I, O> CompiledGraph<S, I, O> {
    /// The JSON schema of the state: see [`Plan::state_schema`].
    #[must_use]
    pub fn state_schema(&self) -> Value {
        self.plan().state_schema()
    }
}

impl<S: State, I: JsonSchema, O> CompiledGraph<S, I, O> {
    /// The JSON schema of what the graph takes.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        schema_of::<I>()
    }
}

impl<S: State, I, O: JsonSchema> CompiledGraph<S, I, O> {
    /// The JSON schema of what the graph gives.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        schema_of::<O>()
    }
}

/// The JSON schema of a type, draft 2020-12.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}
