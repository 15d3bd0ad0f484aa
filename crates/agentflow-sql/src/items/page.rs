//! Which of what a search finds are wanted.

/// Which of those that are found are wanted, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// What a search by meaning does with items that are not indexed, or not near enough.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// They come last.
    Last,
    LeftOut,
}

impl Page {
    /// Whether the next one that is found is wanted, as far as those before it go.
    pub(crate) fn turn(&mut self) -> bool {
        let is_wanted = self.offset == 0;
        self.offset = self.offset.saturating_sub(1);
        is_wanted
    }

    /// How many there are up to its end.
    pub(crate) fn end(&self) -> usize {
        self.offset.saturating_add(self.limit)
    }

    /// Offset and limit as a database takes them.
    pub(crate) fn columns(&self) -> (i64, i64) {
        let column = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        (column(self.offset), column(self.limit))
    }
}
