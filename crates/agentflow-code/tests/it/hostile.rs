//! Any bytes in any file: no panic, no end of the stack, no work without a bound.

use agentflow_code::{
    FileError, Language, analyse_text, check_syntax, chunks_of_code, chunks_of_document,
    syntax_tree,
};
use proptest::prelude::*;

use crate::sample_tree::{repository, samples};

/// All that reads one text.
fn read_all(language: Language, text: &str) {
    match analyse_text(language, text) {
        Ok(file) => {
            for item in &file.items {
                assert!(item.start <= item.end && item.end as usize <= text.len());
                assert!(item.lead_line <= item.first_line && item.first_line <= item.last_line);
                assert!(text.get(item.bytes()).is_some(), "{item:?}");
                assert!(item.signature.len() < 300, "{item:?}");
            }
            for reference in &file.references {
                assert!(text.is_char_boundary(reference.start as usize));
                assert!(!reference.name(text).is_empty());
            }
        }
        Err(FileError::TooSlow { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    let _ = chunks_of_code(language, text);
    let _ = check_syntax(&format!("a.{}", end_of(language)), Some("x"), text);
    let _ = syntax_tree(language, text, 1..=20, 100);
}

fn end_of(language: Language) -> &'static str {
    match language {
        Language::Go => "go",
        Language::Java => "java",
        Language::JavaScript => "js",
        Language::Python => "py",
        Language::Rust => "rs",
        Language::Tsx => "tsx",
        _ => "ts",
    }
}

/// A sample with parts of it cut away, doubled, or changed.
fn mutated() -> impl Strategy<Value = (Language, String)> {
    let samples: Vec<(String, String)> = samples();
    let sample = proptest::sample::select(samples);
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..4,
        any::<char>(),
    );
    (sample, proptest::collection::vec(change, 0..6)).prop_map(|((name, text), changes)| {
        let mut letters: Vec<char> = text.chars().collect();
        for (from, to, kind, letter) in changes {
            if letters.is_empty() {
                break;
            }
            let (from, to) = (from.index(letters.len()), to.index(letters.len()));
            let (from, to) = (from.min(to), from.max(to));
            match kind {
                0 => letters.truncate(to),
                1 => drop(letters.drain(from..to)),
                2 => letters.insert(from, letter),
                _ => letters.extend_from_within(from..to),
            }
        }
        (
            Language::of_path(&name).unwrap(),
            letters.into_iter().collect(),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn broken_samples_are_read((language, text) in mutated()) {
        read_all(language, &text);
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,300}", language in proptest::sample::select(&Language::ALL[..])) {
        read_all(language, &text);
        let _ = chunks_of_document(&text);
    }

    #[test]
    fn any_manifest_is_read(text in "[\\[\\]{}\":,*/@.a-c \n=]{0,80}") {
        let files = ["package.json", "tsconfig.json", "Cargo.toml", "go.mod"];
        let mut tree: Vec<(&str, &str)> = files.map(|file| (file, text.as_str())).to_vec();
        tree.push(("a.ts", "import 'a'; import 'b/c'; import './d';"));
        let (_folder, repository) = repository(&tree);
        let _ = repository.imports().dependencies("a.ts");
    }
}

#[test]
fn deep_nesting_does_not_end_the_stack() {
    // As deep as is parsed, and deeper.
    for depth in [900, 50_000] {
        nested(depth);
    }
    let deep = "(".repeat(50_000);
    let refused = analyse_text(Language::Python, &deep);
    assert_eq!(
        refused,
        Err(FileError::TooSlow {
            language: Language::Python
        })
    );
}

fn nested(depth: usize) {
    for (language, open, close) in [
        (Language::Rust, "mod a {", "}"),
        (Language::Rust, "fn a() { a(", ") }"),
        (Language::Python, "(", ")"),
        (Language::JavaScript, "(function a() {", "})"),
        (Language::TypeScript, "namespace a {", "}"),
        (Language::Tsx, "<a>", "</a>"),
        (Language::Go, "func a() {", "}"),
        (Language::Java, "class A {", "}"),
        (Language::JavaScript, "[", ""),
    ] {
        let text = format!("{}{}", open.repeat(depth), close.repeat(depth));
        let text = &text[..text.len().min(1_000_000)];
        read_all(language, text);
    }
}

#[test]
fn a_long_row_of_anything_takes_time_that_grows_with_it_only() {
    let count = 20_000;
    for (language, row) in [
        (Language::Rust, "/// a\n"),
        (Language::Rust, "#[a]\n"),
        (Language::Rust, "fn a() {}\n"),
        (Language::Rust, "a::"),
        (Language::Python, "@a\n"),
        (Language::Python, "def a(): pass\n"),
        (Language::Go, "// a\n"),
        (Language::JavaScript, "import 'a';\n"),
        (Language::Java, "@A "),
    ] {
        read_all(language, &row.repeat(count));
    }
    let blanks = format!("{}\n", " ".repeat(190)).repeat(2_600);
    read_all(Language::JavaScript, &(blanks + &"/**/".repeat(100_000)));
    let using = format!("use a::{{{}}};", "b::{c,".repeat(1_500));
    let file = analyse_text(Language::Rust, &using).unwrap();
    assert!(file.imports.len() <= 1_000);
}

#[test]
fn a_text_that_is_too_large_is_refused() {
    let text = "a\n".repeat(600_000);
    assert_eq!(
        analyse_text(Language::Python, &text)
            .unwrap_err()
            .to_string(),
        "the text has 1200000 bytes; at most 1048576 are parsed"
    );
}
