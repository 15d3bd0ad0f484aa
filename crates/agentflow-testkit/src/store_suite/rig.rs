//! What a backend's test hands to a behaviour: fresh stores, with whatever must live as
//! long as they do, and the clock that they all go by.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{IndexConfig, Store, StoreOptions, TtlPolicy};

use super::desk::Desk;
use super::embedder::WordEmbedder;
use crate::ManualClock;

/// When the clock of every behaviour begins.
pub(super) const START: Timestamp = Timestamp(1_700_000_000_000_000);

/// A fresh store and what it stands on, such as a scratch folder.
pub struct StoreFixture {
    // Declared, and so dropped, before the guard: a backend closes its files first.
    store: Arc<dyn Store>,
    guard: Box<dyn Any + Send + Sync>,
}

impl StoreFixture {
    /// A store that needs `guard` to stay alive.
    pub fn new(store: impl Store + 'static, guard: impl Any + Send + Sync) -> Self {
        Self {
            store: Arc::new(store),
            guard: Box::new(guard),
        }
    }
}

impl fmt::Debug for StoreFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreFixture")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// What a suite's closure may return: a store, or one in a [`StoreFixture`].
pub trait IntoStoreFixture {
    /// Itself as a fixture.
    fn into_store_fixture(self) -> StoreFixture;
}

impl IntoStoreFixture for StoreFixture {
    fn into_store_fixture(self) -> StoreFixture {
        self
    }
}

impl<S: Store + 'static> IntoStoreFixture for S {
    fn into_store_fixture(self) -> StoreFixture {
        StoreFixture::new(self, ())
    }
}

type Making = Pin<Box<dyn Future<Output = StoreFixture> + Send>>;

/// Makes the stores of one behaviour.
pub struct Rig {
    fresh: Box<dyn Fn(StoreOptions) -> Making + Send + Sync>,
    clock: ManualClock,
    guards: Mutex<Vec<Box<dyn Any + Send + Sync>>>,
}

impl Rig {
    /// Makes them by `fresh`, each of them empty.
    pub fn new<F, Fut>(fresh: F) -> Self
    where
        F: Fn(StoreOptions) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoStoreFixture> + Send + 'static,
    {
        let making = move |options| -> Making {
            let made = fresh(options);
            Box::pin(async move { made.await.into_store_fixture() })
        };
        Self {
            fresh: Box::new(making),
            clock: ManualClock::new(START),
            guards: Mutex::default(),
        }
    }

    pub(super) fn clock(&self) -> &ManualClock {
        &self.clock
    }

    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// An empty store whose items stay, without an index.
    pub(super) async fn desk(&self) -> Desk {
        self.made(self.options()).await
    }

    /// An empty store with this policy for times to live.
    pub(super) async fn desk_with(&self, ttl: TtlPolicy) -> Desk {
        self.made(self.options().with_ttl(ttl)).await
    }

    /// An empty store with an index that embeds `fields`, or all of an item.
    pub(super) async fn indexed(&self, embedder: &WordEmbedder, fields: &[&str]) -> Desk {
        let mut index = IndexConfig::new(embedder.clone(), embedder.dims());
        if !fields.is_empty() {
            index = index.fields(fields.iter().copied());
        }
        self.made(self.options().with_index(index)).await
    }

    fn options(&self) -> StoreOptions {
        StoreOptions::new(self.clock.clone())
    }

    async fn made(&self, options: StoreOptions) -> Desk {
        let StoreFixture { store, guard } = (self.fresh)(options).await;
        let mut guards = self.guards.lock().unwrap_or_else(PoisonError::into_inner);
        guards.push(guard);
        Desk::at(store)
    }
}

impl fmt::Debug for Rig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rig")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
