//! Makes one thread a copy of another. The two lie in different slots: the one is read by
//! one call and the other written by one, which checks again that it is new. What is too
//! large for one call is laid aside before, in keys that expire.

use std::time::Duration;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{CheckpointId, ThreadId};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::RedisError;
use crate::number::{parse, parse_moment};
use crate::script::{PLACE, STAGE, WHOLE};
use crate::store::Store;

/// Most bytes and entries of one part.
const PART_BYTES_MAX: usize = 32 * 1024 * 1024;
const PART_ENTRIES_MAX: usize = 50_000;

/// How long a part waits for the next before it is given up.
const LAID_ASIDE: Duration = Duration::from_secs(60 * 60);

/// All of a thread but its lease.
struct Whole {
    /// As it is stored.
    wake: Option<String>,
    newest: String,
    parts: Vec<Part>,
}

/// Names and values of entries, and members of the index.
#[derive(Default)]
struct Part {
    entries: Vec<Vec<u8>>,
    names: Vec<Vec<u8>>,
    bytes: usize,
}

impl Store {
    pub(crate) async fn copy_thread(
        &self,
        from: &ThreadId,
        to: &ThreadId,
    ) -> Result<(), CheckpointError> {
        let answer = self.server.run(&self.on(&WHOLE, from)).await?;
        let Some(whole) = whole(answer)? else {
            let thread = from.clone();
            return Err(CheckpointError::NoSuchThread { thread });
        };
        let laid = self.keys.laid_aside(to, &self.token());
        let all_keys = [&self.keys.thread(to)[..], &laid].concat();
        let Some((last, before)) = whole.parts.split_last() else {
            return Err(self.unreadable("a thread").into());
        };
        let (mut entries, mut names) = (0, 0);
        for part in before {
            let lasts = LAID_ASIDE.as_millis().to_string();
            let call = part.on(Call::new(&STAGE, &all_keys).with(lasts));
            self.server.run(&call).await?;
            entries += part.entries.len() / 2;
            names += part.names.len();
        }
        let time = match whole.wake.as_deref() {
            Some(wake) => Some(parse_moment(wake).ok_or_else(|| self.unreadable("a wake-up"))?),
            None => None,
        };
        let call = |claim: &str| {
            let call = Call::new(&PLACE, &all_keys)
                .with(&self.ttl)
                .with(whole.wake.as_deref().unwrap_or_default())
                .with(&whole.newest)
                .with(claim)
                .with_count(entries)
                .with_count(names);
            // A second time it would find its own copy in the way.
            last.on(call).at_most_once()
        };
        let (status, answer) = self.claimed(to, time, call).await?;
        self.placed(&status, answer, to)
    }

    fn placed(
        &self,
        status: &str,
        mut answer: Answer,
        to: &ThreadId,
    ) -> Result<(), CheckpointError> {
        let thread = to.clone();
        match status {
            "ok" => Ok(()),
            "conflict" => Err(CheckpointError::Conflict {
                thread,
                expected: None,
                found: parse(&answer.text()?).map(CheckpointId),
            }),
            "events" => Err(CheckpointError::NotNew { thread }),
            // It took longer than what was laid aside was kept.
            _ => Err(RedisError::Moving { thread }.into()),
        }
    }
}

fn whole(mut answer: Answer) -> Result<Option<Whole>, RedisError> {
    if answer.is_empty() {
        return Ok(None);
    }
    let wake = answer.optional()?;
    let wake = wake.map(|wake| String::from_utf8_lossy(&wake).into_owned());
    let newest = answer.text()?;
    let mut entries = answer.list()?;
    let mut names = answer.list()?;
    let mut parts = vec![Part::default()];
    while !names.is_empty() {
        let name = names.bytes()?;
        room(&mut parts, name.len()).names.push(name);
    }
    while !entries.is_empty() {
        let (name, value) = (entries.bytes()?, entries.bytes()?);
        let part = room(&mut parts, name.len() + value.len());
        part.entries.extend([name, value]);
    }
    Ok(Some(Whole {
        wake,
        newest,
        parts,
    }))
}

/// The part that takes so many bytes more.
fn room(parts: &mut Vec<Part>, bytes: usize) -> &mut Part {
    let is_full = parts.last().is_none_or(|part| {
        let count = part.entries.len() / 2 + part.names.len();
        count >= PART_ENTRIES_MAX || (count > 0 && part.bytes + bytes > PART_BYTES_MAX)
    });
    if is_full {
        parts.push(Part::default());
    }
    let last = parts.len() - 1;
    let part = &mut parts[last];
    part.bytes += bytes;
    part
}

impl Part {
    /// A call with the part: how many names and values, then they; the same of the index,
    /// whose members all have the score 0.
    fn on(&self, call: Call) -> Call {
        let mut call = call.with_count(self.entries.len()).with_all(&self.entries);
        call = call.with_count(2 * self.names.len());
        for name in &self.names {
            call = call.with("0").with(name);
        }
        call
    }
}
