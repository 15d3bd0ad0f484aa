//! What is to be measured, read from the command line.

use agentflow_core::{Durability, StreamMode};
use agentflow_sql::Synchronous;

/// What is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    pub(crate) case: String,
    pub(crate) n: u64,
    pub(crate) k: Option<u64>,
    pub(crate) variant: Option<String>,
    pub(crate) backend: Backend,
    pub(crate) durability: Durability,
    pub(crate) sqlite_sync: Synchronous,
    pub(crate) stream_mode: StreamMode,
}

/// Where checkpoints go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    None,
    Memory,
    Sqlite,
    Postgres,
    Redis,
}

impl Args {
    /// None if it asks for what is not there.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let (mut case, mut n, mut k, mut variant) = (None, None, None, None);
        let (mut backend, mut durability) = (None, Durability::Sync);
        let (mut sqlite_sync, mut stream_mode) = (Synchronous::Full, StreamMode::Updates);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--case" => case = words.next(),
                "--n" => n = words.next()?.parse().ok(),
                "--k" => k = Some(words.next()?.parse().ok()?),
                "--variant" => variant = words.next(),
                "--backend" => backend = Some(Backend::parse(&words.next()?)?),
                "--sqlite-sync" => sqlite_sync = synchronous_of(&words.next()?)?,
                "--stream-mode" => stream_mode = stream_mode_of(&words.next()?)?,
                "--durability" => durability = durability_of(&words.next()?)?,
                // Flags of other programs are no error; their values are skipped as words.
                _ => {}
            }
        }
        Some(Self {
            case: case?,
            n: n?,
            k,
            variant,
            backend: backend?,
            durability,
            sqlite_sync,
            stream_mode,
        })
    }

    pub(crate) fn durability_name(&self) -> &'static str {
        match self.durability {
            Durability::Async => "async",
            Durability::Exit => "exit",
            _ => "sync",
        }
    }
}

impl Backend {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "memory" => Some(Self::Memory),
            "sqlite" => Some(Self::Sqlite),
            "postgres" => Some(Self::Postgres),
            "redis" => Some(Self::Redis),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Redis => "redis",
        }
    }
}

fn synchronous_of(word: &str) -> Option<Synchronous> {
    match word {
        "full" => Some(Synchronous::Full),
        "normal" => Some(Synchronous::Normal),
        _ => None,
    }
}

fn stream_mode_of(word: &str) -> Option<StreamMode> {
    match word {
        "updates" => Some(StreamMode::Updates),
        "values" => Some(StreamMode::Values),
        _ => None,
    }
}

fn durability_of(word: &str) -> Option<Durability> {
    match word {
        "sync" => Some(Durability::Sync),
        "async" => Some(Durability::Async),
        "exit" => Some(Durability::Exit),
        _ => None,
    }
}
