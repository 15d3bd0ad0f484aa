//! How paths are written in columns.

use agentflow_core::store::{PathError, StorePath};

/// Each label with a NUL behind it. No label holds a NUL, and none is empty, so that
/// bytes order as paths do, and what lies in a path begins with its bytes.
pub(crate) fn path_column(path: &StorePath) -> Vec<u8> {
    let mut column = Vec::new();
    for label in path.labels() {
        column.extend_from_slice(label.as_bytes());
        column.push(0);
    }
    column
}

/// The first column of a path's items, and the first behind them.
pub(crate) fn range_of(path: &StorePath) -> (Vec<u8>, Vec<u8>) {
    let column = path_column(path);
    let mut behind = column.clone();
    behind.pop();
    behind.push(1);
    (column, behind)
}

/// The path that [`path_column`] wrote.
pub(crate) fn path_of(column: &[u8]) -> Result<StorePath, PathError> {
    let labels = column.strip_suffix(&[0]).unwrap_or(column);
    let labels = labels.split(|byte| *byte == 0);
    StorePath::new(labels.map(|label| String::from_utf8_lossy(label).into_owned()))
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
            let (column, behind) = range_of(path);
            assert_eq!(path_of(&column).as_ref(), Ok(path));
            for other in &paths {
                let place = path_column(other);
                let is_within = place >= column && place < behind;
                assert_eq!(is_within, other.is_under(path), "{other} in {path}");
            }
        }
    }
}
