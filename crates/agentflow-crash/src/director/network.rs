//! Trials whose children lose their server: the connection is cut or slow, or the server
//! itself goes and comes back.

use std::io;
use std::time::Duration;

use super::disturbance::SHORT_LEASE;
use super::process::Process;
use super::server::{Server, Stop};
use super::trial::Trial;
use crate::journal::{Journal, What};
use crate::proxy::{Loss, Proxy};

/// How long the network or the server is away, at most.
const AWAY_MAX: Duration = Duration::from_millis(60);
/// How much longer than a lease the network holds back what goes through it.
const SLOWER_THAN_LEASE: u32 = 2;
/// Most that the other child gets to itself while the network is slow.
const SLOW_MAX: Duration = Duration::from_secs(2);

impl Trial<'_> {
    /// Cuts a child's connections, and kills it too if the coin says so.
    ///
    /// The thread has begun before: an input whose answer was lost may still arrive, and
    /// given a second time it would be a second input.
    pub(super) async fn cut_connections(&mut self, cuts: u64) -> io::Result<()> {
        self.begin().await?;
        self.open_proxy().await?;
        let mut child = self.start_beside()?;
        for _ in 0..cuts {
            let moment = self.moment() / 4;
            if let Ok(ended) = tokio::time::timeout(moment, child.end()).await {
                let ended = ended?;
                self.is_over(&child, ended);
                return Ok(());
            }
            self.cut_somehow().await;
        }
        if self.random.coin() {
            let moment = self.moment() / 4;
            let ended = child.end_or_kill_after(moment).await?;
            if self.is_over(&child, ended) {
                return Ok(());
            }
            child = self.start_beside()?;
        }
        self.wait_for(child).await
    }

    async fn cut_somehow(&mut self) {
        let away = self.random.moment(AWAY_MAX);
        let how = self.random.between(0, 5);
        let Some(proxy) = &self.proxy else { return };
        let loss = match how {
            0 => return proxy.cut(),
            1 => {
                proxy.take_down();
                tokio::time::sleep(away).await;
                return proxy.restore();
            }
            2 => Loss::Unsent,
            3 => Loss::Torn,
            4 => Loss::Unanswered,
            _ => Loss::Unheard,
        };
        proxy.lose_next(loss);
    }

    /// Holds back what one child says and hears until its lease has run out, while another
    /// one beside it goes on.
    pub(super) async fn hold_back(&mut self, amid: bool) -> io::Result<()> {
        self.begin().await?;
        self.open_proxy().await?;
        let mut slow = self.start_beside()?;
        let moment = self.moment();
        if let Ok(ended) = tokio::time::timeout(moment, slow.end()).await {
            let ended = ended?;
            self.is_over(&slow, ended);
            return Ok(());
        }
        if let Some(proxy) = &self.proxy {
            proxy.delay(SHORT_LEASE * SLOWER_THAN_LEASE);
        }
        Journal::append_to(&self.journal(), slow.life())?.note(What::HeldBack)?;
        let mut other = self.start_direct()?;
        let ended = if amid {
            let granted = self.wait_for_grant(other.life());
            let _held = tokio::time::timeout(SLOW_MAX, granted).await;
            None
        } else {
            tokio::time::timeout(SLOW_MAX, other.end()).await.ok()
        };
        if let Some(proxy) = &self.proxy {
            proxy.restore();
        }
        match ended {
            Some(ended) => {
                let ended = ended?;
                self.is_over(&other, ended);
            }
            None => self.wait_for(other).await?,
        }
        self.wait_for(slow).await
    }

    /// Stops the server and starts it again under its children.
    pub(super) async fn restart_server(&mut self, times: u64, two: bool) -> io::Result<()> {
        let server = self
            .setting
            .server
            .ok_or_else(|| io::Error::other("no server"))?;
        self.begin().await?;
        let mut children = vec![self.start_beside()?];
        if two {
            children.push(self.start_beside()?);
        }
        for _ in 0..times {
            tokio::time::sleep(self.moment() / 3).await;
            self.restart_once(server).await?;
        }
        if self.random.coin() {
            tokio::time::sleep(self.moment() / 3).await;
            if let Some(mut child) = children.pop() {
                let ended = child.kill().await?;
                if !self.is_over(&child, ended) {
                    children.push(self.start_beside()?);
                }
            }
        }
        for child in children {
            self.wait_for(child).await?;
        }
        Ok(())
    }

    async fn restart_once(&mut self, server: &Server) -> io::Result<()> {
        let stop = match self.random.coin() {
            true => Stop::Crash,
            false => Stop::Fast,
        };
        let away = self.random.moment(AWAY_MAX);
        server.restart(stop, away).await?;
        let crashed = stop == Stop::Crash;
        Journal::append_to(&self.journal(), 0)?.note(What::Restarted { crashed })
    }

    /// From here on children go by way of a proxy.
    async fn open_proxy(&mut self) -> io::Result<()> {
        let unnamed = || io::Error::other("the address names no host that a proxy could lead to");
        let host = self.address.host().ok_or_else(unnamed)?;
        let mut found = tokio::net::lookup_host(host).await?;
        let server = found.next().ok_or_else(unnamed)?;
        self.proxy = Some(Proxy::open(server).await?);
        Ok(())
    }

    async fn wait_for(&mut self, mut child: Process) -> io::Result<()> {
        let ended = child.end().await?;
        self.is_over(&child, ended);
        Ok(())
    }
}
