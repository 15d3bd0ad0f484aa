//! What the child does to the world: a line in a file, a call to a service, a row in the
//! store's own database.
//!
//! The line is guarded by `once` alone, so a kill between it and its record repeats it;
//! the call carries an idempotency key, and the row shares a transaction with its record,
//! so nothing repeats either.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::{Namespace, NodeContext, NodeResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::orders::Orders;
use super::witness::Witness;
use crate::journal::{Guard, What};
use crate::store::{Store, add_to_postgres, add_to_sqlite};

/// Everything around the child that its nodes act on.
#[derive(Debug)]
pub(super) struct World {
    witness: Arc<Witness>,
    lines: File,
    service: SocketAddr,
    store: Store,
}

impl World {
    pub(super) fn open(orders: &Orders, witness: Arc<Witness>, store: Store) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let lines = options.create(true).append(true).open(&orders.lines)?;
        Ok(Self {
            witness,
            lines,
            service: orders.service,
            store,
        })
    }

    /// Tells that a node runs from its first line.
    pub(super) fn begin(&self, cx: &NodeContext) {
        self.witness.note(What::TaskBegins {
            task: in_namespace(cx.namespace(), cx.task()),
        });
    }

    /// Appends a line, by one write, under `once` alone.
    pub(super) async fn write_line(&self, cx: &NodeContext) -> NodeResult<()> {
        let deed = self.deed(cx, "line", Guard::Once);
        let line = format!("{} {}\n", self.witness.life(), deed.effect);
        let write = async { (&self.lines).write_all(line.as_bytes()) };
        let recorded = cx.once(deed.kind, || deed.does(write)).await;
        deed.ends(recorded)
    }

    /// Calls the service, under `once` and with a key; returns its receipt.
    pub(super) async fn call_service(&self, cx: &NodeContext) -> NodeResult<String> {
        let deed = self.deed(cx, "service", Guard::Key);
        let key = cx.idempotency_key(deed.kind);
        let call = request(self.service, &deed.effect, &key);
        let recorded = cx.once(deed.kind, || deed.does(call)).await;
        deed.ends(recorded)
    }

    /// Adds a row to the store's own database, in one transaction with its record. Does
    /// nothing where the store has no such transaction.
    pub(super) async fn add_row(&self, cx: &NodeContext) -> NodeResult<()> {
        let deed = self.deed(cx, "row", Guard::Transaction);
        let life = self.witness.life();
        let recorded = match &self.store {
            Store::Sqlite(store) => {
                let its = deed.clone();
                let add = move |tx: &_| {
                    its.begins();
                    let added = add_to_sqlite(tx, life, &its.effect);
                    its.happened();
                    added
                };
                store.once_in_tx(cx, deed.kind, add).await
            }
            Store::Postgres(store, schema) => {
                let add = async |tx: &mut _| {
                    let add = add_to_postgres(tx, schema, life, &deed.effect);
                    deed.does(add).await
                };
                store.once_in_tx(cx, deed.kind, add).await
            }
            Store::Redis(_) => return Ok(()),
        };
        deed.ends(recorded)
    }

    fn deed(&self, cx: &NodeContext, kind: &'static str, guard: Guard) -> Deed {
        Deed {
            witness: Arc::clone(&self.witness),
            effect: format!("{}/{kind}", cx.task()),
            kind,
            guard,
            ran: Arc::default(),
        }
    }
}

/// One effect with points around it and its record, which tells the journal when the
/// window between them opens and closes.
#[derive(Clone)]
struct Deed {
    witness: Arc<Witness>,
    effect: String,
    kind: &'static str,
    guard: Guard,
    ran: Arc<AtomicBool>,
}

impl Deed {
    async fn does<T, E>(&self, act: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.begins();
        let done = act.await;
        self.happened();
        done
    }

    /// There was no record of it: it is done now.
    fn begins(&self) {
        self.ran.store(true, Ordering::Relaxed);
        self.witness.note(What::EffectBegins {
            effect: self.effect.clone(),
            guard: self.guard,
        });
        self.witness.pass(self.kind, "begins");
    }

    fn happened(&self) {
        self.witness.pass(self.kind, "happened");
    }

    /// What its guard made of it.
    fn ends<T>(self, recorded: NodeResult<T>) -> NodeResult<T> {
        if self.ran.load(Ordering::Relaxed) {
            let effect = self.effect;
            self.witness.note(match &recorded {
                Ok(_) => What::EffectRecorded { effect },
                Err(_) => What::EffectUnrecorded { effect },
            });
            self.witness.pass(self.kind, "recorded");
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
