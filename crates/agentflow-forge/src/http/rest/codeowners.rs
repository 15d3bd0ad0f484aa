//! What is wrong with the file that says who owns which paths.

use serde_json::{Value, json};

use super::contents;
use crate::access::Role;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::Call;
use crate::store::accounts;
use crate::store::roles::role_of;

/// Where the file is looked for, in GitHub's order.
const PLACES: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

pub(super) async fn errors(call: Call) -> Answer {
    let commit = contents::commit(&call).await?;
    for path in PLACES {
        if let Some(entry) = call.git().entry(&commit, path).await? {
            let bytes = call.git().blob(&entry.sha).await?;
            let errors = faults(&call, path, &String::from_utf8_lossy(&bytes)).await?;
            return ok(json!({ "errors": errors }));
        }
    }
    Err(Refusal::not_found())
}

async fn faults(call: &Call, path: &str, text: &str) -> Result<Vec<Value>, Refusal> {
    let mut faults = Vec::new();
    for (index, source) in text.lines().enumerate() {
        let content = source.split('#').next().unwrap_or_default();
        let words: Vec<(usize, &str)> = words(content).collect();
        let Some(((column, pattern), owners)) = words.split_first() else {
            continue;
        };
        let place = Place {
            path,
            line: index + 1,
            source,
        };
        if pattern.starts_with('!') || pattern.contains(['[', ']']) {
            let advice = "patterns with `!`, `[` or `]` are not taken";
            faults.push(place.fault("Invalid pattern", *column, advice));
        }
        for (column, owner) in owners {
            if let Some((kind, advice)) = fault_of(call, owner).await? {
                faults.push(place.fault(kind, *column, &advice));
            }
        }
    }
    Ok(faults)
}

/// Words with the columns at which they begin, counted from 1.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace()
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize + 1, word))
}

async fn fault_of(call: &Call, owner: &str) -> Result<Option<(&'static str, String)>, Refusal> {
    let Some(login) = owner.strip_prefix('@') else {
        // Whose an address is the forge does not know.
        let is_address = owner
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
        let advice = "an owner is a @login or an e-mail address".to_owned();
        return Ok((!is_address).then_some(("Invalid owner", advice)));
    };
    if login.contains('/') {
        let advice = format!(
            "make sure the team {owner} exists, is publicly visible, and has write access to the repository"
        );
        return Ok(Some(("Unknown owner", advice)));
    }
    let mut conn = call.state.database.read().await?;
    let may_write = match accounts::user(&mut conn, login).await? {
        Some(user) => role_of(&mut conn, &call.repo, &user).await? >= Role::Write,
        None => false,
    };
    let advice = format!("make sure {owner} exists and has write access to the repository");
    Ok((!may_write).then_some(("Unknown owner", advice)))
}

struct Place<'a> {
    path: &'a str,
    line: usize,
    source: &'a str,
}

impl Place<'_> {
    fn fault(&self, kind: &str, column: usize, advice: &str) -> Value {
        let Self { path, line, source } = self;
        let pointer = " ".repeat(column - 1);
        json!({
            "line": line,
            "column": column,
            "kind": kind,
            "source": format!("{source}\n"),
            "suggestion": advice,
            "message": format!("{kind} on line {line}: {advice}\n\n  {source}\n  {pointer}^"),
            "path": path,
        })
    }
}
