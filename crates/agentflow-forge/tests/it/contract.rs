//! Every exchange of a test, held against GitHub's description of its REST API.

#![expect(clippy::print_stderr, reason = "a skipped check says so")]

use std::cmp::Reverse;
use std::sync::OnceLock;

use reqwest::Method;
use serde_json::Value;

use crate::schema::Description;

/// Paths that GitHub has and its trimmed description does not.
const OUTSIDE: [&str; 6] = [
    "/repos/{owner}/{repo}/hooks/{hook_id}/config",
    "/repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}",
    "/repos/{owner}/{repo}/languages",
    "/repos/{owner}/{repo}/git/tags",
    "/repos/{owner}/{repo}/git/tags/{tag_sha}",
    "/repos/{owner}/{repo}/zipball/{ref}",
];
/// Parts of a path that may hold slashes.
const LONG: [&str; 3] = ["{path}", "{ref}", "{branch}"];
/// Faults that are none, by their start and their end, with the reason.
const FORGIVEN: [(&str, &str, &str); 7] = [
    (
        "304",
        " is none of its answers",
        "sent to every read that shows the tag of an answer; the description has it for few",
    ),
    (
        "",
        "/status: GitHub does not know this field",
        "sent with every error; the schemas of refused values do not say so",
    ),
    (
        "",
        "/line: null is not of type \"integer\"",
        "sent for a comment whose line is gone; the schema only says that it may be absent",
    ),
    (
        "",
        "/position: null is not of type \"integer\"",
        "the same, in the older way of counting",
    ),
    (
        "",
        "/description: null is not of type \"string\"",
        "sent for a label without one; only the list of pull requests is described otherwise",
    ),
    (
        "",
        "is valid under more than one of the schemas listed in the 'oneOf' keyword",
        "the schemas of several refusals overlap",
    ),
    (
        "request: : [\"",
        "is not valid under any of the schemas listed in the 'oneOf' keyword",
        "a bare list of labels' names, as clients sent it before there was an object around it",
    ),
];

/// One request and its answer.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a Method,
    pub(crate) origin: &'a str,
    pub(crate) path: &'a str,
    pub(crate) request: Option<&'a Value>,
    pub(crate) status: u16,
    /// Nothing when it is no JSON.
    pub(crate) answer: Option<&'a Value>,
}

/// The description, or nothing where the test data is not at hand, which is said aloud.
pub(crate) fn description() -> Option<&'static Description> {
    static LOADED: OnceLock<Option<Description>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        let found = Description::load();
        if found.is_none() {
            eprintln!(
                "SKIPPED: no test data; set AGENTFLOW_TEST_DATA to check answers against GitHub's schemas"
            );
        }
        found
    });
    loaded.as_ref()
}

/// Fails the test when the exchange is not one that GitHub describes.
pub(crate) fn check(exchange: &Exchange<'_>) {
    let Some(description) = description() else {
        return;
    };
    let Some(path) = exchange.path.strip_prefix("/api/v3") else {
        return;
    };
    let faults = faults(description, path, exchange);
    assert!(
        faults.is_empty(),
        "{} {path} -> {}: {faults:#?}\n{}",
        exchange.method,
        exchange.status,
        exchange.answer.unwrap_or(&Value::Null)
    );
}

fn faults(description: &Description, path: &str, exchange: &Exchange<'_>) -> Vec<String> {
    let Some((template, operation)) = operation(description, exchange.method, path) else {
        let outside = OUTSIDE.iter().any(|template| fits(template, path));
        let refused = exchange.status >= 400;
        return if outside || refused {
            Vec::new()
        } else {
            vec!["GitHub's description has no such operation".to_owned()]
        };
    };
    let method = exchange.method.as_str().to_lowercase();
    let place = format!("/paths/{}/{method}", template.replace('/', "~1"));
    let status = exchange.status;
    let mut faults = Vec::new();
    if operation["responses"].get(status.to_string()).is_none() && status < 400 {
        faults.push(format!("{status} is none of its answers"));
    }
    if let Some(answer) = exchange.answer {
        let described = description.json_schema(&format!("{place}/responses/{status}"));
        let error = || format!("/components/schemas/{}", error_schema(status, answer));
        let schema = described.or_else(|| (status >= 400).then(error));
        match schema {
            Some(schema) => faults.extend(description.faults(&schema, answer)),
            None => faults.push("a body that GitHub does not send".to_owned()),
        }
        if status < 400 {
            foreign_addresses(exchange.origin, answer, "", &mut faults);
        }
    }
    // What the forge takes GitHub must take, too; what it refuses may be as wrong as a test likes.
    if let Some(request) = exchange.request
        && status < 400
        && let Some(schema) = description.json_schema(&format!("{place}/requestBody"))
    {
        let found = description.faults(&schema, request);
        faults.extend(found.into_iter().map(|fault| format!("request: {fault}")));
    }
    faults.retain(|fault| {
        let mut known = FORGIVEN.iter();
        !known.any(|(start, end, _)| fault.starts_with(start) && fault.ends_with(end))
    });
    faults
}

/// The form of a refusal with a status that the operation does not describe.
fn error_schema(status: u16, answer: &Value) -> &'static str {
    match answer.pointer("/errors/0") {
        Some(Value::String(_)) if status == 422 => "validation-error-simple",
        Some(_) if status == 422 => "validation-error",
        _ => "basic-error",
    }
}

/// The operation that a request is for: the template with the most fixed words that fits.
pub(crate) fn operation<'a>(
    description: &'a Description,
    method: &Method,
    path: &str,
) -> Option<(&'a str, &'a Value)> {
    let method = method.as_str().to_lowercase();
    let fixed = |template: &str| {
        template
            .split('/')
            .filter(|part| !part.contains('{'))
            .count()
    };
    description
        .paths()
        .iter()
        .filter(|(template, _)| fits(template, path))
        .filter_map(|(template, methods)| Some((template.as_str(), methods.get(&method)?)))
        .max_by_key(|(template, _)| (fixed(template), Reverse(template.split('/').count())))
}

fn fits(template: &str, path: &str) -> bool {
    let parts =
        |text: &str| -> Vec<String> { text.split('/').skip(1).map(str::to_owned).collect() };
    fits_parts(&parts(template), &parts(path.trim_end_matches('/')))
}

fn fits_parts(template: &[String], path: &[String]) -> bool {
    let Some((first, rest)) = template.split_first() else {
        return path.is_empty();
    };
    if LONG.contains(&first.as_str()) {
        return (0..=path.len()).any(|taken| fits_parts(rest, &path[taken..]));
    }
    if first == "{base}...{head}" {
        return path.concat().contains("...");
    }
    let Some((part, others)) = path.split_first() else {
        return first.is_empty() && rest.is_empty();
    };
    (first.starts_with('{') || first == part) && fits_parts(rest, others)
}

/// Addresses that lead elsewhere than to this forge, except those that a client chose.
fn foreign_addresses(origin: &str, value: &Value, at: &str, faults: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let is_address = name.ends_with("url") || name == "href";
                // Whoever made the check, or the hook, has chosen where it leads.
                let chosen = ["details_url", "target_url"].contains(&name.as_str())
                    || (name == "url" && at.ends_with("/config"));
                if let Some(text) = value.as_str().filter(|_| is_address && !chosen)
                    && !text.starts_with(origin)
                {
                    faults.push(format!("{at}/{name}: {text} leads elsewhere"));
                }
                foreign_addresses(origin, value, &format!("{at}/{name}"), faults);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                foreign_addresses(origin, item, &format!("{at}/{index}"), faults);
            }
        }
        _ => {}
    }
}

#[test]
fn a_path_finds_its_operation() {
    let Some(description) = description() else {
        return;
    };
    for (method, path, want) in [
        (Method::GET, "/user", Some("users/get-authenticated")),
        (Method::GET, "/users/octo", Some("users/get-by-username")),
        (Method::GET, "/repos/octo/demo", Some("repos/get")),
        (
            Method::GET,
            "/repos/octo/demo/contents",
            Some("repos/get-content"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/contents/a/b",
            Some("repos/get-content"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/branches",
            Some("repos/list-branches"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/branches/a/b",
            Some("repos/get-branch"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/branches/a/b/protection",
            Some("repos/get-branch-protection"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/commits/a/b/status",
            Some("repos/get-combined-status-for-ref"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/compare/a/b...c",
            Some("repos/compare-commits"),
        ),
        (
            Method::GET,
            "/repos/octo/demo/issues/comments",
            Some("issues/list-comments-for-repo"),
        ),
        (Method::GET, "/repos/octo/demo/issues/1", Some("issues/get")),
        (Method::DELETE, "/repos/octo/demo/issues/1", None),
        (Method::GET, "/nowhere", None),
    ] {
        let found = operation(description, &method, path);
        let id = found.map(|(_, operation)| operation["operationId"].as_str().unwrap());
        assert_eq!(id, want, "{method} {path}");
    }
}
