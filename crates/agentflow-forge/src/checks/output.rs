//! Output of unknown length, kept from both ends.

use std::collections::VecDeque;
use std::fmt;

/// The start and the end of what a command wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckOutput {
    /// The start; everything, if nothing was left out.
    pub head: String,
    /// The end, if something was left out.
    pub tail: String,
    /// Bytes left out between the two.
    pub omitted_bytes: u64,
}

impl CheckOutput {
    /// Keeps at most `bytes_max` bytes of `output`, half from each end.
    pub fn of(output: &[u8], bytes_max: usize) -> Self {
        let mut capture = Capture::new(bytes_max);
        capture.push(output);
        capture.finish()
    }
}

impl fmt::Display for CheckOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        if self.omitted_bytes > 0 {
            write!(
                f,
                "\n[… {} bytes left out …]\n{}",
                self.omitted_bytes, self.tail
            )?;
        }
        Ok(())
    }
}

/// Collects output while it comes, in bounded memory.
#[derive(Debug)]
pub(super) struct Capture {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    omitted: u64,
}

impl Capture {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            half: bytes_max / 2,
            head: Vec::new(),
            tail: VecDeque::new(),
            omitted: 0,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(self.half - self.head.len()));
        self.head.extend_from_slice(first);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..excess);
        self.omitted += excess as u64;
    }

    pub(super) fn finish(self) -> CheckOutput {
        let tail: Vec<u8> = self.tail.into();
        if self.omitted > 0 {
            return CheckOutput {
                head: lossy(&self.head),
                tail: lossy(&tail),
                omitted_bytes: self.omitted,
            };
        }
        CheckOutput {
            head: lossy(&[self.head, tail].concat()),
            ..CheckOutput::default()
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_kept_from_both_ends() {
        for (output, want) in [
            ("", ""),
            ("abcd", "abcd"),
            ("abcdefgh", "abcdefgh"),
            ("abcdefghij", "abcd\n[… 2 bytes left out …]\nghij"),
        ] {
            assert_eq!(CheckOutput::of(output.as_bytes(), 8).to_string(), want);
            let mut capture = Capture::new(8);
            output.bytes().for_each(|byte| capture.push(&[byte]));
            assert_eq!(capture.finish().to_string(), want, "byte by byte");
        }
    }
}
