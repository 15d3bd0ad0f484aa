//! The shape of a prompt: headed sections, each with a limit.

use std::fmt::Write;

/// A prompt of headed sections.
#[derive(Default)]
pub(super) struct Sections(String);

impl Sections {
    /// Adds a section, unless it is empty; of a long text the first `bytes_max` bytes.
    pub(super) fn add(mut self, heading: &str, text: &str, bytes_max: usize) -> Self {
        let text = text.trim();
        if !text.is_empty() {
            let (shown, cut) = clip(text, bytes_max);
            // Writing into a string cannot fail.
            let _ = write!(self.0, "# {heading}\n\n{shown}{cut}\n\n");
        }
        self
    }

    /// Adds a list as a section, unless it is empty.
    pub(super) fn add_list<'a>(
        self,
        heading: &str,
        items: impl IntoIterator<Item = &'a str>,
        bytes_max: usize,
    ) -> Self {
        let list: String = items
            .into_iter()
            .map(|item| format!("- {item}\n"))
            .collect();
        self.add(heading, &list, bytes_max)
    }

    pub(super) fn into_text(self) -> String {
        self.0.trim_end().to_owned()
    }
}

fn clip(text: &str, bytes_max: usize) -> (&str, &'static str) {
    if text.len() <= bytes_max {
        return (text, "");
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (&text[..end], "\n… (the rest is left out)")
}
