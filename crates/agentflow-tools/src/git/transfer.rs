//! How to speak to a server: as whom, how much, how long, and who is told how far it is.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// One exchange with a server.
///
/// ```no_run
/// # async fn example() -> Result<(), agentflow_tools::git::GitError> {
/// use agentflow_tools::git::{GitWorkTree, Transfer};
///
/// let show = |progress: &agentflow_tools::git::TransferProgress| eprintln!("{progress}");
/// let transfer = Transfer { progress: Some(&show), ..Transfer::default() };
/// GitWorkTree::clone_with("https://example.org/r.git", "checkout", &transfer).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct Transfer<'a> {
    /// The token, which goes to this server only.
    pub token: Option<&'a SecretString>,
    /// Largest pack that is taken from the server, 4 GiB by default, in bytes.
    ///
    /// Few repositories have more of history; whoever works on one says so.
    pub pack_bytes_max: u64,
    /// Longest exchange, 10 min by default.
    pub time_max: Duration,
    /// Who is told how far it is, about once a second.
    pub progress: Option<&'a (dyn Fn(&TransferProgress) + Send + Sync)>,
}

impl Default for Transfer<'_> {
    fn default() -> Self {
        Self {
            token: None,
            pack_bytes_max: 4 << 30,
            time_max: Duration::from_secs(600),
            progress: None,
        }
    }
}

impl<'a> Transfer<'a> {
    /// The usual limits, with this token.
    pub fn with_token(token: Option<&'a SecretString>) -> Self {
        Self {
            token,
            ..Self::default()
        }
    }
}

// The token is left out.
impl fmt::Debug for Transfer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("pack_bytes_max", &self.pack_bytes_max)
            .field("time_max", &self.time_max)
            .finish_non_exhaustive()
    }
}

/// How far a transfer is, as git counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// What git does, such as `Receiving objects`.
    pub phase: String,
    /// How much of it is done.
    pub percent: u8,
}

impl fmt::Display for TransferProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} %", self.phase, self.percent)
    }
}

/// Finds the progress in what git writes, however it is cut.
#[derive(Debug, Default)]
pub(super) struct ProgressReader {
    line: Vec<u8>,
}

/// Longest line that is looked at; progress is far shorter.
const LINE_BYTES_MAX: usize = 400;

impl ProgressReader {
    pub(super) fn read(&mut self, bytes: &[u8], tell: &dyn Fn(&TransferProgress)) {
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    if let Some(progress) = parse(&String::from_utf8_lossy(&self.line)) {
                        tell(&progress);
                    }
                    self.line.clear();
                }
                _ if self.line.len() < LINE_BYTES_MAX => self.line.push(*byte),
                _ => {}
            }
        }
    }
}

/// Such as `remote: Counting objects:  50% (1/2)`.
fn parse(line: &str) -> Option<TransferProgress> {
    let line = line.strip_prefix("remote: ").unwrap_or(line);
    let (phase, rest) = line.split_once(':')?;
    let (percent, _) = rest.trim_start().split_once('%')?;
    Some(TransferProgress {
        phase: phase.trim().to_owned(),
        percent: percent.parse().ok().filter(|percent| *percent <= 100)?,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn progress_is_found_however_it_is_cut() {
        let text = "remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n\
                    Receiving objects:  45% (9/20), 1.20 MiB | 2.00 MiB/s\rFrom https://x\n\
                    warning: 12% of what\n * [new branch] main -> origin/main\n";
        for cut in [1, 7, text.len()] {
            let told = RefCell::new(Vec::new());
            let mut reader = ProgressReader::default();
            for part in text.as_bytes().chunks(cut) {
                reader.read(part, &|progress| {
                    told.borrow_mut().push(progress.to_string());
                });
            }
            assert_eq!(
                told.into_inner(),
                [
                    "Counting objects: 50 %",
                    "Counting objects: 100 %",
                    "Receiving objects: 45 %",
                    "warning: 12 %"
                ],
                "{cut}"
            );
        }
    }
}
