use agentflow_core::State;
use serde::{Deserialize, Serialize};

fn highest(value: &mut u32, write: Vec<u32>) {
    *value = write.into_iter().fold(*value, u32::max);
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reducer = highest, write = Vec<u32>)]
    score: u32,
}

fn main() {}
