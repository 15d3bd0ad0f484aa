//! Finds keys that nobody has named, by how well-known ones look.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// How a kind of key looks. Where a part is named `key`, only that is the secret.
///
/// Texts may be JSON in a string, where a line ends with `\n`: what stands before a key is
/// often a letter, so a key is told by its beginning where that is rare enough.
const PATTERNS: &[(&str, Check)] = &[
    // GitHub.
    (
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
        Check::None,
    ),
    // OpenAI, OpenRouter, Anthropic.
    (
        r"(?:^|[^A-Za-z0-9]|\\[nrt])(?<key>sk-[A-Za-z0-9_-]{20,})",
        Check::HasDigit,
    ),
    // The id of a key of AWS.
    (r"(?:AKIA|ASIA)[A-Z0-9]{16}", Check::None),
    // Slack.
    (r"xox[abeoprs]-[A-Za-z0-9-]{10,}", Check::HasDigit),
    // Tokens of three parts, of which the first two are JSON in base64.
    (
        r"eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*",
        Check::None,
    ),
    // What a header carries.
    (
        r"(?i:bearer)(?:\s|%20|\+)+(?<key>[A-Za-z0-9._~+/-]{16,}=*)",
        Check::HasDigit,
    ),
    // A private key, and one whose end is missing. What only talks of one has no key in it.
    (
        concat!(
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
            r"(?:[A-Za-z0-9+/=,:.\s-]|\\[nrt])*?[A-Za-z0-9+/=]{32,}(?:[A-Za-z0-9+/=,:.\s-]|\\[nrt])*?",
            r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
        ),
        Check::None,
    ),
    (
        concat!(
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
            r"(?:(?:\s|\\[nrt])*[A-Za-z0-9+/=]{16,})+",
        ),
        Check::None,
    ),
];

/// What a regular expression cannot tell.
#[derive(Clone, Copy, PartialEq)]
enum Check {
    None,
    /// A name in kebab case looks like a key, but is made of words.
    HasDigit,
}

static COMPILED: LazyLock<Vec<(Regex, Check)>> = LazyLock::new(|| {
    let patterns = PATTERNS.iter();
    patterns
        .map(|(pattern, check)| {
            let pattern = Regex::new(pattern).expect("the patterns are good ones, as a test shows");
            (pattern, *check)
        })
        .collect()
});

/// Adds every place of a key in a text.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    for (pattern, check) in COMPILED.iter() {
        for captures in pattern.captures_iter(text) {
            let Some(key) = captures.name("key").or(captures.get(0)) else {
                continue;
            };
            let has_digit = || key.as_str().bytes().any(|byte| byte.is_ascii_digit());
            if *check == Check::None || has_digit() {
                found.push(key.range());
            }
        }
    }
}
