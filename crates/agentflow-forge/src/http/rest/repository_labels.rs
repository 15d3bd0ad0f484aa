//! The labels that a repository has, whether or not an issue bears them.

use serde::Deserialize;

use super::fields::present;
use crate::http::answer::{Answer, Refusal, created, no_content, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::{page, shape};
use crate::store::labels::{self, Label};

const RESOURCE: &str = "Label";
/// Longest name, in characters, as on GitHub.
const NAME_CHARS_MAX: usize = 50;
/// Longest description, in characters, as on GitHub.
const DESCRIPTION_CHARS_MAX: usize = 100;

pub(super) async fn list(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let found = labels::all(&mut conn, call.repo.id).await?;
    let values = found
        .iter()
        .map(|label| shape::label(call.links(), &call.repo, label))
        .collect();
    page::list(&call, values)
}

pub(super) async fn get(call: Call) -> Answer {
    let label = known(&call, call.param("name")).await?;
    ok(shape::label(call.links(), &call.repo, &label))
}

async fn known(call: &Call, name: &str) -> Result<Label, Refusal> {
    let mut conn = call.state.database.read().await?;
    let found = labels::find(&mut conn, call.repo.id, name).await?;
    found.ok_or_else(Refusal::not_found)
}

#[derive(Deserialize)]
pub(super) struct LabelFields {
    name: Option<String>,
    new_name: Option<String>,
    color: Option<String>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<String>>,
}

pub(super) async fn create(
    WriteCall(call): WriteCall,
    Fields(mut new): Fields<LabelFields>,
) -> Answer {
    let missing = || Refusal::invalid(RESOURCE, "name", "missing_field");
    new.new_name = Some(new.name.take().ok_or_else(missing)?);
    let label = Label {
        id: 0,
        name: String::new(),
        color: labels::default_color(),
        description: None,
    };
    created(save(&call, label, new).await?)
}

pub(super) async fn edit(WriteCall(call): WriteCall, Fields(new): Fields<LabelFields>) -> Answer {
    let label = known(&call, call.param("name")).await?;
    ok(save(&call, label, new).await?)
}

pub(super) async fn delete(WriteCall(call): WriteCall) -> Answer {
    let label = known(&call, call.param("name")).await?;
    let mut tx = call.state.database.write().await?;
    labels::delete(&mut tx, label.id).await?;
    tx.commit().await?;
    no_content()
}

async fn save(
    call: &Call,
    mut label: Label,
    new: LabelFields,
) -> Result<serde_json::Value, Refusal> {
    let invalid = |field: &str, code: &str| Refusal::invalid(RESOURCE, field, code);
    if let Some(name) = new.new_name {
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(invalid("name", "invalid"));
        }
        label.name = name;
    }
    if let Some(color) = new.color {
        let is_color = color.len() == 6 && color.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_color {
            return Err(invalid("color", "invalid"));
        }
        label.color = color;
    }
    if let Some(description) = new.description {
        let text = description.filter(|text| !text.is_empty());
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > DESCRIPTION_CHARS_MAX)
        {
            return Err(invalid("description", "invalid"));
        }
        label.description = text;
    }
    let mut tx = call.state.database.write().await?;
    let taken = labels::find(&mut tx, call.repo.id, &label.name).await?;
    if taken.is_some_and(|taken| taken.id != label.id) {
        return Err(invalid("name", "already_exists"));
    }
    labels::save(&mut tx, call.repo.id, &label).await?;
    tx.commit().await?;
    let label = known(call, &label.name).await?;
    Ok(shape::label(call.links(), &call.repo, &label))
}
