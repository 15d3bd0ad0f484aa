//! Tells people where what was made can be seen, and how to go on.

use std::fmt::Write;

use crate::prepare::{Assignment, Stage, copy_of};
use crate::report::RunReport;
use crate::settings::{AtEnd, Settings, Source};

/// What a person reads when a signal came.
pub(crate) const STOPPED: &str = "stopped; run the same command again to go on\n";

/// The pages of the pull requests, and what is served how long.
pub(crate) fn places(report: &RunReport, stage: &Stage, settings: &Settings) -> String {
    let mut text = String::new();
    for issue in &report.issues {
        if let (Some(pr), Some(url)) = (issue.pr, &issue.pr_url) {
            let _ = writeln!(text, "  issue {}, PR #{pr}: {url}", issue.issue);
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "\nWhere to look:\n");
    }
    let is_local = stage.forge.is_some();
    if is_local && settings.at_end == AtEnd::Stop && !text.is_empty() {
        text.push_str("The forge stops with this command; the same command with --serve opens it for a look.\n");
    }
    if matches!(settings.source, Source::Folder { .. })
        && let Some(assignment) = stage.assignments.first()
        && let Some(copy) = copy_of(&stage.folder().join("forge"), &assignment.parts.repo)
    {
        let _ = writeln!(
            text,
            "What was merged is in this git repository, for git pull or git clone:\n  {}",
            copy.display()
        );
    }
    text
}

/// How to answer the question that an issue waits for.
pub(crate) fn waiting(assignment: &Assignment, is_hosted: bool) -> String {
    let number = assignment.number;
    let mut text = format!(
        "  to answer, run the same command with --issue {number} --resume='ANSWER'\n  \
         (for a plan or a merge: approve, stop, or what to change)\n"
    );
    if is_hosted {
        let url = assignment.parts.github.html_url(&assignment.parts.repo);
        let _ = writeln!(
            text,
            "  or, for a question to the author: answer at {url}/issues/{} and run the same command again",
            assignment.forge_number
        );
    }
    text
}
