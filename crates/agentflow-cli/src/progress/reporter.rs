//! Hands every event to whoever is told: people and programs.
//!
//! A reader that went away is no reason to stop a run: failed writes are not repeated.

use std::io::Write;

use serde::Serialize;

use super::event::{Around, RunEvent};
use super::live::Live;
use super::table::{reasons, table};
use super::words::{clean, line, step};
use crate::console::{Console, Look};
use crate::report::RunReport;

/// Tells people and programs what happens.
pub(crate) struct Reporter {
    /// Gets JSON lines.
    programs: Option<Box<dyn Write + Send>>,
    /// Gets words.
    people: Box<dyn Write + Send>,
    live: Option<Live>,
    may_be_live: bool,
    columns: usize,
    step: String,
}

/// An event as a JSON line.
#[derive(Serialize)]
struct EventLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    issue: u64,
    #[serde(flatten)]
    event: &'a RunEvent,
}

impl Reporter {
    /// With `json`, programs are told on stdout and people on stderr; else people on stdout.
    pub(crate) fn new(console: Console, json: bool) -> Self {
        let Console {
            stdout,
            stderr,
            look,
            columns,
            ..
        } = console;
        let (programs, people) = if json {
            (Some(stdout), stderr)
        } else {
            (None, stdout)
        };
        let may_be_live = look == Look::Live && !json;
        Self {
            programs,
            people,
            live: None,
            may_be_live,
            columns,
            step: String::new(),
        }
    }

    /// Work on so many issues begins.
    pub(crate) fn begin(&mut self, issues: usize) {
        self.live = self.may_be_live.then(|| Live::new(issues as u64));
    }

    /// Something happened to an issue.
    pub(crate) fn event(&mut self, issue: u64, event: &RunEvent) {
        self.tell_programs(&EventLine {
            kind: "event",
            issue,
            event,
        });
        match &mut self.live {
            Some(live) => live.event(issue, event),
            None => self.plain(issue, event),
        }
    }

    fn plain(&mut self, issue: u64, event: &RunEvent) {
        if let RunEvent::Around(Around::Begins { title, place, .. }) = event {
            self.step.clear();
            self.write(&format!(
                "issue {issue}: {} ({})\n",
                clean(title),
                clean(place)
            ));
        }
        if let Some(step) = step(event).filter(|step| *step != self.step) {
            self.write(&format!("    {step}\n"));
            self.step = step;
        }
        if let Some(line) = line(event) {
            self.write(&format!("  {line}\n"));
        }
    }

    /// Something that a person should know.
    pub(crate) fn notice(&mut self, words: &str) {
        let words = words.trim_end().replace('\n', "\n  ");
        self.say(&format!("note: {words}\n"));
    }

    /// An error with its causes.
    pub(crate) fn error(&mut self, words: &str) {
        self.say(&format!("error: {words}\n"));
    }

    /// Words for people, as they are.
    pub(crate) fn say(&mut self, words: &str) {
        match &self.live {
            Some(live) => live.print(words.trim_end_matches('\n')),
            None => self.write(words),
        }
    }

    /// Leaves the terminal to a question.
    pub(crate) fn pause(&self) {
        self.live.iter().for_each(Live::pause);
    }

    /// Takes the terminal back from a question.
    pub(crate) fn go_on(&self) {
        self.live.iter().for_each(Live::go_on);
    }

    /// Stops drawing: from here on lines are only added.
    pub(crate) fn still(&mut self) {
        if let Some(live) = self.live.take() {
            live.end();
        }
    }

    /// The summary for people, and the last line for programs.
    pub(crate) fn end(&mut self, report: &RunReport, places: &str) {
        self.still();
        if !report.issues.is_empty() {
            let summary = table(&report.issues, self.columns);
            let reasons = reasons(&report.issues);
            self.write(&format!("\n{summary}{reasons}{places}"));
        }
        self.tell_programs(report);
    }

    fn tell_programs(&mut self, value: &impl Serialize) {
        let Some(programs) = &mut self.programs else {
            return;
        };
        if let Ok(mut line) = serde_json::to_vec(value) {
            line.push(b'\n');
            // One write a line, so that a kill leaves no half line behind a whole one.
            let _ = programs.write_all(&line).and_then(|()| programs.flush());
        }
    }

    fn write(&mut self, words: &str) {
        let _ = self
            .people
            .write_all(words.as_bytes())
            .and_then(|()| self.people.flush());
    }
}

#[cfg(test)]
mod tests;
