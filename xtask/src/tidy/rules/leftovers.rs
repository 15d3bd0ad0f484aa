//! What is left of work in progress, and lints or tests that were silenced.
//!
//! Comments, literals and code that a macro hands to others do not count. Clippy
//! checks some of these too, but only in code that is compiled with the features
//! at hand.

use crate::tidy::problem::Problem;
use crate::tidy::rust_code::{code_only, without_quoted};
use crate::tidy::sources::Source;

const LEFTOVERS: &[(&str, &str)] = &[
    ("todo!(", "write what is missing"),
    (
        "unimplemented!(",
        "write what is missing, or return an error that says so",
    ),
    ("dbg!(", "delete it, or emit a tracing event"),
    ("#[allow(", "use `#[expect(…, reason = \"…\")]`"),
    ("#![allow(", "use `#![expect(…, reason = \"…\")]`"),
    (
        "#[ignore",
        "run the test, or skip inside it and print a line that begins with `skipped:`",
    ),
];

/// Every leftover in our Rust files.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    sources
        .iter()
        .filter(|source| source.is_our_rust())
        .flat_map(|source| {
            let code = without_quoted(&code_only(&source.text));
            let problems: Vec<Problem> = code
                .lines()
                .enumerate()
                .flat_map(|(index, line)| in_line(&source.path, index + 1, line))
                .collect();
            problems
        })
        .collect()
}

fn in_line(path: &str, number: usize, line: &str) -> Vec<Problem> {
    let found = LEFTOVERS
        .iter()
        .filter(|(word, _)| contains_word(line, word));
    let problem = |(word, remedy): &(&str, &str)| {
        Problem::new(path, number, format!("`{word}` is left"), *remedy)
    };
    found.map(problem).collect()
}

/// Whether `word` stands in `line` and is not the end of a longer word.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    #[test]
    fn leftovers_in_code_are_found_and_mentions_are_not() {
        for (text, want) in [
            ("fn a() {\n    todo!()\n}", Some("a.rs:2: `todo!(`")),
            (
                "unimplemented!(\"later\")",
                Some("a.rs:1: `unimplemented!(`"),
            ),
            ("let x = dbg!(y);", Some("a.rs:1: `dbg!(`")),
            ("#[allow(dead_code)]", Some("a.rs:1: `#[allow(`")),
            ("#![allow(dead_code)]", Some("a.rs:1: `#![allow(`")),
            ("#[test]\n#[ignore = \"slow\"]", Some("a.rs:2: `#[ignore`")),
            ("// todo!() is refused", None),
            ("let x = \"dbg!(\";", None),
            ("quote! { #[allow(unused)] }", None),
            ("my_todo!(1)", None),
            ("#[expect(dead_code, reason = \"r\")]", None),
        ] {
            let problems = check(&[sample("a.rs", text)]);
            match want {
                None => assert_eq!(problems, [], "{text}"),
                Some(want) => {
                    assert_eq!(problems.len(), 1, "{text}: {problems:?}");
                    assert!(problems[0].to_string().contains(want), "{}", problems[0]);
                }
            }
        }
    }
}
