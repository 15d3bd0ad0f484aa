//! Packs notices into deliveries and sends those, until the forge stops.
//!
//! Deliveries of one hook go out one after another, in the order of what they tell; a slow
//! receiver keeps nobody else waiting but the next round.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::notices::guid;
use super::send::{Sender, send};
use crate::error::ForgeError;
use crate::http::payload;
use crate::state::ForgeState;
use crate::store::deliveries::{self, Delivery};
use crate::store::hooks::{self, Hook};
use crate::store::outbox::{self, Notice};
use crate::store::repositories;

/// Wait after the records could not be used.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Works until the forge stops.
pub(crate) async fn work(state: Arc<ForgeState>) {
    let mut sender = None;
    while !state.stop.is_cancelled() {
        let waker = state.outbox_filled.notified();
        let turn = tokio::select! {
            turn = turn(&state, &mut sender) => turn,
            () = state.stop.cancelled() => return,
        };
        match turn {
            Ok(true) => {}
            Ok(false) => {
                state.outbox_emptied.notify_waiters();
                tokio::select! {
                    () = waker => {}
                    () = state.stop.cancelled() => {}
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "webhooks cannot be delivered"
                );
                tokio::select! {
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                    () = state.stop.cancelled() => {}
                }
            }
        }
    }
}

/// Whether there was anything to do.
async fn turn(state: &ForgeState, sender: &mut Option<Sender>) -> Result<bool, ForgeError> {
    let mut worked = false;
    loop {
        let mut conn = state.database.read().await?;
        let Some(notice) = outbox::first(&mut conn).await? else {
            break;
        };
        drop(conn);
        pack(state, &notice).await?;
        worked = true;
    }
    let mut conn = state.database.read().await?;
    let waiting = deliveries::waiting(&mut conn).await?;
    drop(conn);
    if waiting.is_empty() {
        return Ok(worked);
    }
    // Made on first use: it reads the system's certificates.
    let sender = match sender {
        Some(sender) => sender,
        None => {
            let made = Sender::new(state.options.limits.hook_time_max);
            let made = made.map_err(std::io::Error::other);
            sender.insert(made.map_err(none("HTTP client"))?)
        }
    };
    let mut by_hook: BTreeMap<i64, Vec<Delivery>> = BTreeMap::new();
    for delivery in waiting {
        by_hook.entry(delivery.hook_id).or_default().push(delivery);
    }
    let groups = by_hook.into_values();
    let sent = join_all(groups.map(|group| deliver(state, sender, group))).await;
    sent.into_iter().collect::<Result<(), _>>()?;
    Ok(true)
}

fn none(what: &'static str) -> impl FnOnce(std::io::Error) -> ForgeError {
    move |source| ForgeError::System { what, source }
}

/// Turns a notice into deliveries for those who listen; both happen or none.
async fn pack(state: &ForgeState, notice: &Notice) -> Result<(), ForgeError> {
    let mut conn = state.database.read().await?;
    let repo = repositories::by_id(&mut conn, notice.repo_id).await?;
    let mut listeners: Vec<Hook> = hooks::all(&mut conn, repo.id).await?;
    listeners.retain(|hook| match notice.hook_id {
        Some(only) => hook.id == only,
        None => hook.listens_to(&notice.event),
    });
    let payload = match listeners.is_empty() {
        true => None,
        false => match payload(state, &mut conn, &repo, notice).await {
            Err(error) if !error.is_retryable() => {
                let event = &notice.event;
                tracing::error!(%event, error = &error as &dyn std::error::Error, "cannot be told");
                None
            }
            payload => payload?,
        },
    };
    drop(conn);
    let mut tx = state.database.write().await?;
    if let Some(payload) = payload {
        let text = payload.to_string();
        for hook in &listeners {
            let guid = guid().map_err(none("random numbers"))?;
            let draft = deliveries::Draft {
                hook_id: hook.id,
                guid: &guid,
                event: &notice.event,
                action: notice.action.as_deref(),
                payload: &text,
                redelivery: false,
            };
            deliveries::insert(&mut tx, &draft).await?;
        }
    }
    outbox::remove(&mut tx, notice.id).await?;
    Ok(tx.commit().await?)
}

/// Sends one hook's deliveries in order.
async fn deliver(
    state: &ForgeState,
    sender: &Sender,
    group: Vec<Delivery>,
) -> Result<(), ForgeError> {
    for delivery in group {
        let mut conn = state.database.read().await?;
        let hook: Option<Hook> = hooks::by_id(&mut conn, delivery.hook_id).await?;
        drop(conn);
        // Deleted meanwhile, and its deliveries with it.
        let Some(hook) = hook else { continue };
        let outcome = send(sender, state.options.hook_targets, &hook, &delivery).await;
        let mut tx = state.database.write().await?;
        deliveries::record(&mut tx, delivery.id, &outcome).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Waits until everything was told, or the forge stops.
pub(crate) async fn settle(state: &ForgeState) -> Result<(), ForgeError> {
    loop {
        // Made before the look, so that no end slips in between.
        let emptied = state.outbox_emptied.notified();
        let mut conn = state.database.read().await?;
        let waiting = outbox::waiting(&mut conn).await?;
        drop(conn);
        if waiting == 0 {
            return Ok(());
        }
        state.outbox_filled.notify_one();
        tokio::select! {
            () = emptied => {}
            () = state.stop.cancelled() => return Ok(()),
        }
    }
}
