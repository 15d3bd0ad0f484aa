//! `cargo xtask simulate`: many seeds of the testkit's simulator, in a release build.
//!
//! It only builds and starts the program that runs them; what a seed does and what is
//! wrong with it is the testkit's to say.

use crate::process::{self, ProcessError};

/// Which seeds to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seeds {
    pub(crate) count: u64,
    pub(crate) from: u64,
}

impl Default for Seeds {
    /// As many as a few minutes allow.
    fn default() -> Self {
        Self {
            count: 100_000,
            from: 0,
        }
    }
}

/// The words after `simulate` were not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`simulate` takes `--seeds` and `--from`, each with a number, and not `{word}`")]
pub(crate) struct SeedsError {
    word: String,
}

/// Reads the words after `cargo xtask simulate`.
pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Seeds, SeedsError> {
    let mut seeds = Seeds::default();
    while let Some(word) = words.next() {
        let wanted = match word.as_str() {
            "--seeds" => &mut seeds.count,
            "--from" => &mut seeds.from,
            _ => return Err(SeedsError { word }),
        };
        let number = words.next().unwrap_or_default();
        let Ok(number) = number.parse() else {
            let word = format!("{word} {number}");
            return Err(SeedsError { word });
        };
        *wanted = number;
    }
    Ok(seeds)
}

/// Runs the seeds with this terminal as the program's own.
pub(crate) fn run(seeds: Seeds) -> Result<(), ProcessError> {
    let (count, from) = (seeds.count.to_string(), seeds.from.to_string());
    let package = ["-p", "agentflow-testkit", "--example", "simulate"];
    let mut words = vec!["run", "--release", "--quiet"];
    words.extend(package);
    words.extend(["--", "--seeds", &count, "--from", &from]);
    process::run(process::cargo(&words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_count_and_a_first_one() {
        let wrong = |word: &str| Err(SeedsError { word: word.into() });
        for (line, want) in [
            ("", Ok((100_000, 0))),
            ("--seeds 7", Ok((7, 0))),
            ("--from 3 --seeds 7", Ok((7, 3))),
            ("--seeds", wrong("--seeds ")),
            ("--seeds many", wrong("--seeds many")),
            ("7", wrong("7")),
        ] {
            let words = line.split_whitespace().map(str::to_owned);
            let want = want.map(|(count, from)| Seeds { count, from });
            assert_eq!(parse(words), want, "{line}");
        }
    }
}
