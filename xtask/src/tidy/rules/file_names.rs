//! A file is named after what it does, not after being a drawer.

use crate::tidy::problem::Problem;
use crate::tidy::sources::Source;

const DRAWERS: &[&str] = &["utils.rs", "helpers.rs", "imp.rs", "types.rs"];

/// Every Rust file whose name says nothing.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    sources
        .iter()
        .filter(|source| source.is_our_rust() && DRAWERS.contains(&source.file_name()))
        .map(|source| {
            Problem::new(
                &source.path,
                None,
                format!("`{}` says nothing about what is in it", source.file_name()),
                "name the file after the one thing it does",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    #[test]
    fn drawers_are_refused_and_names_that_only_end_alike_are_not() {
        for (path, tidy) in [
            ("crates/a/src/utils.rs", false),
            ("crates/a/src/helpers.rs", false),
            ("crates/a/src/graph/imp.rs", false),
            ("types.rs", false),
            ("crates/a/src/content_types.rs", true),
            ("docs/types.md", true),
        ] {
            assert_eq!(check(&[sample(path, "")]).is_empty(), tidy, "{path}");
        }
    }
}
