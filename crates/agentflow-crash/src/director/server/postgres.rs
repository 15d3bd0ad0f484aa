//! Postgres in a folder of its own, run by the user that it insists on.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use async_trait::async_trait;
use rustix::process::{Signal, geteuid};
use sqlx::{Connection, PgConnection};

use super::life::{Kind, Stop, bound};
use crate::random::secret;

const USER: &str = "agentflow";
/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

pub(super) struct Postgres {
    programs: PathBuf,
    password: String,
    /// User and group, if this program is root, which Postgres refuses to be.
    owner: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a database in `folder`.
    pub(super) fn make(folder: &Path) -> io::Result<Self> {
        let postgres = Self {
            programs: programs()?,
            password: secret(),
            owner: owner()?,
        };
        let password = folder.join("password");
        fs::write(&password, &postgres.password)?;
        fs::set_permissions(&password, Permissions::from_mode(0o600))?;
        if let Some((user, group)) = postgres.owner {
            for path in [folder, &password] {
                chown(path, Some(user), Some(group))?;
            }
        }
        let mut make = postgres.program("initdb", "KILL");
        make.args(["--no-sync", "--auth=scram-sha-256", "--encoding=UTF8"])
            .args(["--username", USER, "--pwfile"])
            .arg(&password)
            .arg("-D")
            .arg(folder.join("data"))
            .current_dir(folder);
        let made = make.output()?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr);
            return Err(io::Error::other(format!("`initdb` failed: {said}")));
        }
        Ok(postgres)
    }

    /// One of its programs, as the user that it is to be.
    fn program(&self, name: &str, when_parent_dies: &str) -> Command {
        let program = self.programs.join(name);
        let Some((user, group)) = self.owner else {
            return bound(&program, when_parent_dies);
        };
        let mut command = Command::new("setpriv");
        command
            .args([format!("--reuid={user}"), format!("--regid={group}")])
            .args(["--clear-groups", "--pdeathsig", when_parent_dies, "--"])
            .arg(program);
        command
    }
}

#[async_trait]
impl Kind for Postgres {
    fn command(&self, folder: &Path, port: u16) -> Command {
        let mut command = self.program("postgres", "QUIT");
        command
            .current_dir(folder)
            .arg("-D")
            .arg(folder.join("data"));
        for setting in [
            "listen_addresses=127.0.0.1",
            &format!("port={port}"),
            "unix_socket_directories=",
            // Processes die here, never the machine: what was handed to it stays.
            "fsync=off",
        ] {
            command.args(["-c", setting]);
        }
        command
    }

    /// Those of `pg_ctl stop` with `immediate` and `fast`.
    fn signal(&self, stop: Stop) -> Signal {
        match stop {
            Stop::Crash => Signal::QUIT,
            Stop::Fast => Signal::INT,
        }
    }

    fn url(&self, port: u16) -> String {
        let password = &self.password;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres")
    }

    async fn answers(&self, port: u16) -> bool {
        match PgConnection::connect(&self.url(port)).await {
            Ok(conn) => conn.close().await.is_ok(),
            Err(_) => false,
        }
    }
}

/// The folder of the newest version's programs.
fn programs() -> io::Result<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let number = |folder: &PathBuf| -> u32 {
        let version = folder.parent().and_then(Path::file_name);
        let number = version.and_then(|name| name.to_str()?.parse().ok());
        number.unwrap_or(0)
    };
    let mut folders: Vec<PathBuf> = folders.collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(number(folder)));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&on_path));
    let has_both = |folder: &&PathBuf| {
        let programs = ["initdb", "postgres"];
        programs.iter().all(|name| folder.join(name).is_file())
    };
    let found = folders.iter().find(has_both).cloned();
    found.ok_or_else(|| io::Error::other("no programs `initdb` and `postgres`; install postgresql"))
}

fn owner() -> io::Result<Option<(u32, u32)>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix("postgres:"));
    let ids = line.and_then(|line| {
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    let none =
        || io::Error::other("Postgres does not run as root, and there is no user `postgres`");
    ids.map(Some).ok_or_else(none)
}
