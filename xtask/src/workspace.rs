//! The workspace as cargo describes it: its members, their dependencies, its target folder.
//!
//! Reads `cargo metadata` once; judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{self, ProcessError};

/// The folder of the root `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies directly in the workspace root")
}

/// What is known of the workspace without building it.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    pub(crate) target_dir: PathBuf,
    pub(crate) members: Vec<Member>,
    /// For each resolved package, by its id, what it is linked with (build and
    /// development dependencies left out).
    pub(crate) links: BTreeMap<String, BTreeSet<String>>,
    /// The names of all resolved packages, by their ids.
    pub(crate) names: BTreeMap<String, String>,
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The manifest, relative to the workspace root.
    pub(crate) manifest: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One dependency as a manifest declares it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// The table a dependency stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Development,
    Build,
}

/// `cargo metadata` did not describe the workspace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WorkspaceError {
    #[error("the workspace could not be read")]
    Cargo(#[from] ProcessError),
    #[error("`cargo metadata` wrote no JSON")]
    Json(#[from] serde_json::Error),
    #[error("`cargo metadata` has no {missing}; xtask knows format version 1")]
    Shape { missing: &'static str },
}

/// Asks cargo for the workspace.
pub(crate) fn read() -> Result<Workspace, WorkspaceError> {
    let json = process::output(process::cargo(&["metadata", "--format-version", "1"]))?;
    parse(&json, root())
}

/// Reads what `cargo metadata --format-version 1` wrote about the workspace in `root`.
pub(crate) fn parse(json: &str, root: &Path) -> Result<Workspace, WorkspaceError> {
    let metadata: Value = serde_json::from_str(json)?;
    let packages = list(&metadata, "packages")?;
    let member_ids: BTreeSet<&str> = list(&metadata, "workspace_members")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut workspace = Workspace {
        target_dir: PathBuf::from(text(&metadata, "target_directory")?),
        ..Workspace::default()
    };
    for package in packages {
        let id = text(package, "id")?;
        let name = text(package, "name")?;
        workspace.names.insert(id.to_owned(), name.to_owned());
        if member_ids.contains(id) {
            workspace.members.push(member(package, root)?);
        }
    }
    for node in list(&metadata["resolve"], "nodes")? {
        let linked = list(node, "deps")?
            .iter()
            .filter(|dep| is_linked(dep))
            .filter_map(|dep| dep["pkg"].as_str().map(str::to_owned))
            .collect();
        workspace.links.insert(text(node, "id")?.to_owned(), linked);
    }
    Ok(workspace)
}

fn member(package: &Value, root: &Path) -> Result<Member, WorkspaceError> {
    let manifest = Path::new(text(package, "manifest_path")?);
    let dependencies = list(package, "dependencies")?
        .iter()
        .map(|dependency| {
            Ok(Dependency {
                name: text(dependency, "name")?.to_owned(),
                kind: match dependency["kind"].as_str() {
                    Some("dev") => Kind::Development,
                    Some("build") => Kind::Build,
                    _ => Kind::Normal,
                },
            })
        })
        .collect::<Result<_, WorkspaceError>>()?;
    Ok(Member {
        id: text(package, "id")?.to_owned(),
        name: text(package, "name")?.to_owned(),
        manifest: manifest.strip_prefix(root).unwrap_or(manifest).to_owned(),
        dependencies,
    })
}

fn is_linked(dep: &Value) -> bool {
    dep["dep_kinds"]
        .as_array()
        .is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}

fn text<'a>(value: &'a Value, missing: &'static str) -> Result<&'a str, WorkspaceError> {
    value[missing]
        .as_str()
        .ok_or(WorkspaceError::Shape { missing })
}

fn list<'a>(value: &'a Value, missing: &'static str) -> Result<&'a [Value], WorkspaceError> {
    value[missing]
        .as_array()
        .map(Vec::as_slice)
        .ok_or(WorkspaceError::Shape { missing })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn members_keep_their_dependencies_and_links_leave_development_out() {
        let json = r#"{
            "packages": [
                {"id": "a#1", "name": "a", "manifest_path": "/ws/a/Cargo.toml", "dependencies": [
                    {"name": "b", "kind": null}, {"name": "t", "kind": "dev"}]},
                {"id": "b#1", "name": "b", "manifest_path": "/elsewhere/b/Cargo.toml", "dependencies": []},
                {"id": "t#1", "name": "t", "manifest_path": "/elsewhere/t/Cargo.toml", "dependencies": []}],
            "workspace_members": ["a#1"],
            "target_directory": "/ws/target",
            "resolve": {"nodes": [
                {"id": "a#1", "deps": [
                    {"pkg": "b#1", "dep_kinds": [{"kind": null}]},
                    {"pkg": "t#1", "dep_kinds": [{"kind": "dev"}]}]}]}}"#;
        let workspace = parse(json, Path::new("/ws")).unwrap();
        let [a] = &workspace.members[..] else {
            panic!("one member, got {:?}", workspace.members);
        };
        assert_eq!(a.manifest, Path::new("a/Cargo.toml"));
        let kinds: Vec<_> = a
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.kind))
            .collect();
        assert_eq!(kinds, [("b", Kind::Normal), ("t", Kind::Development)]);
        assert_eq!(workspace.links["a#1"], BTreeSet::from(["b#1".to_owned()]));
    }

    #[test]
    fn an_unknown_format_is_refused_by_the_part_that_is_missing() {
        let error = parse("{}", Path::new("/ws")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`cargo metadata` has no packages; xtask knows format version 1"
        );
    }
}
