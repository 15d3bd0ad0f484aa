//! The call that reads items by name and writes: all of it at one moment.

use std::time::Duration;

use agentflow_core::store::{Get, Item, StoreError, StoreOp};

use super::code::{Life, name_of, write_vectors};
use super::raw::Raw;
use super::visit::{Moved, Visit};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::RedisError;
use crate::number::moment;
use crate::script::{GET, PUT, REMOVE, Script};

/// Batches that wrote and are remembered, so that none is done twice when its answer was lost.
/// Others may write so many between the two times that it is sent.
const TOKENS_KEPT: usize = 10_000;

/// Which parts of a batch a call does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What it reads by name.
    Gets,
    /// What was refreshed by reading.
    Refreshes,
    /// Both, and what it writes.
    All,
}

impl<'a> Visit<'a> {
    /// The items that the batch reads by name; it does not write.
    pub(super) async fn read(&mut self) -> Result<Vec<Option<Item>>, StoreError> {
        let mut items = Vec::new();
        if self.gets().next().is_some() {
            let call = self.call(&GET, Part::Gets, "", "");
            let mut answer = self.memory.server.run(&call).await?;
            answer.text()?;
            for (get, raw) in self.gets().zip(self.items(answer)?) {
                let mut item = raw.as_ref().map(|raw| raw.item(self.memory)).transpose()?;
                if let (Some(raw), Some(item)) = (raw, &mut item) {
                    self.seen(&raw, get.refresh, item);
                }
                items.push(item);
            }
        }
        if !self.refreshed.is_empty() {
            let call = self.call(&REMOVE, Part::Refreshes, "", "");
            self.memory.server.run(&call).await?;
        }
        Ok(items)
    }

    /// Writes, unless somebody else has since the batch searched. Returns the items that the
    /// batch reads by name.
    pub(super) async fn write(&mut self) -> Result<Result<Vec<Option<Item>>, Moved>, StoreError> {
        let puts = |place| matches!(self.batch.ops()[place], StoreOp::Put(_));
        let script = match self.batch.writes().any(puts) {
            true => &PUT,
            false => &REMOVE,
        };
        let (token, known) = (self.memory.tokens.next(), self.memory.newest());
        let first = self.call(script, Part::All, &token, "").at_most_once();
        let (mut answer, lost) = match self.memory.server.run(&first).await {
            Err(lost @ RedisError::Unreachable { .. }) => {
                let again = self.call(script, Part::All, &token, &known.to_string());
                let answer = self.memory.server.run(&again.at_most_once()).await?;
                (answer, Some(lost))
            }
            answer => (answer?, None),
        };
        let status = answer.text()?;
        match (status.as_str(), lost) {
            ("ok", _) => {
                let raws = self.items(answer)?.into_iter();
                let items = raws.map(|raw| raw.map(|raw| raw.item(self.memory)).transpose());
                Ok(Ok(items.collect::<Result<_, _>>()?))
            }
            ("moved", _) => Ok(Err(Moved)),
            ("dims", _) => {
                self.memory.saw(answer.number()?);
                let wanted = self.dims().unwrap_or(0);
                self.memory.check_dims(&answer.text()?, wanted)?;
                Err(self.memory.unreadable("an answer").into())
            }
            // It was done the first time. What it read then, nobody knows any more.
            ("done", _) if self.gets().next().is_none() => Ok(Ok(Vec::new())),
            (_, Some(lost)) => Err(lost.into()),
            (_, None) => Err(self.memory.unreadable("an answer").into()),
        }
    }

    fn gets(&self) -> impl Iterator<Item = &'a Get> + use<'a> {
        self.batch.ops().iter().filter_map(|op| match op {
            StoreOp::Get(get) => Some(get),
            _ => None,
        })
    }

    /// How many numbers the vectors have that are written, if there are some.
    fn dims(&self) -> Option<usize> {
        let mut writes = self.batch.writes();
        writes.find_map(|place| Some(self.batch.vectors(place).first()?.len()))
    }

    fn call(&self, script: &'static Script, part: Part, token: &str, known: &str) -> Call {
        let all = part == Part::All;
        let expected = self.revision.filter(|_| all).map(|it| it.to_string());
        let dims = self.dims().filter(|_| all).map(|dims| dims.to_string());
        let call = self
            .memory
            .on(script)
            .with(token)
            .with(known)
            .with(expected.unwrap_or_default())
            .with_count(TOKENS_KEPT)
            .with(moment(self.now))
            .with(dims.unwrap_or_default());
        let call = self.with_gets(call, part);
        let call = self.with_refreshes(call, part);
        self.with_writes(call, part)
    }

    fn with_gets(&self, call: Call, part: Part) -> Call {
        if part == Part::Refreshes {
            return call.with_count(0);
        }
        let mut call = call.with_count(self.gets().count());
        for get in self.gets() {
            let refreshed = self
                .ttl
                .refreshed(get.refresh, Some(Duration::ZERO), self.now);
            let renews = part == Part::All && refreshed.is_some();
            call.push(name_of(&get.path, &get.key));
            call.push(if renews { "1" } else { "" });
        }
        call
    }

    fn with_refreshes(&self, call: Call, part: Part) -> Call {
        if part == Part::Gets {
            return call.with_count(0);
        }
        let mut call = call.with_count(self.refreshed.len());
        for one in &self.refreshed {
            call = call.with(&one.name).with_all(one.life.parts());
        }
        call
    }

    fn with_writes(&self, call: Call, part: Part) -> Call {
        if part != Part::All {
            return call.with_count(0);
        }
        let mut call = call.with_count(self.batch.writes().count());
        for place in self.batch.writes() {
            match &self.batch.ops()[place] {
                StoreOp::Put(put) => {
                    let lifetime = self.ttl.lifetime(put.ttl);
                    let life = lifetime.map(|lifetime| {
                        let ends_at = self.now.after(lifetime);
                        Life { lifetime, ends_at }.parts().concat()
                    });
                    call = call
                        .with("put")
                        .with(name_of(&put.path, &put.key))
                        .with(life.unwrap_or_default())
                        .with(put.value.to_string())
                        .with(write_vectors(self.batch.vectors(place)));
                }
                StoreOp::Delete(delete) => {
                    let name = name_of(&delete.path, &delete.key);
                    call = call.with("delete").with(name);
                }
                StoreOp::Get(_) | StoreOp::Search(_) | StoreOp::ListPaths(_) => {
                    unreachable!("only puts and deletes write");
                }
            }
        }
        call
    }

    /// The items of an answer, in the order of the reads.
    fn items(&self, mut answer: Answer) -> Result<Vec<Option<Raw>>, RedisError> {
        self.memory.saw(answer.number()?);
        let (times, values) = (answer.list()?.optionals()?, answer.list()?.optionals()?);
        let found = self.gets().zip(times).zip(values);
        let raws = found.map(|((get, times), value)| {
            let name = name_of(&get.path, &get.key);
            let raw = |times: Vec<u8>| Raw::new(self.memory, name, &times, value, None);
            times.map(raw).transpose()
        });
        raws.collect()
    }
}
