//! Follows a listing from page to page.
//!
//! The `next` link is reduced to its path and query: a server behind a proxy may name itself by
//! another host, and the token goes to no other host.

use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::base_url::path_and_query;
use super::cache::Asked;
use super::request::Request;
use crate::client::GitHub;
use crate::error::GitHubError;
use crate::limits::PAGE_ITEMS;

impl GitHub {
    /// All items of a listing, in the server's order; `items` takes them out of a page.
    pub(crate) async fn list<P: DeserializeOwned, T>(
        &self,
        mut request: Request,
        items: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>, GitHubError> {
        let pages_max = self.transport().limits.pages_max;
        let mut all = Vec::new();
        for _ in 0..pages_max {
            let answer = self.transport().send(&request).await?;
            let found = items(self.decode(&request, &answer.body)?);
            let is_full = found.len() >= PAGE_ITEMS as usize;
            all.extend(found);
            match next(&answer.headers) {
                Some(path) => request.path_and_query = path,
                None => {
                    // The next item makes a page after this one, and need not change its tag.
                    if is_full {
                        self.transport().cache.forget(&Asked {
                            path_and_query: request.path_and_query,
                            accept: request.accept,
                        });
                    }
                    return Ok(all);
                }
            }
        }
        Err(GitHubError::TooLarge {
            call: request.call,
            what: "the listing",
            limit: format!("pages_max = {pages_max}"),
        })
    }
}

/// The path and query of the link to the next page.
fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers
        .get_all(header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split(',')).find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|p| matches!(p.trim(), r#"rel="next""# | "rel=next"));
        is_next.then(|| path_and_query(target))?
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_next_link_is_a_path_on_our_own_server() {
        for (link, want) in [
            (
                r#"<https://api.github.com/repositories/1/issues?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last""#,
                Some("/repositories/1/issues?page=2"),
            ),
            (
                r#"<https://elsewhere.example/a?page=1>; rel="prev", </a?page=3>; rel="next""#,
                Some("/a?page=3"),
            ),
            (r#"<https://api.github.com/x?page=1>; rel="first""#, None),
            ("nonsense", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LINK, link.parse().unwrap());
            assert_eq!(next(&headers).as_deref(), want, "{link}");
        }
        assert_eq!(next(&HeaderMap::new()), None);
    }
}
