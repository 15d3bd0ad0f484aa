//! The values that a superstep changed, as its row holds them: those that are small lie in
//! the row of the checkpoint, each of the others in a row of its own.

use std::collections::BTreeMap;

use agentflow_core::FieldName;

/// Most bytes of a checkpoint's row that are values: who wants one of them reads all.
const ROW_BYTES_MAX: usize = 8 * 1024;

/// The bytes before a name and before a value, which tell its length.
const LENGTH_BYTES: usize = size_of::<u32>();

/// What a commit has changed, each field once.
pub(crate) struct Changed {
    /// The small values, for the row of the checkpoint.
    pub(crate) in_row: Vec<u8>,
    /// The others, by the places where they were given.
    apart: Vec<usize>,
}

impl Changed {
    /// A field that is named twice keeps the last value.
    pub(crate) fn new(given: &[(FieldName, Vec<u8>)]) -> Self {
        let places = given.iter().enumerate();
        let last: BTreeMap<&str, usize> = places
            .map(|(place, (name, _))| (name.as_str(), place))
            .collect();
        let (mut in_row, mut apart) = (Vec::new(), Vec::new());
        for (name, place) in last {
            let value = &given[place].1;
            let bytes = 2 * LENGTH_BYTES + name.len() + value.len();
            if in_row.len() + bytes > ROW_BYTES_MAX {
                apart.push(place);
                continue;
            }
            for part in [name.as_bytes(), value] {
                // Within the limit of the row.
                in_row.extend_from_slice(&(part.len() as u32).to_le_bytes());
                in_row.extend_from_slice(part);
            }
        }
        Self { in_row, apart }
    }

    /// Those that get a row of their own, of what was `given`.
    pub(crate) fn apart<'a>(
        &'a self,
        given: &'a [(FieldName, Vec<u8>)],
    ) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let apart = self.apart.iter().map(|place| &given[*place]);
        apart.map(|(name, value)| (name.as_str(), value.as_slice()))
    }
}

/// The names and values that [`Changed`] put into a row, in the order of names; none if it
/// was damaged.
pub(crate) fn in_row(mut row: &[u8]) -> Option<Vec<(&str, &[u8])>> {
    let mut found = Vec::new();
    while !row.is_empty() {
        let name = str::from_utf8(part(&mut row)?).ok()?;
        found.push((name, part(&mut row)?));
    }
    Some(found)
}

fn part<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = row.split_first_chunk::<LENGTH_BYTES>()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *row = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(given: &[(&str, usize)]) -> Vec<(FieldName, Vec<u8>)> {
        let fields = given.iter().map(|(name, bytes)| {
            let name: FieldName = (*name).into();
            (name, vec![7; *bytes])
        });
        fields.collect()
    }

    #[test]
    fn what_fits_lies_in_the_row_and_the_rest_apart() {
        let room = ROW_BYTES_MAX - 2 * LENGTH_BYTES - 1;
        for (given, row, apart) in [
            (&[][..], &[][..], &[][..]),
            (&[("a", 0)], &["a"], &[]),
            (&[("a", room)], &["a"], &[]),
            (&[("a", room + 1)], &[], &["a"]),
            // What comes after a large one may still fit.
            (&[("b", room + 1), ("c", 1), ("a", 1)], &["a", "c"], &["b"]),
            (&[("a", room), ("b", 0)], &["a"], &["b"]),
        ] {
            let given = fields(given);
            let changed = Changed::new(&given);
            assert!(changed.in_row.len() <= ROW_BYTES_MAX);
            let found = in_row(&changed.in_row).unwrap_or_default();
            let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, row);
            let names: Vec<&str> = changed.apart(&given).map(|(name, _)| name).collect();
            assert_eq!(names, apart);
        }
    }

    proptest! {
        #[test]
        fn every_field_comes_back_with_its_last_value(
            given in prop::collection::vec(("[a-cé\0]{0,3}", prop::collection::vec(any::<u8>(), 0..3_000)), 0..8),
        ) {
            let given: Vec<(FieldName, Vec<u8>)> =
                given.into_iter().map(|(name, value)| (name.as_str().into(), value)).collect();
            let changed = Changed::new(&given);
            let mut found: Vec<(&str, &[u8])> = in_row(&changed.in_row).unwrap_or_default();
            found.extend(changed.apart(&given));
            found.sort_unstable();
            let want: BTreeMap<&str, &[u8]> =
                given.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
            prop_assert_eq!(found, want.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn a_damaged_row_is_told_or_read_and_never_panics(
            row in prop::collection::vec(0_u8..4, 0..40),
        ) {
            if let Some(found) = in_row(&row) {
                let bytes = found.iter().map(|(name, value)| 2 * LENGTH_BYTES + name.len() + value.len());
                prop_assert_eq!(bytes.sum::<usize>(), row.len());
            }
        }
    }
}
