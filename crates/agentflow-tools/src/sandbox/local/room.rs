//! What the commands of one sandbox share.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::disk::DiskWatch;
use super::folder::StateFolder;
use super::freezer::Freezer;
use super::masks::Masks;
use crate::process::{ControlGroup, GroupLimits, Holds};
use crate::sandbox::gate::Gated;
use crate::sandbox::network::{Gateway, GatewayError};
use crate::sandbox::place::Place;
use crate::sandbox::{
    AllowList, CommandOutput, Egress, Limits, NetworkPolicy, SandboxCommand, SandboxError,
    SandboxId, SandboxSpec, WorkspaceAccess,
};

/// Keeps a command in. Says how it is started; starting it is not its task.
pub(in crate::sandbox) trait Confinement: Send + Sync + 'static {
    /// The backend's name.
    fn name(&self) -> &'static str;

    /// What becomes of a protected path that is not there.
    fn absent(&self) -> AbsentPaths;

    /// Processes of the confinement's own beside those of one command.
    fn own_tasks(&self) -> u64;

    /// The command as it is to be started.
    fn gated(&self, room: &Room, command: &SandboxCommand) -> Result<Gated, SandboxError>;

    /// How its sandboxes get out where they may, or `None` if it cannot keep a
    /// command to a list of destinations.
    fn egress(&self) -> Option<&Egress> {
        None
    }

    /// The confinement's own complaint, if what came out is that and nothing of
    /// the command was run.
    fn own_failure(&self, output: &CommandOutput) -> Option<SandboxError>;
}

/// What becomes of a protected path that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum AbsentPaths {
    /// Its place is made, and what is empty is mounted there.
    Masked,
    /// A command can make it.
    Open,
}

/// One sandbox's folders and running commands.
// The order is that of the end: what runs dies before its folders go.
#[derive(Debug)]
pub(in crate::sandbox) struct Room {
    pub(in crate::sandbox) group: ControlGroup,
    pub(in crate::sandbox) id: SandboxId,
    pub(in crate::sandbox) spec: SandboxSpec,
    pub(in crate::sandbox) place: Place,
    masks: Mutex<Masks>,
    /// The way out, where there is one. Before the folder, which holds its files.
    pub(in crate::sandbox) gateway: Option<Gateway>,
    pub(in crate::sandbox) folder: StateFolder,
    pub(super) disk: Arc<DiskWatch>,
    pub(super) freezer: Freezer,
    /// Cancelled when the sandbox is destroyed.
    pub(super) destroyed: CancellationToken,
    /// One task per running command.
    pub(super) commands: TaskTracker,
}

impl Room {
    /// Makes the folders and the group. Looks at the whole workspace, so it must
    /// not be called where others wait.
    pub(super) fn of(
        spec: SandboxSpec,
        confinement: &dyn Confinement,
    ) -> Result<Self, SandboxError> {
        let place = Place::of(&spec)?;
        let id = SandboxId::next();
        let folder = StateFolder::make(&id)?;
        let gateway = match &spec.network {
            NetworkPolicy::Denied => None,
            NetworkPolicy::Allow(list) => Some(open_gateway(list, &folder, confinement)?),
        };
        let masked = confinement.absent() == AbsentPaths::Masked
            && spec.workspace_access == WorkspaceAccess::Write;
        let masks = if masked {
            Masks::make(&place, &spec, folder.root())?
        } else {
            Masks::default()
        };
        let own =
            [place.workspace.as_path(), folder.home(), folder.scratch()].map(Path::to_path_buf);
        let watched = own.into_iter().chain(place.writable.iter().cloned());
        Ok(Self {
            group: ControlGroup::create(
                &id.to_string(),
                &group_limits(&spec.limits, confinement.own_tasks()),
            ),
            disk: Arc::new(DiskWatch::begin(watched.collect(), &spec.limits)),
            freezer: Freezer::default(),
            id,
            spec,
            place,
            masks: Mutex::new(masks),
            gateway,
            folder,
            destroyed: CancellationToken::new(),
            commands: TaskTracker::new(),
        })
    }

    /// Ends what runs, also where it is paused, and what is connected.
    pub(super) fn end(&self) {
        self.destroyed.cancel();
        if let Some(gateway) = &self.gateway {
            gateway.close();
        }
        self.group.kill_all();
        // Stopped by a signal they would never be told to end.
        let _ = self.freezer.resume(&self.group);
    }

    /// Removes everything but the workspace. May be called again.
    pub(super) fn remove(&self) -> Result<(), SandboxError> {
        let mut masks = self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        drop(std::mem::take(&mut *masks));
        self.folder.remove()
    }

    pub(super) fn check_alive(&self) -> Result<(), SandboxError> {
        if self.destroyed.is_cancelled() {
            return Err(SandboxError::Destroyed);
        }
        Ok(())
    }
}

/// What a sandbox's group can do on this machine, found by making one.
pub(in crate::sandbox) fn held_here() -> Holds {
    let limits = group_limits(&Limits::default(), 0);
    ControlGroup::create(&SandboxId::next().to_string(), &limits).holds()
}

fn group_limits(limits: &Limits, own_tasks: u64) -> GroupLimits {
    GroupLimits {
        tasks_max: limits.processes.saturating_add(own_tasks),
        memory_bytes: limits.memory_bytes,
        cpus: limits.cpus,
    }
}

fn open_gateway(
    list: &AllowList,
    folder: &StateFolder,
    confinement: &dyn Confinement,
) -> Result<Gateway, SandboxError> {
    let backend = confinement.name();
    let unsupported = |what| SandboxError::Unsupported { what, backend };
    let egress = confinement
        .egress()
        .ok_or(unsupported("a network with a list of destinations"))?;
    let python = Path::new("/usr/bin/python3");
    let python = python.exists().then_some(python);
    let path = folder.gateway();
    Gateway::open(path, list.clone(), egress, python).map_err(|error| match error {
        GatewayError::NoBridge => unsupported(
            "a network with a list of destinations needs a bridge: call \
             `agentflow_tools::launcher()` first in `main`, give a program with \
             `Egress::bridge`, or install python3",
        ),
        GatewayError::Folder(source) => SandboxError::State {
            what: "made",
            path: path.to_path_buf(),
            source,
        },
    })
}
