//! Sets when a thread is to be looked at again.
//!
//! The thread's own wake-up is the truth. It lies in the thread's slot; the index of all
//! threads, which tells who may be due, lies in one of its own, so that no script writes
//! both. The index is told first: it holds, for every wake-up, one that is not later. Who
//! crashes between the two has only told the index too much.
//!
//! What is too much is corrected where the index is read, and must not be what somebody has
//! just told it and is about to set. So each telling is a claim with a number that grows,
//! which the thread is shown when its wake-up is set; the thread is told which claims the
//! index forgets before it forgets them, and refuses those from then on.

use agentflow_core::checkpoint::{CheckpointError, Wake};
use agentflow_core::{ThreadId, Timestamp};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::RedisError;
use crate::number::{moment, padded, score};
use crate::script::{CLAIM, SNOOZE};
use crate::store::Store;

/// Claims that may be refused in a row. One is when somebody reads the index in the moment
/// between a claim and its use; a second in a row hardly ever is.
const CLAIMS_MAX: usize = 32;

impl Store {
    pub(crate) async fn snooze(
        &self,
        thread: &ThreadId,
        wake: Wake,
    ) -> Result<(), CheckpointError> {
        if wake == Wake::Keep {
            return Ok(());
        }
        let call = |claim: &str| with_wake(self.writes(&SNOOZE, thread), wake, claim);
        self.claimed(thread, time_of(wake), call).await?;
        Ok(())
    }

    /// Carries out a call that sets a wake-up at `time`, if it does, after the index was
    /// told. Returns the call's status and the rest of its answer.
    pub(crate) async fn claimed(
        &self,
        thread: &ThreadId,
        time: Option<Timestamp>,
        call: impl Fn(&str) -> Call,
    ) -> Result<(String, Answer), RedisError> {
        let mut least = String::new();
        for _ in 0..CLAIMS_MAX {
            let claim = match time {
                Some(time) => self.claim(thread, time, &least).await?,
                None => String::new(),
            };
            let mut answer = self.server.run(&call(&claim)).await?;
            let status = answer.text()?;
            if status != "claim" {
                return Ok((status, answer));
            }
            least = answer.text()?;
        }
        let thread = thread.clone();
        Err(RedisError::Moving { thread })
    }

    /// Tells the index that the thread may wake at `time`.
    async fn claim(
        &self,
        thread: &ThreadId,
        time: Timestamp,
        least: &str,
    ) -> Result<String, RedisError> {
        let call = Call::new(&CLAIM, &self.keys.wake())
            .with(thread.as_str())
            .with(score(time).to_string())
            .with(least);
        self.server.run(&call).await?.text()
    }
}

/// The time at which a wake-up is set, if one is.
pub(crate) fn time_of(wake: Wake) -> Option<Timestamp> {
    match wake {
        Wake::Keep | Wake::Never => None,
        Wake::At(time) => Some(time),
        Wake::AfterEvents { time, .. } => time,
    }
}

/// A call with what becomes of the wake-up, and the claim under which it is set.
pub(crate) fn with_wake(call: Call, wake: Wake, claim: &str) -> Call {
    let (mode, seen) = match wake {
        Wake::Keep => ("keep", String::new()),
        Wake::At(_) | Wake::Never => ("set", String::new()),
        Wake::AfterEvents { seen, .. } => ("after", padded(seen.0)),
    };
    let time = time_of(wake).map(moment).unwrap_or_default();
    call.with(mode).with(time).with(seen).with(claim)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::sample;

    /// Whoever tells the index, waits, and only then sets the wake-up.
    #[tokio::test]
    async fn a_claim_that_the_index_has_forgotten_sets_no_wake_up() {
        let Some(store) = sample::store("claims").await else {
            return;
        };
        let (thread, time) = (ThreadId::from("t"), Timestamp(10));
        let told = |now| agentflow_core::checkpoint::Delivery {
            thread: "t".into(),
            name: String::new(),
            payload: Vec::new(),
            key: None,
            now: Timestamp(now),
        };
        store.deliver(&told(50)).await.unwrap();
        let wake = |claim: &str| with_wake(store.writes(&SNOOZE, &thread), Wake::At(time), claim);

        let late = store.claim(&thread, time, "").await.unwrap();
        assert_eq!(store.due(Timestamp(20), 10).await.unwrap(), []);
        let mut answer = store.server.run(&wake(&late)).await.unwrap();
        assert_eq!(answer.text().unwrap(), "claim");
        let least = answer.text().unwrap();
        assert_eq!(store.due(Timestamp(20), 10).await.unwrap(), []);
        // Again, under a newer one.
        let newer = store.claim(&thread, time, &least).await.unwrap();
        let mut answer = store.server.run(&wake(&newer)).await.unwrap();
        assert_eq!(answer.text().unwrap(), "ok");
        assert_eq!(store.due(Timestamp(20), 10).await.unwrap(), ["t".into()]);
        store.snooze(&thread, Wake::Never).await.unwrap();
        assert_eq!(store.due(Timestamp(20), 10).await.unwrap(), []);
    }
}
