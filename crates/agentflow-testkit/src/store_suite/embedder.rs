//! An embedder whose vectors a person can work out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agentflow_core::BoxError;
use agentflow_core::store::Embedder;
use async_trait::async_trait;

/// Counts words: a vector has one number for each word that it knows, how often it
/// occurs. Texts about the same words are near each other. Clones share their notes.
///
/// ```
/// use agentflow_core::store::Embedder;
/// use agentflow_testkit::WordEmbedder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let embedder = WordEmbedder::new(["tea", "cat"]);
/// let vectors = embedder.embed(&["Tea, more tea".to_owned()]).await;
/// assert_eq!(vectors.ok(), Some(vec![vec![2.0, 0.0]]));
/// assert_eq!(embedder.texts(), ["Tea, more tea"]);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WordEmbedder {
    words: Vec<String>,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    texts: Vec<String>,
    failures: u32,
    misshapen: Option<Vec<Vec<f32>>>,
}

/// The failure that a test asked for.
#[derive(Debug, thiserror::Error)]
#[error("the test lets the embedder fail")]
struct AskedToFail;

impl WordEmbedder {
    /// Knows these words, in lower case.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            notes: Arc::default(),
        }
    }

    /// How many numbers its vectors have.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.words.len()
    }

    /// All texts that it was given so far.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.notes().texts.clone()
    }

    /// Lets the next call fail.
    pub fn fail_next(&self) {
        self.notes().failures += 1;
    }

    /// Lets the next call return this, whatever it is given.
    pub fn answer_next(&self, vectors: Vec<Vec<f32>>) {
        self.notes().misshapen = Some(vectors);
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let text = text.to_lowercase();
        let words = self.words.iter();
        let counts = words.map(|word| {
            let runs = text.split(|letter: char| !letter.is_alphanumeric());
            runs.filter(|run| run == word).map(|_| 1.0).sum()
        });
        counts.collect()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Embedder for WordEmbedder {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, BoxError> {
        let mut notes = self.notes();
        if notes.failures > 0 {
            notes.failures -= 1;
            return Err(AskedToFail.into());
        }
        if let Some(vectors) = notes.misshapen.take() {
            return Ok(vectors);
        }
        notes.texts.extend_from_slice(texts);
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}
