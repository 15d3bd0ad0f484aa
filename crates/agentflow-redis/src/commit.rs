//! Stores one superstep in one call: its checkpoint, the fields that changed, the new head,
//! and what it leaves behind on the checkpoint it was built on.

use agentflow_core::checkpoint::{CheckpointError, CommitRequest, KEYS_MAX};

use crate::call::Call;
use crate::entry;
use crate::keys;
use crate::limits::check_commit;
use crate::number::padded;
use crate::records::with_records;
use crate::script::COMMIT;
use crate::store::Store;

impl Store {
    pub(crate) async fn commit(&self, request: &CommitRequest) -> Result<(), CheckpointError> {
        request.check()?;
        let call = self.commit_call(request)?;
        let mut answer = self.server.run(&call).await?;
        let status = answer.text()?;
        let expected = match status.as_str() {
            "ok" => return Ok(()),
            "orphan" => request.checkpoint.parent,
            _ => request.expected_head,
        };
        Err(self.refusal(&status, answer, &request.fence, expected))
    }

    fn commit_call(&self, request: &CommitRequest) -> Result<Call, CheckpointError> {
        let (thread, checkpoint) = (&request.fence.thread, &request.checkpoint);
        let entry = entry::encode(thread, checkpoint)?;
        check_commit(request, &entry)?;
        let (graph, id) = (keys::graph(&request.namespace), checkpoint.id);
        let (parent, expected) = (checkpoint.parent, request.expected_head);
        let fork = match parent {
            parent if parent == expected => String::new(),
            Some(parent) => keys::checkpoint(&graph, parent),
            None => "none".to_owned(),
        };
        let mut call = self
            .writes(&COMMIT, thread)
            .with(request.fence.epoch.to_string())
            .with(expected.map(|id| padded(id.0)).unwrap_or_default())
            .with(fork)
            .with_count(4 + 2 * request.changed.len())
            .with(keys::head(&graph))
            .with([padded(id.0), self.token()].concat())
            .with(keys::checkpoint(&graph, id))
            .with(entry);
        for (field, value) in &request.changed {
            call.push(keys::value(&graph, id, field.as_str()));
            call.push(value);
        }
        if request.records.is_empty() && request.taken.is_empty() {
            return Ok(call);
        }
        // Without a parent there are no records.
        let call = with_records(call, &graph, parent.unwrap_or(id), &request.records)
            .with_count(request.taken.len())
            .with_all(request.taken.iter().map(|event| padded(event.0)))
            .with(KEYS_MAX.to_string());
        Ok(call)
    }
}
