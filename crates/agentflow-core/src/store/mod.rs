//! Long-term memory: items that are kept across threads, found by their path, by what is
//! in them, or by what they are about. What belongs to one thread is in its state and
//! its checkpoints; nothing here is rolled back with a thread.
//!
//! ```
//! use agentflow_core::store::{Filter, MemoryStore, Search, StoreExt, StorePath};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), agentflow_core::store::StoreError> {
//! let store = MemoryStore::new();
//! let anna = StorePath::new(["users", "anna"])?;
//! store.put(&anna, "tea", json!({ "text": "likes green tea", "weight": 3 })).await?;
//! store.put(&anna, "cats", json!({ "text": "has two cats", "weight": 1 })).await?;
//!
//! let item = store.get(&anna, "tea").await?;
//! assert_eq!(item.map(|item| item.value["weight"].clone()), Some(json!(3)));
//!
//! let search = Search::under(&anna).filter(Filter::new().gte("weight", 1)).query("green TEA?");
//! let found = store.search(search).await?;
//! assert_eq!(found.len(), 1);
//! assert_eq!((found[0].item.key.as_str(), found[0].score), ("tea", Some(1.0)));
//! # Ok(())
//! # }
//! ```
//!
//! In a graph, [`CompiledGraph::with_store`](crate::CompiledGraph::with_store) gives it
//! to the nodes, who ask [`NodeContext::store`](crate::NodeContext::store) for it.
//! With an [`IndexConfig`], items are found by what they mean, or by words and meaning
//! at once: [`SearchMode`]. [`Chunking`] cuts long texts into items.

mod backend;
mod batch;
mod chunk;
mod error;
mod ext;
mod field;
mod filter;
mod fusion;
mod index;
mod item;
mod limits;
mod list;
mod memory;
mod op;
mod options;
mod path;
mod pattern;
mod relevance;
mod search;
mod tokens;
mod words;

pub use backend::Store;
pub use batch::Batch;
pub use chunk::{Chunk, Chunking};
pub use error::StoreError;
pub use ext::StoreExt;
pub use field::FieldPath;
pub use filter::{Comparison, Condition, Filter};
pub use fusion::{RANKS_MAX, RRF_K, fuse};
pub use index::{Embedder, IndexConfig};
pub use item::{Found, Item};
pub use limits::{
    CONDITIONS_MAX, EMBED_TEXTS_MAX, KEY_BYTES_MAX, OPS_MAX, PAGE_MAX, PATH_BYTES_MAX, PATHS_MAX,
    QUERY_BYTES_MAX, TEXTS_MAX, VALUE_BYTES_MAX, VALUE_DEPTH_MAX,
};
pub use list::ListPaths;
pub use memory::{MEMORY_ITEMS_MAX, MemoryStore};
pub use op::{Delete, Get, Index, Put, Refresh, StoreOp, StoreReply, Ttl};
pub use options::{StoreOptions, TtlPolicy};
pub use path::{PathError, RESERVED_LABEL, StorePath};
pub use pattern::{LabelPattern, PathMatch, PathPattern};
pub use relevance::{Matcher, Query, Relevance};
pub use search::{Search, SearchMode};
pub use tokens::{CHARS_PER_TOKEN, tokens_in, tokens_of};
pub use words::{WORD_BYTES_MAX, Words};
