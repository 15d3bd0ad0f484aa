//! What is printed at the end of a test run.

use std::fmt;
use std::time::Duration;

use crate::process::ProcessError;

/// One thing that was run, or was left out with a reason.
#[derive(Debug)]
pub(super) struct Stage {
    name: &'static str,
    end: End,
}

#[derive(Debug)]
enum End {
    Passed { line: String, took: Duration },
    Failed { why: String, took: Duration },
    LeftOut { why: &'static str },
}

impl Stage {
    pub(super) fn ran(
        name: &'static str,
        line: String,
        took: Duration,
        result: Result<(), ProcessError>,
    ) -> Self {
        let end = match result {
            Ok(()) => End::Passed { line, took },
            Err(error) => End::Failed {
                why: error.to_string(),
                took,
            },
        };
        Self { name, end }
    }

    pub(super) fn left_out(name: &'static str, why: &'static str) -> Self {
        Self {
            name,
            end: End::LeftOut { why },
        }
    }
}

/// The stages, what the machine lacked, and what tests skipped by themselves.
#[derive(Debug)]
pub(super) struct Summary {
    stages: Vec<Stage>,
    missing: Vec<String>,
    /// Nothing when the runner leaves no report.
    skipped: Option<Vec<String>>,
}

impl Summary {
    pub(super) fn new(missing: Vec<String>) -> Self {
        Self {
            stages: Vec::new(),
            missing,
            skipped: None,
        }
    }

    pub(super) fn add(&mut self, stage: Stage) {
        self.stages.push(stage);
    }

    pub(super) fn skipped_inside(&mut self, skipped: Vec<String>) {
        self.skipped = Some(skipped);
    }

    pub(super) fn failed(&self) -> Vec<&'static str> {
        let failed = |stage: &&Stage| matches!(stage.end, End::Failed { .. });
        self.stages.iter().filter(failed).map(|s| s.name).collect()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n== summary")?;
        for Stage { name, end } in &self.stages {
            match end {
                End::Passed { line, took } => {
                    writeln!(f, "passed   {name} in {} s ({line})", took.as_secs())?;
                }
                End::Failed { why, took } => {
                    writeln!(f, "FAILED   {name} after {} s: {why}", took.as_secs())?;
                }
                End::LeftOut { why } => writeln!(f, "left out {name}: {why}")?,
            }
        }
        for part in &self.missing {
            writeln!(f, "without  {part}")?;
        }
        match &self.skipped {
            None => writeln!(
                f,
                "skipped  unknown: `cargo test` hides what passing tests print"
            )?,
            Some(skipped) if skipped.is_empty() => writeln!(f, "skipped  nothing")?,
            Some(skipped) => {
                for line in skipped {
                    writeln!(f, "skipped  {line}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_ran_what_failed_and_what_was_missing() {
        let limit = Duration::from_secs(1);
        let mut summary = Summary::new(vec!["bubblewrap: MISSING".into()]);
        summary.add(Stage::ran("tests", "cargo t".into(), limit, Ok(())));
        let slow = ProcessError::TooSlow {
            command: "cargo d".into(),
            limit,
        };
        summary.add(Stage::ran("doc tests", "cargo d".into(), limit, Err(slow)));
        summary.add(Stage::left_out("more", "not asked for"));
        summary.skipped_inside(vec!["skipped: no redis".into()]);
        assert_eq!(summary.failed(), ["doc tests"]);
        assert_eq!(
            summary.to_string(),
            "
== summary
passed   tests in 1 s (cargo t)
FAILED   doc tests after 1 s: `cargo d` was stopped after 1 s
left out more: not asked for
without  bubblewrap: MISSING
skipped  skipped: no redis
"
        );
    }
}
