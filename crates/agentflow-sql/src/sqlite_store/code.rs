//! How paths and vectors are written in columns.

use agentflow_core::store::{PathError, StorePath};

/// Each label with a NUL behind it. No label holds a NUL, and none is empty, so that
/// bytes order as paths do, and what lies in a path begins with its bytes.
pub(super) fn path_column(path: &StorePath) -> Vec<u8> {
    let mut column = Vec::new();
    for label in path.labels() {
        column.extend_from_slice(label.as_bytes());
        column.push(0);
    }
    column
}

/// The first bytes behind all that lies in the path of this column.
pub(super) fn behind(mut column: Vec<u8>) -> Vec<u8> {
    column.pop();
    column.push(1);
    column
}

/// The path that [`path_column`] wrote.
pub(super) fn path_of(column: &[u8]) -> Result<StorePath, PathError> {
    let labels = column.strip_suffix(&[0]).unwrap_or(column);
    let labels = labels.split(|byte| *byte == 0);
    StorePath::new(labels.map(|label| String::from_utf8_lossy(label).into_owned()))
}

/// The vectors one behind the other, as little-endian floats.
pub(super) fn vectors_column(vectors: &[Vec<f32>]) -> Vec<u8> {
    let numbers = vectors.iter().flatten();
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers that [`vectors_column`] wrote, in place of those that are there.
pub(super) fn read_numbers(column: &[u8], numbers: &mut Vec<f32>) {
    numbers.clear();
    let (chunks, _) = column.as_chunks::<4>();
    numbers.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn columns_order_as_paths_do() {
        let mut paths: Vec<StorePath> = [
            "a", "a.b", "a.b.c", "a b", "a-b", "ab", "B", "é", "a\u{1}", "a\u{1}.b",
        ]
        .into_iter()
        .map(|path| path.parse().unwrap())
        .collect();
        paths.sort();
        for (path, next) in paths.iter().zip(&paths[1..]) {
            assert!(
                path_column(path) < path_column(next),
                "{path} before {next}"
            );
        }
        for path in &paths {
            let column = path_column(path);
            assert_eq!(path_of(&column).as_ref(), Ok(path));
            for other in &paths {
                let place = path_column(other);
                let is_within = place >= column && place < behind(column.clone());
                assert_eq!(is_within, other.is_under(path), "{other} in {path}");
            }
        }
    }

    #[test]
    fn vectors_come_back_to_the_bit() {
        let vectors = [vec![0.1, -0.0], vec![f32::MIN_POSITIVE, f32::MAX]];
        let mut numbers = vec![7.0];
        read_numbers(&vectors_column(&vectors), &mut numbers);
        let bits = |numbers: &[f32]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&numbers), bits(&vectors.concat()));
    }
}
