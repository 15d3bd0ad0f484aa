//! Which store a thread is kept in, and where.
//!
//! A new backend is one variant of [`Backend`], one of [`Address`] and one of the store
//! that is opened there: what it is called, and where a trial's threads lie.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// A SQLite file, a new one for each trial.
    Sqlite,
    /// A Postgres database, with a schema of its own for each trial.
    Postgres,
    /// A Redis server, with a prefix of its own for each trial.
    Redis,
}

impl Backend {
    /// Every backend, by the word that names it.
    pub const ALL: [(&'static str, Self); 3] = [
        ("sqlite", Self::Sqlite),
        ("postgres", Self::Postgres),
        ("redis", Self::Redis),
    ];

    /// The variable of the environment with the address of its server, if it has one.
    #[must_use]
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("AGENTFLOW_TEST_POSTGRES"),
            Self::Redis => Some("AGENTFLOW_TEST_REDIS"),
        }
    }

    /// Where a trial's thread is kept, given a folder of its own.
    ///
    /// # Errors
    /// If the server's variable is not set.
    pub fn address(self, folder: &Path) -> Result<Address, NoServer> {
        let url = match self.variable() {
            None => String::new(),
            Some(variable) => std::env::var(variable).map_err(|_| NoServer(variable))?,
        };
        Ok(self.address_on(url, folder))
    }

    /// As [`Backend::address`], on the server of this URL.
    pub(crate) fn address_on(self, url: String, folder: &Path) -> Address {
        // Folders of trials have names that nobody else has.
        let own = folder.file_name().unwrap_or_default().to_string_lossy();
        let place = Place {
            own: own.into_owned(),
            url: Url(url),
        };
        match self {
            Self::Sqlite => Address::Sqlite(folder.join("threads.db")),
            Self::Postgres => Address::Postgres(place),
            Self::Redis => Address::Redis(place),
        }
    }

    /// Whether its data lies in the trial's folder, so that a full disk is its business.
    #[must_use]
    pub fn is_file(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres | Self::Redis => false,
        }
    }
}

/// A backend whose server nobody has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} names no server; `cargo xtask crash` starts one")]
pub struct NoServer(&'static str);

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = Self::ALL.iter();
        let word = all.find(|(_, backend)| backend == self);
        f.write_str(word.map_or("unnamed", |(word, _)| word))
    }
}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(word: &str) -> Result<Self, UnknownBackend> {
        let mut all = Self::ALL.iter();
        let found = all.find(|(name, _)| *name == word);
        found
            .map(|(_, backend)| *backend)
            .ok_or_else(|| UnknownBackend(word.to_owned()))
    }
}

/// A word that names no backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no backend `{0}`; there is: {known}", known = known())]
pub struct UnknownBackend(String);

fn known() -> String {
    Backend::ALL.map(|(word, _)| word).join(", ")
}

/// A part of a server that belongs to one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The schema, or the prefix of keys.
    pub(crate) own: String,
    pub(crate) url: Url,
}

/// An address with a password in it, which is not printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(pub(crate) String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Where threads are kept, as a child is told it: `sqlite:PATH`, `postgres:SCHEMA URL` or
/// `redis:PREFIX URL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// A schema of a database.
    Postgres(Place),
    /// Keys with a prefix.
    Redis(Place),
}

impl Address {
    fn place(&mut self) -> Option<&mut Place> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(place) | Self::Redis(place) => Some(place),
        }
    }

    /// Host and port of its server; `None` if it has none, or none that a proxy could
    /// stand in front of.
    pub(crate) fn host(&self) -> Option<String> {
        let port = match self {
            Self::Sqlite(_) => return None,
            Self::Postgres(_) => 5432,
            Self::Redis(_) => 6379,
        };
        let mut address = self.clone();
        let url = &address.place()?.url.0;
        // Whoever encrypts wants the name of the server itself.
        let is_plain = url.starts_with("postgres") || url.starts_with("redis:");
        let host = url.get(host_in(url)?)?;
        match host {
            "" => None,
            _ if !is_plain => None,
            _ if host.ends_with(']') || !host.contains(':') => Some(format!("{host}:{port}")),
            _ => Some(host.to_owned()),
        }
    }

    /// The same place, by way of whoever listens at `proxy`.
    pub(crate) fn by_way_of(&self, proxy: SocketAddr) -> Self {
        let mut address = self.clone();
        if let Some(place) = address.place()
            && let Some(host) = host_in(&place.url.0)
        {
            place.url.0.replace_range(host, &proxy.to_string());
        }
        address
    }
}

/// Where in a URL host and port stand.
fn host_in(url: &str) -> Option<Range<usize>> {
    let begin = url.find("://")? + 3;
    let end = url[begin..].find(['/', '?', '#']);
    let end = end.map_or(url.len(), |end| begin + end);
    let after_user = url[begin..end]
        .rfind('@')
        .map_or(begin, |at| begin + at + 1);
    Some(after_user..end)
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        match address {
            Address::Sqlite(path) => format!("sqlite:{}", path.display()),
            Address::Postgres(Place { own, url }) => format!("postgres:{own} {}", url.0),
            Address::Redis(Place { own, url }) => format!("redis:{own} {}", url.0),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(address: String) -> Result<Self, BadAddress> {
        let place = |rest: &str| {
            let (own, url) = rest.split_once(' ')?;
            let (own, url) = (own.to_owned(), Url(url.to_owned()));
            Some(Place { own, url })
        };
        match address.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres", rest)) if let Some(place) = place(rest) => Ok(Self::Postgres(place)),
            Some(("redis", rest)) if let Some(place) = place(rest) => Ok(Self::Redis(place)),
            // The rest is not repeated: it may hold a password.
            Some((scheme, _)) => Err(BadAddress(scheme.to_owned())),
            None => Err(BadAddress(String::new())),
        }
    }
}

/// An address that leads to no store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address that begins with `{0}` leads to no store; write `sqlite:PATH`, `postgres:SCHEMA URL` or `redis:PREFIX URL`"
)]
pub struct BadAddress(String);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for (text, want) in [
            ("sqlite:a/b.db", Ok(Address::Sqlite("a/b.db".into()))),
            ("sqlite:a:b", Ok(Address::Sqlite("a:b".into()))),
            ("sqlite:", Err(BadAddress("sqlite".into()))),
            ("a.db", Err(BadAddress(String::new()))),
            ("other://u:secret@h", Err(BadAddress("other".into()))),
            ("redis://u:secret@h", Err(BadAddress("redis".into()))),
            (
                "postgres:mine postgres://u:secret@h",
                Ok(Address::Postgres(Place {
                    own: "mine".into(),
                    url: Url("postgres://u:secret@h".into()),
                })),
            ),
        ] {
            let read = Address::try_from(text.to_owned());
            assert!(!format!("{read:?}").contains("secret"), "{read:?}");
            assert_eq!(read, want, "{text}");
            if let Ok(address) = read {
                assert_eq!(String::from(address), text);
            }
        }
    }

    #[test]
    fn a_proxy_takes_the_place_of_host_and_port() {
        let proxy = "127.0.0.1:9".parse().unwrap();
        for (text, host, want) in [
            ("sqlite:a.db", None, "sqlite:a.db"),
            (
                "postgres:s postgres://u:p@h:1/db?a=b",
                Some("h:1"),
                "postgres:s postgres://u:p@127.0.0.1:9/db?a=b",
            ),
            (
                "postgres:s postgres://u@h/db",
                Some("h:5432"),
                "postgres:s postgres://u@127.0.0.1:9/db",
            ),
            (
                "redis:p redis://[::1]",
                Some("[::1]:6379"),
                "redis:p redis://127.0.0.1:9",
            ),
            ("redis:p rediss://h", None, "redis:p rediss://127.0.0.1:9"),
            (
                "postgres:s postgres:///db",
                None,
                "postgres:s postgres://127.0.0.1:9/db",
            ),
        ] {
            let address = Address::try_from(text.to_owned()).unwrap();
            assert_eq!(address.host().as_deref(), host, "{text}");
            assert_eq!(String::from(address.by_way_of(proxy)), want);
        }
    }

    #[test]
    fn a_backend_is_read_as_it_is_printed() {
        for (word, backend) in Backend::ALL {
            assert_eq!(word.parse(), Ok(backend));
            assert_eq!(backend.to_string(), word);
        }
        let refused = "oracle".parse::<Backend>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "there is no backend `oracle`; there is: sqlite, postgres, redis"
        );
    }
}
