//! However the program ends, no child process stays, and while it can still act no mount
//! and no scratch folder either.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use agentflow_crash::address::Backend;
use rustix::process::{Pid, Signal, kill_process};

/// Far beyond what anything here takes; a test that fails should end.
const LIMIT: Duration = Duration::from_secs(30);

/// How often a test is begun again whose moment had passed.
const TRIES: usize = 20;

/// Looks until it sees something.
fn look<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

/// The words of a campaign that has children for a while, all of its first trials being
/// about named points.
const KILLS: &[&str] = &["--kills", "300", "--seed", "1"];
/// Those of the one trial in which the disk fills up: one point, then the ninth in turn.
const FULL_DISK: &[&str] = &["--kills", "1", "--seed", "1", "--trial", "9"];

/// Those of the one trial in which a Redis is restarted: one point, then the fifth in turn.
const RESTARTS: &[&str] = &[
    "--backend",
    "redis",
    "--kills",
    "1",
    "--seed",
    "1",
    "--trial",
    "5",
];

fn start(words: &[&str], scratch: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_agentflow-crash"))
        .args(words)
        .env("TMPDIR", scratch)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn children_of(id: u32) -> Option<Vec<u32>> {
    let listed = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    let children: Vec<u32> = listed.split(' ').filter_map(|id| id.parse().ok()).collect();
    (!children.is_empty()).then_some(children)
}

/// Stops the first child of a program in the middle of its life; `None` if that was over
/// too soon.
fn stop_first_child(program: &Child, scratch: &Path) -> Option<u32> {
    look("the first child's journal", || {
        journal(scratch).contains("began").then_some(())
    });
    let child = *children_of(program.id())?.first()?;
    let id = Pid::from_raw(child.cast_signed())?;
    kill_process(id, Signal::STOP).ok()?;
    // Still the first, which has begun: a later one may not have come that far.
    let is_first = !journal(scratch).contains("done");
    if !is_first {
        let _ended = kill_process(id, Signal::CONT);
    }
    is_first.then_some(child)
}

/// The journal of the trial whose folder is there.
fn journal(scratch: &Path) -> String {
    let folder = fs::read_dir(scratch).unwrap().flatten().next();
    let journal = folder.map(|folder| fs::read_to_string(folder.path().join("journal")));
    journal.and_then(Result::ok).unwrap_or_default()
}

/// Whether a process is gone, or dead and only not waited for.
fn is_gone(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
    matches!(state, None | Some(Some('Z' | 'X')))
}

fn has_mount(scratch: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    mounts.contains(scratch.to_str().unwrap())
}

fn send(program: &Child, signal: Signal) {
    let id = Pid::from_raw(program.id().cast_signed()).unwrap();
    kill_process(id, signal).unwrap();
}

#[test]
fn interrupted_or_terminated_it_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM] {
        let scratch = tempfile::tempdir().unwrap();
        let mut program = start(KILLS, scratch.path());
        let children = look("a child", || children_of(program.id()));
        send(&program, signal);
        assert_eq!(program.wait().unwrap().code(), Some(130), "{signal:?}");
        look("the end of all children", || {
            children.iter().all(|child| is_gone(*child)).then_some(())
        });
        let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().collect();
        assert!(left.is_empty(), "{signal:?}: {left:?}");
    }
}

#[test]
fn killed_itself_it_takes_its_children_along() {
    // A child that is stopped would stay for ever, were it not taken along.
    for _ in 0..TRIES {
        let scratch = tempfile::tempdir().unwrap();
        let mut program = start(KILLS, scratch.path());
        let stopped = stop_first_child(&program, scratch.path());
        program.kill().unwrap();
        program.wait().unwrap();
        if let Some(child) = stopped {
            look("the end of the child", || is_gone(child).then_some(()));
            return;
        }
    }
    panic!("no child was there long enough to be stopped");
}

#[test]
fn killed_itself_it_takes_its_server_along() {
    if Backend::Redis
        .variable()
        .and_then(agentflow_testkit::server)
        .is_none()
    {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut program = start(RESTARTS, scratch.path());
    let is_server = |id: &u32| {
        let name = fs::read_to_string(format!("/proc/{id}/comm"));
        name.is_ok_and(|name| name.trim() == "redis-server")
    };
    let server = look("its server", || {
        children_of(program.id())?.into_iter().find(is_server)
    });
    program.kill().unwrap();
    program.wait().unwrap();
    look("the end of the server", || is_gone(server).then_some(()));
}

#[test]
fn interrupted_while_a_disk_is_mounted_it_unmounts_it() {
    let scratch = tempfile::tempdir().unwrap();
    let mut program = start(FULL_DISK, scratch.path());
    let is_mounted = look("the mount, or the end of the program", || {
        match has_mount(scratch.path()) {
            true => Some(true),
            false => program.try_wait().unwrap().map(|_| false),
        }
    });
    if !is_mounted {
        println!("skipped: a full disk takes the right to mount");
        return;
    }
    send(&program, Signal::INT);
    assert_eq!(program.wait().unwrap().code(), Some(130));
    assert!(!has_mount(scratch.path()));
    let left: Vec<_> = fs::read_dir(scratch.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
