//! The threads of a memory checkpointer, and which of them go when it has limits.

use std::collections::{BTreeMap, HashMap};

use super::bytes::Writer;
use super::limits::{MemoryLimits, MemoryUsage};
use super::thread::{Floor, ThreadData};
use crate::checkpoint::CheckpointError;
use crate::clock::Timestamp;
use crate::id::ThreadId;

#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Boxed, since a map keeps room for more of them than it has.
    threads: HashMap<ThreadId, Box<ThreadData>>,
    /// Of all threads.
    bytes: usize,
    /// For what is being packed.
    scratch: Writer,
    /// Above what threads that went had given.
    floor: Floor,
    forgotten: u64,
    order: Option<Order>,
}

/// Which thread was used when.
#[derive(Debug)]
struct Order {
    limits: MemoryLimits,
    /// Grows with each use.
    newest: u64,
    uses: HashMap<ThreadId, Use>,
    by_use: BTreeMap<u64, ThreadId>,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    number: u64,
    at: Timestamp,
}

impl Kept {
    pub(super) fn with_limits(limits: MemoryLimits) -> Self {
        Self {
            order: Some(Order {
                limits,
                newest: 0,
                uses: HashMap::new(),
                by_use: BTreeMap::new(),
            }),
            ..Self::default()
        }
    }

    pub(super) fn usage(&self) -> MemoryUsage {
        MemoryUsage {
            threads: self.threads.len(),
            bytes: self.bytes,
            forgotten: self.forgotten,
        }
    }

    /// Those that are there now, in no order.
    pub(super) fn all(&mut self) -> impl Iterator<Item = (&ThreadId, &ThreadData)> {
        self.forget_idle();
        self.threads.iter().map(|(id, data)| (id, &**data))
    }

    pub(super) fn get(&mut self, thread: &ThreadId) -> Option<&ThreadData> {
        self.forget_idle();
        self.note_use(thread);
        self.threads.get(thread).map(|data| &**data)
    }

    /// A thread that is not there, as it would begin.
    pub(super) fn none(&self) -> ThreadData {
        ThreadData::above(self.floor)
    }

    /// Changes a thread, if it is there.
    pub(super) fn change<T>(
        &mut self,
        thread: &ThreadId,
        change: impl FnOnce(&mut ThreadData, &mut Writer) -> T,
    ) -> Option<T> {
        self.forget_idle();
        self.note_use(thread);
        let data = self.threads.get_mut(thread)?;
        let before = data.bytes();
        let done = change(data, &mut self.scratch);
        self.bytes = self.bytes - before + data.bytes();
        Some(done)
    }

    /// Changes a thread, which begins with that if it is not there.
    pub(super) fn change_or_begin<T>(
        &mut self,
        thread: &ThreadId,
        change: impl FnOnce(&mut ThreadData) -> T,
    ) -> T {
        self.forget_idle();
        let data = self.threads.entry(thread.clone()).or_insert_with(|| {
            self.bytes += bytes_of_none(thread);
            Box::new(ThreadData::above(self.floor))
        });
        let before = data.bytes();
        let done = change(data);
        self.bytes = self.bytes - before + data.bytes();
        self.note_use(thread);
        done
    }

    /// Makes room for so many bytes more of a thread.
    pub(super) fn make_room(
        &mut self,
        thread: &ThreadId,
        adds: usize,
    ) -> Result<(), CheckpointError> {
        self.forget_idle();
        let Some(order) = &self.order else {
            return Ok(());
        };
        let bytes_max = order.limits.bytes_max;
        let begins = match self.threads.contains_key(thread) {
            true => 0,
            false => bytes_of_none(thread),
        };
        let wanted = self.bytes.saturating_add(adds).saturating_add(begins);
        if wanted <= bytes_max {
            return Ok(());
        }
        let now = order.limits.clock.now();
        let (mut freed, mut go) = (0, Vec::new());
        for other in order.by_use.values().filter(|other| *other != thread) {
            if wanted - freed <= bytes_max {
                break;
            }
            let data = self.threads.get(other);
            if let Some(data) = data.filter(|data| !data.is_held(now)) {
                freed += bytes_of_none(other) + data.bytes();
                go.push(other.clone());
            }
        }
        let found = wanted - freed;
        if found > bytes_max {
            return Err(CheckpointError::TooMuch {
                thread: thread.clone(),
                what: "bytes in memory with all threads that are being run",
                found,
                max: bytes_max,
            });
        }
        go.iter().for_each(|thread| self.forget(thread));
        Ok(())
    }

    /// Forgets those that were left alone for too long.
    fn forget_idle(&mut self) {
        let Some(order) = &self.order else {
            return;
        };
        let (now, idle_max) = (order.limits.clock.now(), order.limits.idle_max);
        let by_use = order.by_use.values();
        let idle = by_use.take_while(|thread| {
            let used = order.uses.get(*thread);
            used.is_some_and(|used| now.since(used.at) > idle_max)
        });
        let is_free = |thread: &&ThreadId| {
            let data = self.threads.get(*thread);
            data.is_none_or(|data| !data.is_held(now))
        };
        let idle: Vec<ThreadId> = idle.filter(is_free).cloned().collect();
        idle.iter().for_each(|thread| self.forget(thread));
    }

    fn forget(&mut self, thread: &ThreadId) {
        if let Some(order) = &mut self.order
            && let Some(used) = order.uses.remove(thread)
        {
            order.by_use.remove(&used.number);
        }
        if let Some(data) = self.threads.remove(thread) {
            self.bytes -= bytes_of_none(thread) + data.bytes();
            self.floor = self.floor.or_above(&data);
            self.forgotten += 1;
        }
    }

    fn note_use(&mut self, thread: &ThreadId) {
        let Some(order) = &mut self.order else {
            return;
        };
        if !self.threads.contains_key(thread) {
            return;
        }
        order.newest += 1;
        let used = Use {
            number: order.newest,
            at: order.limits.clock.now(),
        };
        if let Some(before) = order.uses.insert(thread.clone(), used) {
            order.by_use.remove(&before.number);
        }
        order.by_use.insert(used.number, thread.clone());
    }
}

/// What a thread takes that has nothing yet.
fn bytes_of_none(thread: &ThreadId) -> usize {
    thread.as_str().len() + size_of::<(ThreadId, Box<ThreadData>)>() + size_of::<ThreadData>()
}
