//! Does an operation field by field, and gives of what came out only what was asked for.

use futures::future::BoxFuture;
use graphql_parser::query::SelectionSet;
use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::document::{Asked, Document};
use super::error::QueryError;
use super::{mutation, offered, query};
use crate::http::call::Caller;

/// Most items of a page, as on GitHub.
const PAGE_MAX: i64 = 100;

pub(super) struct Execution<'a> {
    pub(super) caller: &'a Caller,
    pub(super) document: &'a Document,
}

impl Execution<'_> {
    /// The whole answer. A field that fails is null, and says why beside the others.
    pub(super) async fn run(&self) -> (Value, Vec<QueryError>) {
        let (document, root) = (self.document, self.document.root);
        let (mut data, mut errors) = (Map::new(), Vec::new());
        for field in document.asked(root, &document.selection) {
            let name = key(field);
            let path = [name.clone()];
            // One after another, as mutations must be.
            let value = match self.field(root, &Value::Null, field).await {
                Ok(value) => value,
                Err(error) => {
                    errors.push(error.on(&path).at(field.position));
                    Value::Null
                }
            };
            data.insert(name, value);
        }
        (Value::Object(data), errors)
    }

    async fn field(
        &self,
        type_name: &str,
        parent: &Value,
        field: Asked<'_>,
    ) -> Result<Value, QueryError> {
        if field.name == "__typename" {
            return Ok(Value::from(type_name));
        }
        let of = offered::field(type_name, &field.name).unwrap_or_default();
        let arguments = Arguments::read(&field.arguments, &self.document.variables)?;
        let found = match type_name {
            "Mutation" => mutation::run(self.caller, &field.name, &arguments.input()?).await?,
            _ => query::find(self.caller, type_name, parent, &field.name, &arguments).await?,
        };
        if offered::comes_in_pages(of) {
            let page = page_of(&found, &field.name, &arguments)?;
            return self.selected(of, &page, &field.selection_set).await;
        }
        self.selected(of, &found, &field.selection_set).await
    }

    /// What was asked for of a value.
    fn selected<'a>(
        &'a self,
        type_name: &'a str,
        value: &'a Value,
        selection: &'a SelectionSet<'static, String>,
    ) -> BoxFuture<'a, Result<Value, QueryError>> {
        Box::pin(async move {
            if selection.items.is_empty() || value.is_null() {
                return Ok(value.clone());
            }
            if let Value::Array(items) = value {
                let mut selected = Vec::new();
                for item in items {
                    selected.push(self.selected(type_name, item, selection).await?);
                }
                return Ok(Value::from(selected));
            }
            // A node says itself what it is.
            let actual = value["__typename"].as_str().unwrap_or(type_name);
            let mut selected = Map::new();
            for field in self.document.asked(actual, selection) {
                let found = self.field(actual, value, field).await?;
                selected.insert(key(field), found);
            }
            Ok(Value::Object(selected))
        })
    }
}

fn key(field: Asked<'_>) -> String {
    field.alias.as_ref().unwrap_or(&field.name).clone()
}

/// A page of a list; cursors are positions in it.
fn page_of(list: &Value, name: &str, arguments: &Arguments) -> Result<Value, QueryError> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let cursor = |at: usize| format!("cursor:{}", at + 1);
    let position = |name: &str| -> Option<usize> {
        let text = arguments.get(name).as_str()?;
        text.strip_prefix("cursor:")?.parse().ok()
    };
    let mut start = position("after").unwrap_or(0).min(items.len());
    let before = position("before").map(|at| at.saturating_sub(1));
    let mut end = before.unwrap_or(items.len()).clamp(start, items.len());
    let (first, last) = (
        arguments.get("first").as_i64(),
        arguments.get("last").as_i64(),
    );
    let size = |count: i64| usize::try_from(count).unwrap_or_default();
    match (first, last) {
        (Some(count), _) | (None, Some(count)) if !(0..=PAGE_MAX).contains(&count) => {
            let message = format!(
                "Requesting {count} records on the `{name}` connection exceeds the limit of {PAGE_MAX} records."
            );
            return Err(QueryError::invalid(message));
        }
        (Some(first), _) => end = end.min(start + size(first)),
        (None, Some(last)) => start = start.max(end.saturating_sub(size(last))),
        (None, None) => {
            let message = format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            );
            return Err(QueryError::invalid(message));
        }
    }
    let shown = &items[start..end];
    let edges: Vec<Value> = (start..end)
        .zip(shown)
        .map(|(at, node)| json!({ "cursor": cursor(at), "node": node }))
        .collect();
    Ok(json!({
        "totalCount": items.len(),
        "nodes": shown,
        "edges": edges,
        "pageInfo": {
            "hasNextPage": end < items.len(),
            "hasPreviousPage": start > 0,
            "startCursor": (start < end).then(|| cursor(start)),
            "endCursor": (start < end).then(|| cursor(end - 1)),
        },
    }))
}
