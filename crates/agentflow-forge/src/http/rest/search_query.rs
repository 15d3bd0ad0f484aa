//! Reads what a search asks for: free words, quoted phrases, and qualifiers such as `is:open`.
//! Pure.

/// One search, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SearchQuery {
    /// Free words and phrases, all of which must be found.
    pub(super) words: Vec<String>,
    pub(super) qualifiers: Vec<Qualifier>,
}

/// `name:value`, or `-name:value` for everything but that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Qualifier {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) negated: bool,
}

impl SearchQuery {
    pub(super) fn read(text: &str) -> Self {
        let mut query = Self::default();
        for part in parts(text) {
            let (negated, rest) = match part.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, part.as_str()),
            };
            match rest.split_once(':') {
                Some((name, value)) if is_name(name) => query.qualifiers.push(Qualifier {
                    name: name.to_ascii_lowercase(),
                    value: value.trim_matches('"').to_owned(),
                    negated,
                }),
                _ => query.words.push(part.trim_matches('"').to_owned()),
            }
        }
        query.words.retain(|word| !word.is_empty());
        query
    }

    /// Values of a qualifier that is not negated.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |it: &&Qualifier| it.name == name && !it.negated;
        self.qualifiers
            .iter()
            .filter(named)
            .map(|it| it.value.as_str())
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// Cuts at blanks outside of quotes.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether the words stand in the text one after another, each as a whole and in any case.
pub(super) fn has_words(text: &str, words: &str) -> bool {
    let tokens = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|token| !token.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (text, words) = (tokens(text), tokens(words));
    !words.is_empty() && text.windows(words.len()).any(|window| window == words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_words_and_qualifiers() {
        let qualifier = |name: &str, value: &str, negated| Qualifier {
            name: name.to_owned(),
            value: value.to_owned(),
            negated,
        };
        for (text, words, qualifiers) in [
            ("", &[][..], vec![]),
            ("slow words", &["slow", "words"], vec![]),
            ("\"slow words\" x", &["slow words", "x"], vec![]),
            (
                "repo:octo/demo is:open fix",
                &["fix"],
                vec![
                    qualifier("repo", "octo/demo", false),
                    qualifier("is", "open", false),
                ],
            ),
            (
                "label:\"good first issue\" -label:bug",
                &[],
                vec![
                    qualifier("label", "good first issue", false),
                    qualifier("label", "bug", true),
                ],
            ),
            ("std::fmt", &[], vec![qualifier("std", ":fmt", false)]),
        ] {
            let query = SearchQuery::read(text);
            assert_eq!(query.words, words, "{text}");
            assert_eq!(query.qualifiers, qualifiers, "{text}");
        }
    }

    #[test]
    fn words_are_found_whole() {
        for (text, words, found) in [
            ("Count in digits", "digits", true),
            ("Count in digits", "DIGITS", true),
            ("Count in digits", "digit", false),
            ("Count in digits", "in digits", true),
            ("Count in digits", "digits in", false),
            ("fix-it, now", "it", true),
            ("anything", "--", false),
        ] {
            assert_eq!(has_words(text, words), found, "{words} in {text}");
        }
    }
}
