//! What one checkpoint wrote, in one piece of memory: many are kept, and most are small.

use super::bytes::{Reader, Writer};
use crate::id::FieldName;

/// Values of fields. Begins with the places of its entries, 8 bytes each; an entry is a name
/// and, up to the next one, the value. Sorted by name.
#[derive(Clone, Debug)]
pub(super) struct Values(Box<[u8]>);

const PLACE_BYTES: usize = size_of::<u64>();

impl Values {
    /// Of a field that is named twice the last value is found.
    pub(super) fn pack(mut changed: Vec<(FieldName, Vec<u8>)>, to: &mut Writer) -> Self {
        // Stable, for fields that are named twice.
        changed.sort_by(|(a, _), (b, _)| a.cmp(b));
        let entries = changed.iter();
        Self::packed(
            entries.map(|(name, value)| (name.as_str(), value.as_slice())),
            to,
        )
    }

    fn packed<'a>(
        sorted: impl ExactSizeIterator<Item = (&'a str, &'a [u8])>,
        to: &mut Writer,
    ) -> Self {
        to.clear();
        for _ in 0..sorted.len() {
            to.raw(&[0; PLACE_BYTES]);
        }
        for (n, (name, value)) in sorted.enumerate() {
            let place = to.as_bytes().len() as u64;
            to.overwrite(n * PLACE_BYTES, &place.to_le_bytes());
            to.text(name);
            to.raw(value);
        }
        Self(to.as_bytes().into())
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        let (mut from, mut to) = (0, self.count());
        while from < to {
            let middle = from.midpoint(to);
            if self.entry(middle).0 <= name {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        let (found, value) = self.entry(from.checked_sub(1)?);
        (found == name).then_some(value)
    }

    /// Those with such names; `None` if there are none.
    pub(super) fn only(self, stays: impl Fn(&str) -> bool, to: &mut Writer) -> Option<Self> {
        let entries = (0..self.count()).map(|n| self.entry(n));
        let left: Vec<_> = entries.filter(|(name, _)| stays(name)).collect();
        match left.len() {
            0 => None,
            all if all == self.count() => Some(self),
            _ => Some(Self::packed(left.into_iter(), to)),
        }
    }

    fn count(&self) -> usize {
        // The first entry begins where the places end.
        self.place(0) / PLACE_BYTES
    }

    fn place(&self, n: usize) -> usize {
        let (places, _) = self.0.as_chunks::<PLACE_BYTES>();
        u64::from_le_bytes(places[n]) as usize
    }

    fn entry(&self, n: usize) -> (&str, &[u8]) {
        let end = if n + 1 == self.count() {
            self.0.len()
        } else {
            self.place(n + 1)
        };
        let mut entry = Reader::new(&self.0[self.place(n)..end]);
        let name = entry.text();
        (name, entry.rest())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_name_finds_its_last_value_and_no_other_name_finds_any(
            changed in prop::collection::vec(("[a-e]{0,3}", prop::collection::vec(any::<u8>(), 0..5)), 1..12),
            asked in prop::collection::vec("[a-e]{0,3}", 0..12),
        ) {
            let fields = changed.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
            let mut scratch = Writer::default();
            let values = Values::pack(fields.collect(), &mut scratch);
            let want: BTreeMap<&str, &[u8]> =
                changed.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
            for name in changed.iter().map(|(name, _)| name).chain(&asked) {
                prop_assert_eq!(values.get(name), want.get(name.as_str()).copied());
            }
            let left = values.only(|name| asked.iter().any(|asked| asked == name), &mut scratch);
            for name in changed.iter().map(|(name, _)| name) {
                let found = left.as_ref().and_then(|left| left.get(name));
                let stays = asked.contains(name);
                prop_assert_eq!(found, want.get(name.as_str()).copied().filter(|_| stays));
            }
        }
    }
}
