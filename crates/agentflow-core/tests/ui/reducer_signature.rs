use agentflow_core::State;
use serde::{Deserialize, Serialize};

fn longest(value: &mut String, write: &str) {
    if write.len() > value.len() {
        *value = write.to_owned();
    }
}

fn joined(value: String, write: String) -> String {
    value + &write
}

fn latest(value: &mut String, write: String) -> String {
    std::mem::replace(value, write)
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reducer = longest)]
    title: String,
    #[state(reducer = joined)]
    text: String,
    #[state(reducer = latest)]
    last: String,
}

fn main() {}
