use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reducer = union)]
    tags: Vec<String>,
}

fn main() {}
