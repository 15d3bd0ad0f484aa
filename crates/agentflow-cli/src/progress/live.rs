//! The display of a terminal: what is finished scrolls up, what is going on stays below.

use std::time::Duration;

use console::{Term, style, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::{Around, RunEvent};
use super::standing::Standing;
use super::words::{clean, line};

/// Time between two steps of the spinner.
const TICK: Duration = Duration::from_millis(120);

/// The display of a terminal.
pub(super) struct Live {
    multi: MultiProgress,
    overall: ProgressBar,
    issue: ProgressBar,
    step: ProgressBar,
    work: ProgressBar,
    pull: ProgressBar,
    standing: Standing,
}

impl Live {
    /// A display for `issues` issues on stdout. Nothing is drawn before the first event.
    pub(super) fn new(issues: u64) -> Self {
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let text = |bold: bool| {
            let bar = multi.add(ProgressBar::new_spinner());
            bar.set_style(template(if bold {
                "  {wide_msg:.bold}"
            } else {
                "  {wide_msg}"
            }));
            bar
        };
        let (issue, step, work, pull) = (text(true), text(false), text(false), text(false));
        let overall = multi.add(ProgressBar::new(issues));
        let bar = "{spinner:.cyan} [{bar:20.green/dim}] {pos}/{len} issues · {elapsed}";
        overall.set_style(template(bar).progress_chars("━━─"));
        Self {
            multi,
            overall,
            issue,
            step,
            work,
            pull,
            standing: Standing::default(),
        }
    }

    pub(super) fn event(&mut self, issue: u64, event: &RunEvent) {
        self.standing.follow(event);
        if let RunEvent::Around(Around::Begins { title, place, .. }) = event {
            let head = format!("issue {issue}: {} ({})", clean(title), clean(place));
            self.print(&style(&head).bold().to_string());
            self.issue.set_message(head);
            self.overall.enable_steady_tick(TICK);
        }
        if let Some(line) = line(event) {
            self.print(&fitted(&coloured(&line)));
        }
        if let RunEvent::Around(Around::Ended { .. }) = event {
            self.overall.inc(1);
        }
        self.step.set_message(self.standing.step_line());
        self.work.set_message(self.standing.work_line());
        self.pull.set_message(self.standing.pull_line());
    }

    /// A line that stays.
    pub(super) fn print(&self, line: &str) {
        // A terminal that is gone has nobody to tell.
        let _ = self.multi.println(line);
    }

    /// Leaves the terminal to somebody else.
    pub(super) fn pause(&self) {
        self.overall.disable_steady_tick();
        let _ = self.multi.clear();
        self.multi.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// Takes the terminal back.
    pub(super) fn go_on(&self) {
        self.multi.set_draw_target(ProgressDrawTarget::stdout());
        self.overall.enable_steady_tick(TICK);
    }

    /// Takes the moving part away for good.
    pub(super) fn end(&self) {
        for bar in [
            &self.issue,
            &self.step,
            &self.work,
            &self.pull,
            &self.overall,
        ] {
            bar.finish_and_clear();
        }
        let _ = self.multi.clear();
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the templates of this file are well formed")
}

/// A line that the terminal does not break: what is whole is in the events.
fn fitted(line: &str) -> String {
    let (_, width) = Term::stdout().size();
    truncate_str(line, usize::from(width), "…").into_owned()
}

fn coloured(line: &str) -> String {
    let first = line
        .chars()
        .next()
        .map(|mark| mark.len_utf8())
        .unwrap_or_default();
    let (mark, rest) = line.split_at(first);
    let mark = match mark {
        "✓" => style(mark).green(),
        "✗" => style(mark).red(),
        _ => style(mark).yellow(),
    };
    format!("  {mark}{rest}")
}
