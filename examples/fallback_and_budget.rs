//! A model that is busy is stood in for by another one, and a thread may only spend so much,
//! over all its runs and restarts.
//! Run: `cargo run --example fallback_and_budget`
//! Prints:
//!
//! ```text
//! (50 % of the budget of thread `tides` are spent)
//! Low tide is at six, says the small model.
//! (80 % of the budget of thread `tides` are spent)
//! (100 % of the budget of thread `tides` are spent)
//! High tide is at noon, says the large one.
//! the budget of thread `tides` is spent: 1200 of 1000 millionths of a US dollar; raise its limit to go on
//! ```
//!
//! No network: the models are scripted. With `OPENROUTER_API_KEY` set real ones are asked.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::sync::Arc;

use agentflow::llm::{
    Budget, BudgetAlert, BudgetPolicy, ChatModel, ChatRequest, Fallback, Ledger, ModelError,
    ModelFault, OpenRouter, Retry, ScriptedModel, ScriptedReply, SpendLimits, Usage,
};
use agentflow::store::{MemoryStore, StorePath};

const QUESTIONS: [&str; 3] = ["When is low tide?", "And high tide?", "And the next one?"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In a real program a store that lasts: SQLite, Postgres or Redis.
    let ledger = Ledger::new(Arc::new(MemoryStore::new()), &StorePath::new(["spending"])?)?;
    let policy = BudgetPolicy {
        thread: SpendLimits {
            micro_usd: Some(1_000),
            ..SpendLimits::default()
        },
        ..BudgetPolicy::default()
    };
    let model = Budget::new(models()?, ledger, policy).on_alert(tell);
    for question in QUESTIONS {
        match model
            .complete(ChatRequest::user(question).thread("tides"))
            .await
        {
            Ok(reply) => println!("{}", reply.text()),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}

fn tell(alert: &BudgetAlert) {
    println!(
        "({} % of the budget of {} are spent)",
        alert.threshold_percent, alert.scope
    );
}

/// A large model, and a small one where the large one has no room.
fn models() -> Result<Fallback, Box<dyn Error>> {
    if let Ok(key) = std::env::var("OPENROUTER_API_KEY") {
        let model = |name: &str| OpenRouter::builder(key.clone()).models([name]).build();
        let (large, small) = (model("openai/gpt-4o")?, model("openai/gpt-4o-mini")?);
        return Ok(Fallback::new(Retry::new(large)).or(Retry::new(small)));
    }
    let busy = ModelError::Overloaded {
        fault: ModelFault::new("large", "no room"),
        retry_after: None,
    };
    let large = [
        busy.into(),
        says("High tide is at noon, says the large one."),
    ];
    let small = [says("Low tide is at six, says the small model.")];
    Ok(Fallback::new(ScriptedModel::replies(large)).or(ScriptedModel::replies(small)))
}

/// A reply that costs 600 millionths of a dollar.
fn says(text: &str) -> ScriptedReply {
    let mut usage = Usage::tokens(20, 8);
    usage.cost_micro_usd = Some(600);
    ScriptedReply::from(text).usage(usage)
}
