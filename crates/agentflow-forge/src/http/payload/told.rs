//! The frame of every payload, and who fills it.

use serde_json::{Map, Value, json};
use sqlx::SqliteConnection;

use super::{code, conversation};
use crate::error::ForgeError;
use crate::http::shape::{self, Links};
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::hooks;
use crate::store::outbox::Notice;
use crate::store::repositories::Repository;

/// What a payload is made from.
pub(super) struct Telling<'a> {
    pub(super) state: &'a ForgeState,
    pub(super) links: Links<'a>,
    pub(super) repo: &'a Repository,
    pub(super) notice: &'a Notice,
}

impl Telling<'_> {
    /// Who did it; what nobody did is told as the owner's.
    pub(super) fn actor(&self) -> &User {
        self.notice.actor.as_ref().unwrap_or(&self.repo.owner)
    }

    pub(super) fn detail(&self, name: &str) -> &Value {
        &self.notice.detail[name]
    }

    /// Gives an object the values that it had just then, as far as it has them.
    pub(super) fn as_it_was(&self, mut object: Value) -> Value {
        for detail in ["was", "set"] {
            for (name, value) in self.detail(detail).as_object().into_iter().flatten() {
                if let Some(field) = object.get_mut(name) {
                    *field = value.clone();
                }
            }
        }
        if object["merged"] == false {
            object["merged_by"] = Value::Null;
        }
        object
    }
}

/// The payload of a notice, or nothing when what it is about is gone.
pub(crate) async fn payload(
    state: &ForgeState,
    conn: &mut SqliteConnection,
    repo: &Repository,
    notice: &Notice,
) -> Result<Option<Value>, ForgeError> {
    let telling = Telling {
        state,
        links: Links::new(&state.origin),
        repo,
        notice,
    };
    let fields = match notice.event.as_str() {
        "ping" => ping(&telling, conn).await?,
        "issues" => conversation::issue(&telling, conn).await?,
        "issue_comment" => conversation::comment(&telling, conn).await?,
        "pull_request" => conversation::pull(&telling, conn).await?,
        "pull_request_review" => conversation::review(&telling, conn).await?,
        "pull_request_review_comment" => conversation::review_comment(&telling, conn).await?,
        "pull_request_review_thread" => conversation::thread(&telling, conn).await?,
        "push" => Some(code::push(&telling).await?),
        "create" | "delete" => Some(code::reference(&telling)),
        "check_run" => code::check_run(&telling, conn).await?,
        "check_suite" => code::check_suite(&telling, conn).await?,
        "status" => Some(code::status(&telling).await?),
        _ => None,
    };
    let Some(Value::Object(fields)) = fields else {
        return Ok(None);
    };
    Ok(Some(framed(&telling, fields)))
}

async fn ping(
    telling: &Telling<'_>,
    conn: &mut SqliteConnection,
) -> Result<Option<Value>, ForgeError> {
    let Some(hook) = hooks::by_id(conn, telling.notice.subject).await? else {
        return Ok(None);
    };
    let shown = shape::hook(telling.links, telling.repo, &hook, None);
    Ok(Some(
        json!({ "zen": telling.detail("zen"), "hook_id": hook.id, "hook": shown }),
    ))
}

fn framed(telling: &Telling<'_>, fields: Map<String, Value>) -> Value {
    let (links, notice) = (telling.links, telling.notice);
    let mut payload = Map::new();
    if let Some(action) = &notice.action {
        payload.insert("action".to_owned(), json!(action));
    }
    payload.extend(fields);
    if let changes @ Value::Object(_) = telling.detail("changes") {
        payload.insert("changes".to_owned(), changes.clone());
    }
    let repository = payload
        .remove("repository")
        .unwrap_or_else(|| shape::repository(links, telling.repo));
    payload.insert("repository".to_owned(), repository);
    let sender = shape::user(links, telling.actor());
    payload.insert("sender".to_owned(), sender);
    Value::Object(payload)
}
