//! What is convenient on every store.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::backend::Store;
use super::error::StoreError;
use super::item::{Found, Item};
use super::list::ListPaths;
use super::op::{Delete, Get, Put, StoreOp, StoreReply};
use super::path::StorePath;
use super::search::Search;
use crate::checkpoint::CodecError;
use crate::clock::Clock;

/// One operation at a time, typed values, and sweeping now and then.
///
/// # Errors
/// All calls fail as [`Store::batch`] does.
///
/// # Cancel safety
/// A dropped call happens wholly or not at all. It may happen a moment after it was
/// dropped.
pub trait StoreExt: Store {
    /// The item of this key, if it is there.
    fn get(
        &self,
        path: &StorePath,
        key: &str,
    ) -> impl Future<Output = Result<Option<Item>, StoreError>> + Send {
        self.get_with(Get::new(path, key))
    }

    /// As [`StoreExt::get`], as the request says.
    fn get_with(&self, get: Get) -> impl Future<Output = Result<Option<Item>, StoreError>> + Send {
        async move {
            match one(self, get.into()).await? {
                Some(StoreReply::Item(item)) => Ok(item),
                _ => Err(bad_reply(self, "a get")),
            }
        }
    }

    /// The value of the item of this key, typed, if it is there.
    ///
    /// # Errors
    /// Also if it does not decode as a `T`.
    fn get_as<T: DeserializeOwned>(
        &self,
        path: &StorePath,
        key: &str,
    ) -> impl Future<Output = Result<Option<T>, StoreError>> + Send {
        let get = Get::new(path, key);
        async move {
            let item = self.get_with(get).await?;
            item.map(|item| item.decode()).transpose()
        }
    }

    /// Keeps `value`, an object, under this key, in place of what was there.
    fn put(
        &self,
        path: &StorePath,
        key: &str,
        value: Value,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.put_with(Put::new(path, key, value))
    }

    /// As [`StoreExt::put`], as the request says.
    fn put_with(&self, put: Put) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            match one(self, put.into()).await? {
                Some(StoreReply::Done) => Ok(()),
                _ => Err(bad_reply(self, "a put")),
            }
        }
    }

    /// As [`StoreExt::put`], with a value of a type that encodes as an object.
    ///
    /// ```
    /// # use agentflow_core::store::{MemoryStore, StoreError, StoreExt, StorePath};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Debug, PartialEq, Serialize, Deserialize)]
    /// struct Preference {
    ///     language: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), StoreError> {
    /// let (store, anna) = (MemoryStore::new(), StorePath::new(["users", "anna"])?);
    /// let preference = Preference { language: "German".to_owned() };
    /// store.put_as(&anna, "preference", &preference).await?;
    /// assert_eq!(store.get_as(&anna, "preference").await?, Some(preference));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Also if it does not encode.
    fn put_as<T: Serialize + ?Sized>(
        &self,
        path: &StorePath,
        key: &str,
        value: &T,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let encoded = serde_json::to_value(value)
            .map_err(|source| CodecError::encoding(format!("item `{key}` of `{path}`"), source));
        let put = encoded.map(|value| Put::new(path, key, value));
        async move { self.put_with(put?).await }
    }

    /// Forgets the item of this key. That it is not there is no error.
    fn delete(
        &self,
        path: &StorePath,
        key: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let delete = Delete::new(path, key);
        async move {
            match one(self, delete.into()).await? {
                Some(StoreReply::Done) => Ok(()),
                _ => Err(bad_reply(self, "a delete")),
            }
        }
    }

    /// The items that are wanted, the best first.
    fn search(
        &self,
        search: Search,
    ) -> impl Future<Output = Result<Vec<Found>, StoreError>> + Send {
        async move {
            match one(self, search.into()).await? {
                Some(StoreReply::Found(found)) => Ok(found),
                _ => Err(bad_reply(self, "a search")),
            }
        }
    }

    /// The paths that have items, in their order.
    fn list_paths(
        &self,
        list: ListPaths,
    ) -> impl Future<Output = Result<Vec<StorePath>, StoreError>> + Send {
        async move {
            match one(self, list.into()).await? {
                Some(StoreReply::Paths(paths)) => Ok(paths),
                _ => Err(bad_reply(self, "a list of paths")),
            }
        }
    }

    /// Sweeps every `pause`, until it is dropped. A sweep that fails and may succeed
    /// later is reported and tried again.
    ///
    /// # Errors
    /// If a sweep fails for a reason that waiting does not change.
    fn keep_sweeping(
        &self,
        pause: Duration,
        clock: &dyn Clock,
    ) -> impl Future<Output = Result<Infallible, StoreError>> + Send {
        async move {
            loop {
                clock.sleep(pause).await;
                match self.sweep().await {
                    Ok(swept) => tracing::debug!(swept, "the store was swept"),
                    Err(error) if error.is_retryable() => {
                        tracing::warn!(%error, "the store could not be swept");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

async fn one<S: Store + ?Sized>(store: &S, op: StoreOp) -> Result<Option<StoreReply>, StoreError> {
    Ok(store.batch(vec![op]).await?.pop())
}

fn bad_reply<S: Store + ?Sized>(store: &S, asked: &'static str) -> StoreError {
    StoreError::BadReply {
        backend: store.backend(),
        asked,
    }
}
