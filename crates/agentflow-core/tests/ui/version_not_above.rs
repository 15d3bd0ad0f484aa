use agentflow_core::State;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
#[state(version = 2)]
struct EssayV2 {
    title: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
#[state(version = 2, from = EssayV2)]
struct Essay {
    topic: String,
}

impl From<EssayV2> for Essay {
    fn from(old: EssayV2) -> Self {
        Self { topic: old.title }
    }
}

fn main() {}
