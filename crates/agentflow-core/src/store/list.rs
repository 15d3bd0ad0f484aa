//! Which paths a store has.

use std::collections::BTreeSet;

use super::path::StorePath;
use super::pattern::{PathMatch, PathPattern};

/// Asks for the paths that have items, in their order.
///
/// ```
/// # use agentflow_core::store::{ListPaths, PathPattern};
/// // The first two labels of all paths of users that end with `memories`.
/// let list = ListPaths::new()
///     .prefix(PathPattern::new(["users", "*"]))
///     .suffix(PathPattern::new(["memories"]))
///     .max_depth(2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPaths {
    /// What a whole path must have, all of it.
    pub matching: Vec<PathMatch>,
    /// Cuts paths to so many labels; those that are then equal are one. 0 leaves none.
    pub max_depth: Option<usize>,
    /// How many are wanted at most, 100 by default.
    pub limit: usize,
    /// How many to leave out before.
    pub offset: usize,
}

impl Default for ListPaths {
    fn default() -> Self {
        Self {
            matching: Vec::new(),
            max_depth: None,
            limit: 100,
            offset: 0,
        }
    }
}

impl ListPaths {
    /// All paths, a hundred at most.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only paths that begin with this.
    #[must_use]
    pub fn prefix(mut self, pattern: PathPattern) -> Self {
        self.matching.push(PathMatch::Prefix(pattern));
        self
    }

    /// Only paths that end with this.
    #[must_use]
    pub fn suffix(mut self, pattern: PathPattern) -> Self {
        self.matching.push(PathMatch::Suffix(pattern));
        self
    }

    /// Cuts paths to so many labels.
    #[must_use]
    pub fn max_depth(mut self, labels: usize) -> Self {
        self.max_depth = Some(labels);
        self
    }

    /// So many at most.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Without the first so many.
    #[must_use]
    pub fn offset(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }

    /// The page that is wanted of the paths that have items, which may come in any order
    /// and more than once. For backends that do not do it themselves.
    pub fn pick<'a>(&self, paths: impl IntoIterator<Item = &'a StorePath>) -> Vec<StorePath> {
        let shown: BTreeSet<StorePath> = paths
            .into_iter()
            .filter_map(|path| self.shown(path))
            .collect();
        shown
            .into_iter()
            .skip(self.offset)
            .take(self.limit)
            .collect()
    }

    /// The path as it is listed; nothing if it is not. What comes from paths in their
    /// order comes in order too, equal ones next to each other.
    #[must_use]
    pub fn shown(&self, path: &StorePath) -> Option<StorePath> {
        let is_wanted = self.matching.iter().all(|one| one.matches(path));
        is_wanted.then(|| path.cut_to(self.max_depth.unwrap_or(usize::MAX)))?
    }
}
