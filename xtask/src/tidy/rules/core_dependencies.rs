//! Core knows no adapter, HTTP, SQL, clap or anyhow, however far down the tree.

use std::collections::{BTreeMap, VecDeque};

use crate::tidy::problem::Problem;
use crate::workspace::Workspace;

const CORE: &str = "agentflow-core";

/// Crates that would make core know a wire, a database or a command line.
const BANNED: &[&str] = &[
    "anyhow",
    "axum",
    "clap",
    "diesel",
    "eyre",
    "http",
    "hyper",
    "libsqlite3-sys",
    "octocrab",
    "postgres",
    "redis",
    "reqwest",
    "rusqlite",
    "rustls",
    "sqlx",
    "sqlx-core",
    "tokio-postgres",
    "tonic",
    "tower-http",
    "ureq",
];

/// Every banned crate core is linked with, and the way there.
pub(in crate::tidy) fn check(workspace: &Workspace) -> Vec<Problem> {
    let Some(core) = workspace.members.iter().find(|m| m.name == CORE) else {
        return vec![Problem::new(
            "Cargo.toml",
            None,
            format!("the workspace has no `{CORE}`"),
            "name core in xtask/src/tidy/rules/core_dependencies.rs",
        )];
    };
    // Breadth first: the way that is reported is a shortest one.
    let mut came_from: BTreeMap<&str, Option<&str>> = BTreeMap::from([(core.id.as_str(), None)]);
    let mut waiting = VecDeque::from([core.id.as_str()]);
    let mut problems = Vec::new();
    while let Some(id) = waiting.pop_front() {
        let name = workspace.names.get(id).map_or(id, String::as_str);
        if BANNED.contains(&name) {
            problems.push(Problem::new(
                core.manifest.to_string_lossy(),
                None,
                format!(
                    "core is linked with `{name}` through {}",
                    way(workspace, &came_from, id)
                ),
                "move what needs it into an adapter crate behind a trait of core",
            ));
            continue;
        }
        for next in workspace.links.get(id).into_iter().flatten() {
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, Some(id));
                waiting.push_back(next);
            }
        }
    }
    problems
}

fn way(workspace: &Workspace, came_from: &BTreeMap<&str, Option<&str>>, to: &str) -> String {
    let mut names = Vec::new();
    let mut at = Some(to);
    while let Some(id) = at {
        names.push(workspace.names.get(id).map_or(id, String::as_str));
        at = came_from.get(id).copied().flatten();
    }
    names.reverse();
    names.join(" → ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::workspace::Member;

    fn workspace(links: &[(&str, &[&str])]) -> Workspace {
        let core = Member {
            id: CORE.to_owned(),
            name: CORE.to_owned(),
            manifest: "crates/agentflow-core/Cargo.toml".into(),
            dependencies: Vec::new(),
        };
        let links = links.iter().map(|(from, to)| {
            let to: BTreeSet<String> = to.iter().map(ToString::to_string).collect();
            (from.to_string(), to)
        });
        Workspace {
            members: vec![core],
            links: links.collect(),
            ..Workspace::default()
        }
    }

    #[test]
    fn a_banned_crate_is_found_at_any_depth_with_the_way_there() {
        let problems = check(&workspace(&[
            (CORE, &["serde", "middle"]),
            ("middle", &["http", CORE]),
        ]));
        assert_eq!(problems.len(), 1, "{problems:?}");
        let text = problems[0].to_string();
        assert!(text.contains("agentflow-core → middle → http"), "{text}");
    }

    #[test]
    fn other_crates_may_use_what_core_may_not() {
        let problems = check(&workspace(&[
            (CORE, &["serde"]),
            ("agentflow-sql", &["sqlx"]),
        ]));
        assert_eq!(problems, []);
    }
}
