use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
enum Phase {
    #[default]
    First,
}

fn main() {}
