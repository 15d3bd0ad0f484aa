//! The person at the terminal, if there is one.

use std::io::{self, BufRead, IsTerminal, Write};

use tokio::sync::oneshot;

/// Who can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// A person who reads stderr and writes to stdin.
    AtTerminal,
    /// Nobody.
    Absent,
}

impl Person {
    /// Looks whether stdin and stderr are a terminal.
    #[must_use]
    pub fn of_process() -> Self {
        let is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
        if is_there {
            Self::AtTerminal
        } else {
            Self::Absent
        }
    }

    pub(crate) fn is_there(self) -> bool {
        self == Self::AtTerminal
    }

    /// Shows `question`, then asks for `hint` until there are words; `None` when the person
    /// closes the input.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a thread that waits for a line; it ends with the process.
    pub(crate) async fn ask(self, question: &str, hint: &str) -> io::Result<Option<String>> {
        if !self.is_there() {
            return Ok(None);
        }
        let (question, hint) = (question.to_owned(), hint.to_owned());
        let (answer, answered) = oneshot::channel();
        // A thread of its own: the runtime would wait for one of its own at the end.
        std::thread::spawn(move || {
            // Nobody listens any more if a signal came meanwhile.
            let _ = answer.send(read_words(&question, &hint));
        });
        answered.await.unwrap_or(Ok(None))
    }
}

fn read_words(question: &str, hint: &str) -> io::Result<Option<String>> {
    let mut shown = io::stderr().lock();
    writeln!(shown, "{question}")?;
    loop {
        write!(shown, "{hint}: ")?;
        shown.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            writeln!(shown)?;
            return Ok(None);
        }
        if !line.trim().is_empty() {
            return Ok(Some(line.trim().to_owned()));
        }
    }
}
