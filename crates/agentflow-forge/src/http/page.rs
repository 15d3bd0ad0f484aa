//! Cuts lists into pages as GitHub does, with `Link` headers to the others.

use axum::Json;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answer::{Answer, Refusal};
use super::call::Caller;

const PER_PAGE: usize = 30;
const PER_PAGE_MAX: usize = 100;

/// The part of a list that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn asked(caller: &Caller) -> Self {
        let number = |name: &str| {
            caller
                .asked(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        Self {
            number: number("page").unwrap_or(1).max(1),
            size: number("per_page")
                .unwrap_or(PER_PAGE)
                .clamp(1, PER_PAGE_MAX),
        }
    }

    /// The items of this page.
    pub(super) fn cut<T>(self, items: Vec<T>) -> Vec<T> {
        let before = (self.number - 1).saturating_mul(self.size);
        items.into_iter().skip(before).take(self.size).collect()
    }

    fn last(self, total: usize) -> usize {
        total.div_ceil(self.size).max(1)
    }
}

/// One page of a list, as a JSON array.
pub(super) fn list(caller: &Caller, items: Vec<Value>) -> Answer {
    let total = items.len();
    let page = Page::asked(caller);
    Ok(with_links(
        caller,
        page,
        total,
        Json(page.cut(items)).into_response(),
    ))
}

/// One page of a list inside an object that also says how long the whole list is.
pub(super) fn counted(caller: &Caller, name: &str, items: Vec<Value>) -> Result<Response, Refusal> {
    let total = items.len();
    let page = Page::asked(caller);
    let mut body = serde_json::Map::new();
    body.insert("total_count".to_owned(), Value::from(total));
    body.insert(name.to_owned(), Value::from(page.cut(items)));
    Ok(with_links(caller, page, total, Json(body).into_response()))
}

/// Adds the `Link` header to an answer that holds one page of `total` items.
pub(super) fn with_links(
    caller: &Caller,
    page: Page,
    total: usize,
    mut answer: Response,
) -> Response {
    let last = page.last(total);
    let others = [
        ("prev", page.number - 1, page.number > 1),
        ("next", page.number + 1, page.number < last),
        ("last", last, page.number < last),
        ("first", 1, page.number > 1),
    ];
    let links: Vec<String> = others
        .iter()
        .filter(|(_, _, there)| *there)
        .map(|(rel, number, _)| format!("<{}>; rel=\"{rel}\"", address(caller, *number)))
        .collect();
    if let Ok(value) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        answer.headers_mut().insert(header::LINK, value);
    }
    answer
}

/// The same request for another page.
fn address(caller: &Caller, number: usize) -> String {
    let query = caller.uri.query().unwrap_or_default();
    let mut parts: Vec<String> = query
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("page="))
        .map(str::to_owned)
        .collect();
    parts.push(format!("page={number}"));
    let path = caller.uri.path();
    format!("{}{path}?{}", origin(caller), parts.join("&"))
}

/// Who asked by the name of an API host is sent on to that: to another one clients show no token.
fn origin(caller: &Caller) -> String {
    if caller.uri.path().starts_with("/api/") {
        return caller.links().origin().to_owned();
    }
    let named = caller.uri.authority().map(Authority::as_str);
    let told = || caller.headers.get(header::HOST)?.to_str().ok();
    let host = named.or_else(told).unwrap_or_default();
    format!("http://{host}")
}
