//! Addresses that give one thing to whoever knows them, for a while: what GitHub redirects to.
//!
//! Such an address is looked at without a token, as the real ones are, so it must not be guessed.
//! It is forgotten when the forge is closed; a client asks again for another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an address leads anywhere, as on GitHub for logs.
const VALID_FOR: Duration = Duration::from_secs(60);
/// Most addresses that are remembered; the oldest go first.
const REMEMBERED_MAX: usize = 1_000;

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Download {
    /// The files of a commit or a tree of this repository.
    Archive {
        repo_id: i64,
        tree: String,
        format: ArchiveFormat,
        /// Name of the file, and of the folder in it.
        name: String,
    },
    /// A text, as it was when the address was given.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveFormat {
    TarGz,
    Zip,
}

impl ArchiveFormat {
    /// As git calls it, which is also how a file of it ends.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TarGz => "tar.gz",
            Self::Zip => "zip",
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Downloads {
    known: Mutex<HashMap<String, (Instant, Download)>>,
}

impl Downloads {
    /// Remembers what the secret leads to from now on.
    pub(crate) fn offer(&self, secret: String, download: Download) {
        self.offer_at(Instant::now(), secret, download);
    }

    fn offer_at(&self, now: Instant, secret: String, download: Download) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at, _)| now.duration_since(*at) < VALID_FOR);
        if known.len() >= REMEMBERED_MAX {
            let oldest = known.iter().min_by_key(|(_, (at, _))| *at);
            if let Some(oldest) = oldest.map(|(secret, _)| secret.clone()) {
                known.remove(&oldest);
            }
        }
        known.insert(secret, (now, download));
    }

    pub(crate) fn find(&self, secret: &str) -> Option<Download> {
        self.find_at(Instant::now(), secret)
    }

    fn find_at(&self, now: Instant, secret: &str) -> Option<Download> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, download) = known.get(secret)?;
        (now.duration_since(*at) < VALID_FOR).then(|| download.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_somewhere_for_a_while_only() {
        let downloads = Downloads::default();
        let start = Instant::now();
        let text = Download::Text("log".to_owned());
        downloads.offer_at(start, "s".to_owned(), text.clone());
        for (after, want) in [(Duration::ZERO, Some(text)), (VALID_FOR, None)] {
            assert_eq!(downloads.find_at(start + after, "s"), want, "{after:?}");
        }
        assert_eq!(downloads.find_at(start, "other"), None);
    }

    #[test]
    fn only_so_many_addresses_are_remembered() {
        let downloads = Downloads::default();
        let start = Instant::now();
        for count in 0..=REMEMBERED_MAX {
            let at = start + Duration::from_nanos(count as u64);
            downloads.offer_at(at, count.to_string(), Download::Text(String::new()));
        }
        assert_eq!(downloads.find_at(start, "0"), None, "the oldest goes");
        assert!(downloads.find_at(start, "1").is_some());
    }
}
