//! Webhooks of a repository: list, get, create, edit, delete, ping.

use serde::Deserialize;
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::http::answer::{Answer, Refusal, created, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::deliveries;
use crate::store::hooks::{self, Hook};
use crate::webhooks;

const RESOURCE: &str = "Hook";
/// Most hooks of a repository, as on GitHub.
const HOOKS_MAX: usize = 20;

#[derive(Deserialize)]
pub(super) struct HookFields {
    name: Option<String>,
    active: Option<bool>,
    events: Option<Vec<String>>,
    #[serde(default)]
    add_events: Vec<String>,
    #[serde(default)]
    remove_events: Vec<String>,
    config: Option<ConfigFields>,
}

#[derive(Deserialize)]
pub(super) struct ConfigFields {
    url: Option<String>,
    content_type: Option<String>,
    secret: Option<String>,
    insecure_ssl: Option<Value>,
}

pub(super) async fn list(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let mut values = Vec::new();
    for hook in hooks::all(&mut conn, call.repo.id).await? {
        values.push(shown(&call, &mut conn, &hook).await?);
    }
    page::list(&call, values)
}

pub(super) async fn get(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let hook = known(&call, &mut conn).await?;
    ok(shown(&call, &mut conn, &hook).await?)
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(fields): Fields<HookFields>,
) -> Answer {
    if fields.name.as_deref().is_some_and(|name| name != "web") {
        return Err(Refusal::invalid(RESOURCE, "name", "invalid"));
    }
    let mut hook = Hook {
        id: 0,
        repo_id: call.repo.id,
        url: String::new(),
        content_type: "form".to_owned(),
        secret: None,
        insecure_ssl: "0".to_owned(),
        events: vec!["push".to_owned()],
        active: true,
        created_at: String::new(),
        updated_at: String::new(),
    };
    apply(&call, &mut hook, fields)?;
    let mut tx = call.state.database.write().await?;
    let there = hooks::all(&mut tx, call.repo.id).await?;
    if there.len() >= HOOKS_MAX {
        let sentence = format!("The \"push\" event cannot have more than {HOOKS_MAX} hooks");
        return Err(Refusal::broken_rule(RESOURCE, sentence));
    }
    let same = |it: &Hook| it.url == hook.url && it.events == hook.events;
    if there.iter().any(same) {
        let sentence = "Hook already exists on this repository";
        return Err(Refusal::broken_rule(RESOURCE, sentence));
    }
    let hook = hooks::save(&mut tx, &hook).await?;
    webhooks::ping(&mut tx, &call.repo, &hook).await?;
    let value = shown(&call, &mut tx, &hook).await?;
    tx.commit().await?;
    created(value)
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(fields): Fields<HookFields>) -> Answer {
    let mut tx = call.state.database.write().await?;
    let mut hook = known(&call, &mut tx).await?;
    apply(&call, &mut hook, fields)?;
    let hook = hooks::save(&mut tx, &hook).await?;
    let value = shown(&call, &mut tx, &hook).await?;
    tx.commit().await?;
    ok(value)
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let mut tx = call.state.database.write().await?;
    let hook = known(&call, &mut tx).await?;
    hooks::delete(&mut tx, hook.id).await?;
    tx.commit().await?;
    no_content()
}

pub(super) async fn config(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    ok(shape::hook_config(&known(&call, &mut conn).await?))
}

pub(super) async fn edit_config(
    WriteCall(call): WriteCall,
    Fields(fields): Fields<ConfigFields>,
) -> Answer {
    let mut tx = call.state.database.write().await?;
    let mut hook = known(&call, &mut tx).await?;
    apply_config(&call, &mut hook, fields)?;
    let hook = hooks::save(&mut tx, &hook).await?;
    tx.commit().await?;
    ok(shape::hook_config(&hook))
}

pub(super) async fn ping(WriteCall(call): WriteCall) -> Answer {
    let mut tx = call.state.database.write().await?;
    let hook = known(&call, &mut tx).await?;
    webhooks::ping(&mut tx, &call.repo, &hook).await?;
    tx.commit().await?;
    no_content()
}

/// The hook whose number is in the path.
pub(super) async fn known(call: &Call, conn: &mut SqliteConnection) -> Result<Hook, Refusal> {
    hooks::find(conn, call.repo.id, call.number("hook")?)
        .await?
        .ok_or_else(Refusal::not_found)
}

async fn shown(call: &Call, conn: &mut SqliteConnection, hook: &Hook) -> Result<Value, Refusal> {
    let last = deliveries::last_of_hook(conn, hook.id).await?;
    Ok(shape::hook(call.links(), &call.repo, hook, last.as_ref()))
}

fn apply(call: &Call, hook: &mut Hook, fields: HookFields) -> Result<(), Refusal> {
    match fields.config {
        Some(config) => apply_config(call, hook, config)?,
        None if hook.url.is_empty() => {
            return Err(Refusal::invalid(RESOURCE, "config", "missing_field"));
        }
        None => {}
    }
    if let Some(events) = fields.events {
        hook.events = events;
    }
    hook.events.extend(fields.add_events);
    hook.events
        .retain(|event| !fields.remove_events.contains(event));
    hook.events.sort();
    hook.events.dedup();
    if hook.events.is_empty() {
        return Err(Refusal::invalid(RESOURCE, "events", "missing_field"));
    }
    hook.active = fields.active.unwrap_or(hook.active);
    Ok(())
}

fn apply_config(call: &Call, hook: &mut Hook, config: ConfigFields) -> Result<(), Refusal> {
    if let Some(url) = config.url {
        if call.state.options.hook_targets.admit(&url).is_none() {
            let sentence =
                format!("url is not supported because it isn't reachable from this forge ({url})");
            return Err(Refusal::broken_rule(RESOURCE, sentence));
        }
        hook.url = url;
    }
    if hook.url.is_empty() {
        return Err(Refusal::broken_rule(RESOURCE, "url cannot be blank"));
    }
    if let Some(content_type) = config.content_type {
        if !["json", "form"].contains(&content_type.as_str()) {
            return Err(Refusal::invalid(RESOURCE, "content_type", "invalid"));
        }
        hook.content_type = content_type;
    }
    if let Some(secret) = config.secret {
        hook.secret = Some(secret).filter(|secret| !secret.is_empty());
    }
    if let Some(insecure) = config.insecure_ssl {
        let is_on = insecure == 1 || insecure == "1";
        hook.insecure_ssl = if is_on { "1" } else { "0" }.to_owned();
    }
    Ok(())
}
