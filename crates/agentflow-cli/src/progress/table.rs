//! The summary at the end: a table where the terminal is wide enough, else two lines an issue.

use std::fmt::Write;

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use super::words::{clean, one_line, time};
use crate::report::{IssueReport, Tests};

/// Columns that a table needs to be readable.
const TABLE_COLUMNS_MIN: usize = 100;
/// Columns that a title may take at most.
const TITLE_COLUMNS_MAX: usize = 50;
/// Space between two columns.
const GAP: &str = "  ";

const HEADS: [&str; 9] = [
    "issue",
    "title",
    "status",
    "PR",
    "iterations",
    "tests before → after",
    "time",
    "tokens",
    "cost",
];
/// Which of the columns is the title, the one that gives way.
const TITLE: usize = 1;

/// The summary of `issues` for a terminal of so many columns.
pub(super) fn table(issues: &[IssueReport], columns: usize) -> String {
    if columns < TABLE_COLUMNS_MIN {
        stacked(issues, columns)
    } else {
        wide(issues, columns)
    }
}

fn cells(report: &IssueReport) -> [String; 9] {
    [
        report.issue.to_string(),
        clean(&report.title),
        report.status.words().to_owned(),
        report
            .pr
            .map_or_else(|| "–".to_owned(), |pr| format!("#{pr}")),
        report.iterations.to_string(),
        format!(
            "{} → {}",
            tests(report.tests_before),
            tests(report.tests_after)
        ),
        time(report.duration),
        report.tokens.to_string(),
        cost(report.cost_usd),
    ]
}

/// Passed and failed, as `12/1`; a line below the table says so.
fn tests(tests: Option<Tests>) -> String {
    tests.map_or_else(
        || "–".to_owned(),
        |tests| format!("{}/{}", tests.passed, tests.failed),
    )
}

fn cost(usd: Option<f64>) -> String {
    usd.map_or_else(|| "–".to_owned(), |usd| format!("${usd:.4}"))
}

fn wide(issues: &[IssueReport], columns: usize) -> String {
    let rows: Vec<[String; 9]> = issues.iter().map(cells).collect();
    let mut widths = HEADS.map(measure_text_width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let others: usize =
        widths.iter().sum::<usize>() - widths[TITLE] + GAP.len() * (HEADS.len() - 1);
    let left = columns
        .saturating_sub(others)
        .max(measure_text_width(HEADS[TITLE]));
    widths[TITLE] = widths[TITLE].min(TITLE_COLUMNS_MAX).min(left);
    let heads = HEADS.map(str::to_owned);
    let mut text = String::new();
    for row in std::iter::once(&heads).chain(&rows) {
        let cells = row.iter().zip(widths);
        let cells = cells
            .map(|(cell, width)| pad_str(cell, width, Alignment::Left, Some("…")).into_owned());
        let line = cells.collect::<Vec<_>>().join(GAP);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text + LEGEND
}

const LEGEND: &str = "tests: passed/failed\n";

fn stacked(issues: &[IssueReport], columns: usize) -> String {
    let mut text = String::new();
    for report in issues {
        let [
            issue,
            title,
            status,
            pr,
            iterations,
            tests,
            time,
            tokens,
            cost,
        ] = cells(report);
        let head = format!("issue {issue}: {status}, {title}");
        let _ = writeln!(text, "{}", truncate_str(&head, columns, "…"));
        let _ = writeln!(text, "  PR {pr}, iterations {iterations}, tests {tests}");
        let _ = writeln!(text, "  {time}, {tokens} tokens, cost {cost}");
    }
    text + LEGEND
}

/// Why issues are not merged, one line each.
pub(super) fn reasons(issues: &[IssueReport]) -> String {
    let mut text = String::new();
    for report in issues {
        if let Some(error) = &report.error {
            let _ = writeln!(text, "issue {}: {}", report.issue, one_line(error));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::Status;

    fn issues() -> Vec<IssueReport> {
        let merged = IssueReport {
            status: Status::Merged,
            pr: Some(6),
            iterations: 3,
            tests_before: Some(Tests {
                passed: 21,
                failed: 0,
            }),
            tests_after: Some(Tests {
                passed: 24,
                failed: 0,
            }),
            duration: Duration::from_millis(8_250),
            tokens: 12_345,
            cost_usd: Some(0.0125),
            ..IssueReport::not_started(1, "Yoghurt is thrown away on its best-before day")
        };
        vec![merged, IssueReport::not_started(12, "Read fractions")]
    }

    #[test]
    fn a_wide_terminal_gets_a_table_whose_titles_give_way() {
        let want = "\
issue  title                    status       PR  iterations  tests before → after  time   tokens  cost
1      Yoghurt is thrown away…  merged       #6  3           21/0 → 24/0           8.2 s  12345   $0.0125
12     Read fractions           not started  –   0           – → –                 0.0 s  0       –
tests: passed/failed
";
        assert_eq!(table(&issues(), 105), want);
    }

    #[test]
    fn a_narrow_terminal_gets_lines_that_fit() {
        let want = "\
issue 1: merged, Yoghurt is thrown away on its best-before …
  PR #6, iterations 3, tests 21/0 → 24/0
  8.2 s, 12345 tokens, cost $0.0125
issue 12: not started, Read fractions
  PR –, iterations 0, tests – → –
  0.0 s, 0 tokens, cost –
tests: passed/failed
";
        assert_eq!(table(&issues(), 60), want);
        assert!(want.lines().all(|line| measure_text_width(line) <= 60));
    }
}
