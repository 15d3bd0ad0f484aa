use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    #[state(reduce = append)]
    log: Vec<String>,
}

fn main() {
    let _ = Notes::update();
}
