//! A conversation whose answers are shown word by word. Run: `cargo run --example chat`
//! Prints, as the words come:
//!
//! ```text
//! you: Name a sea.
//! model: The Baltic Sea.
//! you: Is it salty?
//! model: Less than others: many rivers flow into it.
//! 4 messages
//! ```
//!
//! No network, unless `OPENROUTER_API_KEY` is set: a real model answers then.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::env;
use std::io::{self, Write};

use agentflow::llm::{
    ChatModel, ChatRequest, Message, OpenRouter, ReplyEvent, ScriptedModel, SetupError,
};

fn model() -> Result<Box<dyn ChatModel>, SetupError> {
    Ok(match env::var("OPENROUTER_API_KEY") {
        Ok(key) => Box::new(OpenRouter::new(key)?),
        Err(_) => Box::new(ScriptedModel::replies([
            "The Baltic Sea.",
            "Less than others: many rivers flow into it.",
        ])),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = model()?;
    let mut said = Vec::new();
    for question in ["Name a sea.", "Is it salty?"] {
        println!("you: {question}");
        said.push(Message::user(question));
        print!("model: ");
        let mut reply = model.stream(ChatRequest::new(said.clone())).await?;
        while let Some(event) = reply.next().await {
            match event? {
                ReplyEvent::Text { delta } => {
                    print!("{delta}");
                    io::stdout().flush()?;
                }
                // The whole is appended as it is: the model reads on from there.
                ReplyEvent::Done { reply } => said.push(reply.message.into()),
                _ => {}
            }
        }
        println!();
    }
    println!("{} messages", said.len());
    Ok(())
}
