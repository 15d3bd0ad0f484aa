//! What a store keeps of a thread, and the trait it implements. Stores see
//! encoded bytes and ids that others derived; they never look inside.

mod checkpointer;
mod error;
mod lease;
mod memory;
mod record;

pub use checkpointer::{Checkpointer, CommitRequest, HistoryPage, RecordsRequest, Stored};
pub use error::{CheckpointError, CodecError};
pub use lease::{Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover};
pub use memory::MemoryCheckpointer;
pub use record::{
    Checkpoint, CheckpointKey, CheckpointSource, FORMAT, Record, RecordKind, ScheduledTask,
    SeenByJoin,
};
