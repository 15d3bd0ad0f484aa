//! Waits that outlive the process: for a moment, and for something to happen.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NodeContext;
use crate::checkpoint::{CodecError, Event, EventId, RecordKind};
use crate::clock::Timestamp;
use crate::error::{NodeError, NodeResult, RunError};
use crate::interrupt::{Interrupt, WaitsFor};
use crate::runtime::recover::RESERVED;
use crate::runtime::scope::GivenTo;

/// How the places begin where nodes wait for events.
const EVENT: &str = "#event";

/// An event that a waiting node was given, as it is recorded.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Given {
    pub(in crate::runtime) id: EventId,
    pub(in crate::runtime) payload: Value,
}

impl NodeContext {
    /// Waits by the run's clock, in memory. A run that stops meanwhile waits anew when it
    /// goes on. For a wait that is worth keeping see [`NodeContext::sleep_for`].
    pub async fn sleep(&self, wait: Duration) {
        self.inner.scope.run.clock.sleep(wait).await;
    }

    /// Pauses the thread until `moment`. The process may end meanwhile: whoever runs the
    /// graph's [`crate::CompiledGraph::wake_due`] then, goes on with it. Without a
    /// checkpointer it waits in memory.
    ///
    /// As with a question, the node runs again from its first line.
    ///
    /// # Errors
    /// While it is too early: hand it on by `?`.
    pub async fn sleep_until(&self, moment: Timestamp) -> NodeResult<()> {
        let run = &self.inner.scope.run;
        let now = run.clock.now();
        if now >= moment {
            return Ok(());
        }
        if self.inner.scope.store.is_none() {
            run.clock.sleep(moment.since(now)).await;
            return Ok(());
        }
        let place = self.next_place(|rare| &mut rare.slept);
        let interrupt = self.place(&format!("#sleep{place}"), |place| {
            Interrupt::new(place, Value::Null, WaitsFor::Time(moment))
        });
        Err(self.wait_for(interrupt))
    }

    /// Pauses the thread for so long from the first time this is reached. When the node
    /// runs again it does not begin anew.
    ///
    /// # Errors
    /// As [`NodeContext::sleep_until`], and if the store fails.
    pub async fn sleep_for(&self, wait: Duration) -> NodeResult<()> {
        let place = self.next_place(|rare| &mut rare.slept);
        let clock = &self.inner.scope.run.clock;
        let name = format!("#sleep{place}");
        let until = self.once(&name, || async { NodeResult::Ok(clock.now().after(wait)) });
        let until = until.await?;
        self.sleep_until(until).await
    }

    /// Waits for an event of this name, which somebody delivers by
    /// [`crate::Thread::deliver`], and takes it: no other wait gets it. One that was
    /// delivered before anyone waited is there at once.
    ///
    /// # Errors
    /// While there is none: hand it on by `?`. Without a checkpointer, if the store
    /// fails, and if the event does not decode into `E`.
    pub async fn wait_event<E: DeserializeOwned>(&self, name: &str) -> NodeResult<E> {
        let place = self.next_place(|rare| &mut rare.waited);
        let key = format!("{EVENT}{place}");
        let payload = match self.given(&key).await? {
            Some(given) => given.payload,
            None => self.take_event(&key, name).await?,
        };
        serde_json::from_value(payload).map_err(|source| {
            NodeError::fatal(CodecError::decoding(format!("the event `{name}`"), source))
        })
    }

    /// What this task was given here before, by an attempt of this run or an earlier run.
    async fn given(&self, key: &str) -> NodeResult<Option<Given>> {
        let scope = &self.inner.scope;
        let (part, name) = (self.part(), format!("{key}!given"));
        let recorded = scope.run.memo.get(&scope.namespace, &part, &name);
        let given = recorded.and_then(|recorded| serde_json::from_slice(&recorded.result).ok());
        let given: Option<Given> = given;
        if let Some(given) = &given {
            // The store may have failed when the attempt before this one was given it.
            if let Some(outermost) = self.outermost() {
                let scope = &outermost.inner.scope;
                scope.wait_stored(outermost.inner.of.base).await;
                outermost.store_once(&self.wait(key), RESERVED).await?;
            }
            self.store_once(&part, &name).await?;
            self.with_beside(|beside| beside.taken.push(given.id));
        }
        Ok(given)
    }

    async fn take_event(&self, key: &str, name: &str) -> NodeResult<Value> {
        let scope = &self.inner.scope;
        let Some(store) = &scope.store else {
            return Err(NodeError::fatal(RunError::NoCheckpointer {
                what: "wait for an event",
            }));
        };
        scope.wait_stored(self.inner.of.base).await;
        let events = store.checkpointer.events(&scope.run.thread).await;
        let events = events.map_err(NodeError::failed)?;
        let newest = events.last().map_or(EventId(0), |event| event.id);
        if !self.claim(key, name, &events)? {
            scope.has_seen(newest);
            let interrupt = self.place(key, |place| {
                Interrupt::new(place, name.into(), WaitsFor::Event(name.to_owned()))
            });
            return Err(self.wait_for(interrupt));
        }
        match self.given(key).await? {
            Some(given) => Ok(given.payload),
            None => unreachable!("an event that was claimed is in the memo until its task ends"),
        }
    }

    /// Gives the first free event of this name to this task; returns whether there is one.
    /// In the memo before it is in the store: if the store fails, or this attempt is
    /// dropped, it waits for the next attempt, and no other task gets it.
    fn claim(&self, key: &str, name: &str, events: &[Event]) -> NodeResult<bool> {
        let scope = &self.inner.scope;
        let mut given = scope.given();
        let wait = self.wait(key);
        let reserved = GivenTo::Reserved(wait.clone());
        let mut named = events.iter().filter(|event| event.name == name);
        let own = named
            .clone()
            .find(|event| given.get(&event.id) == Some(&reserved));
        let Some(event) = own.or_else(|| named.find(|event| !given.contains_key(&event.id))) else {
            return Ok(false);
        };
        let payload = serde_json::from_slice(&event.payload).map_err(|source| {
            NodeError::fatal(CodecError::decoding(format!("the event `{name}`"), source))
        })?;
        let id = event.id;
        let encoded = serde_json::to_vec(&Given { id, payload })
            .map_err(|source| NodeError::fatal(CodecError::encoding("an event", source)))?;
        given.insert(id, GivenTo::Known);
        let memo = &scope.run.memo;
        if let Some(outermost) = self.outermost() {
            let root = &outermost.inner.scope.namespace;
            let at = (outermost.inner.of.base, self.root_step());
            let record = (RecordKind::Event, RESERVED);
            memo.put(root, &wait, at, record, encoded.clone());
        }
        let at = (self.inner.of.base, self.root_step());
        let record = (RecordKind::Event, &*format!("{key}!given"));
        memo.put(&scope.namespace, &self.part(), at, record, encoded);
        Ok(true)
    }

    /// What a wait of this task is called among those of all graphs of the thread.
    fn wait(&self, key: &str) -> String {
        let namespace = &self.inner.scope.namespace;
        format!("{namespace} {} {key}", self.part())
    }

    /// The task of the outermost graph that this one runs for, for a task of a graph
    /// inside. In a later run that graph's tasks may look for an event before this one is
    /// loaded, so it is told first which one is given.
    fn outermost(&self) -> Option<&Self> {
        let mut outermost = self.inner.scope.around.as_ref()?;
        while let Some(around) = &outermost.inner.scope.around {
            outermost = around;
        }
        Some(outermost)
    }

    /// Counts what the node of this task took as taken by its error handler too: the node
    /// does not run again.
    pub(in crate::runtime) fn take_over_events(&self) {
        let scope = &self.inner.scope;
        let node = self.task().to_string();
        for (name, recorded) in scope.run.memo.of_part(&scope.namespace, &node) {
            if name.starts_with(EVENT)
                && let Ok(given) = serde_json::from_slice::<Given>(&recorded.result)
            {
                self.with_beside(|beside| beside.taken.push(given.id));
            }
        }
    }
}
