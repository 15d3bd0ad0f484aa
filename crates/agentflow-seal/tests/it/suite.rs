//! The suite on sealed stores, with each way to seal.

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_seal::{Compression, Seal, SealedCheckpointer};
use agentflow_sql::SqliteCheckpointer;
use agentflow_testkit::{Fixture, checkpointer_suite};

use crate::rig::ring;

fn memory(seal: Seal) -> SealedCheckpointer<MemoryCheckpointer> {
    SealedCheckpointer::new(MemoryCheckpointer::new(), seal)
}

async fn sqlite(seal: Seal) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let inner = SqliteCheckpointer::open(folder.path().join("threads.db"));
    Fixture::new(SealedCheckpointer::new(inner.await.unwrap(), seal), folder)
}

fn compressed() -> Seal {
    Seal::new().compress(Compression::default())
}

fn encrypted() -> Seal {
    Seal::new().encrypt(ring())
}

checkpointer_suite!(memory_compressed, || async { memory(compressed()) });
checkpointer_suite!(memory_encrypted, || async { memory(encrypted()) });
checkpointer_suite!(sqlite_both, || sqlite(compressed().encrypt(ring())));
