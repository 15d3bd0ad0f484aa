//! A page of characters that grows as it is written on.

use super::sketch::Stroke;

#[derive(Default)]
pub(super) struct Canvas {
    lines: Vec<Vec<char>>,
}

impl Canvas {
    pub(super) fn put(&mut self, x: usize, y: usize, c: char) {
        if self.lines.len() <= y {
            self.lines.resize(y + 1, Vec::new());
        }
        let line = &mut self.lines[y];
        if line.len() <= x {
            line.resize(x + 1, ' ');
        }
        line[x] = c;
    }

    pub(super) fn text(&mut self, x: usize, y: usize, text: &str) {
        for (index, c) in text.chars().enumerate() {
            self.put(x + index, y, c);
        }
    }

    pub(super) fn into_text(self) -> String {
        let mut text = String::new();
        for line in self.lines {
            let line: String = line.into_iter().collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

impl Stroke {
    pub(super) fn across(self) -> char {
        match self {
            Self::Always => '-',
            Self::Chosen => '.',
            Self::Join(_) => '=',
        }
    }

    pub(super) fn down(self) -> char {
        match self {
            Self::Always | Self::Join(_) => '|',
            Self::Chosen => ':',
        }
    }
}
