//! Finds what tests skipped, in the report nextest leaves behind.
//!
//! A test without its server or data passes and prints a line that begins with
//! `skip`; nextest hides what passing tests print, so the line is looked up here.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Most lines shown in the summary; the report itself keeps them all.
const SKIPS_SHOWN_MAX: usize = 50;

/// Where nextest writes the report of the profile in use.
pub(super) fn report_path(target_dir: &Path) -> PathBuf {
    let profile = std::env::var("NEXTEST_PROFILE").unwrap_or_else(|_| "default".to_owned());
    target_dir.join("nextest").join(profile).join("junit.xml")
}

/// Removes the report of an earlier run, so that it cannot pass for this one's.
pub(super) fn forget(report: &Path) {
    if let Err(error) = std::fs::remove_file(report)
        && error.kind() != io::ErrorKind::NotFound
    {
        eprintln!("the old report {} stays: {error}", report.display());
    }
}

/// What the tests said they skipped, each reason once.
pub(super) fn read(report: &Path) -> Vec<String> {
    match std::fs::read_to_string(report) {
        Ok(xml) => find(&xml),
        Err(error) => vec![format!(
            "unknown: no report at {} ({error})",
            report.display()
        )],
    }
}

fn find(xml: &str) -> Vec<String> {
    let lines: BTreeSet<String> = xml
        .lines()
        .map(|line| line.rsplit("<system-out>").next().unwrap_or(line))
        .map(|line| line.rsplit("<system-err>").next().unwrap_or(line))
        .map(str::trim)
        .filter(|line| {
            line.get(..4)
                .is_some_and(|word| word.eq_ignore_ascii_case("skip"))
        })
        .map(unescape)
        .collect();
    let more = lines.len().saturating_sub(SKIPS_SHOWN_MAX);
    let mut shown: Vec<String> = lines.into_iter().take(SKIPS_SHOWN_MAX).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

fn unescape(line: &str) -> String {
    let line = line
        .split("</system-")
        .next()
        .unwrap_or(line)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'");
    // Last, or `&amp;lt;` would be unescaped twice.
    line.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_and_in_plain_text() {
        let xml = r#"<testcase name="redis::resumes">
            <system-out>running 1 test
skipped: no redis-server on PATH
test redis::resumes ... ok</system-out>
            <system-err>SKIPPED &quot;a&quot; &amp;lt; b</system-err>
        </testcase>
        <testcase name="redis::forks"><system-out>skipped: no redis-server on PATH
a line that mentions a skip</system-out></testcase>"#;
        assert_eq!(
            find(xml),
            ["SKIPPED \"a\" &lt; b", "skipped: no redis-server on PATH"]
        );
    }

    #[test]
    fn a_missing_report_is_said_aloud() {
        let said = read(Path::new("no-such-folder/junit.xml"));
        assert!(said[0].starts_with("unknown: no report at"), "{said:?}");
    }
}
