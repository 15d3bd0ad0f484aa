//! The suite on the memory checkpointer, and a check that no behaviour is forgotten.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{MemoryCheckpointer, MemoryLimits};
use agentflow_testkit::{FaultyCheckpointer, ManualClock};

use crate::least::Least;

agentflow_testkit::checkpointer_suite!(memory, || async { MemoryCheckpointer::new() });

// With limits that nothing reaches.
agentflow_testkit::checkpointer_suite!(memory_limited, || async {
    let clock = Arc::new(ManualClock::new(Timestamp(0)));
    let limits = MemoryLimits::new(clock).bytes_max(1 << 30);
    MemoryCheckpointer::with_limits(limits.idle_max(Duration::from_secs(60)))
});

// A wrapper without a planned fault must not be told from what it wraps.
agentflow_testkit::checkpointer_suite!(faulty_without_faults, || async {
    FaultyCheckpointer::new(MemoryCheckpointer::new())
});

// A backend that does the least, and says so.
agentflow_testkit::checkpointer_suite!(the_least, || async { Least::default() });

macro_rules! names {
    (@tests $name:ident: $($topic:ident $([$($all:ident)+])? {
        $($behaviour:ident $([$($need:ident)+])?)+
    })+) => {
        [$((stringify!($topic), &[$(stringify!($behaviour)),+][..])),+]
    };
}

#[test]
fn every_behaviour_is_on_the_list() {
    let listed = agentflow_testkit::checkpointer_behaviours!([names] memory);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite");
    let mut topics = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let topic = path.file_stem().unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        let written: Vec<&str> = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next())
            .collect();
        if written.is_empty() {
            continue;
        }
        if topic == "cut" {
            // A suite of its own, whose list is in the same file.
            let (list, _) = source.split_once("\npub async fn ").unwrap();
            for behaviour in written {
                assert!(list.contains(behaviour), "{behaviour}");
            }
            continue;
        }
        topics += 1;
        let on_list = listed.iter().find(|(name, _)| *name == topic);
        assert_eq!(
            on_list.map(|(_, behaviours)| *behaviours),
            Some(&written[..]),
            "{topic}"
        );
    }
    assert_eq!(topics, listed.len());
}
