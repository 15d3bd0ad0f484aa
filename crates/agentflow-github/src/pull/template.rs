//! Fills in the template that a repository has for its pull requests.

use crate::client::Repo;
use crate::error::GitHubError;

/// A repository's template for pull requests: Markdown with headings to write below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestTemplate {
    text: String,
}

/// What there is to say about a pull request, by what a template may ask for. Empty parts are
/// left as the template has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullRequestText {
    /// What changes.
    pub summary: String,
    /// Why.
    pub motivation: String,
    /// How it was tested.
    pub testing: String,
    /// The issues it is about, such as `Closes #7`.
    pub issues: String,
}

impl PullRequestTemplate {
    /// Where GitHub looks for the file. It takes any case of the name; these are the usual ones.
    pub const PATHS: [&'static str; 6] = [
        ".github/pull_request_template.md",
        ".github/PULL_REQUEST_TEMPLATE.md",
        "pull_request_template.md",
        "PULL_REQUEST_TEMPLATE.md",
        "docs/pull_request_template.md",
        "docs/PULL_REQUEST_TEMPLATE.md",
    ];

    /// A template.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The template with `text` below the headings that ask for it, in place of their hints.
    ///
    /// A heading asks by its words: summary, description, changes, what; motivation, context,
    /// why; test; issue, ticket, closes. A part that no heading asks for stands above the
    /// template, so that nothing is lost. Check lists stay as they are: they are for people.
    #[must_use]
    pub fn fill(&self, text: &PullRequestText) -> String {
        let mut parts = text.parts();
        let mut filled = String::new();
        for section in sections(&self.text) {
            let asked = section.heading.and_then(|heading| {
                let part = parts.iter_mut().find(|part| part.is_asked_by(heading))?;
                Some(std::mem::take(&mut part.text))
            });
            filled.push_str(section.heading.unwrap_or_default());
            match asked {
                Some(text) => {
                    filled.push_str("\n\n");
                    filled.push_str(&text);
                    filled.push_str("\n\n");
                    filled.push_str(&check_list(section.below));
                }
                None => filled.push_str(section.below),
            }
        }
        let unasked = parts.into_iter().map(|part| part.text);
        let unasked: Vec<_> = unasked.filter(|text| !text.is_empty()).collect();
        if !unasked.is_empty() {
            filled = format!("{}\n\n{filled}", unasked.join("\n\n"));
        }
        filled.trim().to_owned()
    }
}

impl PullRequestText {
    /// The text as it stands where a repository has no template.
    #[must_use]
    pub fn plain(&self) -> String {
        let parts = self.parts().into_iter().map(|part| part.text);
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// What there is to say, and the words of headings that ask for it.
    fn parts(&self) -> Vec<Part> {
        let parts = [
            (
                &self.summary,
                &["summary", "description", "change", "what"][..],
            ),
            (&self.motivation, &["motivation", "context", "why"]),
            (&self.testing, &["test", "verif"]),
            (&self.issues, &["issue", "ticket", "closes", "fixes"]),
        ];
        let parts = parts.into_iter().map(|(text, words)| Part {
            text: text.trim().to_owned(),
            words,
        });
        parts.filter(|part| !part.text.is_empty()).collect()
    }
}

struct Part {
    text: String,
    words: &'static [&'static str],
}

impl Part {
    fn is_asked_by(&self, heading: &str) -> bool {
        let heading = heading.to_lowercase();
        !self.text.is_empty() && self.words.iter().any(|word| heading.contains(word))
    }
}

/// A heading and what is below it; the first may have none.
struct Section<'a> {
    heading: Option<&'a str>,
    below: &'a str,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let (mut heading, mut start, mut at) = (None, 0, 0);
    let (mut in_comment, mut in_fence) = (false, false);
    for line in text.split_inclusive('\n') {
        let is_plain = !in_comment && !in_fence;
        if !in_comment && line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if !in_fence {
            in_comment = match (line.rfind("<!--"), line.rfind("-->")) {
                (Some(begin), Some(end)) => begin > end,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => in_comment,
            };
        }
        if is_plain && is_heading(line) {
            sections.push(Section {
                heading,
                below: &text[start..at],
            });
            heading = Some(line.trim_end());
            start = at + line.trim_end().len();
        }
        at += line.len();
    }
    sections.push(Section {
        heading,
        below: &text[start..],
    });
    sections
}

/// Such as `## Tests`: one to six signs and a space.
fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(' ')
}

/// The lines of a section that are boxes to tick.
fn check_list(below: &str) -> String {
    let lines = below.lines();
    let boxes: Vec<_> = lines
        .filter(|line| {
            let line = line.trim_start();
            line.starts_with("- [") || line.starts_with("* [")
        })
        .collect();
    if boxes.is_empty() {
        String::new()
    } else {
        format!("{}\n\n", boxes.join("\n"))
    }
}

impl Repo {
    /// The template for pull requests, at a branch, tag or commit, if the repository has one.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository cannot be read.
    pub async fn pull_request_template(
        &self,
        git_ref: &str,
    ) -> Result<Option<PullRequestTemplate>, GitHubError> {
        let found = self
            .first_file(&PullRequestTemplate::PATHS, git_ref)
            .await?;
        Ok(found.map(|file| PullRequestTemplate::new(String::from_utf8_lossy(&file.content))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "<!-- Thanks! -->
## What does this change?
<!-- say it in a sentence -->

## How was it tested
Describe.
- [ ] new tests
- [x] old tests

## Licence
Yours is ours.
";

    #[test]
    fn headings_get_what_they_ask_for_and_nothing_is_lost() {
        let text = PullRequestText {
            summary: "Tides are added.".into(),
            testing: "`cargo test`".into(),
            issues: "Closes #7".into(),
            ..PullRequestText::default()
        };
        assert_eq!(
            PullRequestTemplate::new(TEMPLATE).fill(&text),
            "Closes #7

<!-- Thanks! -->
## What does this change?

Tides are added.

## How was it tested

`cargo test`

- [ ] new tests
- [x] old tests

## Licence
Yours is ours."
        );
        assert_eq!(
            text.plain(),
            "Tides are added.\n\n`cargo test`\n\nCloses #7"
        );
    }

    #[test]
    fn what_only_looks_like_a_heading_is_none() {
        let template =
            "<!--\n# Describe your changes\n-->\n```\n# a test\n```\n#tests\n## Testing\nHow?\n";
        let text = PullRequestText {
            summary: "Tides.".into(),
            testing: "Yes.".into(),
            ..PullRequestText::default()
        };
        assert_eq!(
            PullRequestTemplate::new(template).fill(&text),
            "Tides.\n\n<!--\n# Describe your changes\n-->\n```\n# a test\n```\n#tests\n## Testing\n\nYes."
        );
    }

    #[test]
    fn a_template_without_headings_stays_below_the_text() {
        let text = PullRequestText {
            summary: "Tides.".into(),
            ..PullRequestText::default()
        };
        let filled = PullRequestTemplate::new("Be kind.\n").fill(&text);
        assert_eq!(filled, "Tides.\n\nBe kind.");
        let untouched = PullRequestTemplate::new(TEMPLATE).fill(&PullRequestText::default());
        assert_eq!(untouched, TEMPLATE.trim());
    }
}
