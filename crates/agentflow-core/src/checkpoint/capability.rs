//! What a backend can do beyond the least. A backend says which of it it can; what it
//! cannot it refuses by name.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Something that a backend can do beyond the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// To make one thread a copy of another:
    /// [`Checkpointer::copy_thread`](super::Checkpointer::copy_thread).
    CopyThread,
    /// To forget old checkpoints: [`Checkpointer::prune`](super::Checkpointer::prune).
    Prune,
    /// To keep what runs have emitted:
    /// [`Checkpointer::append_log`](super::Checkpointer::append_log) and
    /// [`Checkpointer::read_log`](super::Checkpointer::read_log).
    StreamLog,
}

impl Capability {
    /// Every one that this build knows.
    pub const ALL: [Self; 3] = [Self::CopyThread, Self::Prune, Self::StreamLog];

    /// The words for it, as errors and reports say them.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CopyThread => "copy thread",
            Self::Prune => "prune",
            Self::StreamLog => "stream log",
        }
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of capabilities. As JSON it is a list of their names.
///
/// ```
/// use agentflow_core::checkpoint::{Capabilities, Capability};
///
/// let has = Capabilities::ALL.without(Capability::CopyThread);
/// assert!(has.contains(Capability::Prune) && !has.contains(Capability::CopyThread));
/// assert_eq!(has.to_string(), "prune, stream log");
/// assert_eq!(Capabilities::NONE.with(Capability::Prune).iter().count(), 1);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(u32);

impl Capabilities {
    /// None: the least that a backend does.
    pub const NONE: Self = Self(0);

    /// Every one that this build knows. A later one may know more: a backend that is not
    /// changed together with it puts its set together with [`Capabilities::with`].
    pub const ALL: Self = Self((1 << Capability::ALL.len()) - 1);

    /// Whether the capability is in it.
    #[must_use]
    pub fn contains(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// The same with one more.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | capability.bit())
    }

    /// The same without this one.
    #[must_use]
    pub fn without(self, capability: Capability) -> Self {
        Self(self.0 & !capability.bit())
    }

    /// Those in it, in the order of [`Capability::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        let all = Capability::ALL.into_iter();
        all.filter(move |capability| self.contains(*capability))
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

// Not by way of `From`: compilers list conversions of `Vec` wherever one is missing.
impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Capabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Capability>::deserialize(deserializer).map(Self::from_iter)
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("none");
        }
        for (place, capability) in self.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{capability}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_not_taken_out() {
        use Capability::{CopyThread, Prune, StreamLog};
        let none = Capabilities::NONE;
        for (set, want, text, json) in [
            (none, &[][..], "none", "[]"),
            (
                none.with(Prune).with(Prune),
                &[Prune],
                "prune",
                r#"["prune"]"#,
            ),
            (
                none.with(StreamLog).with(CopyThread),
                &[CopyThread, StreamLog],
                "copy thread, stream log",
                r#"["copy_thread","stream_log"]"#,
            ),
            (
                Capabilities::ALL.without(CopyThread).without(CopyThread),
                &[Prune, StreamLog],
                "prune, stream log",
                r#"["prune","stream_log"]"#,
            ),
            (
                Capabilities::ALL,
                &Capability::ALL,
                "copy thread, prune, stream log",
                r#"["copy_thread","prune","stream_log"]"#,
            ),
        ] {
            assert_eq!(set.iter().collect::<Vec<_>>(), want);
            assert_eq!(set.to_string(), text);
            assert_eq!(serde_json::to_string(&set).unwrap(), json);
            assert_eq!(serde_json::from_str::<Capabilities>(json).unwrap(), set);
        }
    }
}
