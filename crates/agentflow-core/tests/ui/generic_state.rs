use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Holder<T> {
    value: T,
}

fn main() {}
