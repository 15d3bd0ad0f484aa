//! Breakpoints, and what happens around their pauses.

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{Command, Durability, Outcome, RunInput, RunOptions};

use crate::support::{Call, Notes, Tampered, done, row};

#[tokio::test]
async fn a_breakpoint_after_a_node_is_kept_over_a_crash_before_the_pause_is_stored() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let store = Tampered::new();
        let graph = row(&["first", "a", "b"])
            .compile_with(store.clone())
            .unwrap()
            .interrupt_after(["a"])
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        store.refuse(Call::SaveRecords, 0, 1);
        assert!(thread.invoke(Notes::default()).await.is_err());
        let ended = thread.proceed().await.unwrap();
        assert!(matches!(ended, Outcome::Interrupted { .. }), "{ended:?}");
        assert_eq!(
            done(thread.proceed().await).log,
            ["first", "a", "b"],
            "{durability:?}"
        );
    }
}

#[tokio::test]
async fn a_breakpoint_after_the_last_node_does_not_hold_up_what_is_gone_to_later() {
    let graph = row(&["a"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_after(["a"])
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let again: RunInput<Notes> = RunInput::command(Command::goto("a"));
    assert_eq!(done(thread.invoke(again).await).log, ["a", "a"]);
}
