use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reducer = apend)]
    log: Vec<String>,
}

fn main() {}
