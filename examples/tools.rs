//! An agent with two tools calls one, then the other, and answers. Run: `cargo run --example tools`
//! Prints:
//!
//! ```text
//! calls find_city {"name":"Oslo"}
//! tool: 59.9 north, 10.8 east
//! calls weather {"latitude":59.9,"longitude":10.8}
//! tool: sunny at 59.9, 10.8
//! agent: It is sunny in Oslo.
//! ```
//!
//! No network, unless `OPENROUTER_API_KEY` is set: a real model answers then.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::env;

use agentflow::llm::{
    AgentState, ChatModel, Message, OpenRouter, ScriptedModel, ScriptedReply, SetupError, ToolBox,
    ToolError, agent, tool_fn,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct City {
    /// In English.
    name: String,
}

#[derive(Deserialize, JsonSchema)]
struct Place {
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
}

/// What the model reads is made from the types and their comments; what it sends is checked.
fn tools() -> ToolBox {
    let find_city = |city: City| async move {
        match city.name.as_str() {
            "Oslo" => Ok("59.9 north, 10.8 east"),
            other => Err(ToolError::failed(format!("there is no city `{other}`"))),
        }
    };
    let weather = |place: Place| async move {
        Ok(format!("sunny at {}, {}", place.latitude, place.longitude))
    };
    ToolBox::new()
        .with(tool_fn("find_city", "Where a city is.", find_city))
        .with(tool_fn("weather", "The weather at a place.", weather))
}

fn model() -> Result<Box<dyn ChatModel>, SetupError> {
    Ok(match env::var("OPENROUTER_API_KEY") {
        Ok(key) => Box::new(OpenRouter::new(key)?),
        Err(_) => Box::new(ScriptedModel::replies([
            ScriptedReply::call("find_city", json!({"name": "Oslo"})),
            ScriptedReply::call("weather", json!({"latitude": 59.9, "longitude": 10.8})),
            ScriptedReply::from("It is sunny in Oslo."),
        ])),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let graph = agent(model()?, tools()).compile()?;
    let asked = AgentState::of([Message::user("How is the weather in Oslo?")]);
    let done = graph.thread("oslo").invoke(asked).await?.into_done();
    for message in done.unwrap_or_default().messages {
        match message {
            Message::Assistant(said) => {
                for call in said.tool_calls {
                    println!("calls {} {}", call.name, call.arguments);
                }
                if let Some(text) = said.text {
                    println!("agent: {text}");
                }
            }
            Message::Tool { content, .. } => println!("tool: {content}"),
            _ => {}
        }
    }
    Ok(())
}
