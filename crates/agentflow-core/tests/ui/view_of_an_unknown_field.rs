use agentflow_core::{Input, State, View};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Essay {
    topic: String,
    drafts: u32,
}

#[derive(View)]
#[view(of = Essay)]
struct Topic {
    topik: String,
}

#[derive(View)]
#[view(of = Essay)]
struct Drafts {
    drafts: String,
}

#[derive(Input)]
#[input(of = Essay)]
struct Question {
    topik: String,
}

#[derive(View)]
struct Lost {
    topic: String,
}

fn main() {}
