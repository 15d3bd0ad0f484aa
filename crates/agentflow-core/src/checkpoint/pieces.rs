//! The checkpoints that hold one field's value. Most fields are in one; a field that
//! grows is in many, which follow each other evenly.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::id::CheckpointId;

/// The checkpoints that hold a field's pieces, oldest first. Stored as a number if there
/// is one, else as a list of runs, `[first, count, step]` each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    One(Run),
    /// Boxed: nearly every field has one piece.
    Several(Box<[Run]>),
}

/// Checkpoints whose ids are evenly apart: the first, how many, and how far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Run(pub(crate) u64, pub(crate) u32, pub(crate) u32);

impl Run {
    const fn one(at: CheckpointId) -> Self {
        Self(at.0, 1, 1)
    }

    fn newest(&self) -> u64 {
        let Self(first, count, step) = *self;
        first.saturating_add(u64::from(count.saturating_sub(1)) * u64::from(step))
    }

    /// The run with one more, unless that does not follow evenly.
    fn with(&self, at: CheckpointId) -> Option<Self> {
        let Self(first, count, step) = *self;
        let after = u32::try_from(at.0.checked_sub(self.newest())?).ok()?;
        let follows = after > 0 && (count == 1 || after == step);
        follows.then_some(Self(first, count.checked_add(1)?, after))
    }

    fn iter(self) -> impl Iterator<Item = CheckpointId> {
        let Self(first, count, step) = self;
        let each = move |place| first.saturating_add(u64::from(place) * u64::from(step));
        (0..count).map(each).map(CheckpointId)
    }
}

impl From<CheckpointId> for Pieces {
    fn from(at: CheckpointId) -> Self {
        Self::One(Run::one(at))
    }
}

/// Pieces that one field may have: what claims to have more is no list that this library
/// has stored, and nobody wants to look for all of them.
pub(crate) const PIECES_MAX: u64 = 1 << 16;

impl Pieces {
    pub(super) fn newest(&self) -> CheckpointId {
        CheckpointId(self.runs().last().map_or(0, Run::newest))
    }

    pub(super) fn add(&mut self, at: CheckpointId) {
        let mut runs = self.runs().to_vec();
        match runs.last_mut() {
            Some(last) if let Some(longer) = last.with(at) => *last = longer,
            _ => runs.push(Run::one(at)),
        }
        *self = Self::Several(runs.into());
    }

    pub(crate) fn runs(&self) -> &[Run] {
        match self {
            Self::One(run) => std::slice::from_ref(run),
            Self::Several(runs) => runs,
        }
    }

    pub(crate) fn count(&self) -> u64 {
        let runs = self.runs().iter();
        runs.map(|Run(_, count, _)| u64::from(*count)).sum()
    }

    /// What [`Pieces::runs`] were of.
    pub(crate) fn of(runs: &[Run]) -> Self {
        match runs {
            [run @ Run(_, 1, _)] => Self::One(*run),
            runs => Self::Several(runs.into()),
        }
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = CheckpointId> {
        self.runs().iter().copied().flat_map(Run::iter)
    }
}

impl Serialize for Pieces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(Run(at, ..)) => at.serialize(serializer),
            Self::Several(runs) => runs.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Pieces {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Stored {
            One(CheckpointId),
            Several(Box<[Run]>),
        }

        match Stored::deserialize(deserializer)? {
            Stored::One(at) => Ok(at.into()),
            Stored::Several(runs) => {
                let pieces = Self::Several(runs);
                match pieces.count() {
                    1..=PIECES_MAX => Ok(pieces),
                    count => Err(D::Error::custom(format_args!(
                        "a field is in 1 to {PIECES_MAX} checkpoints, not in {count}"
                    ))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_come_back_in_their_order_whatever_lies_between_them(
            first in any::<u32>(),
            gaps in prop::collection::vec(prop_oneof![1..4_u64, any::<u64>()], 0..60),
        ) {
            let mut all = vec![u64::from(first)];
            for gap in gaps {
                all.extend(all.last().unwrap().checked_add(gap));
            }
            let all: Vec<_> = all.into_iter().map(CheckpointId).collect();
            let mut pieces = Pieces::from(all[0]);
            all[1..].iter().for_each(|at| pieces.add(*at));
            prop_assert_eq!(&pieces.iter().collect::<Vec<_>>(), &all);
            prop_assert_eq!(pieces.newest(), *all.last().unwrap());
            prop_assert_eq!(&Pieces::of(pieces.runs()), &pieces);
            let stored = serde_json::to_string(&pieces).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Pieces>(&stored).unwrap(), &pieces);
        }
    }

    #[test]
    fn what_no_pieces_are_stored_as_is_refused() {
        let far = "[[1,4294967295,1]]";
        for stored in [
            "[]",
            "[[1,0,1]]",
            "[[1,2]]",
            "[1,2,1]",
            "{}",
            "-1",
            "null",
            far,
        ] {
            assert!(serde_json::from_str::<Pieces>(stored).is_err(), "{stored}");
        }
    }
}
