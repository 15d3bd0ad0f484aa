//! No file of the project holds anything that looks like a token.
//!
//! A made-up one counts too: whoever finds it cannot tell, and scanners cry.

use crate::tidy::problem::Problem;
use crate::tidy::sources::Source;

/// How tokens begin, and the least number of characters that follow.
const SHAPES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("sk-or-", 20),
    ("sk-ant-", 20),
    ("sk-proj-", 20),
    ("xoxb-", 20),
    ("AKIA", 16),
];

/// Every token-shaped word; the word itself is never printed.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            for (shape, _) in SHAPES.iter().filter(|(s, min)| has_token(line, s, *min)) {
                problems.push(Problem::new(
                    &source.path,
                    index + 1,
                    format!("a word shaped like a token (`{shape}…`)"),
                    "revoke it if it is real; in a test, put it together with `concat!` or `format!`",
                ));
            }
        }
    }
    problems
}

fn has_token(line: &str, shape: &str, followers_min: usize) -> bool {
    line.match_indices(shape).any(|(at, _)| {
        let begins_word = !line[..at].ends_with(|c: char| c.is_alphanumeric());
        let followers = line[at + shape.len()..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            .count();
        begins_word && followers >= followers_min
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    #[test]
    fn words_shaped_like_tokens_are_found_and_prefixes_are_not() {
        let secret = "a1B2".repeat(9);
        for (line, want) in [
            (format!("token = \"ghp_{secret}\""), 1),
            (format!("OPENROUTER_API_KEY=sk-or-v1-{secret}"), 1),
            (format!("github_pat_{secret}"), 1),
            ("AKIA".to_owned() + &"Z9".repeat(8), 1),
            ("tokens begin with `ghp_` or `sk-or-…`".to_owned(), 0),
            ("ghp_short".to_owned(), 0),
            (format!("Xghp_{secret}"), 0),
        ] {
            let problems = check(&[sample("notes.md", &line)]);
            assert_eq!(problems.len(), want, "{line}: {problems:?}");
            for problem in problems {
                assert!(!problem.to_string().contains(&secret), "{problem}");
            }
        }
    }
}
