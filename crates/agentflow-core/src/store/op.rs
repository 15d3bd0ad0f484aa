//! What a store is asked, and what it answers.

use std::time::Duration;

use serde_json::Value;

use super::field::FieldPath;
use super::item::{Found, Item};
use super::list::ListPaths;
use super::path::StorePath;
use super::search::Search;

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreOp {
    /// Reads one item.
    Get(Get),
    /// Finds items.
    Search(Search),
    /// Lists the paths that have items.
    ListPaths(ListPaths),
    /// Keeps one item.
    Put(Put),
    /// Forgets one item.
    Delete(Delete),
}

/// The answer to the operation in the same place of the batch.
#[derive(Clone, Debug, PartialEq)]
pub enum StoreReply {
    /// To [`Get`]: the item, if it is there.
    Item(Option<Item>),
    /// To [`Search`]: the items, the best first.
    Found(Vec<Found>),
    /// To [`ListPaths`]: the paths.
    Paths(Vec<StorePath>),
    /// To [`Put`] and [`Delete`].
    Done,
}

/// Reads one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    /// Where it is kept.
    pub path: StorePath,
    /// Its name there.
    pub key: String,
    /// Whether its time to live begins anew.
    pub refresh: Refresh,
}

/// Keeps one item, in place of the one of that key if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// Where it is kept.
    pub path: StorePath,
    /// Its name there: not empty, and without NUL.
    pub key: String,
    /// What it is; an object.
    pub value: Value,
    /// How long it is kept.
    pub ttl: Ttl,
    /// Which of its fields are embedded.
    pub index: Index,
}

/// Forgets one item. That it is not there is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    /// Where it is kept.
    pub path: StorePath,
    /// Its name there.
    pub key: String,
}

/// How long an item is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// As long as the store's [`TtlPolicy`](super::TtlPolicy) says.
    #[default]
    AsConfigured,
    /// Until it is deleted.
    Forever,
    /// So long after it was put, or read if reading refreshes. Not zero.
    For(Duration),
}

/// Whether reading an item lets its time to live begin anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// If the store's [`TtlPolicy`](super::TtlPolicy) says so.
    #[default]
    AsConfigured,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Which fields of an item are embedded, so that it is found by what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Index {
    /// Those of the store's [`IndexConfig`](super::IndexConfig).
    #[default]
    AsConfigured,
    /// None of them.
    No,
    /// These. Without an embedder it is the same as none.
    Fields(Vec<FieldPath>),
}

impl Get {
    /// Reads the item of this key.
    #[must_use]
    pub fn new(path: &StorePath, key: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            key: key.into(),
            refresh: Refresh::default(),
        }
    }

    /// Says whether its time to live begins anew.
    #[must_use]
    pub fn refresh(mut self, refresh: Refresh) -> Self {
        self.refresh = refresh;
        self
    }
}

impl Put {
    /// Keeps `value`, an object, under this key.
    #[must_use]
    pub fn new(path: &StorePath, key: impl Into<String>, value: Value) -> Self {
        Self {
            path: path.clone(),
            key: key.into(),
            value,
            ttl: Ttl::default(),
            index: Index::default(),
        }
    }

    /// Says how long it is kept.
    #[must_use]
    pub fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = ttl;
        self
    }

    /// Says which of its fields are embedded.
    #[must_use]
    pub fn index(mut self, index: Index) -> Self {
        self.index = index;
        self
    }
}

impl Delete {
    /// Forgets the item of this key.
    #[must_use]
    pub fn new(path: &StorePath, key: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            key: key.into(),
        }
    }
}

impl StoreOp {
    /// Which item it writes.
    pub(super) fn written(&self) -> Option<(&StorePath, &str)> {
        match self {
            Self::Put(put) => Some((&put.path, &put.key)),
            Self::Delete(delete) => Some((&delete.path, &delete.key)),
            Self::Get(_) | Self::Search(_) | Self::ListPaths(_) => None,
        }
    }
}

macro_rules! from_request {
    ($($request:ident)+) => {
        $(impl From<$request> for StoreOp {
            fn from(request: $request) -> Self {
                Self::$request(request)
            }
        })+
    };
}

from_request! { Get Search ListPaths Put Delete }
