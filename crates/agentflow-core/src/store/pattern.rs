//! Which paths a listing wants.

use super::path::StorePath;

/// One label that a path must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelPattern {
    /// This label. Nothing in it has a meaning of its own.
    Is(String),
    /// Exactly one label, whichever.
    Any,
}

/// Labels that a path must have next to each other.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PathPattern(Vec<LabelPattern>);

/// Where in a path the labels must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    /// The path begins with them.
    Prefix(PathPattern),
    /// The path ends with them.
    Suffix(PathPattern),
}

impl PathPattern {
    /// These labels, where `*` alone stands for exactly one label, whichever. In a
    /// longer label it is a letter like any other.
    pub fn new<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Self {
        let labels = labels.into_iter().map(Into::into);
        Self(labels.map(LabelPattern::from).collect())
    }

    /// The labels.
    #[must_use]
    pub fn labels(&self) -> &[LabelPattern] {
        &self.0
    }

    fn fits(&self, labels: &[String]) -> bool {
        let mut pairs = self.0.iter().zip(labels);
        pairs.all(|(pattern, label)| match pattern {
            LabelPattern::Is(wanted) => wanted == label,
            LabelPattern::Any => true,
        })
    }
}

impl FromIterator<LabelPattern> for PathPattern {
    fn from_iter<I: IntoIterator<Item = LabelPattern>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

impl From<String> for LabelPattern {
    fn from(label: String) -> Self {
        match label.as_str() {
            "*" => Self::Any,
            _ => Self::Is(label),
        }
    }
}

impl PathMatch {
    /// Whether the path is one of those that are wanted.
    #[must_use]
    pub fn matches(&self, path: &StorePath) -> bool {
        let labels = path.labels();
        let (Self::Prefix(pattern) | Self::Suffix(pattern)) = self;
        let Some(rest) = labels.len().checked_sub(pattern.0.len()) else {
            return false;
        };
        match self {
            Self::Prefix(pattern) => pattern.fits(labels),
            Self::Suffix(pattern) => pattern.fits(&labels[rest..]),
        }
    }
}
