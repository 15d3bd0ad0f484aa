//! The client for OpenRouter and every other server that speaks the chat completions protocol.
//!
//! `builder`, `routing` and `address` are the settings; `server` sends, `client` chats,
//! `embedder` embeds and `listing` tells what there is. `streaming` reads a reply while it comes,
//! and `assembly` puts it together, with blocks of `reasoning`. The files `wire_…` hold the
//! protocol's words, `finish`, `fault` and `retry_after` read what they mean. Retries are a
//! layer, not part of it.

mod address;
mod assembly;
mod builder;
mod client;
mod embedder;
mod fault;
mod finish;
mod listing;
mod reasoning;
mod retry_after;
mod routing;
mod server;
mod streaming;
mod wire_chunk;
mod wire_content;
mod wire_reply;
mod wire_request;
mod wire_usage;

pub use builder::{OpenAiCompatibleBuilder, OpenRouter, SetupError};
pub use client::OpenAiCompatible;
pub use embedder::{EmbeddingDims, OpenAiCompatibleEmbedder};
pub(crate) use fault::error_of_status;
pub use listing::{KeyLimits, ModelInfo, ModelList};
pub use routing::{DataCollection, MaxPrice, ProviderRouting, ProviderSort};
