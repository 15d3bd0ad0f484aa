//! Finds in a text the issues it promises to close. Pure; it does not look whether they exist.

const KEYWORDS: [&str; 9] = [
    "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
];

/// Numbers after a closing keyword, such as 7 in "Closes #7", in order and once each.
pub(crate) fn closed_by(text: &str, full_name: &str) -> Vec<i64> {
    let mut numbers = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    for pair in words.windows(2) {
        let keyword = pair[0]
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .trim_end_matches(':');
        if !KEYWORDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(keyword))
        {
            continue;
        }
        let number = issue_number(pair[1], full_name);
        numbers.extend(number.filter(|number| !numbers.contains(number)));
    }
    numbers
}

/// Reads `#7` and `owner/name#7`, whatever punctuation follows.
fn issue_number(word: &str, full_name: &str) -> Option<i64> {
    let (repo, rest) = word.split_once('#')?;
    if !repo.is_empty() && !repo.eq_ignore_ascii_case(full_name) {
        return None;
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let follows_word = rest[end..].starts_with(|c: char| c.is_alphanumeric());
    if follows_word {
        None
    } else {
        rest[..end].parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::closed_by;

    #[test]
    fn a_closing_keyword_before_a_number_closes() {
        for (text, want) in [
            ("Closes #7", &[7][..]),
            ("closes: #7.", &[7]),
            ("This fixes #1, resolves #2 and closes #1", &[1, 2]),
            ("(Fixes octo/demo#3)", &[3]),
            ("fixes other/repo#3", &[]),
            ("encloses #7", &[]),
            ("closes 7", &[]),
            ("closes #7th", &[]),
            ("closes #", &[]),
            ("see #7", &[]),
            ("closes\n#8", &[8]),
            ("", &[]),
        ] {
            assert_eq!(closed_by(text, "octo/demo"), want, "{text}");
        }
    }
}
