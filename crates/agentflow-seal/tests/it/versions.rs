//! Envelopes of every version there has been: `fixtures/sealed` has values of each, as a
//! build of that time sealed them.

use std::path::PathBuf;

use agentflow_core::checkpoint::RecordKind;
use agentflow_seal::{Compression, Key, KeyRing, Seal};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::rig::{FIELD, Part, Spot};

/// The version that this build writes.
const VERSION: u8 = 1;

/// No key of anybody's: it is in the repository.
const KEY: [u8; 32] = *b"a key that everybody may read...";

/// A value as it is kept at a place of [`cases`].
#[derive(Serialize, Deserialize)]
struct Kept {
    case: String,
    envelope: String,
}

fn seal(is_compressed: bool, is_encrypted: bool) -> Seal {
    let mut seal = Seal::new();
    if is_compressed {
        seal = seal.compress(Compression::default());
    }
    if is_encrypted {
        let ring = KeyRing::new("2026-11", Key::from_bytes(KEY));
        seal = seal.encrypt(ring.unwrap());
    }
    seal
}

/// What is kept in each fixture, and where.
fn cases() -> Vec<(String, Spot, Seal, Vec<u8>)> {
    let mut cases = Vec::new();
    for (part, spot) in [
        ("field", FIELD),
        (
            "record",
            FIELD.with(Part::Record("1/n/0", RecordKind::Once, "pay")),
        ),
        ("input", FIELD.with(Part::Input("draft", 1))),
        ("event", FIELD.with(Part::Event("told", -3))),
        (
            "origin unknown",
            Spot {
                origin: "",
                ..FIELD
            },
        ),
    ] {
        for (way, seal) in [
            ("checked", seal(false, false)),
            ("compressed", seal(true, false)),
            ("encrypted", seal(false, true)),
            ("both", seal(true, true)),
        ] {
            let value = format!("\"{}\"", "what was kept ".repeat(30)).into_bytes();
            cases.push((format!("{part}, {way}"), spot, seal, value));
        }
    }
    cases
}

fn path(version: u8) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/sealed");
    folder.join(format!("version-{version}.json"))
}

#[tokio::test]
async fn values_of_every_version_are_opened() {
    for version in 1..=VERSION {
        let path = path(version);
        let text = std::fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kept: Vec<Kept> = serde_json::from_str(&text).unwrap();
        assert_eq!(kept.len(), cases().len());
        for (kept, (case, spot, seal, value)) in kept.iter().zip(cases()) {
            assert_eq!(kept.case, case);
            let envelope = STANDARD.decode(&kept.envelope).unwrap();
            let opened = spot.opened(&seal, &envelope).await;
            assert_eq!(opened.unwrap(), value, "version {version}: {case}");
        }
    }
}

#[tokio::test]
async fn the_newest_version_is_the_one_that_is_written() {
    let kept = FIELD.sealed(&Seal::new(), b"1").await;
    assert_eq!(
        kept[4], VERSION,
        "a new version has a fixture: see fixtures/README.md"
    );
}

/// Not a test of its own: writes the fixture of the version that this build writes, where
/// somebody asks for it.
#[tokio::test]
async fn write_the_fixture() {
    if std::env::var_os("AGENTFLOW_WRITE_FIXTURE").is_none() {
        return;
    }
    let mut all = Vec::new();
    for (case, spot, seal, value) in cases() {
        let envelope = STANDARD.encode(spot.sealed(&seal, &value).await);
        all.push(Kept { case, envelope });
    }
    let text = serde_json::to_string_pretty(&all).unwrap();
    std::fs::write(path(VERSION), text + "\n").unwrap();
}
