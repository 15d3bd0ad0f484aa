//! A chat model behind the wire of OpenAI, so that clients in any language can be tested against
//! it without a network, an account or luck.
//!
//! [`MockOpenAi`] serves a [`ChatModel`](agentflow_llm::ChatModel), mostly a scripted one, on a
//! port of the loopback: chat completions, whole and streamed, with tools, and the model's errors
//! as the refusals that a real server would send; embeddings, which are the same for the same text
//! everywhere; the list of models. The program `mock-openai` does the same from a script file.
//!
//! What it deliberately does not do: think, check that a reply keeps to a tool's or an answer's
//! schema, serve other machines, speak TLS, and answer the rest of OpenAI's API (responses, files,
//! audio, images). Of a message only the words reach the model.
//!
//! ```
//! use agentflow_llm::{Script, ScriptedModel};
//! use agentflow_mock_openai::MockOpenAi;
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! let script = Script::parse(
//!     r#"
//!     [[reply]]
//!     prompt_contains = ["weather"]
//!     text = "It is sunny."
//!     "#,
//! )?;
//! let mock = MockOpenAi::start(ScriptedModel::from_script(script)).await?;
//! // Now run the client, for example `OpenAI(base_url=…, api_key="any")` in Python.
//! assert!(mock.base_url().ends_with("/v1"));
//! assert_eq!(mock.requests(), []);
//! mock.stop().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(demo()).unwrap();
//! ```

mod chat;
mod embeddings;
mod models;
mod options;
mod refusal;
mod refused;
mod routes;
mod seen;
mod server;
mod vectors;
mod wire;

pub use options::{MockOptions, StartError};
pub use seen::SeenRequest;
pub use server::MockOpenAi;
