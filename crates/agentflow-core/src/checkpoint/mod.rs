//! What a store keeps of a thread, and the trait it implements. Stores see
//! encoded bytes and ids that others derived; they never look inside.

mod capability;
mod checkpointer;
mod error;
mod event;
mod fields;
mod lease;
mod limits;
mod log;
mod memory;
mod pieces;
mod record;
mod request;
mod retention;
mod shared;

pub use capability::{Capabilities, Capability};
pub use checkpointer::Checkpointer;
pub use error::{CheckpointError, CodecError};
pub use event::{Delivery, Event, EventId};
pub use fields::FieldVersions;
pub use lease::{Epoch, Fence, Lease, LeaseClock, LeaseGrant, LeaseRequest, OwnerId, Takeover};
pub use limits::{
    ENVELOPE, ENVELOPE_BYTES_MAX, EVENT_BYTES_MAX, EVENT_NAME_BYTES_MAX, EVENTS_MAX, KEYS_MAX,
    LOG_APPEND_MAX, LOG_ENTRIES_MAX, LOG_ENTRY_BYTES_MAX, LOG_PAGE_BYTES_MAX, METADATA_BYTES_MAX,
};
pub use log::{LogAppend, LogEntry, LogPage, LogPosition, LogRoom, LogSlice};
pub use memory::{MemoryCheckpointer, MemoryLimits, MemoryUsage};
pub(crate) use pieces::{PIECES_MAX, Pieces, Run};
pub use record::{
    Checkpoint, CheckpointKey, CheckpointSource, FORMAT, RanTask, Record, RecordKind,
    ScheduledTask, SeenByJoin, WrittenBy,
};
pub use request::{CommitRequest, HistoryPage, RecordsRequest, Stored, Wake};
pub use retention::{Prune, Retention};
