//! Builds the path and query of a request, so that no name can leave its place in it.
//!
//! Knows no endpoint; the operations do.

use std::fmt::Write as _;

/// A path below the base URL, and its query.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    path: String,
    query: String,
    problem: Option<&'static str>,
}

impl Route {
    pub(crate) fn new(literal: &str) -> Self {
        Self {
            path: format!("/{literal}"),
            query: String::new(),
            problem: None,
        }
    }

    /// A part that is the same in every request.
    pub(crate) fn literal(mut self, part: &str) -> Self {
        self.path.push('/');
        self.path.push_str(part);
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.literal(&number.to_string())
    }

    /// A name of the caller's as one segment: slashes in it are encoded.
    pub(crate) fn name(mut self, name: &str) -> Self {
        self.check(name);
        self.path.push('/');
        encode(&mut self.path, name);
        self
    }

    /// A path of the caller's: its slashes stay slashes.
    pub(crate) fn path(mut self, path: &str) -> Self {
        for segment in path.split('/') {
            self = self.name(segment);
        }
        self
    }

    pub(crate) fn query(mut self, key: &str, value: &str) -> Self {
        self.query
            .push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(key);
        self.query.push('=');
        encode(&mut self.query, value);
        self
    }

    /// The path and query, or what is wrong with a name in it.
    pub(crate) fn finish(self) -> Result<String, &'static str> {
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.path + &self.query),
        }
    }

    // URL parsers resolve `..` even when it is encoded, so it could reach another endpoint.
    fn check(&mut self, segment: &str) {
        if segment.is_empty() {
            self.problem = Some("a name or a part of a path is empty");
        } else if matches!(segment, "." | "..") {
            self.problem = Some("a name or a part of a path is `.` or `..`");
        }
    }
}

fn encode(into: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            _ => write!(into, "%{byte:02X}").expect("writing to a String never fails"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_place() {
        for (name, route, want) in [
            (
                "a slash in a branch",
                Route::new("b").name("feat/x"),
                Ok("/b/feat%2Fx"),
            ),
            (
                "a slash in a path",
                Route::new("c").path("src/a b#1.rs"),
                Ok("/c/src/a%20b%231.rs"),
            ),
            (
                "a query",
                Route::new("p").query("head", "o:f&x=1").query("n", "ü"),
                Ok("/p?head=o%3Af%26x%3D1&n=%C3%BC"),
            ),
            (
                "going up",
                Route::new("c").path("a/../../user"),
                Err("a name or a part of a path is `.` or `..`"),
            ),
            (
                "nothing",
                Route::new("b").name(""),
                Err("a name or a part of a path is empty"),
            ),
        ] {
            assert_eq!(
                route.finish().as_deref(),
                want.as_ref().map(|s| *s),
                "{name}"
            );
        }
    }
}
