//! Numbers and texts one after another in few bytes, read as they were written.

/// Room that stays for the next list.
const BYTES_KEPT: usize = 64 * 1024;

/// Takes them in. Kept for its memory from one list to the next.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

/// Gives them in the order in which they were written.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl Writer {
    /// In groups of seven bits, the low ones first: most numbers are small.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// One that is small on either side of zero.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes without their number: the last ones, or of a number known otherwise.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Writes over what was written at that place.
    pub(super) fn overwrite(&mut self, place: usize, bytes: &[u8]) {
        self.0[place..place + bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
        // One large value is no reason to keep its room.
        self.0.shrink_to(BYTES_KEPT);
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = self.take(1)[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    pub(super) fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> &'a str {
        match str::from_utf8(self.bytes()) {
            Ok(text) => text,
            Err(_) => unreachable!("a text is read where a text was written"),
        }
    }

    /// All that was not read yet.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let numbers = [0, 1, 127, 128, 300, u64::MAX];
        let signed = [0, -1, 1, 63, -64, -65, i64::MAX, i64::MIN];
        let texts = ["", "é\0", &"long".repeat(100)];
        let mut to = Writer::default();
        numbers.iter().for_each(|number| to.number(*number));
        signed.iter().for_each(|number| to.signed(*number));
        texts.iter().for_each(|text| to.text(text));
        let mut from = Reader::new(to.as_bytes());
        for number in numbers {
            assert_eq!(from.number(), number);
        }
        for number in signed {
            assert_eq!(from.signed(), number);
        }
        for text in texts {
            assert_eq!(from.text(), text);
        }
        assert!(from.0.is_empty());
    }
}
