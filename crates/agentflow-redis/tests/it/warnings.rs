//! Who connects is told what its server would lose.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::machine::Machine;
use crate::place::{cluster, one, options};

/// Keeps what this crate logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut log = self.0.lock().unwrap();
        write!(log, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("agentflow_redis")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What is logged while `connecting`.
async fn logged<T>(connecting: impl Future<Output = T>) -> String {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    connecting.await;
    drop(guard);
    let said = log.0.lock().unwrap();
    said.clone()
}

#[tokio::test]
async fn a_server_that_loses_data_is_named_when_it_is_connected_to() {
    for (args, want) in [
        (&["--appendonly", "no"][..], Some("keeps no log")),
        (&["--appendonly", "yes"], Some("a power cut may take")),
        (&["--appendonly", "yes", "--appendfsync", "always"], None),
        (
            &["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"],
            Some("may evict what it keeps"),
        ),
    ] {
        let Some(machine) = Machine::start(args) else {
            return;
        };
        let url = machine.url();
        let said = logged(one(&url, options())).await;
        match want {
            Some(want) => {
                assert!(said.contains(want), "{args:?}: {said}");
                assert!(said.contains(&machine.port.to_string()), "{args:?}: {said}");
            }
            None => assert_eq!(said, "", "{args:?}"),
        }
    }
}

#[tokio::test]
async fn a_cluster_that_loses_data_is_named_too() {
    let args = ["--cluster-enabled", "yes", "--appendonly", "no"];
    let Some(machine) = Machine::start(&args) else {
        return;
    };
    let () = machine.tell("CLUSTER ADDSLOTSRANGE 0 16383").await;
    // It takes a moment until it serves its slots.
    while !machine
        .tell::<String>("CLUSTER INFO")
        .await
        .contains("cluster_state:ok")
    {
        tokio::task::yield_now().await;
    }
    let said = logged(cluster(&machine.url(), options())).await;
    assert!(said.contains("redis keeps no log"), "{said}");
}
