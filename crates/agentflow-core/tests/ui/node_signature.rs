use agentflow_core::{NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reducer = append)]
    log: Vec<String>,
}

async fn forgets_the_context(_: std::sync::Arc<Notes>) -> NodeResult<NotesUpdate> {
    Ok(Notes::update().log(["a line"]))
}

fn main() {
    let _ = StateGraph::new().add_node("a", forgets_the_context).add_edge(START, "a").compile();
}
