//! The sandbox that limits but does not isolate: plain processes.
//!
//! For machines where bubblewrap does not work. Its [`Isolation`] names what
//! is missing; whoever offers it to a person shows that.

use std::env;
use std::ffi::OsString;

use async_trait::async_trait;

use super::gate::Gated;
use super::place::Place;
use super::room;
use super::toolchains::Toolchains;
use super::user_tasks;
use super::{CommandOutput, Isolation, Protection, Sandbox, SandboxCommand, SandboxError};
use crate::process::PidsCgroup;

/// Commands as plain processes: limits and clean-up, no isolation.
///
/// The workspace is at its own path. The command gets its own, empty home
/// folder, which is removed afterwards, and no variable of the caller but the
/// path and where Rust keeps its toolchains.
#[derive(Clone, Debug)]
pub struct ProcessSandbox {
    toolchains: Toolchains,
    isolation: Isolation,
}

impl ProcessSandbox {
    /// Finds out what can be limited on this machine.
    pub async fn detect() -> Self {
        let grouped = PidsCgroup::create(1).is_some();
        let counted = grouped || user_tasks::limit_with_room_for(0).is_some();
        let holds = [
            Some(Protection::CleanEnvironment),
            Some(Protection::Limits),
            grouped.then_some(Protection::NoOrphans),
            counted.then_some(Protection::ProcessCount),
        ];
        Self {
            toolchains: Toolchains::find().await,
            isolation: Isolation::new("plain processes", holds.into_iter().flatten()),
        }
    }

    fn environment(&self, command: &SandboxCommand, home: OsString) -> Vec<(OsString, OsString)> {
        let rustup = self.toolchains.cargo.as_ref();
        let rustup = rustup.map(|cargo| cargo.join("bin"));
        let mut path = self.toolchains.programs_for(&command.workspace, rustup);
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        // A folder with a colon in its name cannot be on a path; then the system's own must do.
        let path = env::join_paths(path).unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into());
        let mut set: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), path),
            ("HOME".into(), home.clone()),
            ("TMPDIR".into(), home),
            ("LANG".into(), "C.UTF-8".into()),
            ("CARGO_NET_OFFLINE".into(), "true".into()),
            ("RUSTUP_AUTO_INSTALL".into(), "0".into()),
        ];
        if let Some(cargo) = &self.toolchains.cargo {
            set.push(("CARGO_HOME".into(), cargo.into()));
        }
        if let Some(rustup) = &self.toolchains.rustup {
            set.push(("RUSTUP_HOME".into(), rustup.into()));
        }
        set.extend(
            command
                .env
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        set
    }
}

#[async_trait]
impl Sandbox for ProcessSandbox {
    async fn run(&self, command: SandboxCommand) -> Result<CommandOutput, SandboxError> {
        let place = Place::of(&command)?;
        let home = tempfile::tempdir().map_err(|source| SandboxError::Start { source })?;
        let mut argv: Vec<OsString> = vec![command.program.clone().into()];
        argv.extend(command.args.iter().map(OsString::from));
        let processes = command.limits.processes;
        let gated = Gated {
            argv,
            env: self.environment(&command, home.path().into()),
            folder: place.workspace.join(&place.start),
            input: Vec::new(),
            user_processes: user_tasks::limit_with_room_for(processes),
            group: PidsCgroup::create(processes),
        };
        let output = gated.run(&command.limits).await?;
        room::judged(&command, output)
    }

    fn isolation(&self) -> &Isolation {
        &self.isolation
    }
}
