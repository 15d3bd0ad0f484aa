//! The file of a cassette: JSON, one value a line, the first of which says what it is.
//!
//! A line is written at once and never changed, so that a crash leaves at most one that is
//! torn, the last. Nothing is synced to the disk: a cassette outlives its process, and need
//! not outlive a power cut.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::error::CassetteError;
use super::exchange::{Exchange, Header};

/// The format that is written, and the newest that is read.
const FORMAT: u32 = 1;

/// Far above any test's conversations; all of a cassette is read into memory.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What was read from a file.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) model: String,
    pub(super) exchanges: Vec<Line>,
    /// Where its last whole line ends.
    bytes: u64,
    /// Whether that line ends with a line break.
    is_ended: bool,
}

/// An exchange and where it stands.
#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) exchange: Exchange,
}

/// A file to which exchanges are added.
#[derive(Debug)]
pub(super) struct Tape {
    path: PathBuf,
    open: Mutex<Open>,
    asked: AtomicU64,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Where its last whole line ends.
    bytes: u64,
}

impl Tape {
    /// Begins anew, whatever was there.
    pub(super) fn create(path: &Path, model: &str) -> Result<Self, CassetteError> {
        let open = || {
            fs::write(path, "")?;
            let file = File::options().append(true).open(path)?;
            Ok(Open { file, bytes: 0 })
        };
        let tape = Self {
            path: path.to_owned(),
            open: Mutex::new(open().map_err(|source| not_written(path, source))?),
            asked: AtomicU64::new(0),
        };
        tape.write(&Header {
            cassette: FORMAT,
            model: model.to_owned(),
        })?;
        Ok(tape)
    }

    /// Goes on with what is there, without a line that is torn.
    pub(super) fn append(path: &Path, model: &str) -> Result<Self, CassetteError> {
        let is_there = path.metadata().is_ok_and(|file| file.len() > 0);
        if !is_there {
            return Self::create(path, model);
        }
        let recorded = read(path)?;
        let asked = recorded.exchanges.iter().map(|line| line.exchange.asked);
        let asked = asked.max().unwrap_or(0);
        let open = || {
            let mut file = File::options().append(true).open(path)?;
            file.set_len(recorded.bytes)?;
            let mut bytes = recorded.bytes;
            if !recorded.is_ended {
                file.write_all(b"\n")?;
                bytes += 1;
            }
            Ok(Open { file, bytes })
        };
        Ok(Self {
            path: path.to_owned(),
            open: Mutex::new(open().map_err(|source| not_written(path, source))?),
            asked: AtomicU64::new(asked),
        })
    }

    /// The number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds a line. When this returns it outlives the process.
    pub(super) fn write(&self, line: &impl serde::Serialize) -> Result<(), CassetteError> {
        let written = || {
            let mut text = serde_json::to_vec(line)?;
            text.push(b'\n');
            // Nothing panics half way through a change, so a poisoned lock guards good data.
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = open.file.write_all(&text) {
                // What comes after a torn line could not be read any more.
                let _ = open.file.set_len(open.bytes);
                return Err(error);
            }
            open.bytes += text.len() as u64;
            Ok(())
        };
        written().map_err(|source| not_written(&self.path, source))
    }
}

/// Reads a cassette, and drops a last line that a crash has torn.
pub(super) fn read(path: &Path) -> Result<Recorded, CassetteError> {
    let bytes = bytes_of(path)?;
    let mut recorded = None;
    let mut end = 0;
    for (index, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let is_ended = text.ends_with(b"\n");
        let Some(known) = &mut recorded else {
            recorded = Some(Recorded {
                model: header(path, text)?.model,
                exchanges: Vec::new(),
                bytes: text.len() as u64,
                is_ended,
            });
            end = text.len();
            continue;
        };
        if !text.trim_ascii().is_empty() {
            match serde_json::from_slice(text) {
                Ok(exchange) => known.exchanges.push(Line { number, exchange }),
                Err(_) if !is_ended => {
                    let path = path.display();
                    tracing::warn!(%path, number, "the torn last line of a cassette is left out");
                    break;
                }
                Err(source) => {
                    return Err(CassetteError::Broken {
                        path: path.to_owned(),
                        line: number,
                        source,
                    });
                }
            }
        }
        end += text.len();
        known.bytes = end as u64;
        known.is_ended = is_ended;
    }
    recorded.ok_or_else(|| CassetteError::NotACassette {
        path: path.to_owned(),
    })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CassetteError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|source| CassetteError::Read {
            path: path.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(CassetteError::TooLarge {
            path: path.to_owned(),
            bytes_max: BYTES_MAX,
        });
    }
    Ok(bytes)
}

fn header(path: &Path, line: &[u8]) -> Result<Header, CassetteError> {
    let not_a_cassette = || CassetteError::NotACassette {
        path: path.to_owned(),
    };
    let value: Value = serde_json::from_slice(line).map_err(|_| not_a_cassette())?;
    let header: Header = serde_json::from_value(value).map_err(|_| not_a_cassette())?;
    if header.cassette > FORMAT {
        return Err(CassetteError::TooNew {
            path: path.to_owned(),
            found: header.cassette,
            known: FORMAT,
        });
    }
    Ok(header)
}

fn not_written(path: &Path, source: io::Error) -> CassetteError {
    CassetteError::Write {
        path: path.to_owned(),
        source,
    }
}
