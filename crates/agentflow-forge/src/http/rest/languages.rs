//! How many bytes of which language the default branch holds, told from the files' names.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::git::EntryKind;
use crate::http::answer::{Answer, ok};
use crate::http::call::Call;

/// Languages by the ends of files' names. Text that is no program, such as Markdown, is not
/// counted, as on GitHub.
const LANGUAGES: [(&str, &[&str]); 36] = [
    ("C", &["c", "h"]),
    ("C#", &["cs"]),
    ("C++", &["cc", "cpp", "cxx", "hh", "hpp"]),
    ("CSS", &["css"]),
    ("Clojure", &["clj", "cljs"]),
    ("Dart", &["dart"]),
    ("Dockerfile", &["dockerfile"]),
    ("Elixir", &["ex", "exs"]),
    ("Erlang", &["erl"]),
    ("Go", &["go"]),
    ("HCL", &["tf"]),
    ("HTML", &["htm", "html"]),
    ("Haskell", &["hs"]),
    ("Java", &["java"]),
    ("JavaScript", &["cjs", "js", "jsx", "mjs"]),
    ("Julia", &["jl"]),
    ("Kotlin", &["kt", "kts"]),
    ("Lua", &["lua"]),
    ("Makefile", &["makefile", "mk"]),
    ("Nix", &["nix"]),
    ("OCaml", &["ml", "mli"]),
    ("Objective-C", &["m"]),
    ("PHP", &["php"]),
    ("Perl", &["pl", "pm"]),
    ("PowerShell", &["ps1"]),
    ("Python", &["py", "pyi"]),
    ("R", &["r"]),
    ("Ruby", &["rb"]),
    ("Rust", &["rs"]),
    ("SCSS", &["scss"]),
    ("Scala", &["scala"]),
    ("Shell", &["bash", "sh", "zsh"]),
    ("Swift", &["swift"]),
    ("TypeScript", &["cts", "mts", "ts", "tsx"]),
    ("Vue", &["vue"]),
    ("Zig", &["zig"]),
];

pub(super) async fn get(call: Call) -> Answer {
    let mut bytes: BTreeMap<&str, u64> = BTreeMap::new();
    if let Some(tree) = call.git().tree_named(&call.repo.default_branch).await? {
        for entry in call.git().tree(&tree, true).await? {
            let is_file = matches!(entry.kind, EntryKind::File | EntryKind::Executable);
            if let Some(language) = language(entry.name()).filter(|_| is_file) {
                *bytes.entry(language).or_default() += entry.size;
            }
        }
    }
    let mut found: Vec<(&str, u64)> = bytes.into_iter().filter(|(_, size)| *size > 0).collect();
    found.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let fields: Map<String, Value> = found
        .into_iter()
        .map(|(name, size)| (name.to_owned(), size.into()))
        .collect();
    ok(fields.into())
}

/// A name without a dot is its own end, so that a `Makefile` is known.
pub(super) fn language(name: &str) -> Option<&'static str> {
    let end = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    LANGUAGES
        .iter()
        .find(|(_, ends)| ends.contains(&end.as_str()))
        .map(|(language, _)| *language)
}
