//! Who owns which files, as a repository's CODEOWNERS says.
//!
//! The rules are GitHub's ("About code owners"): patterns as in a gitignore file, but for `!`,
//! `[ ]` and `\#`; the last pattern that fits a path counts; one without owners takes them away.

use std::fmt;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Who owns which files.
#[derive(Debug, Clone, Default)]
pub struct Codeowners {
    rules: Vec<Rule>,
    skipped: Vec<usize>,
}

/// An owner, as CODEOWNERS names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Owner {
    /// An account: `@login`.
    User(String),
    /// A team of an organisation: `@org/team`.
    Team {
        /// The organisation.
        org: String,
        /// The team, as its address names it.
        team: String,
    },
    /// Whoever has this address.
    Email(String),
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: Gitignore,
    /// Whether it also fits whatever lies below what it fits.
    below: bool,
    owners: Vec<Owner>,
}

impl Codeowners {
    /// Where GitHub looks for the file, in this order.
    pub const PATHS: [&'static str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

    /// The rules of a file. As on GitHub, a line that makes no sense is left out, and the others
    /// count; [`skipped_lines`](Self::skipped_lines) tells which.
    pub fn parse(text: &str) -> Self {
        let mut codeowners = Self::default();
        for (index, line) in text.lines().enumerate() {
            match rule(line) {
                Ok(Some(rule)) => codeowners.rules.push(rule),
                Ok(None) => {}
                Err(Senseless) => codeowners.skipped.push(index + 1),
            }
        }
        codeowners
    }

    /// The owners of a path from the root of the repository.
    pub fn owners_of(&self, path: &str) -> &[Owner] {
        let path = path.trim_start_matches('/');
        let rule = self.rules.iter().rev().find(|rule| rule.fits(path));
        rule.map(|rule| rule.owners.as_slice()).unwrap_or_default()
    }

    /// The owners of any of these paths, each once, by name.
    pub fn owners_of_all<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Vec<Owner> {
        let paths = paths.into_iter();
        let mut owners: Vec<Owner> = paths
            .flat_map(|path| self.owners_of(path).iter().cloned())
            .collect();
        owners.sort();
        owners.dedup();
        owners
    }

    /// The numbers, from 1, of lines that make no sense.
    pub fn skipped_lines(&self) -> &[usize] {
        &self.skipped
    }
}

impl Rule {
    fn fits(&self, path: &str) -> bool {
        if self.below {
            self.pattern
                .matched_path_or_any_parents(path, false)
                .is_ignore()
        } else {
            self.pattern.matched(path, false).is_ignore()
        }
    }
}

/// A line that is no rule, though it should be one.
struct Senseless;

fn rule(line: &str) -> Result<Option<Rule>, Senseless> {
    let words = words(line);
    let mut words = words.iter();
    let Some(pattern) = words.next() else {
        return Ok(None);
    };
    if pattern.starts_with('!') || pattern.contains('[') || pattern.starts_with("\\#") {
        return Err(Senseless);
    }
    let owners: Result<_, _> = words.map(|word| Owner::parse(word)).collect();
    let mut builder = GitignoreBuilder::new("");
    builder.add_line(None, pattern).map_err(|_| Senseless)?;
    Ok(Some(Rule {
        pattern: builder.build().map_err(|_| Senseless)?,
        // `docs/*` owns what lies in `docs`, not what lies in its folders.
        below: !pattern.ends_with("/*"),
        owners: owners?,
    }))
}

/// The words of a line before its comment; a backslash keeps a space in its word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut escaped = false;
    for c in line.chars() {
        match c {
            ' ' | '\t' if !escaped => words.push(std::mem::take(&mut word)),
            '#' if !escaped && word.is_empty() => break,
            _ => word.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

impl Owner {
    fn parse(word: &str) -> Result<Self, Senseless> {
        let Some(name) = word.strip_prefix('@') else {
            return match word.split_once('@') {
                Some((name, host)) if !name.is_empty() && !host.is_empty() => {
                    Ok(Self::Email(word.to_owned()))
                }
                _ => Err(Senseless),
            };
        };
        match name.split_once('/') {
            Some((org, team)) if !org.is_empty() && !team.is_empty() => Ok(Self::Team {
                org: org.to_owned(),
                team: team.to_owned(),
            }),
            None if !name.is_empty() => Ok(Self::User(name.to_owned())),
            _ => Err(Senseless),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(login) => write!(f, "@{login}"),
            Self::Team { org, team } => write!(f, "@{org}/{team}"),
            Self::Email(address) => f.write_str(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
# Everything that nothing below fits.
*       @all
*.js    @js-owner #inline
/build/logs/ @doctor
docs/*  docs@example.com
apps/   @octo/apps
/scripts/ @octo/scripts @second
**/logs @logs
/apps/github
with\\ space.txt @spacer
![x] @nobody
*.go nobody
";

    #[test]
    fn the_last_pattern_that_fits_counts() {
        let codeowners = Codeowners::parse(FILE);
        for (path, want) in [
            ("README", "@all"),
            ("src/a.js", "@js-owner"),
            ("build/logs/today.txt", "@logs"),
            ("deep/build/x", "@all"),
            ("docs/start.md", "docs@example.com"),
            ("docs/build/trouble.md", "@all"),
            ("apps/x.rs", "@octo/apps"),
            ("deep/apps/x.rs", "@octo/apps"),
            ("scripts/run", "@octo/scripts @second"),
            ("deep/scripts/run", "@all"),
            ("deep/logs/x", "@logs"),
            ("apps/github/x", ""),
            ("with space.txt", "@spacer"),
            ("/README", "@all"),
        ] {
            let owners: Vec<_> = codeowners
                .owners_of(path)
                .iter()
                .map(Owner::to_string)
                .collect();
            assert_eq!(owners.join(" "), want, "{path}");
        }
        assert_eq!(codeowners.skipped_lines(), [12, 13]);
    }

    #[test]
    fn each_owner_counts_once() {
        let codeowners = Codeowners::parse("*.rs @b @a\n*.md @a\n");
        let owners = codeowners.owners_of_all(["x.rs", "y.rs", "z.md", "none"]);
        assert_eq!(owners, [Owner::User("a".into()), Owner::User("b".into())]);
    }

    #[test]
    fn nothing_is_owned_without_a_file() {
        assert!(Codeowners::parse("").owners_of("x").is_empty());
        assert!(Codeowners::parse("# only\n\n").owners_of("x").is_empty());
    }
}
