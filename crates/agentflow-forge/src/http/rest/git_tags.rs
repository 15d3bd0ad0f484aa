//! Annotated tags. Making one does not make the ref that leads to it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::signatures::Who;
use crate::git::{ObjectKind, is_full_hash};
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::names::is_branch_name;

#[derive(Deserialize)]
pub(super) struct NewTag {
    tag: String,
    message: String,
    object: String,
    #[serde(rename = "type")]
    kind: String,
    tagger: Option<Who>,
}

pub(super) async fn create(WriteCall(call): WriteCall, Fields(new): Fields<NewTag>) -> Answer {
    let invalid = |field: &str| Refusal::invalid("Tag", field, "invalid");
    if !is_branch_name(&new.tag) {
        return Err(invalid("tag"));
    }
    let kind = ObjectKind::parse(&new.kind).ok_or_else(|| invalid("type"))?;
    let found = call.git().object(&new.object).await?;
    if found.is_none_or(|object| object.kind != kind) {
        return Err(invalid("object"));
    }
    let tagger = Who::or_caller(new.tagger, &call)?;
    let message = format!("{}\n", new.message.trim_end());
    let sha = call
        .git()
        .new_tag(&new.tag, (&new.object, kind), &message, &tagger)
        .await?;
    created(shown(&call, &sha).await?)
}

pub(super) async fn get(call: Call) -> Answer {
    let sha = call.param("sha");
    let found = call.git().object(sha).await?;
    if found.is_none_or(|object| object.kind != ObjectKind::Tag) {
        return Err(Refusal::not_found());
    }
    ok(shown(&call, sha).await?)
}

async fn shown(call: &Call, sha: &str) -> Result<Value, Refusal> {
    let text = call.git().text(&["cat-file", "tag", sha]).await?;
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let field = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(' '));
        let mut found = lines.filter(|(known, _)| *known == name);
        found.next().map(|(_, value)| value).unwrap_or_default()
    };
    let target = Some(field("object")).filter(|sha| is_full_hash(sha));
    let target = target.ok_or_else(Refusal::not_found)?;
    let kind = ObjectKind::parse(field("type")).unwrap_or(ObjectKind::Commit);
    Ok(json!({
        "node_id": format!("TA_{sha}"),
        "sha": sha,
        "url": call.links().repo(&call.repo, &format!("/git/tags/{sha}")),
        "tag": field("tag"),
        "message": message,
        "tagger": shape::signed(field("tagger")),
        "object": shape::git_object(call.links(), &call.repo, target, kind),
        "verification": shape::unsigned(),
    }))
}
