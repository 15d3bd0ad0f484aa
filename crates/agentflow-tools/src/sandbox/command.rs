//! A command that is to run, described before anything is checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Limits;

/// One command with all it may touch.
///
/// ```
/// use agentflow_tools::SandboxCommand;
///
/// let command = SandboxCommand::shell("/srv/checkout", "cargo test --offline")
///     .env("RUST_BACKTRACE", "1")
///     .writable("/srv/build-cache")
///     .protect(".git");
/// assert_eq!(command.program, "/bin/sh");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SandboxCommand {
    /// The program, found on the sandbox's own `PATH` unless it is a path.
    pub program: String,
    /// Its arguments. They can be seen by everyone on the machine: no secrets.
    pub args: Vec<String>,
    /// The folder the command works on.
    pub workspace: PathBuf,
    /// Whether the command may write to the workspace.
    pub workspace_access: WorkspaceAccess,
    /// Where below the workspace it starts; empty is the workspace itself.
    pub cwd: PathBuf,
    /// Variables it gets beside the few the sandbox sets. Values are never shown.
    pub env: BTreeMap<String, String>,
    /// Folders outside the workspace it may write to, such as a build cache.
    /// Inside they have the same path. They must exist.
    pub writable: Vec<PathBuf>,
    /// Paths below the workspace that stay as they are, such as `.git`. One that
    /// does not exist when the command starts is not protected.
    pub protected: Vec<PathBuf>,
    /// How much it may take.
    pub limits: Limits,
}

/// What a command may do with the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorkspaceAccess {
    /// Read and write.
    #[default]
    Write,
    /// Read only.
    Read,
}

impl SandboxCommand {
    /// A program without arguments, allowed to write to the workspace.
    #[must_use]
    pub fn new(workspace: impl Into<PathBuf>, program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            workspace: workspace.into(),
            workspace_access: WorkspaceAccess::default(),
            cwd: PathBuf::new(),
            env: BTreeMap::new(),
            writable: Vec::new(),
            protected: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// A line for `/bin/sh -c`.
    #[must_use]
    pub fn shell(workspace: impl Into<PathBuf>, line: impl Into<String>) -> Self {
        Self::new(workspace, "/bin/sh").arg("-c").arg(line)
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Starts in this folder below the workspace.
    #[must_use]
    pub fn cwd(mut self, below_workspace: impl Into<PathBuf>) -> Self {
        self.cwd = below_workspace.into();
        self
    }

    /// Sets one variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Lets it write to a folder outside the workspace.
    #[must_use]
    pub fn writable(mut self, folder: impl Into<PathBuf>) -> Self {
        self.writable.push(folder.into());
        self
    }

    /// Keeps a path below the workspace from being written.
    #[must_use]
    pub fn protect(mut self, below_workspace: impl Into<PathBuf>) -> Self {
        self.protected.push(below_workspace.into());
        self
    }

    /// Keeps the whole workspace from being written.
    #[must_use]
    pub fn read_only_workspace(mut self) -> Self {
        self.workspace_access = WorkspaceAccess::Read;
        self
    }

    /// Sets how much it may take.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl std::fmt::Debug for SandboxCommand {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SandboxCommand")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("workspace", &self.workspace)
            .field("workspace_access", &self.workspace_access)
            .field("cwd", &self.cwd)
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("writable", &self.writable)
            .field("protected", &self.protected)
            .field("limits", &self.limits)
            .finish()
    }
}
