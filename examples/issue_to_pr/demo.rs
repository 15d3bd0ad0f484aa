//! What the example works on when it is given nothing: two repositories, five issues, and
//! the words that a model says to them.
//!
//! Everything is part of the program, so that the built example needs no other file. Nothing
//! here says how an issue ends: scripts hold a model's words only, and are refused where
//! the world is not as they expect.
//!
//! Every issue works alone on the repository as it is here, and after any of the others.

/// A file of a repository: its path, its content, and whether it is executable.
pub(crate) type DemoFile = (&'static str, &'static str, bool);

/// A repository that is part of the example.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DemoRepository {
    /// Its name, which issues refer to.
    pub(crate) name: &'static str,
    /// All its files.
    pub(crate) files: &'static [DemoFile],
}

/// An issue that is part of the example.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DemoIssue {
    /// Its number in the example, from 1 to 5.
    ///
    /// A forge numbers the issues of each repository from 1, in the order in which they are
    /// opened; so the same issue may have another number there.
    pub(crate) number: u32,
    /// The repository it is about.
    pub(crate) repository: &'static str,
    /// Its title.
    pub(crate) title: &'static str,
    /// Its text.
    pub(crate) body: &'static str,
    /// Who writes it.
    pub(crate) author: &'static str,
    /// Its labels.
    pub(crate) labels: &'static [&'static str],
    /// What the author says when asked.
    pub(crate) answer: Option<&'static str>,
    /// The model's words, as a script of [`agentflow_llm::Script`].
    pub(crate) script: &'static str,
}

macro_rules! files {
    ($folder:literal: $($path:literal)+; executable: $($program:literal)+) => {
        &[
            $(($path, include_str!(concat!("demo/repos/", $folder, "/", $path)), false),)+
            $(($program, include_str!(concat!("demo/repos/", $folder, "/", $program)), true),)+
        ]
    };
}

const LARDER: DemoRepository = DemoRepository {
    name: "larder",
    files: files!("larder":
        ".gitignore" "Cargo.lock" "Cargo.toml" "README.md"
        "src/amount.rs" "src/date.rs" "src/lib.rs" "src/pantry.rs" "src/quantity.rs"
        "src/recipe.rs" "src/shopping.rs" "tests/kitchen.rs";
        executable: ".ci/run"),
};

const FIELDNOTES: DemoRepository = DemoRepository {
    name: "fieldnotes",
    files: files!("fieldnotes":
        ".gitignore" "README.md" "pyproject.toml"
        "fieldnotes/__init__.py" "fieldnotes/__main__.py" "fieldnotes/sighting.py"
        "fieldnotes/summary.py" "tests/__init__.py" "tests/test_sighting.py"
        "tests/test_summary.py";
        executable: ".ci/run"),
};

/// The repositories that [`issues`] are about; `python` says whether the machine has `python3`.
pub(crate) fn repositories(python: bool) -> Vec<DemoRepository> {
    if python {
        vec![LARDER, FIELDNOTES]
    } else {
        vec![LARDER]
    }
}

/// The five issues, in order. Without `python` all of them are about the Rust repository.
pub(crate) fn issues(python: bool) -> Vec<DemoIssue> {
    let unclear = if python { UNCLEAR } else { UNCLEAR_RUST };
    vec![
        WRONG_BOUND,
        MISSING_FEATURE,
        REFACTORING,
        unclear,
        THREE_ROUNDS,
    ]
}

const WRONG_BOUND: DemoIssue = DemoIssue {
    number: 1,
    repository: LARDER.name,
    title: "Yoghurt is thrown away on its best-before day",
    body: include_str!("demo/issues/issue-1.md"),
    author: "mara-lind",
    labels: &["bug"],
    answer: None,
    script: include_str!("demo/scripts/issue-1.toml"),
};

const MISSING_FEATURE: DemoIssue = DemoIssue {
    number: 2,
    repository: LARDER.name,
    title: "Read fractions in recipes",
    body: include_str!("demo/issues/issue-2.md"),
    author: "tobias-ek",
    labels: &["enhancement"],
    answer: None,
    script: include_str!("demo/scripts/issue-2.toml"),
};

const REFACTORING: DemoIssue = DemoIssue {
    number: 3,
    repository: LARDER.name,
    title: "Write quantities in one place",
    body: include_str!("demo/issues/issue-3.md"),
    author: "ines-castell",
    labels: &["refactoring"],
    answer: None,
    script: include_str!("demo/scripts/issue-3.toml"),
};

const UNCLEAR: DemoIssue = DemoIssue {
    number: 4,
    repository: FIELDNOTES.name,
    title: "Totals count birds twice",
    body: include_str!("demo/issues/issue-4.md"),
    author: "wren-hadley",
    labels: &["enhancement"],
    answer: Some(include_str!("demo/issues/issue-4-answer.md")),
    script: include_str!("demo/scripts/issue-4.toml"),
};

/// Takes the place of [`UNCLEAR`] where there is no `python3`.
const UNCLEAR_RUST: DemoIssue = DemoIssue {
    number: 4,
    repository: LARDER.name,
    title: "Round the shopping list",
    body: include_str!("demo/issues/issue-4-rust.md"),
    author: "tobias-ek",
    labels: &["enhancement"],
    answer: Some(include_str!("demo/issues/issue-4-rust-answer.md")),
    script: include_str!("demo/scripts/issue-4-rust.toml"),
};

const THREE_ROUNDS: DemoIssue = DemoIssue {
    number: 5,
    repository: LARDER.name,
    title: "Shopping lists as CSV",
    body: include_str!("demo/issues/issue-5.md"),
    author: "sunnyside-coop",
    labels: &["enhancement"],
    answer: None,
    script: include_str!("demo/scripts/issue-5.toml"),
};
