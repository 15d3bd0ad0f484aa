//! Keeps the beginning and the end of an output of any length.
//!
//! The beginning names the command's first error, the end its verdict; what
//! lies between is what a reader misses least.

use std::collections::VecDeque;

/// A buffer that holds at most `limit` bytes: the first half and the last half.
#[derive(Debug)]
pub(crate) struct HeadTail {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    head_max: usize,
    tail_max: usize,
    seen: u64,
}

impl HeadTail {
    /// A buffer for at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            head_max: limit / 2,
            tail_max: limit - limit / 2,
            seen: 0,
        }
    }

    /// Takes the next bytes of the output.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        let room = self.head_max - self.head.len();
        if room > 0 {
            let (first, rest) = bytes.split_at(room.min(bytes.len()));
            self.head.extend_from_slice(first);
            bytes = rest;
        }
        let skip = bytes.len().saturating_sub(self.tail_max);
        self.tail.extend(&bytes[skip..]);
        let surplus = self.tail.len().saturating_sub(self.tail_max);
        self.tail.drain(..surplus);
    }

    /// How many bytes were seen and not kept.
    pub(crate) fn left_out(&self) -> u64 {
        self.seen - (self.head.len() + self.tail.len()) as u64
    }

    /// The bytes, if all of them were kept.
    pub(crate) fn into_whole(mut self) -> Option<Vec<u8>> {
        if self.left_out() > 0 {
            return None;
        }
        self.head.extend(self.tail);
        Some(self.head)
    }

    /// The text, with a line in the middle that says how much is missing.
    pub(crate) fn into_text(self) -> String {
        let left_out = self.left_out();
        let mut head = self.head;
        let tail: Vec<u8> = self.tail.into();
        if left_out == 0 {
            head.extend_from_slice(&tail);
            return String::from_utf8_lossy(&head).into_owned();
        }
        let head = whole_characters_at_end(&head);
        let tail = whole_characters_at_start(&tail);
        format!(
            "{}\n[... {left_out} bytes left out ...]\n{}",
            String::from_utf8_lossy(head).trim_end_matches('\n'),
            String::from_utf8_lossy(tail).trim_start_matches('\n'),
        )
    }
}

/// `text` in at most about `limit` bytes: its beginning and its end.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let mut kept = HeadTail::new(limit);
    kept.push(text.as_bytes());
    kept.into_text()
}

/// Without the character that the cut at the end went through.
fn whole_characters_at_end(bytes: &[u8]) -> &[u8] {
    let start = bytes.len().saturating_sub(3);
    for at in (start..bytes.len()).rev() {
        let width = match bytes[at] {
            0b1100_0000..=0b1101_1111 => 2,
            0b1110_0000..=0b1110_1111 => 3,
            0b1111_0000..=0b1111_0111 => 4,
            0b1000_0000..=0b1011_1111 => continue,
            _ => 1,
        };
        return if at + width > bytes.len() {
            &bytes[..at]
        } else {
            bytes
        };
    }
    bytes
}

/// Without the rest of the character that the cut at the start went through.
fn whole_characters_at_start(bytes: &[u8]) -> &[u8] {
    let rest = bytes
        .iter()
        .take(3)
        .take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000)
        .count();
    &bytes[rest..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_keeps_its_beginning_and_its_end() {
        for (name, input, limit, want) in [
            ("short is untouched", "abc", 4, "abc"),
            ("full is untouched", "abcd", 4, "abcd"),
            (
                "middle goes",
                "abcdef",
                4,
                "ab\n[... 2 bytes left out ...]\nef",
            ),
            (
                "no half characters",
                "aäbcdefüz",
                4,
                "a\n[... 7 bytes left out ...]\nz",
            ),
            (
                "line ends are not doubled",
                "a\nbcdef\nz",
                4,
                "a\n[... 5 bytes left out ...]\nz",
            ),
        ] {
            assert_eq!(shorten(input, limit), want, "{name}");
        }
    }

    #[test]
    fn the_pieces_it_comes_in_make_no_difference() {
        let text: String = (0..500).map(|n| format!("line {n}\n")).collect();
        for size in [1, 7, 64, 5000] {
            let mut kept = HeadTail::new(100);
            for piece in text.as_bytes().chunks(size) {
                kept.push(piece);
            }
            assert_eq!(kept.into_text(), shorten(&text, 100), "pieces of {size}");
        }
    }

    #[test]
    fn a_whole_output_can_be_told_from_a_cut_one() {
        let mut kept = HeadTail::new(4);
        kept.push(b"abcd");
        assert_eq!(kept.into_whole(), Some(b"abcd".to_vec()));
        let mut cut = HeadTail::new(4);
        cut.push(b"abcde");
        assert_eq!(cut.into_whole(), None);
    }
}
