//! What the engine is told of a command's container. Only says; nothing is done here.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountTmpfsOptions,
    MountType, ResourcesUlimits,
};
use rustix::process::{Resource, getrlimit};

use super::engine::{EngineFacts, EngineKind};
use super::entry::{ENTRY, OWN_PROCESSES};
use super::image::Image;
use super::owner;
use super::user::User;
use crate::sandbox::local::{DiskWatch, Masks, StateFolder};
use crate::sandbox::place::Place;
use crate::sandbox::{
    Limits, SandboxCommand, SandboxError, SandboxId, SandboxSpec, WorkspaceAccess,
};

const WORKSPACE: &str = "/workspace";
const HOME: &str = "/home/agent";
const SCRATCH: &str = "/tmp";
const SHARED_MEMORY_BYTES: i64 = 64 * 1024 * 1024;
/// How many processes a user may have on the whole machine, where that has to be said.
/// Nobody meets it: a sandbox has a limit of its own. Machines that count processes up to
/// 32,768, as most do, allow no more to a user than that.
const PROCESSES_OF_USER_MAX: u64 = 16_384;
/// Tasks of the machine that a kernel of the container's own takes beside those of the
/// command. gVisor's takes some dozen.
const KERNEL_TASKS: u64 = 256;
const NANOS: f64 = 1e9;

/// Where programs are looked for in an image that does not say.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All of a sandbox that its containers are made of.
pub(super) struct Plan {
    pub(super) id: SandboxId,
    pub(super) spec: SandboxSpec,
    pub(super) place: Place,
    // Before the folder, in which it is recorded, so that it goes first.
    masks: Mutex<Masks>,
    pub(super) folder: StateFolder,
    pub(super) disk: Arc<DiskWatch>,
    pub(super) image: Image,
    pub(super) user: User,
    pub(super) runtime: Option<String>,
}

impl Plan {
    /// Makes the folders. Looks at the whole workspace, so it must not be called where others
    /// wait.
    pub(super) fn make(
        spec: SandboxSpec,
        image: Image,
        runtime: Option<String>,
        facts: &EngineFacts,
    ) -> Result<Self, SandboxError> {
        let place = Place::of(&spec)?;
        let user = User::of(&place.workspace, facts)?;
        let id = SandboxId::next();
        let folder = StateFolder::make(&id)?;
        folder.give_to(user.outside)?;
        let masks = if spec.workspace_access == WorkspaceAccess::Write {
            Masks::make(&place, &spec, folder.root())?
        } else {
            Masks::default()
        };
        let own =
            [place.workspace.as_path(), folder.home(), folder.scratch()].map(Path::to_path_buf);
        let watched = own.into_iter().chain(place.writable.iter().cloned());
        Ok(Self {
            disk: Arc::new(DiskWatch::begin(watched.collect(), &spec.limits)),
            id,
            spec,
            place,
            masks: Mutex::new(masks),
            folder,
            image,
            user,
            runtime,
        })
    }

    /// Removes everything but the workspace. May be called again.
    pub(super) fn remove(&self) -> Result<(), SandboxError> {
        let mut masks = self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        drop(std::mem::take(&mut *masks));
        self.folder.remove()
    }

    /// The container of one command that starts in a folder below the workspace.
    pub(super) fn container(
        &self,
        command: &SandboxCommand,
        start: &Path,
        protected: &[PathBuf],
        facts: &EngineFacts,
    ) -> ContainerCreateBody {
        let mut arguments = vec![command.program.clone()];
        arguments.extend(command.args.iter().cloned());
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        ContainerCreateBody {
            image: Some(self.image.id.clone()),
            entrypoint: Some(texts(&["/bin/sh", "-c", ENTRY, "sandbox"])),
            cmd: Some(arguments),
            env: Some(self.environment(command)),
            working_dir: Some(inside(start)),
            user: Some(self.user.inside.clone()),
            hostname: Some("sandbox".to_owned()),
            labels: Some(owner::labels(&self.id)),
            // An image's own check would be one more process, and never asked for.
            healthcheck: self.image.checks_health.then(|| HealthConfig {
                test: Some(texts(&["NONE"])),
                ..HealthConfig::default()
            }),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            open_stdin: Some(true),
            stdin_once: Some(true),
            tty: Some(false),
            // The first process ends for nobody but the kernel.
            stop_timeout: Some(0),
            host_config: Some(self.host_config(protected, facts)),
            ..ContainerCreateBody::default()
        }
    }

    /// Whether processes are counted on a kernel of the container's own.
    fn has_own_kernel(&self) -> bool {
        let runtime = self.runtime.as_deref();
        runtime.is_some_and(has_own_kernel)
    }

    fn environment(&self, command: &SandboxCommand) -> Vec<String> {
        let path = self.image.path.as_deref().unwrap_or(USUAL_PATH);
        let own = [
            ("PATH", path),
            ("HOME", HOME),
            ("TMPDIR", SCRATCH),
            ("LANG", "C.UTF-8"),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut set: HashMap<String, String> = own.into();
        set.extend(self.spec.env.clone());
        set.extend(command.env.clone());
        let mut set: Vec<String> = set
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        set.sort();
        set
    }

    fn host_config(&self, protected: &[PathBuf], facts: &EngineFacts) -> HostConfig {
        let limits = &self.spec.limits;
        let memory = number(limits.memory_bytes);
        let beside = if self.has_own_kernel() {
            KERNEL_TASKS
        } else {
            OWN_PROCESSES
        };
        let processes = number(limits.processes.saturating_add(beside));
        // An engine refuses more processors than there are.
        let cpus = limits.cpus.clamp(0.01, facts.processors);
        HostConfig {
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            privileged: Some(false),
            ipc_mode: Some("private".to_owned()),
            userns_mode: self.user.mapping.map(str::to_owned),
            runtime: self.runtime.clone(),
            memory: facts.counts_memory.then_some(memory),
            memory_swap: facts.counts_swap.then_some(memory),
            pids_limit: facts.counts_processes.then_some(processes),
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the processors")]
            nano_cpus: facts.shares_processors.then_some((cpus * NANOS) as i64),
            ulimits: Some(ulimits(limits, facts)),
            shm_size: Some(SHARED_MEMORY_BYTES),
            mounts: Some(self.mounts(protected)),
            // What it writes is read as it comes, and kept nowhere else.
            log_config: Some(HostConfigLogConfig {
                typ: Some("none".to_owned()),
                config: None,
            }),
            ..HostConfig::default()
        }
    }

    fn mounts(&self, protected: &[PathBuf]) -> Vec<Mount> {
        let access = self.spec.workspace_access == WorkspaceAccess::Read;
        let mut mounts = vec![
            bind(self.folder.home(), HOME, false),
            bind(self.folder.scratch(), SCRATCH, false),
        ];
        for folder in &self.place.writable {
            mounts.push(bind(folder, &folder.to_string_lossy(), false));
        }
        mounts.push(bind(&self.place.workspace, WORKSPACE, access));
        for (path, read_only) in shields(protected) {
            let source = self.place.workspace.join(path);
            mounts.push(bind(&source, &inside(path), read_only || access));
        }
        let taken: Vec<&str> = mounts
            .iter()
            .filter_map(|it| it.target.as_deref())
            .collect();
        let volumes = self.image.volumes.iter();
        let volumes = volumes.filter(|volume| !taken.contains(&volume.as_str()));
        let volumes: Vec<Mount> = volumes
            .map(|volume| self.in_memory(volume.clone()))
            .collect();
        mounts.extend(volumes);
        mounts
    }

    /// In place of a volume, which would be room on the engine's disk that nobody counts.
    fn in_memory(&self, target: String) -> Mount {
        Mount {
            typ: Some(MountType::TMPFS),
            target: Some(target),
            tmpfs_options: Some(MountTmpfsOptions {
                size_bytes: Some(number(self.spec.limits.scratch_bytes)),
                mode: Some(0o1777),
                options: None,
            }),
            ..Mount::default()
        }
    }
}

/// What is mounted for protected paths, outer ones first, and whether read-only. The folders
/// on the way are mounted on themselves: what is mounted on cannot be moved, and the protected
/// path would move with them.
fn shields(protected: &[PathBuf]) -> BTreeMap<&Path, bool> {
    let mut shields = BTreeMap::new();
    for path in protected {
        let path = path.as_path();
        shields.insert(path, true);
        for folder in path.ancestors().skip(1) {
            if !folder.as_os_str().is_empty() {
                shields.entry(folder).or_insert(false);
            }
        }
    }
    shields
}

/// Whether a runtime brings a kernel. All do but those that only ask the machine's.
pub(super) fn has_own_kernel(runtime: &str) -> bool {
    !matches!(runtime, "runc" | "crun" | "youki")
}

fn inside(below_workspace: &Path) -> String {
    let path: PathBuf = Path::new(WORKSPACE)
        .components()
        .chain(below_workspace.components())
        .collect();
    path.to_string_lossy().into_owned()
}

fn bind(source: &Path, target: &str, read_only: bool) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(source.to_string_lossy().into_owned()),
        target: Some(target.to_owned()),
        read_only: Some(read_only),
        ..Mount::default()
    }
}

fn ulimits(limits: &Limits, facts: &EngineFacts) -> Vec<ResourcesUlimits> {
    let cpu_seconds = limits.cpu_time.as_secs().max(1);
    let per_process = (!facts.counts_memory).then_some(("data", limits.memory_bytes, 0));
    // An engine as unprivileged as this program may be cannot raise what it was given.
    let ceiling = |resource| getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let always = [
        ("core", 0, 0),
        // One second between the signal that can be handled and the one that cannot.
        ("cpu", cpu_seconds, 1),
        ("fsize", limits.file_bytes, 0),
        (
            "nofile",
            limits.open_files.min(ceiling(Resource::Nofile)),
            0,
        ),
    ];
    // Podman would raise it to a million, and may not.
    let users = PROCESSES_OF_USER_MAX.min(ceiling(Resource::Nproc));
    let users = (facts.kind == EngineKind::Podman).then_some(("nproc", users, 0));
    let all = always.into_iter().chain(per_process).chain(users);
    all.map(|(name, value, grace)| ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(number(value)),
        hard: Some(number(value.saturating_add(grace))),
    })
    .collect()
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_on_the_way_to_a_protected_path_cannot_be_moved_and_can_be_written() {
        let protected = ["a/b/c", "a/b", "d"].map(PathBuf::from);
        let want = [("a", false), ("a/b", true), ("a/b/c", true), ("d", true)];
        let shields: Vec<_> = shields(&protected).into_iter().collect();
        assert_eq!(shields, want.map(|(path, ro)| (Path::new(path), ro)));
    }
}
