//! `docs/semantics.md` has a row for every rule and every case, and every test it names
//! is there.
//!
//! It finds a test by its function in the named file. Whether the test shows what its
//! row says is for people to judge.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::problem::Problem;
use crate::tidy::rust_code::code_only;
use crate::tidy::sources::Source;

const PAGE: &str = "docs/semantics.md";
/// Files that do not begin with the name of a crate are this one's.
const HOME: &str = "crates/agentflow-core/";
/// Begins what stands where a test will be.
const PENDING: &str = "pending";

const RULES: std::ops::RangeInclusive<u32> = 1..=72;
const CASES: &[u32] = &[
    2, 3, 6, 8, 9, 10, 11, 12, 13, // supersteps
    16, 19, 20, 21, 22, 23, 24, 25, 26, // recovery
    28, 31, 33, 34, 35, // interrupts
    38, 39, 40, 42, 44, 45, 46, // graphs inside
    49, 50, 52, 53, 54, 55, 57, 58, // time travel
    61, 64, // attempts
];
/// The cases of LangGraph's conformance suite for savers.
const SUITE: std::ops::RangeInclusive<u32> = 1..=89;

/// What must have a row.
fn known() -> impl Iterator<Item = String> {
    let rules = RULES.map(|number| format!("R{number}"));
    let cases = CASES.iter().map(|number| format!("C{number}"));
    rules
        .chain(cases)
        .chain(SUITE.map(|number| format!("S{number}")))
}

/// Every rule and case without a row, every row that is unknown, twice there or without a
/// test, and every named test that does not exist. What is pending is a warning.
pub(in crate::tidy) fn check(sources: &[Source]) -> Vec<Problem> {
    let Some(page) = sources.iter().find(|source| source.path == PAGE) else {
        let remedy = "write it, or take this rule out of tidy";
        return vec![Problem::new(PAGE, None, "the page is missing", remedy)];
    };
    let mut problems = check_rows(&page.text, &known().collect());
    let found: BTreeSet<&str> = rows(&page.text).map(|row| row.name).collect();
    let missing = known().filter(|name| !found.contains(name.as_str()));
    problems.extend(missing.map(|name| {
        let remedy = "say in one line what holds, and name its test";
        Problem::new(PAGE, None, format!("{name} has no row"), remedy)
    }));
    problems.extend(check_tests(page, sources));
    problems
}

/// A row of a table of rules or cases.
struct Row<'a> {
    line: usize,
    name: &'a str,
    tests: &'a str,
}

/// The rows whose first cell is the name of a rule or a case; the tests are in the third.
fn rows(page: &str) -> impl Iterator<Item = Row<'_>> {
    page.lines().enumerate().filter_map(|(index, line)| {
        let mut cells = line.trim().strip_prefix('|')?.split('|').map(str::trim);
        let name = cells.next()?;
        let number = name.strip_prefix(['R', 'C', 'S'])?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Row {
            line: index + 1,
            name,
            tests: cells.nth(1).unwrap_or_default(),
        })
    })
}

fn check_rows(page: &str, known: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for Row { line, name, tests } in rows(page) {
        if !known.contains(name) {
            let what = format!("`{name}` is no rule and no case");
            problems.push(Problem::new(
                PAGE,
                line,
                what,
                "give the row its right name",
            ));
        }
        if let Some(before) = first.insert(name, line) {
            let what = format!("{name} has a row in line {before} already");
            problems.push(Problem::new(PAGE, line, what, "make one of the two"));
        }
        if named_tests(tests).next().is_some() {
            continue;
        }
        let remedy = "name the test that shows it";
        problems.push(if tests.starts_with(PENDING) {
            let what = format!("{name} is {tests}");
            Problem::new(PAGE, line, what, remedy).into_warning()
        } else {
            Problem::new(PAGE, line, format!("{name} has no test"), remedy)
        });
    }
    problems
}

/// Tests as they are named: `` `file.rs::function` ``, as file and function.
fn named_tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.filter_map(|span| {
        let (file, function) = span.split_once("::")?;
        file.ends_with(".rs").then_some((file, function))
    })
}

fn check_tests(page: &Source, sources: &[Source]) -> Vec<Problem> {
    // Each file is read once, however many tests of it are named.
    let mut code: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for (file, function) in named_tests(line) {
            let path = path_of(file);
            let code = code.entry(path.clone()).or_insert_with_key(|path| {
                let source = sources.iter().find(|source| source.path == *path);
                source.map(|source| code_only(&source.text))
            });
            let what = match code {
                None => format!("there is no file `{path}`"),
                Some(code) if has_function(code, function) => continue,
                Some(_) => format!("`{path}` has no `fn {function}`"),
            };
            let remedy = "name the test as it is called now";
            problems.push(Problem::new(PAGE, index + 1, what, remedy));
        }
    }
    problems
}

fn path_of(file: &str) -> String {
    if file.starts_with("src/") || file.starts_with("tests/") {
        format!("{HOME}{file}")
    } else {
        format!("crates/{file}")
    }
}

/// Whether `code` has a function of exactly this name.
fn has_function(code: &str, name: &str) -> bool {
    let declared = format!("fn {name}");
    let is_whole = |at: usize| {
        code[at + declared.len()..]
            .trim_start()
            .starts_with(['(', '<'])
    };
    code.match_indices(&declared).any(|(at, _)| is_whole(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::sources::sample;

    const TESTS: &str = "
        // fn only_in_a_comment()
        #[test]
        fn one() {}
        #[tokio::test]
        async fn another_one_with_more() {}
    ";

    /// A page on which all is well, but for what `change` does to a row.
    fn page(change: impl Fn(&str) -> Option<String>) -> String {
        let row = |name: String| {
            let usual = || format!("| {name} | it holds | `tests/it/a.rs::one` | same as |");
            change(&name).unwrap_or_else(usual)
        };
        known().map(|name| row(name) + "\n").collect()
    }

    fn check_page(text: &str) -> Vec<String> {
        let sources = [
            sample(PAGE, text),
            sample("crates/agentflow-core/tests/it/a.rs", TESTS),
            sample("crates/agentflow-sql/src/b.rs", TESTS),
        ];
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_with_every_row_and_every_test_is_in_order() {
        assert_eq!(check_page(&page(|_| None)), [""; 0]);
    }

    #[test]
    fn a_missing_page_is_a_problem() {
        assert_eq!(check(&[]).len(), 1);
    }

    #[test]
    fn rows_are_held_against_the_rules_and_cases_that_there_are() {
        for (name, row, want) in [
            ("no row", "", "R7 has no row"),
            (
                "an unknown rule",
                "| R73 | x | `tests/it/a.rs::one` |",
                "`R73` is no rule",
            ),
            (
                "an unknown case",
                "| C1 | x | `tests/it/a.rs::one` |",
                "`C1` is no rule",
            ),
            (
                "an unknown case of the suite",
                "| S90 | x | `tests/it/a.rs::one` |",
                "`S90` is no rule",
            ),
            (
                "a second row",
                "| R6 | x | `tests/it/a.rs::one` |",
                "R6 has a row in line 6",
            ),
            ("no test", "| R7 | x | | same as |", "R7 has no test"),
            ("no cell for it", "| R7 | x", "R7 has no test"),
            (
                "words",
                "| R7 | `a::b` | it was tried | same as |",
                "R7 has no test",
            ),
        ] {
            let text = page(|rule| (rule == "R7").then(|| row.to_owned()));
            let problems = check_page(&text);
            let is_told = problems
                .iter()
                .any(|told| told.starts_with("error: ") && told.contains(want));
            assert!(is_told, "{name}: {problems:#?}");
        }
    }

    #[test]
    fn what_is_pending_is_listed_and_does_not_fail() {
        let text = page(|name| (name == "C9").then(|| "| C9 | x | pending: later |".to_owned()));
        let problems = check_page(&text);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].starts_with("warning: docs/semantics.md:77: C9 is pending: later"));
    }

    #[test]
    fn every_test_that_is_named_anywhere_exists() {
        for (named, want) in [
            ("tests/it/a.rs::one", None),
            ("agentflow-sql/src/b.rs::another_one_with_more", None),
            (
                "tests/it/a.rs::another_one",
                Some("has no `fn another_one`"),
            ),
            ("tests/it/a.rs::only_in_a_comment", Some("has no `fn only")),
            (
                "src/a.rs::one",
                Some("no file `crates/agentflow-core/src/a.rs`"),
            ),
            ("RunError::StepLimit", None),
        ] {
            let text = page(|_| None) + &format!("\nAs in `{named}`.\n");
            let problems = check_page(&text);
            match want {
                None => assert_eq!(problems, [""; 0], "{named}"),
                Some(want) => assert!(problems[0].contains(want), "{named}: {problems:#?}"),
            }
        }
    }
}
