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
        let of = |id: Option<agentflow_core::CheckpointId>| {
            id.map(|id| padded(id.0)).unwrap_or_default()
        };
        let is_root = if request.namespace.is_root() { "1" } else { "" };
        let mut call = self
            .writes(&COMMIT, thread)
            .with(self.token())
            .with(request.fence.epoch.to_string())
            .with(keys::graph(&request.namespace))
            .with(of(request.expected_head))
            .with(padded(checkpoint.id.0))
            .with(of(checkpoint.parent))
            .with(entry)
            .with(is_root)
            .with_count(request.changed.len());
        for (field, value) in &request.changed {
            call.push(field.as_str());
            call.push(value);
        }
        let call = with_records(call, &request.records)
            .with_count(request.taken.len())
            .with_all(request.taken.iter().map(|event| padded(event.0)))
            .with(KEYS_MAX.to_string());
        Ok(call)
    }
}
