//! Which paths have items, found one from the other: what is skipped is not read.

use agentflow_core::store::{ListPaths, StoreError, StorePath};

use super::code::{Range, read_labels};
use super::visit::Visit;
use crate::number::moment;
use crate::script::PATHS;

/// Steps of one call, each of which finds a path or reads past 16 items that have expired.
const STEPS: usize = 500;

impl Visit<'_> {
    pub(super) async fn paths(&mut self, list: &ListPaths) -> Result<Vec<StorePath>, StoreError> {
        let (mut shown, mut skipped, mut last) = (Vec::new(), 0, None);
        let mut from = Range::everything().from;
        while shown.len() < list.limit && !from.is_empty() {
            let steps = STEPS.min(list.offset.saturating_add(list.limit));
            let call = self.memory.on(&PATHS).with(&from).with(moment(self.now));
            let mut answer = self.memory.server.run(&call.with_count(steps)).await?;
            self.saw(answer.number()?);
            from = answer.bytes()?;
            for labels in answer.list()?.optionals()? {
                let path = labels.as_deref().and_then(read_labels);
                let path = path.ok_or_else(|| self.memory.unreadable("a path"))?;
                // Paths that are equal once they are cut come next to each other.
                let Some(path) = list.shown(&path).filter(|path| last.as_ref() != Some(path))
                else {
                    continue;
                };
                last = Some(path.clone());
                if skipped < list.offset {
                    skipped += 1;
                } else if shown.len() < list.limit {
                    shown.push(path);
                }
            }
        }
        Ok(shown)
    }
}
