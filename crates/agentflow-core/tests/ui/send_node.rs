use std::sync::Arc;

use agentflow_core::{NodeContext, NodeResult, SendTo, State, StateGraph};
use serde::{Deserialize, Serialize};

const WORKER: SendTo<u32> = SendTo::new("worker");

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    log: String,
}

async fn on_text(_: Arc<String>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

fn main() {
    let _ = StateGraph::<Notes>::new().add_send_node(WORKER, on_text);
}
