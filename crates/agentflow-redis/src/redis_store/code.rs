//! How items are written in Redis: their names, times and vectors.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::StorePath;

use crate::number::{moment, padded, parse, parse_moment};

/// Each label of the path with a NUL behind it, a NUL, and the key. Neither labels nor keys
/// have a NUL or are empty, so that bytes order as paths and keys do, and what lies in a path
/// begins with its labels.
pub(super) fn name_of(path: &StorePath, key: &str) -> Vec<u8> {
    let mut name = labels_of(path);
    name.push(0);
    name.extend_from_slice(key.as_bytes());
    name
}

/// The path and key that [`name_of`] wrote.
pub(super) fn read_name(name: &[u8]) -> Option<(StorePath, String)> {
    let end = name.windows(2).position(|pair| pair == [0, 0])?;
    let path = read_labels(&name[..=end])?;
    let key = str::from_utf8(&name[end + 2..]).ok()?;
    Some((path, key.to_owned()))
}

fn labels_of(path: &StorePath) -> Vec<u8> {
    let mut labels = Vec::new();
    for label in path.labels() {
        labels.extend_from_slice(label.as_bytes());
        labels.push(0);
    }
    labels
}

/// The path of these labels, each with a NUL behind it.
pub(super) fn read_labels(labels: &[u8]) -> Option<StorePath> {
    let labels = labels.strip_suffix(&[0])?.split(|byte| *byte == 0);
    let labels = labels.map(|label| str::from_utf8(label).ok());
    StorePath::new(labels.collect::<Option<Vec<_>>>()?).ok()
}

/// Names in the index, from the first to the one behind the last, as Redis is asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
}

impl Range {
    /// The items of a path and those that lie in it.
    pub(super) fn under(path: &StorePath) -> Self {
        let labels = labels_of(path);
        let mut to = [b"(i:", &labels[..]].concat();
        to.pop();
        to.push(1);
        let from = [b"[i:", &labels[..]].concat();
        Self { from, to }
    }

    /// All items.
    pub(super) fn everything() -> Self {
        let (from, to) = (b"[i:".to_vec(), b"(i;".to_vec());
        Self { from, to }
    }
}

/// When an item was written, and how long it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) life: Option<Life>,
}

/// Of an item that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) lifetime: Duration,
    pub(super) ends_at: Timestamp,
}

impl Times {
    /// The times that a script wrote.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let (created_at, rest) = text.split_at_checked(20)?;
        let (updated_at, life) = rest.split_at_checked(20)?;
        Some(Self {
            created_at: parse_moment(created_at)?,
            updated_at: parse_moment(updated_at)?,
            life: match life {
                "" => None,
                life => Some(Life::read(life)?),
            },
        })
    }
}

impl Life {
    fn read(text: &str) -> Option<Self> {
        let (lifetime, ends_at) = text.split_at_checked(20)?;
        Some(Self {
            lifetime: Duration::from_micros(parse(lifetime)?),
            ends_at: parse_moment(ends_at)?,
        })
    }

    /// How long the item lives, in microseconds, and until when.
    pub(super) fn parts(&self) -> [String; 2] {
        let micros = i64::try_from(self.lifetime.as_micros()).unwrap_or(i64::MAX);
        [padded(micros.unsigned_abs()), moment(self.ends_at)]
    }
}

/// The vectors one behind the other, as little-endian floats of 32 bits.
pub(super) fn write_vectors(vectors: &[Vec<f32>]) -> Vec<u8> {
    let numbers = vectors.iter().flatten();
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

/// The vectors of so many numbers that [`write_vectors`] wrote.
pub(super) fn read_vectors(bytes: &[u8], dims: usize) -> Vec<Vec<f32>> {
    let (numbers, _) = bytes.as_chunks::<4>();
    let vectors = numbers.chunks_exact(dims.max(1));
    let vector = |numbers: &[[u8; 4]]| numbers.iter().map(|it| f32::from_le_bytes(*it)).collect();
    vectors.map(vector).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const PATHS: [&str; 11] = [
        "a", "a.b", "a.b.c", "a b", "a-b", "ab", "B", "é", "a\u{1}", "a\u{1}.b", "🦀",
    ];
    const KEYS: [&str; 7] = ["\u{1}", "b", "a.b", " ", "é", "\u{10ffff}", "a"];

    #[test]
    fn names_order_as_paths_and_keys_do_and_come_back() {
        let paths = PATHS.map(|path| path.parse::<StorePath>().unwrap());
        let mut items: Vec<_> = paths
            .iter()
            .flat_map(|path| KEYS.map(|key| (path.clone(), key)))
            .collect();
        items.sort();
        let names: Vec<_> = items.iter().map(|(path, key)| name_of(path, key)).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for ((path, key), name) in items.iter().zip(&names) {
            assert_eq!(read_name(name), Some((path.clone(), (*key).to_owned())));
            let member = [b"i:", &name[..]].concat();
            for other in &paths {
                let Range { from, to } = Range::under(other);
                let is_within = member[..] >= from[1..] && member[..] < to[1..];
                assert_eq!(is_within, path.is_under(other), "{path}/{key} in {other}");
            }
            let Range { from, to } = Range::everything();
            assert!(member[..] >= from[1..] && member[..] < to[1..]);
        }
    }

    #[test]
    fn what_is_no_name_is_none() {
        for damaged in [
            &b""[..],
            b"a",
            b"a\0",
            b"\0\0k",
            b"a\0\xff\0\0k",
            b"a\0\0\xff",
        ] {
            assert_eq!(read_name(damaged), None, "{damaged:?}");
        }
    }

    #[test]
    fn times_come_back_to_the_microsecond() {
        let (now, end) = (Timestamp(1_700_000_000_000_001), Timestamp(i64::MAX));
        let stays = format!("{}{}", moment(Timestamp(-1)), moment(now));
        let times = Times::read(stays.as_bytes()).unwrap();
        let mut want = Times {
            created_at: Timestamp(-1),
            updated_at: now,
            life: None,
        };
        assert_eq!(times, want);
        for (lifetime, kept) in [
            (Duration::from_micros(1), Duration::from_micros(1)),
            (
                Duration::MAX,
                Duration::from_micros(i64::MAX.unsigned_abs()),
            ),
        ] {
            let ends_at = end;
            let [lasts, ends] = Life { lifetime, ends_at }.parts();
            want.life = Some(Life {
                lifetime: kept,
                ends_at,
            });
            let text = format!("{stays}{lasts}{ends}");
            assert_eq!(Times::read(text.as_bytes()), Some(want));
        }
        for damaged in ["", "1", &stays[1..], &format!("{stays}0")] {
            assert_eq!(Times::read(damaged.as_bytes()), None, "{damaged}");
        }
    }

    #[test]
    fn vectors_come_back_to_the_bit() {
        let vectors = [vec![0.1, -0.0], vec![f32::MIN_POSITIVE, f32::MAX]];
        let read = read_vectors(&write_vectors(&vectors), 2);
        let bits = |vectors: &[Vec<f32>]| -> Vec<u32> {
            let numbers = vectors.iter().flatten();
            numbers.map(|number| number.to_bits()).collect()
        };
        assert_eq!((read.len(), bits(&read)), (2, bits(&vectors)));
        assert!(read_vectors(&[], 2).is_empty());
    }
}
