use agentflow_core::SendTo;

const WORKER: SendTo<u32> = SendTo::new("worker");

fn main() {
    let _ = WORKER.send("seven");
}
