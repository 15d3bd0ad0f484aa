use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(write = String)]
    log: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Tags {
    #[state(reducer = append, write = String)]
    tags: Vec<String>,
}

fn main() {}
