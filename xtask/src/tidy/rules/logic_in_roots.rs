//! `lib.rs` and `mod.rs` say what is there; what it does stands in files of its own.

use crate::tidy::problem::Problem;
use crate::tidy::rust_code::code_only;
use crate::tidy::sources::Source;

/// Every function with a body in a `lib.rs` or `mod.rs`.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    sources
        .iter()
        .filter(|source| source.is_our_rust())
        .filter(|source| matches!(source.file_name(), "lib.rs" | "mod.rs"))
        .flat_map(|source| {
            let code = code_only(&source.text);
            bodies(&code).into_iter().map(|(line, name)| {
                Problem::new(
                    &source.path,
                    line,
                    format!("`fn {name}` has its body in `{}`", source.file_name()),
                    "move it to a file named after what it does",
                )
            })
        })
        .collect()
}

/// The line and name of every function with a body, macros' entry points left out.
fn bodies(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let is_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = code[at + 3..].trim_start();
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if is_word && !name.is_empty() && has_body(rest) && !is_macro_entry(&code[..at]) {
            found.push((code[..at].matches('\n').count() + 1, name));
        }
    }
    found
}

/// Whether a signature ends in `{` and not in `;`.
fn has_body(signature: &str) -> bool {
    let mut depth = 0_usize;
    for c in signature.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return true,
            ';' if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// The compiler wants the entry points of procedural macros in the crate root.
fn is_macro_entry(before: &str) -> bool {
    let item = before
        .rfind(['}', ';'])
        .map_or(before, |end| &before[end + 1..]);
    item.contains("#[proc_macro")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    #[test]
    fn only_declarations_are_allowed_in_roots() {
        for (path, text, want) in [
            ("src/lib.rs", "//! Docs.\nmod a;\npub use a::B;\n", vec![]),
            (
                "src/lib.rs",
                "/// ```\n/// fn main() {}\n/// ```\nmod a;",
                vec![],
            ),
            (
                "a/mod.rs",
                "mod b;\n\npub(crate) fn run() -> u8 { 1 }\n",
                vec![3],
            ),
            (
                "a/mod.rs",
                "impl A {\n    const fn b(&self) {}\n}\n",
                vec![2],
            ),
            ("a/mod.rs", "trait A { fn b(&self, c: [u8; 2]); }", vec![]),
            ("a/mod.rs", "type Part = fn(u8) -> u8;", vec![]),
            ("a/other.rs", "fn run() {}", vec![]),
            (
                "m/src/lib.rs",
                "mod a;\n#[proc_macro_derive(State)]\npub fn state(i: T) -> T { a::state(i) }\nfn b() {}\n",
                vec![4],
            ),
        ] {
            let source = sample(path, text);
            let lines: Vec<usize> = bodies(&code_only(text)).iter().map(|b| b.0).collect();
            let problems = check(&[source]);
            assert_eq!(problems.len(), want.len(), "{path} {text}: {problems:?}");
            if !want.is_empty() {
                assert_eq!(lines, want, "{text}");
            }
        }
    }
}
