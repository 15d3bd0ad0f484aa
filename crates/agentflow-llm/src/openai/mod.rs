//! The client for OpenRouter and every other server that speaks the chat completions protocol.
//!
//! `builder` and `address` check the settings, `server` sends, `client` chats and `embedder` embeds;
//! `wire_request` and `wire_reply` hold the chat protocol's words, `fault` and `retry_after` read refusals. Retries are a layer, not part of it.

mod address;
mod builder;
mod client;
mod embedder;
mod fault;
mod retry_after;
mod server;
mod wire_reply;
mod wire_request;

pub use builder::{OpenAiCompatibleBuilder, OpenRouter, SetupError};
pub use client::OpenAiCompatible;
pub use embedder::{EmbeddingDims, OpenAiCompatibleEmbedder};
