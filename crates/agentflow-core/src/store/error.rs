//! What can go wrong between a caller and a store.

use super::path::{PathError, StorePath};
use super::search::SearchMode;
use crate::BoxError;
use crate::checkpoint::CodecError;

/// Why a store did not do what it was asked. Nothing of the batch was done then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A key that no item can have.
    #[error("an item of `{path}` cannot have the key {key:?}: give it a name without NUL")]
    BadKey {
        /// Where the item would be.
        path: StorePath,
        /// Its key.
        key: String,
    },
    /// The value is not an object.
    #[error("the value of item `{key}` of `{path}` is {found}; put it into a field of an object")]
    NotAnObject {
        /// Where the item would be.
        path: StorePath,
        /// Its key.
        key: String,
        /// What its value is.
        found: &'static str,
    },
    /// A time to live of nothing.
    #[error("item `{key}` of `{path}` would expire at once; delete it instead")]
    NoTtl {
        /// Where the item would be.
        path: StorePath,
        /// Its key.
        key: String,
    },
    /// More than a store takes of one thing.
    #[error("there would be {found} {what}; at most {max} are taken")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much it would be.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A search by meaning in a store that knows none.
    #[error(
        "a search by {mode:?} needs an index; give the store an `IndexConfig`, or search by words"
    )]
    NoIndex {
        /// How was to be searched.
        mode: SearchMode,
    },
    /// A similarity that no two vectors can have.
    #[error("the least similarity is {found}, and a cosine lies between -1 and 1")]
    BadSimilarity {
        /// What it is.
        found: f64,
    },
    /// The embedder failed.
    #[error("the embedder failed on {texts} texts")]
    Embedding {
        /// How many texts it was given.
        texts: usize,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The embedder returned something other than one vector of the index for each text.
    #[error(
        "the embedder returned {found}, and the index wants {wanted}: check `dims` and the model"
    )]
    BadEmbedding {
        /// What it returned.
        found: String,
        /// What the index wants.
        wanted: String,
    },
    /// The backend cannot be reached or did not answer.
    #[error("{backend} is unavailable")]
    Unavailable {
        /// Which backend.
        backend: &'static str,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The backend refused for a reason that repeating does not change.
    #[error("{backend} failed")]
    Backend {
        /// Which backend.
        backend: &'static str,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The backend answered something that it was not asked.
    #[error("{backend} gave no answer to {asked}; this is a mistake in that backend")]
    BadReply {
        /// Which backend.
        backend: &'static str,
        /// What it was asked.
        asked: &'static str,
    },
    /// A value does not encode or decode.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl StoreError {
    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Embedding { .. })
    }
}
