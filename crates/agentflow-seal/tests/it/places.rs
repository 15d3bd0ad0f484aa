//! A value opens where it was sealed and nowhere else.

use agentflow_core::checkpoint::RecordKind::{Answer, Once};
use agentflow_seal::{Compression, Seal, SealError};

use crate::rig::{FIELD, Part, Spot, ring};

const RECORD: Spot = FIELD.with(Part::Record("1/n/0", Once, "pay"));
const INPUT: Spot = FIELD.with(Part::Input("draft", 1));
const EVENT: Spot = FIELD.with(Part::Event("told", 3));
const LOG: Spot = FIELD.with(Part::Log);

const ORIGIN: Spot = Spot {
    thread: "t2",
    origin: "t2@1",
    ..FIELD
};
const NAMESPACE: Spot = Spot {
    namespace: "agent:1.0.1",
    ..FIELD
};
const CHECKPOINT: Spot = Spot { id: 6, ..FIELD };
const UNKNOWN: Spot = Spot {
    origin: "",
    ..FIELD
};
const COPY: Spot = Spot {
    thread: "copy",
    ..FIELD
};

#[tokio::test]
async fn a_value_opens_at_its_place_and_at_no_other() {
    let seals = [
        ("checked", Seal::new()),
        ("compressed", Seal::new().compress(Compression::default())),
        ("encrypted", Seal::new().encrypt(ring())),
        (
            "both",
            Seal::new().compress(Compression::default()).encrypt(ring()),
        ),
    ];
    let record = |task, kind, key| RECORD.with(Part::Record(task, kind, key));
    // Long, so that it is compressed; JSON, as an input is.
    let value = format!("\"{}\"", "a value ".repeat(100)).into_bytes();
    for (place, from, to, opens) in [
        ("a field, where it was", FIELD, FIELD, true),
        ("of another thread", FIELD, ORIGIN, false),
        (
            "of an earlier thread of that name",
            FIELD,
            Spot {
                origin: "t@2",
                ..FIELD
            },
            false,
        ),
        ("of another namespace", FIELD, NAMESPACE, false),
        ("of another checkpoint", FIELD, CHECKPOINT, false),
        (
            "another field",
            FIELD,
            FIELD.with(Part::Field("note")),
            false,
        ),
        ("in a copy of the thread", FIELD, COPY, true),
        ("of before the thread had an origin", UNKNOWN, FIELD, true),
        ("in a thread that has no origin", FIELD, UNKNOWN, false),
        ("a record", FIELD, RECORD, false),
        ("a record, where it was", RECORD, RECORD, true),
        ("of another thread", RECORD, ORIGIN.with(RECORD.part), false),
        (
            "of another namespace",
            RECORD,
            NAMESPACE.with(RECORD.part),
            false,
        ),
        (
            "of another checkpoint",
            RECORD,
            CHECKPOINT.with(RECORD.part),
            false,
        ),
        (
            "of another task",
            RECORD,
            record("1/n/1", Once, "pay"),
            false,
        ),
        (
            "of another kind",
            RECORD,
            record("1/n/0", Answer, "pay"),
            false,
        ),
        (
            "of another key",
            RECORD,
            record("1/n/0", Once, "pay2"),
            false,
        ),
        (
            "ends elsewhere",
            RECORD,
            record("1/n/0p", Once, "ay"),
            false,
        ),
        (
            "in a copy of the thread",
            RECORD,
            COPY.with(RECORD.part),
            true,
        ),
        ("an input, where it was", INPUT, INPUT, true),
        ("of another thread", INPUT, ORIGIN.with(INPUT.part), false),
        (
            "of another checkpoint",
            INPUT,
            CHECKPOINT.with(INPUT.part),
            false,
        ),
        (
            "of another node",
            INPUT,
            INPUT.with(Part::Input("drafts", 1)),
            false,
        ),
        (
            "of another task",
            INPUT,
            INPUT.with(Part::Input("draft", 2)),
            false,
        ),
        (
            "in a copy of the thread",
            INPUT,
            COPY.with(INPUT.part),
            true,
        ),
        ("an event, where it was", EVENT, EVENT, true),
        (
            "of another name",
            EVENT,
            EVENT.with(Part::Event("asked", 3)),
            false,
        ),
        (
            "of another time",
            EVENT,
            EVENT.with(Part::Event("told", 4)),
            false,
        ),
        (
            "in a copy of the thread",
            EVENT,
            COPY.with(EVENT.part),
            true,
        ),
        ("an entry of the stream log, where it was", LOG, LOG, true),
        ("of another thread", LOG, ORIGIN.with(LOG.part), false),
        ("as a field", LOG, FIELD, false),
        ("an event as an entry", EVENT, LOG, false),
    ] {
        for (way, seal) in &seals {
            let kept = from.sealed(seal, &value).await;
            assert_ne!(kept, value, "{way}");
            match to.opened(seal, &kept).await {
                Ok(opened) => assert!(opens && opened == value, "{way}: {place}: {to:?}"),
                Err(SealError::Damaged { thread, .. }) => {
                    assert!(!opens, "{way}: {place}: {to:?}");
                    assert_eq!(thread.as_str(), to.thread);
                }
                Err(other) => panic!("{way}: {place}: {to:?}: {other}"),
            }
        }
    }
}

#[tokio::test]
async fn errors_name_the_place_and_nothing_of_the_value() {
    let seal = Seal::new().encrypt(ring());
    for (spot, want) in [
        (
            FIELD,
            "the field `notes` at checkpoint 5 of thread `t` was changed",
        ),
        (
            RECORD,
            "the record `once` `pay` of task `1/n/0` at checkpoint 5 of thread `t` was",
        ),
        (
            INPUT,
            "the input of task 1 of node `draft` at checkpoint 5 of thread `t` was changed",
        ),
        (EVENT, "the event `told` of thread `t` was changed"),
        (LOG, "the entry of the stream log of thread `t` was changed"),
    ] {
        let elsewhere = match spot.part {
            Part::Event(..) => spot.with(Part::Event("told", 9)),
            Part::Log => ORIGIN.with(Part::Log),
            _ => Spot { id: 9, ..spot },
        };
        let kept = elsewhere.sealed(&seal, b"\"secret\"").await;
        let refused = spot.opened(&seal, &kept).await.unwrap_err().to_string();
        assert!(refused.starts_with(want), "{refused}");
        assert!(
            refused.ends_with("restore a backup") && !refused.contains("secret"),
            "{refused}"
        );
    }
}
