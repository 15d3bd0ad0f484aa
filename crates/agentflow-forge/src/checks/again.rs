//! Checks that are run again or called off because someone asked.

use crate::error::ForgeError;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::checks::{self, CheckRun};

/// Puts a completed check back to where it began; the forge's own is run again.
pub(crate) async fn rerun(state: &ForgeState, run: &CheckRun) -> Result<(), ForgeError> {
    let mut tx = state.database.write().await?;
    checks::begin_again(&mut tx, run.id).await?;
    tx.commit().await?;
    state.check_queued.notify_one();
    Ok(())
}

/// Whether there was anything to call off. A check that runs is stopped soon.
pub(crate) async fn cancel(
    state: &ForgeState,
    run: &CheckRun,
    by: &User,
) -> Result<bool, ForgeError> {
    let mut tx = state.database.write().await?;
    let was_open = checks::cancel(&mut tx, run.id, by).await?;
    tx.commit().await?;
    if was_open {
        state.check_cancelled.notify_waiters();
        state.check_completed.notify_waiters();
    }
    Ok(was_open)
}

/// Ends when someone calls the check off; says who.
pub(super) async fn cancelled(state: &ForgeState, run: &CheckRun) -> Result<String, ForgeError> {
    loop {
        // Made before the look at the row, so that no call slips in between.
        let called = state.check_cancelled.notified();
        let mut conn = state.database.read().await?;
        let by = checks::cancelled_by(&mut conn, run.id).await?;
        drop(conn);
        if let Some(by) = by {
            return Ok(by);
        }
        called.await;
    }
}
