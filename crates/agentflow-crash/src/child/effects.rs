//! What the child does to the world: a line in a file, a call to a service.
//!
//! The line is guarded by `once` alone, so a kill between it and its record repeats it;
//! the call carries an idempotency key, so nothing does. A row in the store's own
//! database, in a transaction shared with its record, belongs here as soon as a store
//! offers one: nothing may repeat that either.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::{Namespace, NodeContext, NodeResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::orders::Orders;
use crate::journal::{Journal, Life, What};
use crate::points::{self, Points};

/// Everything around the child that its nodes and its store act on.
#[derive(Debug)]
pub(super) struct World {
    journal: Journal,
    points: Points,
    life: Life,
    lines: File,
    service: SocketAddr,
}

impl World {
    pub(super) fn open(orders: &Orders) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let lines = options.create(true).append(true).open(&orders.lines)?;
        Ok(Self {
            journal: Journal::append_to(&orders.journal, orders.life)?,
            points: Points::new(orders.strike.clone(), orders.tells_points),
            life: orders.life,
            lines,
            service: orders.service,
        })
    }

    pub(super) fn note(&self, what: What) {
        points::note(&self.journal, what);
    }

    pub(super) fn pass(&self, place: &str, side: &str) {
        self.points.pass(&self.journal, place, side);
    }

    /// Tells that a node runs from its first line.
    pub(super) fn begin(&self, cx: &NodeContext) {
        self.note(What::TaskBegins {
            task: in_namespace(cx.namespace(), cx.task()),
        });
    }

    /// Appends a line, by one write, under `once` alone.
    pub(super) async fn write_line(&self, cx: &NodeContext) -> NodeResult<()> {
        self.once(cx, "line", |effect| async move {
            let line = format!("{} {effect}\n", self.life);
            (&self.lines).write_all(line.as_bytes())
        })
        .await
    }

    /// Calls the service, under `once` and with a key; returns its receipt.
    pub(super) async fn call_service(&self, cx: &NodeContext) -> NodeResult<String> {
        let key = cx.idempotency_key("service");
        self.once(cx, "service", |effect| async move {
            request(self.service, &effect, &key).await
        })
        .await
    }

    /// Runs an effect under `once`, with points around it and its record, and tells the
    /// journal when the window between them opens and closes.
    async fn once<Fut, T>(
        &self,
        cx: &NodeContext,
        kind: &str,
        act: impl FnOnce(String) -> Fut,
    ) -> NodeResult<T>
    where
        Fut: Future<Output = io::Result<T>>,
        T: serde::Serialize + serde::de::DeserializeOwned,
    {
        let effect = format!("{}/{kind}", cx.task());
        let ran = AtomicBool::new(false);
        let acting = || async {
            ran.store(true, Ordering::Relaxed);
            let effect = effect.clone();
            self.note(What::EffectBegins {
                effect: effect.clone(),
            });
            self.pass(kind, "begins");
            let done = act(effect).await;
            self.pass(kind, "happened");
            done
        };
        let recorded = cx.once(kind, acting).await;
        if ran.load(Ordering::Relaxed) {
            self.note(match &recorded {
                Ok(_) => What::EffectRecorded { effect },
                Err(_) => What::EffectUnrecorded { effect },
            });
            self.pass(kind, "recorded");
        }
        recorded
    }
}

/// A task's name among those of all graphs of its thread.
pub(super) fn in_namespace(namespace: &Namespace, task: impl std::fmt::Display) -> String {
    format!("{namespace} {task}")
}

/// One request; the answer's body. The service reads the effect's name from the path.
async fn request(service: SocketAddr, effect: &str, key: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(service).await?;
    let head = format!(
        "POST /{effect} HTTP/1.1\r\nHost: {service}\r\nIdempotency-Key: {key}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(io::Error::other(format!("the service answered {answer:?}"))),
    }
}
