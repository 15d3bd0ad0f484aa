//! Which requests a fault strikes. Pure.

/// A method and a path with wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    method: String,
    path: String,
}

impl Pattern {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
        }
    }

    pub(super) fn fits(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method == method) && fits(&self.path, path)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.trim_matches('/').split('/');
    for wanted in pattern.trim_matches('/').split('/') {
        if wanted == "**" {
            return true;
        }
        if parts
            .next()
            .is_none_or(|part| wanted != "*" && wanted != part)
        {
            return false;
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_pattern_fits_part_by_part() {
        for (method, pattern, request, want) in [
            ("*", "/**", "GET /", true),
            ("*", "/**", "POST /repos/o/r/pulls", true),
            ("post", "/repos/*/*/pulls", "POST /repos/o/r/pulls", true),
            ("POST", "/repos/*/*/pulls", "GET /repos/o/r/pulls", false),
            ("POST", "/repos/*/*/pulls", "POST /repos/o/r/pulls/1", false),
            ("POST", "/repos/*/*/pulls/*", "POST /repos/o/r/pulls", false),
            (
                "*",
                "/repos/o/r/**",
                "GET /repos/o/r/git/ref/heads/a/b",
                true,
            ),
            ("*", "/repos/o/r/**", "GET /repos/o/other/git", false),
            ("GET", "/user", "GET /user/", true),
        ] {
            let (asked, path) = request.split_once(' ').unwrap_or_default();
            let fits = Pattern::new(method, pattern).fits(asked, path);
            assert_eq!(fits, want, "{method} {pattern} for {request}");
        }
    }
}
