//! The rules, one file each, with the samples that show what a rule refuses.

mod core_dependencies;
mod core_without_tokio;
mod dependency_table;
mod file_names;
mod file_sizes;
mod imports;
mod leftovers;
mod logic_in_roots;
mod machine_paths;
mod semantics;
mod tokens;

pub(super) use core_dependencies::check as core_dependencies;
pub(super) use core_without_tokio::check as core_without_tokio;
pub(super) use dependency_table::check as dependency_table;
pub(super) use file_names::check as file_names;
pub(super) use file_sizes::check as file_sizes;
pub(super) use imports::check as imports;
pub(super) use leftovers::check as leftovers;
pub(super) use logic_in_roots::check as logic_in_roots;
pub(super) use machine_paths::check as machine_paths;
pub(super) use semantics::check as semantics;
pub(super) use tokens::check as tokens;
