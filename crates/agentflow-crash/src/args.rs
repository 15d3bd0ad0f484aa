//! The words of the command line.

use crate::address::{Backend, UnknownBackend};

/// What the command line teaches.
pub const USAGE: &str = "\
usage: cargo xtask crash [--backend NAME] [--kills N] [--seed N] [--trial N]

  --backend  The store that is proved: sqlite, postgres or redis. The last two need the
             address of a server, which `cargo xtask crash` gives them.
  --kills    At least so many kills by SIGKILL, 300. With fewer than there are named
             points, only some of them are struck.
  --seed     What choices are drawn from; a new one for each run, which it prints.
  --trial    Only the trial of this number, to see a violation again with the seed and
             kills it was found with.

A trial is one thread, run to its end by child processes. Kinds of trials:
  killed at a point   the first child is killed at a named point, of which there is one on
                      both sides of each call to the store and of each effect
  killed at moments   children are killed one after the other at random moments
  two at once         two children run the thread; they are killed and replaced
  stopped past lease  a child stands still (SIGSTOP) until its lease is over, another one
                      goes on, and the first is woken
  slow past lease     the same by a network that holds back what a child says and hears
  connection cut      the network is cut: at random moments, and before, in the middle of
                      and after a question, and before its answer
  server restarted    a server of the run's own is stopped under its children, as by a
                      crash or in order, and started again
  `Async`, `Exit`     children that store supersteps in the background, or at the end, are
                      killed
  full disk           the disk of the store fills up
  limited file        the store's file may not grow
Of these a store behind a server has no full disk and no limited file, and one in a file
no network and no server.

What is counted:
  held        children that were held past their lease
  resumed     children that went on with what another one had committed
  windows     kills that fell between an effect and its record
  doubled     lines that were written again: `once` alone guards them, and a window or a
              lost lease lets them through
  repeats     requests sent again under a key that the service knew, and did not act on
  rows        rows added in one transaction with their record; each may be there once
  fenced      writes that were refused because another child had taken over
  no room     children that found no room
  lost        acknowledged supersteps and recorded effects that are not there
  violations  everything that may not be, those that are lost included
";

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The store.
    pub backend: Backend,
    /// At least so many kills.
    pub kills: u32,
    /// What choices are drawn from, if it is to be that.
    pub seed: Option<u64>,
    /// Only this trial.
    pub trial: Option<usize>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            backend: Backend::Sqlite,
            kills: 300,
            seed: None,
            trial: None,
        }
    }
}

/// The command line was not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgsError {
    /// A word that means nothing here.
    #[error("there is no option `{0}`")]
    Unknown(String),
    /// An option without its number.
    #[error("`{option}` takes a number, and not `{found}`")]
    NotANumber {
        /// The option.
        option: String,
        /// What stands there.
        found: String,
    },
    /// No such store.
    #[error(transparent)]
    Backend(#[from] UnknownBackend),
}

/// Reads the words after the program's name.
///
/// # Errors
/// If there is a word that it does not understand.
pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Wanted, ArgsError> {
    let mut wanted = Wanted::default();
    while let Some(option) = words.next() {
        let value = words.next().unwrap_or_default();
        match option.as_str() {
            "--backend" => wanted.backend = value.parse()?,
            "--kills" => wanted.kills = number(option, value)?,
            "--seed" => wanted.seed = Some(number(option, value)?),
            "--trial" => wanted.trial = Some(number(option, value)?),
            _ => return Err(ArgsError::Unknown(option)),
        }
    }
    Ok(wanted)
}

fn number<N: std::str::FromStr>(option: String, value: String) -> Result<N, ArgsError> {
    let number = value.parse();
    number.map_err(|_| ArgsError::NotANumber {
        option,
        found: value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_words_with_a_value() {
        let wanted = Wanted::default();
        for (line, want) in [
            ("", Ok(wanted)),
            ("--kills 7", Ok(Wanted { kills: 7, ..wanted })),
            (
                "--seed 3 --trial 9 --backend sqlite",
                Ok(Wanted {
                    seed: Some(3),
                    trial: Some(9),
                    ..wanted
                }),
            ),
            (
                "--kills many",
                Err(ArgsError::NotANumber {
                    option: "--kills".into(),
                    found: "many".into(),
                }),
            ),
            (
                "--seed",
                Err(ArgsError::NotANumber {
                    option: "--seed".into(),
                    found: String::new(),
                }),
            ),
            ("--killls 7", Err(ArgsError::Unknown("--killls".into()))),
        ] {
            let words = line.split_whitespace().map(str::to_owned);
            assert_eq!(parse(words), want, "{line}");
        }
        let refused = parse(["--backend".to_owned(), "oracle".to_owned()].into_iter());
        assert!(matches!(refused, Err(ArgsError::Backend(_))));
    }
}
