//! One trial: a thread from its beginning to its end, through everything that its
//! disturbance does to the children that run it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::disk::Disk;
use super::disturbance::Disturbance;
use super::plan::strike;
use super::process::{End, Process};
use super::server::Server;
use super::service::Service;
use crate::address::{Address, Backend};
use crate::child::Orders;
use crate::journal::{self, Life, What};
use crate::judge::Violation;
use crate::points::{Blow, Point};
use crate::proxy::Proxy;
use crate::random::Random;
use crate::store;

/// Between two looks into the journal.
const LOOK: Duration = Duration::from_millis(1);

/// How long a stopped child may keep the other one from the store. A SQLite file is locked
/// by whoever is stopped in the middle of a write, for as long as it stands: the other can
/// only wait, and neither may lose anything by it.
const HELD_MAX: Duration = Duration::from_secs(2);

/// What all trials of a campaign have in common.
pub(super) struct Setting<'a> {
    /// The program that lives a child's life.
    pub(super) program: &'a Path,
    pub(super) backend: Backend,
    /// How long an undisturbed trial takes; moments are drawn from it.
    pub(super) span: Duration,
    /// The server of trials in which it is restarted.
    pub(super) server: Option<&'a Server>,
}

/// One trial under way.
pub(super) struct Trial<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) disturbance: Disturbance,
    pub(super) random: Random,
    thread: String,
    lives: Life,
    pub(super) service: Service,
    pub(super) address: Address,
    /// Between children and their server, in a trial that has it.
    pub(super) proxy: Option<Proxy>,
    /// What children told of the thread's end.
    pub(super) states: Vec<String>,
    /// Children that ended as none may.
    pub(super) bad: Vec<Violation>,
    /// Unmounted before its folder goes.
    disk: Option<Disk>,
    folder: TempDir,
}

impl<'a> Trial<'a> {
    /// Makes everything ready. `None` if this machine does not allow the disturbance.
    pub(super) async fn prepare(
        setting: &'a Setting<'a>,
        (disturbance, random): (Disturbance, Random),
        thread: String,
    ) -> io::Result<Prepared<'a>> {
        let folder = TempDir::with_prefix("agentflow-crash-")?;
        let mut disk = None;
        if disturbance == Disturbance::FullDisk {
            match Disk::mount(folder.path().join("disk")) {
                Ok(mounted) => disk = Some(mounted),
                Err(refused) => return Ok(Prepared::Refused(refused)),
            }
        }
        let home = disk.as_ref().map_or(folder.path(), Disk::folder);
        let address = match (&disturbance, setting.server) {
            (Disturbance::Restarts { .. }, Some(server)) => {
                setting.backend.address_on(server.url(), home)
            }
            _ => setting.backend.address(home).map_err(io::Error::other)?,
        };
        if matches!(
            disturbance,
            Disturbance::Cuts { .. } | Disturbance::HeldBack { .. }
        ) && address.host().is_none()
        {
            let unnamed = io::Error::other("the server's address names no host, or encrypts");
            return Ok(Prepared::Refused(unnamed));
        }
        store::make_table(&address)
            .await
            .map_err(io::Error::other)?;
        Ok(Prepared::Trial(Box::new(Self {
            setting,
            disturbance,
            random,
            thread,
            lives: 0,
            service: Service::open().await?,
            address,
            proxy: None,
            states: Vec::new(),
            bad: Vec::new(),
            disk,
            folder,
        })))
    }

    pub(super) fn thread(&self) -> &str {
        &self.thread
    }

    /// How many children it has had.
    pub(super) fn lives(&self) -> Life {
        self.lives
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    pub(super) fn lines(&self) -> PathBuf {
        self.folder.path().join("lines")
    }

    /// Disturbs and starts again, until the thread is done.
    ///
    /// # Cancel safety
    /// Dropped, its children are killed.
    pub(super) async fn run(&mut self) -> io::Result<()> {
        match self.disturbance.clone() {
            Disturbance::None => self.finish().await,
            Disturbance::Kills { at, more } => self.kill_one_by_one(at, more).await,
            Disturbance::Two { kills } => self.kill_of_two(kills).await,
            Disturbance::Stop { at, amid } => self.stop_and_wake(at, amid).await,
            Disturbance::KillsIn { at, more, .. } => self.kill_one_by_one(at, more).await,
            Disturbance::Cuts { cuts } => self.cut_connections(cuts).await,
            Disturbance::HeldBack { amid } => self.hold_back(amid).await,
            Disturbance::Restarts { times, two } => self.restart_server(times, two).await,
            Disturbance::FullDisk => self.fill_the_disk().await,
            Disturbance::FileLimit { bytes_max } => self.limit_the_file(bytes_max).await,
        }
    }

    async fn finish(&mut self) -> io::Result<()> {
        let mut child = self.start(|_| {})?;
        let ended = child.end().await?;
        self.is_over(&child, ended);
        Ok(())
    }

    async fn kill_one_by_one(&mut self, at: Option<Point>, more: u64) -> io::Result<()> {
        if at.is_some() {
            let at = strike(at.as_ref(), Blow::Kill);
            let mut child = self.start(|orders| orders.strike = at)?;
            let ended = child.end().await?;
            if self.is_over(&child, ended) {
                return Ok(());
            }
        }
        for _ in 0..more {
            let moment = self.moment();
            let mut child = self.start(|_| {})?;
            let ended = child.end_or_kill_after(moment).await?;
            if self.is_over(&child, ended) {
                return Ok(());
            }
        }
        self.finish().await
    }

    async fn kill_of_two(&mut self, kills: u64) -> io::Result<()> {
        self.begin().await?;
        let mut both = [Some(self.start_beside()?), Some(self.start_beside()?)];
        for _ in 0..kills {
            tokio::time::sleep(self.moment() / 2).await;
            let one = &mut both[usize::from(self.random.coin())];
            if let Some(mut child) = one.take() {
                let ended = child.kill().await?;
                if !self.is_over(&child, ended) {
                    *one = Some(self.start_beside()?);
                }
            }
        }
        for mut child in both.into_iter().flatten() {
            let ended = child.end().await?;
            self.is_over(&child, ended);
        }
        Ok(())
    }

    async fn stop_and_wake(&mut self, at: Option<Point>, amid: bool) -> io::Result<()> {
        self.begin().await?;
        let blow = strike(at.as_ref(), Blow::Stop);
        let mut stopped = self.start(|orders| {
            orders.begins = false;
            orders.strike = blow;
        })?;
        if at.is_none() {
            tokio::time::sleep(self.moment()).await;
            stopped.stop()?;
        }
        if stopped.is_stopped().await? {
            let mut other = self.start_beside()?;
            let ended = if amid {
                let granted = self.wait_for_grant(other.life());
                let _held = tokio::time::timeout(HELD_MAX, granted).await;
                tokio::time::sleep(self.moment() / 4).await;
                None
            } else {
                tokio::time::timeout(HELD_MAX, other.end()).await.ok()
            };
            stopped.wake()?;
            let ended = match ended {
                Some(ended) => ended?,
                None => other.end().await?,
            };
            self.is_over(&other, ended);
        }
        let ended = stopped.end().await?;
        self.is_over(&stopped, ended);
        Ok(())
    }

    async fn fill_the_disk(&mut self) -> io::Result<()> {
        let is_over = self.without_room().await?;
        // Also for whoever looks at what is left.
        self.disk.as_ref().map_or(Ok(()), Disk::empty)?;
        if is_over {
            return Ok(());
        }
        self.finish().await
    }

    /// Whether the thread ended although the disk filled up.
    async fn without_room(&mut self) -> io::Result<bool> {
        // In the first half of its life, so that it still wants to write.
        let moment = self.moment() / 2;
        let mut child = self.start(|_| {})?;
        let ended = match tokio::time::timeout(moment, child.end()).await {
            Ok(ended) => ended?,
            Err(_) => {
                self.disk.as_ref().map_or(Ok(()), Disk::fill)?;
                match self.random.coin() {
                    true => child.end().await?,
                    false => child.end_or_kill_after(self.moment() / 4).await?,
                }
            }
        };
        if self.is_over(&child, ended) {
            return Ok(true);
        }
        // One more meets the full disk from its first moment on.
        let mut child = self.start(|_| {})?;
        let ended = child.end().await?;
        Ok(self.is_over(&child, ended))
    }

    async fn limit_the_file(&mut self, bytes_max: u64) -> io::Result<()> {
        let mut child = self.start(|orders| orders.store_bytes_max = Some(bytes_max))?;
        let ended = child.end().await?;
        if self.is_over(&child, ended) {
            return Ok(());
        }
        self.finish().await
    }

    /// Begins the thread and leaves it behind, by a child that dies of it: from then on
    /// none may take it for new.
    pub(super) async fn begin(&mut self) -> io::Result<()> {
        let committed = Point {
            name: "commit.after".to_owned(),
            nth: 1,
        };
        let mut child = self.start(|orders| orders.strike = Some((committed, Blow::Kill)))?;
        let ended = child.end().await?;
        self.is_over(&child, ended);
        Ok(())
    }

    pub(super) fn start_beside(&mut self) -> io::Result<Process> {
        self.start(|orders| orders.begins = false)
    }

    /// One that goes to the server itself, where others go by way of a proxy.
    pub(super) fn start_direct(&mut self) -> io::Result<Process> {
        let address = self.address.clone();
        self.start(|orders| {
            orders.begins = false;
            orders.address = address;
        })
    }

    fn start(&mut self, order: impl FnOnce(&mut Orders)) -> io::Result<Process> {
        self.lives += 1;
        let lease = self.disturbance.lease().as_millis();
        let proxy = self.proxy.as_ref();
        let address = proxy.map(|proxy| self.address.by_way_of(proxy.address()));
        let mut orders = Orders {
            address: address.unwrap_or_else(|| self.address.clone()),
            thread: self.thread.clone(),
            life: self.lives,
            begins: true,
            journal: self.journal(),
            lines: self.lines(),
            service: self.service.address(),
            lease_ms: u64::try_from(lease).unwrap_or(u64::MAX),
            mode: self.disturbance.mode(),
            store_bytes_max: None,
            strike: None,
            tells_points: self.disturbance == Disturbance::None,
        };
        order(&mut orders);
        Process::start(self.setting.program, &orders)
    }

    /// Takes down how a child ended; whether that is the end of the trial.
    pub(super) fn is_over(&mut self, child: &Process, ended: End) -> bool {
        match ended {
            End::Done(state) => self.states.push(state),
            End::NoRoom | End::Killed => return false,
            End::Badly(how) => self.bad.push(Violation::EndedBadly {
                life: child.life(),
                how,
            }),
        }
        true
    }

    pub(super) fn moment(&mut self) -> Duration {
        self.random.moment(self.setting.span)
    }

    /// Waits until a child has the lease, or finds that it needs none.
    pub(super) async fn wait_for_grant(&self, life: Life) -> io::Result<()> {
        loop {
            let entries = journal::read(&self.journal()).map_err(io::Error::other)?;
            let mut of_life = entries.iter().filter(|entry| entry.life == life);
            if of_life.any(|entry| matches!(entry.what, What::Granted { .. } | What::Done)) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// A trial that is ready, or that this machine does not allow.
pub(super) enum Prepared<'a> {
    Trial(Box<Trial<'a>>),
    Refused(io::Error),
}
