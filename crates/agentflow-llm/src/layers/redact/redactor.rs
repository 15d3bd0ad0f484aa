//! Takes secrets out of texts.

use std::borrow::Cow;
use std::ops::Range;

use secrecy::SecretString;

use super::known::Known;
use super::patterns;

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";

/// Takes secrets out of texts: those that it is told, and whatever looks like a well-known
/// kind of key. Where one was stands `[redacted]`.
///
/// A secret that it is told is found as it is, percent-encoded, escaped as in JSON, mixed, and
/// in base64, alone or as a part of more. One shorter than four bytes is not looked for in
/// base64. It is never printed.
///
/// Kinds of keys it knows: tokens of GitHub (`ghp_`, `gho_`, `ghu_`, `ghs_`, `ghr_`,
/// `github_pat_`), keys of OpenAI, OpenRouter and Anthropic (`sk-`), ids of keys of AWS
/// (`AKIA`, `ASIA`), tokens of Slack (`xox…-`), JSON web tokens, what follows `Bearer`, and
/// private keys in PEM. Other secrets have to be told, such as passwords and the secret half
/// of a key of AWS: nothing about them shows what they are.
///
/// ```
/// use agentflow_llm::Redactor;
///
/// let redactor = Redactor::new().secret("hunter2".into());
/// assert_eq!(redactor.redact("log in with hunter2"), "log in with [redacted]");
/// assert_eq!(redactor.redact("aHVudGVyMg=="), "[redacted]g==");
/// assert_eq!(redactor.redact(&format!("GH_TOKEN=ghp_{}", "x".repeat(36))), "GH_TOKEN=[redacted]");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Vec<Known>,
}

impl Redactor {
    /// Knows the kinds of keys, and no secret.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes this secret out too. Blanks around it do not count; what is empty is none.
    ///
    /// It is found in every text, also as a part of a word: a secret that is a word takes that
    /// word away.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "who hands over a secret should not keep it for this"
    )]
    pub fn secret(mut self, secret: SecretString) -> Self {
        self.known.extend(Known::new(&secret));
        self
    }

    /// The text without secrets; as it is, if there are none.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found = Vec::new();
        self.known
            .iter()
            .for_each(|known| known.find(text, &mut found));
        patterns::find(text, &mut found);
        if found.is_empty() {
            return text.into();
        }
        let (mut redacted, mut kept_to) = (String::new(), 0);
        for place in joined(found) {
            redacted += &text[kept_to..place.start];
            redacted += REDACTED;
            kept_to = place.end;
        }
        redacted += &text[kept_to..];
        redacted.into()
    }
}

/// The places in order, those that overlap as one: half of a secret is a secret too.
fn joined(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| place.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in places {
        match joined.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}
