//! The items that a search looks at, in order, page by page: no answer is larger than a page,
//! however many there are.

use std::collections::VecDeque;

use agentflow_core::Timestamp;
use agentflow_core::store::Search;

use super::code::Range;
use super::memory::Memory;
use super::raw::Raw;
use crate::answer::Answer;
use crate::error::RedisError;
use crate::number::moment;
use crate::script::PAGE;

/// Items of one page.
pub(super) const PAGE_ITEMS_MAX: usize = 500;

/// Bytes of one page, 1 MiB, and one item more at most: others wait while the server puts a
/// page together.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// More is skipped by no search: as far as Lua counts exactly.
const SKIP_MAX: usize = 1 << 53;

/// What is not read yet.
pub(super) struct Pages {
    ranges: VecDeque<Range>,
    /// Items to leave out.
    pub(super) skip: usize,
    /// How many numbers a vector has, if vectors are wanted.
    dims: Option<usize>,
}

/// Items of one moment.
pub(super) struct Page {
    pub(super) revision: u64,
    pub(super) items: Vec<Raw>,
}

impl Pages {
    pub(super) fn of(search: &Search, dims: Option<usize>) -> Self {
        let roots = search.roots();
        let ranges = match roots.is_empty() {
            true => [Range::everything()].into(),
            false => roots.into_iter().map(Range::under).collect(),
        };
        Self {
            ranges,
            skip: 0,
            dims,
        }
    }

    /// The next page, which looks at no more than `names` items; none if all were read.
    pub(super) async fn next(
        &mut self,
        memory: &Memory,
        now: Timestamp,
        names: usize,
    ) -> Result<Option<Page>, RedisError> {
        if self.ranges.is_empty() {
            return Ok(None);
        }
        let mut call = memory
            .on(&PAGE)
            .with(moment(now))
            .with_count(names.clamp(1, PAGE_ITEMS_MAX))
            .with_count(PAGE_BYTES_MAX)
            .with_count(self.skip.min(SKIP_MAX))
            .with(if self.dims.is_some() { "1" } else { "" })
            .with_count(self.ranges.len() * 2);
        for range in &self.ranges {
            call.push(&range.from);
            call.push(&range.to);
        }
        let answer = memory.server.run(&call).await?;
        self.read(memory, answer).map(Some)
    }

    fn read(&mut self, memory: &Memory, mut answer: Answer) -> Result<Page, RedisError> {
        let revision = answer.number()?;
        let dims = answer.text()?;
        if let Some(wanted) = self.dims {
            memory.check_dims(&dims, wanted)?;
        }
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.skip = count(answer.number()?);
        let done = count(answer.number()?).min(self.ranges.len());
        self.ranges.drain(..done);
        let from = answer.bytes()?;
        if let Some(range) = self.ranges.front_mut() {
            range.from = from;
        }
        let (names, times) = (answer.list()?.optionals()?, answer.list()?.optionals()?);
        let (values, vectors) = (answer.list()?.optionals()?, answer.list()?.optionals()?);
        let items = names.into_iter().zip(times).zip(values).zip(vectors);
        let items = items.map(|(((name, times), value), vectors)| match (name, times) {
            (Some(name), Some(times)) => Raw::new(memory, name, &times, value, vectors),
            _ => Err(memory.unreadable("an item")),
        });
        let items = items.collect::<Result<_, _>>()?;
        Ok(Page { revision, items })
    }
}
