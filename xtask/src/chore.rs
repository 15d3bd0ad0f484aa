//! Which chore was asked for, and the help that teaches them.
//!
//! So few chores need no argument parser; unknown words are refused, never ignored.

use crate::simulate::{self, Seeds, SeedsError};

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
The project's chores.

Usage: cargo xtask <chore>

  test [-- <arguments>]  Set up what the tests need, then run all of them and the doc tests.
                         Arguments after `--` go to the test runner, for instance
                         `cargo xtask test -- -p agentflow-core resume`; the doc tests
                         then stay out.
  simulate [--seeds N] [--from S]
                         Run N seeds (100000) of the simulator, from seed S (0), in a release
                         build; stop at the first that fails and print how to see it again.
  crash [--backend NAME] [--kills N] [--seed N] [--trial N]
                         Kill N (300) real processes that run graphs with effects on a store
                         (sqlite), pause others past their lease, cut and delay their
                         connections, restart their server and fill their disk; print what
                         was lost or doubled, and how to see a violation again. With --help
                         it says what each kind of trial and each figure is.
  tidy                   Check the rules no compiler checks: who imports whom, file sizes
                         and names, leftovers, machine paths, tokens, unused dependencies.
  deny                   Check licences, banned crates and sources of all dependencies with
                         cargo-deny (built into target/tools when missing), and
                         advisories when their database can be fetched.
  help                   Print this.

Everything CI runs is in .ci/run; run it before you push.
";

/// One chore with what it was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chore {
    Help,
    Test { runner_args: Vec<String> },
    Simulate(Seeds),
    Crash { options: Vec<String> },
    Tidy,
    Deny,
}

/// The command line was not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UsageError {
    #[error("no chore named `{name}`")]
    Unknown { name: String },
    #[error("`{chore}` takes no `{argument}`; arguments for the test runner go after `test --`")]
    Argument {
        chore: &'static str,
        argument: String,
    },
    #[error(transparent)]
    Seeds(#[from] SeedsError),
}

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Chore, UsageError> {
    let Some(name) = words.next() else {
        return Ok(Chore::Help);
    };
    match name.as_str() {
        "help" | "--help" | "-h" => Ok(Chore::Help),
        "test" => match words.next() {
            None => Ok(Chore::Test {
                runner_args: Vec::new(),
            }),
            Some(dashes) if dashes == "--" => Ok(Chore::Test {
                runner_args: words.collect(),
            }),
            Some(argument) => help_or_refuse("test", argument),
        },
        "simulate" => parse_simulate(words),
        "crash" => Ok(parse_crash(words)),
        "tidy" => alone("tidy", Chore::Tidy, words),
        "deny" => alone("deny", Chore::Deny, words),
        _ => Err(UsageError::Unknown { name }),
    }
}

fn parse_simulate(words: impl Iterator<Item = String>) -> Result<Chore, UsageError> {
    let words: Vec<String> = words.collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return Ok(Chore::Help);
    }
    Ok(Chore::Simulate(simulate::parse(words.into_iter())?))
}

/// What its options mean, `--help` too, is for the program to say that has them.
fn parse_crash(words: impl Iterator<Item = String>) -> Chore {
    Chore::Crash {
        options: words.collect(),
    }
}

fn alone(
    name: &'static str,
    chore: Chore,
    mut words: impl Iterator<Item = String>,
) -> Result<Chore, UsageError> {
    match words.next() {
        None => Ok(chore),
        Some(argument) => help_or_refuse(name, argument),
    }
}

fn help_or_refuse(chore: &'static str, argument: String) -> Result<Chore, UsageError> {
    if argument == "--help" || argument == "-h" {
        return Ok(Chore::Help);
    }
    Err(UsageError::Argument { chore, argument })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_names_one_chore() {
        let test = |args: &[&str]| {
            Ok(Chore::Test {
                runner_args: args.iter().map(ToString::to_string).collect(),
            })
        };
        let crash = |args: &[&str]| {
            Ok(Chore::Crash {
                options: args.iter().map(ToString::to_string).collect(),
            })
        };
        for (line, want) in [
            ("", Ok(Chore::Help)),
            ("--help", Ok(Chore::Help)),
            ("tidy --help", Ok(Chore::Help)),
            ("tidy", Ok(Chore::Tidy)),
            ("deny", Ok(Chore::Deny)),
            ("simulate", Ok(Chore::Simulate(Seeds::default()))),
            ("simulate --seeds 5 --help", Ok(Chore::Help)),
            ("crash", crash(&[])),
            ("crash --kills 7", crash(&["--kills", "7"])),
            ("crash --help", crash(&["--help"])),
            ("test", test(&[])),
            ("test -- -p agentflow-core", test(&["-p", "agentflow-core"])),
            (
                "tidy now",
                Err(UsageError::Argument {
                    chore: "tidy",
                    argument: "now".into(),
                }),
            ),
            (
                "test resume",
                Err(UsageError::Argument {
                    chore: "test",
                    argument: "resume".into(),
                }),
            ),
            (
                "tset",
                Err(UsageError::Unknown {
                    name: "tset".into(),
                }),
            ),
        ] {
            let words = line.split_whitespace().map(str::to_owned);
            assert_eq!(parse(words), want, "cargo xtask {line}");
        }
    }
}
