//! A Rust file that is too long has more than one reason to be opened.

use crate::tidy::problem::Problem;
use crate::tidy::sources::Source;

/// Above this a file is listed; it wants a cut.
const WANTS_A_CUT_LINES: usize = 400;
/// Above this a file fails.
const LINES_MAX: usize = 600;

/// Every Rust file that is too long, or soon will be.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    sources
        .iter()
        .filter(|source| source.is_our_rust())
        .filter_map(|source| judge(&source.path, source.text.lines().count()))
        .collect()
}

fn judge(path: &str, lines: usize) -> Option<Problem> {
    let what = format!("{lines} lines");
    if lines > LINES_MAX {
        let remedy = format!("cut it by behaviour; {LINES_MAX} is the most");
        Some(Problem::new(path, None, what, remedy))
    } else if lines > WANTS_A_CUT_LINES {
        let remedy = format!("above {WANTS_A_CUT_LINES} it wants a cut by behaviour");
        Some(Problem::new(path, None, what, remedy).into_warning())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    #[test]
    fn long_files_are_listed_and_longer_ones_fail() {
        for (path, lines, want) in [
            ("a.rs", 400, None),
            ("a.rs", 401, Some(false)),
            ("a.rs", 600, Some(false)),
            ("a.rs", 601, Some(true)),
            ("a.md", 601, None),
        ] {
            let problems = check(&[sample(path, &"\n".repeat(lines))]);
            let fails = problems.first().map(Problem::is_error);
            assert_eq!(fails, want, "{path} with {lines} lines: {problems:?}");
        }
    }
}
