//! Finding items by what they mean: texts become vectors, and near ones mean alike.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::error::StoreError;
use super::field::FieldPath;
use super::limits::{EMBED_TEXTS_MAX, TEXTS_MAX, check};
use super::op::{Index, Put};
use crate::BoxError;

/// Turns texts into vectors, such that texts that mean alike lie in one direction.
#[async_trait]
pub trait Embedder: Debug + Send + Sync {
    /// One vector for each text, in their order. A text is never blank; there are
    /// [`EMBED_TEXTS_MAX`] at most.
    ///
    /// # Errors
    /// If it fails; then nothing of the batch is done that it was asked for.
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, BoxError>;
}

/// How a store finds items by what they mean.
#[derive(Clone, Debug)]
pub struct IndexConfig {
    /// Turns texts into vectors.
    pub embedder: Arc<dyn Embedder>,
    /// How many numbers a vector has.
    pub dims: usize,
    /// The fields that are embedded, each text of them on its own; all of an item, as
    /// one text, by default.
    pub fields: Vec<FieldPath>,
}

impl IndexConfig {
    /// Embeds all of each item, as one text.
    #[must_use]
    pub fn new(embedder: impl Embedder + 'static, dims: usize) -> Self {
        Self {
            embedder: Arc::new(embedder),
            dims,
            fields: vec![FieldPath::whole()],
        }
    }

    /// Embeds these fields instead.
    #[must_use]
    pub fn fields<F: Into<FieldPath>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// The texts of an item that are embedded.
    pub(super) fn texts_of(&self, put: &Put) -> Result<Vec<String>, StoreError> {
        let fields = match &put.index {
            Index::AsConfigured => &self.fields,
            Index::No => return Ok(Vec::new()),
            Index::Fields(fields) => fields,
        };
        let texts = fields.iter().flat_map(|field| field.texts_in(&put.value));
        let texts: Vec<String> = texts.collect();
        check("texts to embed in an item", texts.len(), TEXTS_MAX)?;
        Ok(texts)
    }

    /// The vectors of these texts, each of which is embedded once.
    pub(super) async fn embed(
        &self,
        texts: impl IntoIterator<Item = &String>,
    ) -> Result<BTreeMap<String, Vec<f32>>, StoreError> {
        let wanted: BTreeMap<&String, ()> = texts.into_iter().map(|text| (text, ())).collect();
        let wanted: Vec<String> = wanted.into_keys().cloned().collect();
        let mut vectors = BTreeMap::new();
        for texts in wanted.chunks(EMBED_TEXTS_MAX) {
            let embedded = self.embedder.embed(texts).await;
            let embedded = embedded.map_err(|source| StoreError::Embedding {
                texts: texts.len(),
                source,
            })?;
            self.check_vectors(texts.len(), &embedded)?;
            vectors.extend(texts.iter().cloned().zip(embedded));
        }
        Ok(vectors)
    }

    fn check_vectors(&self, texts: usize, vectors: &[Vec<f32>]) -> Result<(), StoreError> {
        if vectors.len() != texts {
            return Err(StoreError::BadEmbedding {
                found: format!("{} vectors", vectors.len()),
                wanted: format!("{texts}"),
            });
        }
        for vector in vectors {
            if vector.len() != self.dims {
                return Err(StoreError::BadEmbedding {
                    found: format!("a vector of {} numbers", vector.len()),
                    wanted: format!("{}", self.dims),
                });
            }
            if !vector.iter().all(|number| number.is_finite()) {
                return Err(StoreError::BadEmbedding {
                    found: "a vector with an infinite number".to_owned(),
                    wanted: "finite ones".to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// The cosine of the angle between two vectors, from -1 to 1; 0 if one has no direction.
pub(super) fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let (mut dot, mut of_left, mut of_right) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(right) {
        let (left, right) = (f64::from(*left), f64::from(*right));
        dot += left * right;
        of_left += left * left;
        of_right += right * right;
    }
    let lengths = f64::sqrt(of_left) * f64::sqrt(of_right);
    if lengths == 0.0 {
        0.0
    } else {
        (dot / lengths).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn a_cosine_tells_directions_apart_and_lengths_do_not_matter() {
        for (left, right, want) in [
            ([1.0, 0.0], [5.0, 0.0], 1.0),
            ([1.0, 0.0], [0.0, 2.0], 0.0),
            ([1.0, 0.0], [-3.0, 0.0], -1.0),
            ([0.0, 0.0], [1.0, 0.0], 0.0),
            ([3.0, 4.0], [3.0, 0.0], 0.6),
        ] {
            assert!(
                (cosine(&left, &right) - want).abs() < 1e-9,
                "{left:?} {right:?}"
            );
        }
    }
}
