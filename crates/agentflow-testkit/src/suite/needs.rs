//! Behaviours that need more than the least that a backend does: run where it can, and
//! proved to be refused where it cannot.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{Capability, CheckpointError, LogAppend, LogPage, LogPosition};

use super::deliverer::{deliver, delivery, names, waiting};
use super::fixture::Fixture;
use super::writer::{Store, Writer};

impl Fixture {
    /// Runs a behaviour if the backend can do what it needs. If it cannot, says so, and
    /// proves that it refuses that.
    #[doc(hidden)]
    #[expect(
        clippy::print_stdout,
        reason = "what a test leaves out is read in its output"
    )]
    pub async fn prove(
        &self,
        name: &str,
        needs: &[&[Capability]],
        behaviour: impl AsyncFnOnce(&Store),
    ) {
        let store = self.checkpointer();
        let missing = missing(store, needs);
        if missing.is_empty() {
            return behaviour(store).await;
        }
        println!("{}", left_out(name, store.backend(), &missing));
        refuses(store, &missing).await;
    }
}

pub(super) fn missing(store: &Store, needs: &[&[Capability]]) -> Vec<Capability> {
    let has = store.capabilities();
    let needs = needs.iter().copied().flatten().copied();
    needs.filter(|need| !has.contains(*need)).collect()
}

fn left_out(name: &str, backend: &str, missing: &[Capability]) -> String {
    let missing: Vec<_> = missing.iter().map(|need| format!("`{need}`")).collect();
    let missing = missing.join(" and ");
    format!("left out: {name} needs {missing}, which {backend} has not; it must refuse it instead")
}

/// Each call that needs one of these is refused, names it, and changes nothing.
pub(super) async fn refuses(store: &Store, missing: &[Capability]) {
    let mut writer = Writer::on(store, "t").await;
    for _ in 0..3 {
        writer.commit(&[("a", b"1")]).await;
    }
    deliver(store, delivery("t", "told")).await;
    let before = everything(&writer).await;
    for capability in missing {
        for refused in calls_of(*capability, &writer).await {
            match refused {
                Err(CheckpointError::Unsupported {
                    capability: named, ..
                }) => assert_eq!(named, *capability),
                other => panic!("`{capability}` is not refused as unsupported: {other:?}"),
            }
        }
        assert_eq!(everything(&writer).await, before, "after `{capability}`");
        assert_eq!(names(store, "copy").await, [""; 0], "after `{capability}`");
    }
}

/// All that can be read of the writer's thread.
async fn everything(writer: &Writer) -> impl PartialEq + std::fmt::Debug {
    let events = waiting(&writer.store, "t").await;
    let mut stored = Vec::new();
    for id in 1..=3 {
        stored.push(writer.try_load(Some(CheckpointId(id))).await);
    }
    (writer.history(None, 10).await, stored, events)
}

/// What came of each call that needs the capability.
pub(super) async fn calls_of(
    capability: Capability,
    writer: &Writer,
) -> Vec<Result<(), CheckpointError>> {
    let (store, thread) = (&writer.store, writer.lease.thread.clone());
    match capability {
        Capability::CopyThread => vec![store.copy_thread(&thread, &"copy".into()).await],
        Capability::Prune => vec![store.prune(&thread, 1.into()).await.map(drop)],
        Capability::StreamLog => {
            let append = LogAppend {
                fence: writer.fence(),
                entries: vec![b"emitted".to_vec()],
                keep: 10,
            };
            let page = LogPage {
                thread,
                after: LogPosition(0),
                limit: 10,
            };
            vec![
                store.append_log(append).await.map(drop),
                store.read_log(page).await.map(drop),
            ]
        }
        other => panic!("this suite does not know how to ask for `{other}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_said_with_what_it_needs() {
        let missing = [Capability::CopyThread, Capability::Prune];
        assert_eq!(
            left_out("pieces_stay", "mine", &missing),
            "left out: pieces_stay needs `copy thread` and `prune`, which mine has not; it must refuse it instead"
        );
    }
}
