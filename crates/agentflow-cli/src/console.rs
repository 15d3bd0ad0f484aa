//! Where a command reads and writes: the process's own streams, or a test's.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use ::console::Term;

use crate::person::Person;

/// Columns of a reader that has no terminal.
const COLUMNS: usize = 120;

/// Where a command reads and writes.
pub struct Console {
    pub(crate) stdout: Box<dyn Write + Send>,
    pub(crate) stderr: Box<dyn Write + Send>,
    pub(crate) person: Person,
    pub(crate) look: Look,
    pub(crate) columns: usize,
}

/// How progress may be shown on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// With a part that moves.
    Live,
    /// Lines only.
    Plain,
}

impl Console {
    /// The process's own streams.
    #[must_use]
    pub fn of_process() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let term = Term::stdout();
        let columns = term.size_checked().map(|(_, columns)| usize::from(columns));
        Self {
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            person: Person::of_process(),
            look: if is_terminal && !is_dumb {
                Look::Live
            } else {
                Look::Plain
            },
            columns: columns.unwrap_or(COLUMNS),
        }
    }

    /// These writers, and nobody to ask.
    #[must_use]
    pub fn of(stdout: impl Write + Send + 'static, stderr: impl Write + Send + 'static) -> Self {
        Self {
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            person: Person::Absent,
            look: Look::Plain,
            columns: COLUMNS,
        }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            person,
            look,
            columns,
            ..
        } = self;
        f.debug_struct("Console")
            .field("person", person)
            .field("look", look)
            .field("columns", columns)
            .finish_non_exhaustive()
    }
}
