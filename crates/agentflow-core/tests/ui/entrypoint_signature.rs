use agentflow_core::{EntryContext, Entrypoint, NodeResult};

async fn saves_something_else(_: String, _: EntryContext<u32>) -> NodeResult<String> {
    Ok("an essay".to_owned())
}

async fn forgets_the_context(_: String) -> NodeResult<String> {
    Ok("an essay".to_owned())
}

fn main() {
    let _ = Entrypoint::new("essay", saves_something_else).compile();
    let _ = Entrypoint::new("essay", forgets_the_context).compile();
}
