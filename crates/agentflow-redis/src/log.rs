//! Keeps what runs have emitted, for readers that come back.

use agentflow_core::checkpoint::{
    CheckpointError, LOG_PAGE_BYTES_MAX, LogAppend, LogEntry, LogPage, LogPosition, LogSlice,
};

use crate::script::{APPEND, LOG};
use crate::store::Store;

impl Store {
    pub(crate) async fn append_log(
        &self,
        append: &LogAppend,
    ) -> Result<LogPosition, CheckpointError> {
        append.check()?;
        let kept = append.kept();
        let call = self
            .writes(&APPEND, &append.fence.thread)
            .with(self.token())
            .with(append.fence.epoch.to_string())
            .with_count(append.entries.len())
            .with(append.keep.to_string())
            .with_count(kept.len())
            .with_all(kept);
        let mut answer = self.server.run(&call).await?;
        let status = answer.text()?;
        if status == "ok" {
            return Ok(LogPosition(answer.number()?));
        }
        Err(self.refusal(&status, answer, &append.fence, None))
    }

    pub(crate) async fn read_log(&self, page: &LogPage) -> Result<LogSlice, CheckpointError> {
        let call = self
            .on(&LOG, &page.thread)
            .with(page.after.to_string())
            .with(page.limit.to_string())
            .with_count(LOG_PAGE_BYTES_MAX);
        let mut answer = self.server.run(&call).await?;
        let (oldest, newest) = (answer.number()?, answer.number()?);
        let first = answer.number()?;
        let values = answer.list()?.optionals()?;
        let entries = (first..).zip(values).map(|(position, value)| {
            let position = LogPosition(position);
            Some(LogEntry {
                position,
                value: value?,
            })
        });
        let entries: Option<Vec<_>> = entries.collect();
        Ok(LogSlice {
            oldest: LogPosition(oldest),
            newest: LogPosition(newest),
            entries: entries.ok_or_else(|| self.unreadable("an entry"))?,
        })
    }
}
