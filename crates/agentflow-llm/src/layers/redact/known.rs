//! Finds a secret that is known, however it is written.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::{memchr3_iter, memmem};
use secrecy::{ExposeSecret, SecretString};

/// Shortest part of a base64 text that is taken for a secret's; a shorter one may stand in any
/// text by chance.
const BASE64_CHARS_MIN: usize = 5;

/// A secret, and what stands for it wherever it is part of something in base64.
#[derive(Clone, Debug)]
pub(super) struct Known {
    secret: SecretString,
    base64: Vec<SecretString>,
}

impl Known {
    /// Without the blanks around it, which files leave there; `None` if nothing is left.
    pub(super) fn new(secret: &SecretString) -> Option<Self> {
        let secret = secret.expose_secret().trim();
        (!secret.is_empty()).then(|| Self {
            secret: secret.into(),
            base64: base64_parts(secret.as_bytes()),
        })
    }

    /// Adds every place of the secret in a text.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        let (text, secret) = (text.as_bytes(), self.secret.expose_secret());
        // It begins with no blank, so that its first byte stands for itself or is escaped.
        for at in memchr3_iter(secret.as_bytes()[0], b'%', b'\\', text) {
            found.extend(length_of(secret, &text[at..]).map(|length| at..at + length));
        }
        for part in &self.base64 {
            let part = part.expose_secret().as_bytes();
            let places = memmem::find_iter(text, part);
            found.extend(places.map(|at| at..at + part.len()));
        }
    }
}

/// How long a secret is at the beginning of a text, each of its characters as it is or in any
/// of its escapes; `None` if it is not there.
fn length_of(secret: &str, text: &[u8]) -> Option<usize> {
    // A `%` or `\` may stand for itself or begin an escape, so several lengths are possible.
    let (mut lengths, mut longer) = (vec![0], Vec::new());
    for character in secret.chars() {
        for length in lengths.drain(..) {
            let more = lengths_of(character, &text[length..]);
            longer.extend(more.into_iter().map(|more| length + more));
        }
        longer.dedup();
        std::mem::swap(&mut lengths, &mut longer);
        if lengths.is_empty() {
            return None;
        }
    }
    lengths.into_iter().max()
}

/// How long a character may be at the beginning of a text.
fn lengths_of(character: char, text: &[u8]) -> Vec<usize> {
    let mut utf8 = [0; 4];
    let (mut lengths, mut longer) = (vec![0], Vec::new());
    for byte in character.encode_utf8(&mut utf8).bytes() {
        for length in lengths.drain(..) {
            let of_byte = ways_to_write(byte, &text[length..]);
            longer.extend(of_byte.into_iter().flatten().map(|more| length + more));
        }
        std::mem::swap(&mut lengths, &mut longer);
    }
    if !character.is_ascii() {
        lengths.extend(escaped_in_json(character, text));
    }
    lengths
}

/// As JSON escapes it: `\u` and four digits, once or twice.
fn escaped_in_json(character: char, text: &[u8]) -> Option<usize> {
    let (mut units, mut length) = ([0; 2], 0);
    for unit in character.encode_utf16(&mut units) {
        let digits = text[length..].strip_prefix(b"\\u")?.get(..4)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if u16::from_str_radix(digits, 16).ok()? != *unit {
            return None;
        }
        length += 6;
    }
    Some(length)
}

/// How long a byte is at the beginning of a text: as it is, percent-encoded, as a blank of a
/// form, and escaped in JSON.
fn ways_to_write(byte: u8, text: &[u8]) -> [Option<usize>; 4] {
    let hex = |digits: &[u8]| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    let is_plain = text.first() == Some(&byte) || byte == b' ' && text.first() == Some(&b'+');
    let is_percent = matches!(text, [b'%', a, b, ..] if hex(&[*a, *b]) == Some(byte));
    let is_short = matches!(text, [b'\\', letter, ..] if short_escape(*letter) == Some(byte));
    let is_long = matches!(text, [b'\\', b'u', b'0', b'0', a, b, ..]
        if byte.is_ascii() && hex(&[*a, *b]) == Some(byte));
    [
        is_plain.then_some(1),
        is_percent.then_some(3),
        is_short.then_some(2),
        is_long.then_some(6),
    ]
}

fn short_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'"' | b'\\' | b'/' => letter,
        _ => return None,
    })
}

/// The characters that a secret alone decides, in a base64 text that it is part of: there are
/// three ways, by how many bytes stand before it, in each of two alphabets.
fn base64_parts(secret: &[u8]) -> Vec<SecretString> {
    let mut parts = Vec::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret);
        // Six bits a character: the first and the last may hold bits of neighbours.
        let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        if own.len() < BASE64_CHARS_MIN {
            continue;
        }
        let standard = STANDARD_NO_PAD.encode(&bytes)[own.clone()].to_owned();
        let url_safe = URL_SAFE_NO_PAD.encode(&bytes)[own].to_owned();
        if url_safe != standard {
            parts.push(url_safe.into());
        }
        parts.push(standard.into());
    }
    parts
}
