//! A model answers with a Rust value; a reply that does not fit is asked for again, with what
//! is wrong. Run: `cargo run --example structured_output`
//! Prints:
//!
//! ```text
//! Soup: 25 minutes, for 2 people or more
//!   3 carrots
//!   some salt
//! it took 2 rounds
//! ```
//!
//! No network, unless `OPENROUTER_API_KEY` is set: a real model answers then.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::env;

use agentflow::llm::{ChatModel, ChatModelExt, ChatRequest, OpenRouter, ScriptedModel, SetupError};
use schemars::JsonSchema;
use serde::Deserialize;

/// A recipe, in a few words.
#[derive(Deserialize, JsonSchema)]
struct Recipe {
    title: String,
    /// From the first cut to the table.
    minutes: u32,
    /// The least that it is worth it for.
    people: u32,
    ingredients: Vec<Ingredient>,
}

#[derive(Deserialize, JsonSchema)]
struct Ingredient {
    name: String,
    /// `null` for as much as one likes.
    count: Option<u32>,
}

fn model() -> Result<Box<dyn ChatModel>, SetupError> {
    let ingredients = r#"[{"name": "carrots", "count": 3}, {"name": "salt", "count": null}]"#;
    Ok(match env::var("OPENROUTER_API_KEY") {
        Ok(key) => Box::new(OpenRouter::new(key)?),
        Err(_) => Box::new(ScriptedModel::replies([
            // As models write where no provider holds them to the schema.
            format!(r#"{{"title": "Soup", "minutes": "25 or so", "ingredients": {ingredients}}}"#),
            format!(
                r#"Sorry! {{"title": "Soup", "minutes": 25, "people": 2, "ingredients": {ingredients}}}"#
            ),
        ])),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = model()?;
    let request = ChatRequest::user("A recipe for soup, please.");
    let given = model.structured::<Recipe>(request).repairs_max(2).await?;
    let recipe = given.value;
    let (title, minutes, people) = (recipe.title, recipe.minutes, recipe.people);
    println!("{title}: {minutes} minutes, for {people} people or more");
    for ingredient in recipe.ingredients {
        match ingredient.count {
            Some(count) => println!("  {count} {}", ingredient.name),
            None => println!("  some {}", ingredient.name),
        }
    }
    println!("it took {} rounds", given.rounds);
    Ok(())
}
