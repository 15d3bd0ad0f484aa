//! Answers that were read before, to be shown again where the server says that they still hold.
//!
//! A read goes out with the `ETag` of the answer before it. A 304 costs nothing of the hourly
//! allowance, and is never stale: the server decides each time.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use lru::LruCache;

/// Largest part of the room that one answer may take.
const SHARE_MAX: usize = 4;

/// What a read asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) path_and_query: String,
    pub(crate) accept: &'static str,
}

/// An answer, and the tag by which the server knows it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) etag: HeaderValue,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The answers of one client, at most so many bytes; the one that was used least lately goes.
#[derive(Debug)]
pub(crate) struct AnswerCache {
    bytes_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    bytes: usize,
    answers: LruCache<Asked, Arc<Kept>>,
}

impl AnswerCache {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            held: Mutex::new(Held {
                bytes: 0,
                answers: LruCache::unbounded(),
            }),
        }
    }

    pub(crate) fn get(&self, asked: &Asked) -> Option<Arc<Kept>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.answers.get(asked).cloned()
    }

    /// Forgets an answer that may be incomplete by now though its tag still holds.
    pub(crate) fn forget(&self, asked: &Asked) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, kept)) = held.answers.pop_entry(asked) {
            held.bytes -= size(&asked, &kept);
        }
    }

    /// Keeps an answer that has a tag.
    pub(crate) fn put(&self, asked: Asked, headers: &HeaderMap, body: &Bytes) {
        let Some(etag) = headers.get(header::ETAG) else {
            return;
        };
        let kept = Arc::new(Kept {
            etag: etag.clone(),
            headers: headers.clone(),
            body: body.clone(),
        });
        let size = size(&asked, &kept);
        if size > self.bytes_max / SHARE_MAX {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.bytes += size;
        if let Some((asked, kept)) = held.answers.push(asked, kept) {
            held.bytes -= self::size(&asked, &kept);
        }
        while held.bytes > self.bytes_max
            && let Some((asked, kept)) = held.answers.pop_lru()
        {
            held.bytes -= self::size(&asked, &kept);
        }
    }
}

/// What an answer takes, in bytes.
fn size(asked: &Asked, kept: &Kept) -> usize {
    let headers = kept.headers.iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    asked.path_and_query.len() + headers + kept.body.len() + size_of::<Kept>()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn asked(path: usize) -> Asked {
        Asked {
            path_and_query: format!("/{path}"),
            accept: "json",
        }
    }

    fn put(cache: &AnswerCache, path: usize, etag: Option<&str>, bytes: usize) {
        let mut headers = HeaderMap::new();
        if let Some(etag) = etag {
            headers.insert(header::ETAG, etag.parse().unwrap());
        }
        cache.put(asked(path), &headers, &Bytes::from(vec![0; bytes]));
    }

    #[test]
    fn the_answer_that_was_used_least_lately_goes() {
        let cache = AnswerCache::new(8_000);
        let has = |path| cache.get(&asked(path)).is_some();
        for path in 0..6 {
            put(&cache, path, Some("a"), 1_000);
        }
        assert!(has(0));
        put(&cache, 6, Some("a"), 1_000);
        put(&cache, 7, Some("a"), 1_000);
        assert!(has(0) && has(7) && !has(1));
    }

    #[test]
    fn an_answer_without_a_tag_or_too_large_is_not_kept() {
        let cache = AnswerCache::new(8_000);
        put(&cache, 1, None, 10);
        put(&cache, 2, Some("a"), 2_100);
        for path in [1, 2] {
            assert!(cache.get(&asked(path)).is_none(), "{path}");
        }
        let off = AnswerCache::new(0);
        put(&off, 3, Some("a"), 0);
        assert!(off.get(&asked(3)).is_none());
    }

    #[test]
    fn a_newer_answer_takes_the_place_of_the_older() {
        let cache = AnswerCache::new(8_000);
        for tag in ["a", "b"] {
            for _ in 0..20 {
                put(&cache, 1, Some(tag), 1_000);
            }
        }
        assert_eq!(cache.get(&asked(1)).unwrap().etag, "b");
        assert_eq!(cache.held.lock().unwrap().answers.len(), 1);
    }
}
