//! The client as an embedder: texts go out, vectors come back, in the order of the texts.
//!
//! What a store wants of an embedder is the core's; retries are a layer, as for chat.

use std::fmt;

use agentflow_core::store::{EMBED_TEXTS_MAX, Embedder};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::Instrument;

use super::server::Server;
use crate::error::BoxError;
use crate::{InvalidReply, ModelError};

/// Texts of one request together, 256 KiB: no server takes more than some hundred
/// thousand tokens at once, and a token has a byte at least.
const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Turns texts into vectors on a server that speaks the embeddings protocol: OpenAI,
/// OpenRouter, Ollama, vLLM, llama.cpp and many more. Cheap to clone; clones share
/// connections.
///
/// Many texts go in several requests, one after the other. It asks each time once: wrap
/// it in [`Retry`](crate::Retry) to ask again after errors that may pass.
///
/// ```
/// use agentflow_core::store::IndexConfig;
/// use agentflow_llm::{EmbeddingDims, OpenAiCompatible, Retry};
///
/// # fn main() -> Result<(), agentflow_llm::SetupError> {
/// let embedder = OpenAiCompatible::builder("https://api.openai.com/v1")
///     .key("sk-example")
///     .models(["text-embedding-3-small"])
///     .build_embedder(EmbeddingDims::Shortened(512))?;
/// let dims = embedder.dims();
/// let index = IndexConfig::new(Retry::new(embedder), dims).fields(["text"]);
/// assert_eq!(index.dims, 512);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpenAiCompatibleEmbedder {
    server: Server,
    model: String,
    dims: EmbeddingDims,
    texts_max: usize,
}

/// How many numbers the vectors of a model have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddingDims {
    /// As many as the model makes by itself. It is only checked.
    Native(usize),
    /// Fewer, which the model is asked for. Not every model can.
    Shortened(usize),
}

impl EmbeddingDims {
    /// The number.
    #[must_use]
    pub fn count(self) -> usize {
        let (Self::Native(count) | Self::Shortened(count)) = self;
        count
    }
}

#[derive(Serialize)]
struct WireTexts<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
struct WireVectors {
    data: Option<Vec<WireVector>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct WireVector {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl OpenAiCompatibleEmbedder {
    pub(super) fn new(server: Server, model: String, dims: EmbeddingDims) -> Self {
        Self {
            server,
            model,
            dims,
            texts_max: EMBED_TEXTS_MAX,
        }
    }

    /// Texts that go in one request at most, 256 by default; one at least. For servers
    /// that take fewer.
    #[must_use]
    pub fn texts_max(mut self, texts: usize) -> Self {
        self.texts_max = texts.max(1);
        self
    }

    /// How many numbers its vectors have.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims.count()
    }

    /// One vector for each text, in their order.
    ///
    /// # Errors
    /// If the server refuses, cannot be reached, or returns something other than one
    /// vector of the right length for each text.
    ///
    /// # Cancel safety
    /// Nothing is kept. What was asked for may still be charged.
    pub async fn vectors(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for part in parts(texts, self.texts_max) {
            let span = tracing::info_span!("embed", model = self.model, texts = part.len());
            vectors.extend(self.ask(part).instrument(span).await?);
        }
        Ok(vectors)
    }

    async fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let body = WireTexts {
            model: &self.model,
            input: texts,
            encoding_format: "float",
            dimensions: match self.dims {
                EmbeddingDims::Native(_) => None,
                EmbeddingDims::Shortened(count) => Some(count),
            },
        };
        let (asked, reply) = self.server.ask::<WireVectors>(&self.model, &body).await?;
        if let Some(error) = reply.error {
            return Err(self.server.refused(&error, asked));
        }
        let vectors = in_order(reply.data.unwrap_or_default());
        self.check(texts.len(), &vectors)?;
        Ok(vectors)
    }

    fn check(&self, texts: usize, vectors: &[Vec<f32>]) -> Result<(), ModelError> {
        let unfit = |found: String, wanted: String| {
            let problem = InvalidReply::Vectors { found, wanted };
            Err(self.server.invalid(problem))
        };
        if vectors.len() != texts {
            return unfit(format!("{} vectors", vectors.len()), format!("{texts}"));
        }
        let dims = self.dims();
        match vectors.iter().find(|vector| vector.len() != dims) {
            Some(other) => unfit(
                format!("a vector of {} numbers", other.len()),
                format!("{dims}"),
            ),
            None => Ok(()),
        }
    }
}

/// In the order of their numbers, which servers may leave out, up to the first that is
/// missing.
fn in_order(mut data: Vec<WireVector>) -> Vec<Vec<f32>> {
    data.sort_by_key(|vector| vector.index);
    let numbered = data.into_iter().enumerate();
    let whole = numbered.take_while(|(n, vector)| vector.index.is_none_or(|index| index == *n));
    whole.map(|(_, vector)| vector.embedding).collect()
}

/// The texts in parts of so many at most, none of them too large unless it is one text.
fn parts(texts: &[String], texts_max: usize) -> impl Iterator<Item = &[String]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |text: &&String| {
            bytes += text.len();
            bytes <= REQUEST_BYTES_MAX
        };
        let count = rest.iter().take(texts_max).take_while(fits).count();
        let (part, behind) = rest.split_at(count.max(1).min(rest.len()));
        rest = behind;
        (!part.is_empty()).then_some(part)
    })
}

#[async_trait]
impl Embedder for OpenAiCompatibleEmbedder {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(self.vectors(texts).await?)
    }
}

impl fmt::Debug for OpenAiCompatibleEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatibleEmbedder")
            .field("address", &self.server.address())
            .field("model", &self.model)
            .field("dims", &self.dims)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{REQUEST_BYTES_MAX, parts};

    #[test]
    fn texts_go_in_parts_that_servers_take() {
        let half = REQUEST_BYTES_MAX / 2;
        for (name, sizes, texts_max, want) in [
            ("none", &[][..], 2, &[][..]),
            ("so many", &[1, 1, 1, 1, 1], 2, &[2, 2, 1]),
            ("so large", &[half, half, 1], 9, &[2, 1]),
            ("one is too large", &[1, half * 3, 1], 9, &[1, 1, 1]),
        ] {
            let texts: Vec<String> = sizes.iter().map(|size| "x".repeat(*size)).collect();
            let parts: Vec<&[String]> = parts(&texts, texts_max).collect();
            let counts: Vec<usize> = parts.iter().map(|part| part.len()).collect();
            assert_eq!(counts, want, "{name}");
            assert_eq!(parts.concat(), texts, "{name}");
        }
    }
}
