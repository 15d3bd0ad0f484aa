//! Names of keys. All keys of a thread have one hash tag, so that a Cluster keeps them in
//! one slot.

use std::fmt::Write as _;
use std::sync::Arc;

use agentflow_core::checkpoint::Record;
use agentflow_core::{CheckpointId, Namespace, ThreadId};

use crate::error::RedisError;
use crate::number::padded;

/// The names of the keys under one prefix.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: Arc<str>,
}

/// The keys of one thread: its right to write and its numbers, its entries, their names.
pub(crate) type ThreadKeys = [String; 3];

/// The keys of one memory.
pub(crate) type MemoryKeys = [String; 2];

impl Keys {
    /// A brace would be the beginning of a hash tag.
    pub(crate) fn new(prefix: &str) -> Result<Self, RedisError> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/".contains(letter);
        if prefix.is_empty() || !prefix.chars().all(plain) {
            let prefix = prefix.to_owned();
            return Err(RedisError::BadPrefix { prefix });
        }
        let prefix = prefix.into();
        Ok(Self { prefix })
    }

    pub(crate) fn thread(&self, thread: &ThreadId) -> ThreadKeys {
        let prefix = &self.prefix;
        // An empty tag is none: a lone `%` is what no other name escapes to.
        let tag = match escaped(thread.as_str()) {
            tag if tag.is_empty() => "%".to_owned(),
            tag => tag,
        };
        let part = |name| [prefix, ":{", &tag, "}", name].concat();
        [part(""), part(":data"), part(":index")]
    }

    /// Where the parts of a copy wait until the last has come.
    pub(crate) fn laid_aside(&self, thread: &ThreadId, token: &str) -> [String; 2] {
        let [meta, ..] = self.thread(thread);
        ["data", "index"].map(|name| format!("{meta}:copy:{token}:{name}"))
    }

    /// The index of wake-ups: threads by time, their claims, the last claim's number. No
    /// thread has this tag, since a colon is escaped.
    pub(crate) fn wake(&self) -> [String; 3] {
        let prefix = &self.prefix;
        ["threads", "claims", "newest"].map(|name| format!("{prefix}:{{:wake}}:{name}"))
    }

    /// The keys of long-term memory: its items, and their names in order. The tag has the
    /// prefix in it, so that a Cluster spreads the memories of different prefixes; no thread
    /// has it, since a colon is escaped.
    pub(crate) fn memory(&self) -> MemoryKeys {
        let prefix = &self.prefix;
        ["data", "index"].map(|name| format!("{prefix}:{{{prefix}:memory}}:{name}"))
    }

    pub(crate) fn layout(&self) -> String {
        format!("{}:layout", self.prefix)
    }
}

/// A graph as names of entries begin with it. No colon is in it, so that what follows one
/// is never taken for a part of it.
pub(crate) fn graph(namespace: &Namespace) -> String {
    escaped(namespace.as_str())
}

/// The graph that [`graph`] wrote.
pub(crate) fn namespace(graph: &str) -> Option<Namespace> {
    let mut bytes = Vec::with_capacity(graph.len());
    let mut rest = graph.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let code = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(code).ok()?);
    }
    String::from_utf8(bytes).ok().map(Namespace::from)
}

/// The name of the entry of a graph's head.
pub(crate) fn head(graph: &str) -> String {
    ["h:", graph].concat()
}

/// The name of a checkpoint's entry.
pub(crate) fn checkpoint(graph: &str, id: CheckpointId) -> String {
    ["c:", graph, ":", &padded(id.0)].concat()
}

/// The name of the entry of a field's value.
pub(crate) fn value(graph: &str, at: CheckpointId, field: &str) -> String {
    ["v:", graph, ":", &padded(at.0), ":", field].concat()
}

/// The name of the entry of a record at a checkpoint: `kind:length of task:task and key`
/// behind the checkpoint's.
pub(crate) fn record(graph: &str, at: CheckpointId, record: &Record) -> String {
    let Record {
        task, kind, key, ..
    } = record;
    let (at, kind, length) = (padded(at.0), kind.as_str(), task.len());
    format!("r:{graph}:{at}:{kind}:{length}:{task}{key}")
}

/// All but visible ASCII without `%`, `:` and braces, as `%` and two digits for each byte:
/// different texts stay different.
fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | b':' | b'{' | b'}' => {
                // Writing to a String cannot fail.
                let _ = write!(plain, "%{byte:02X}");
            }
            byte if byte.is_ascii_graphic() => plain.push(char::from(byte)),
            byte => {
                let _ = write!(plain, "%{byte:02X}");
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;

    use super::*;

    const ODD: [&str; 16] = [
        "", "%", "%25", "t", "T", "t ", " t", "{t}", "}{", "{", "a:b", "a%3Ab", "a\0b", "é",
        "e\u{301}", "日本",
    ];

    #[test]
    fn every_thread_has_a_tag_of_its_own() {
        let keys = Keys::new("my:app").unwrap();
        let mut seen = BTreeSet::new();
        let others = [":wake", "layout", "my:app:memory", ":memory"];
        for thread in ODD.into_iter().chain(others) {
            let [meta, data, index] = keys.thread(&thread.into());
            let tag = meta
                .strip_prefix("my:app:{")
                .unwrap()
                .strip_suffix('}')
                .unwrap();
            assert!(!tag.is_empty() && !tag.contains(['{', '}', ':']), "{tag}");
            assert!(data.starts_with(&meta) && index.starts_with(&meta));
            for key in [meta.clone(), data, index] {
                assert!(seen.insert(key.clone()), "{key} twice");
            }
        }
        let others = keys.wake().into_iter().chain(keys.memory());
        for key in others {
            assert!(seen.insert(key.clone()), "{key} twice");
        }
    }

    #[test]
    fn a_graph_comes_back_from_its_name() {
        for name in ODD {
            let graph = graph(&name.into());
            assert!(!graph.contains(':'), "{graph}");
            assert_eq!(namespace(&graph).unwrap().as_str(), name);
        }
        for damaged in ["%", "%4", "%xy", "%FF"] {
            assert_eq!(namespace(damaged), None, "{damaged}");
        }
    }

    /// A Cluster looks at what is between the first braces only.
    #[test]
    fn a_memory_has_one_tag_and_another_prefix_has_another() {
        let tag = |key: &str| key.split(['{', '}']).nth(1).unwrap().to_owned();
        let tags = ["a", "a:b", "memory"].map(|prefix| {
            let [data, index] = Keys::new(prefix).unwrap().memory();
            assert_eq!(tag(&data), tag(&index));
            tag(&data)
        });
        assert_eq!(BTreeSet::from(tags).len(), 3);
    }

    #[test]
    fn a_prefix_of_other_letters_is_refused() {
        for prefix in ["", "{a}", "a b", "é", "a\0"] {
            let refused = Keys::new(prefix).unwrap_err().to_string();
            assert!(refused.contains("letters, digits"), "{refused}");
        }
    }
}
