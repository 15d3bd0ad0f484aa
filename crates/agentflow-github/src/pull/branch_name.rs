//! What the branches of an agent are called, so that people tell them from their own.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Characters of what the work is about.
const SLUG_CHARS_MAX: usize = 48;

/// The name of an agent's branch: `coding-assistant/{timestamp}-{slug}`, with the time in UTC.
///
/// Decide the time once and keep it: another time is another branch.
///
/// ```
/// use agentflow_github::agent_branch;
///
/// let begun = "2026-11-03T10:00:00Z".parse()?;
/// assert_eq!(
///     agent_branch(begun, "#7 Last page is empty!"),
///     "coding-assistant/20261103-100000-7-last-page-is-empty"
/// );
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn agent_branch(begun: Timestamp, about: &str) -> String {
    let begun = begun.to_zoned(TimeZone::UTC);
    format!(
        "coding-assistant/{}-{}",
        begun.strftime("%Y%m%d-%H%M%S"),
        slug(about)
    )
}

/// A text as part of a branch's name: small letters and digits, with a dash for all between.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "change".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_part_of_a_branch_name() {
        for (text, want) in [
            ("Last page is empty!", "last-page-is-empty"),
            ("  `wrap()` — panics  ", "wrap-panics"),
            ("日本語", "change"),
            ("", "change"),
            ("a/../b~^:?*[", "a-b"),
        ] {
            assert_eq!(slug(text), want, "{text}");
        }
        assert!(slug(&"very long words ".repeat(20)).len() <= SLUG_CHARS_MAX);
    }
}
