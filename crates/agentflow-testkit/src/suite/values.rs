//! Bytes and names come back as they went in, whatever they are.

use agentflow_core::checkpoint::RecordKind;

use super::writer::{Store, Writer, owned, record};

const LARGE: usize = 64 << 20;

/// Bytes without a pattern that a compressing or text-minded store could use.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::with_capacity(len + 7);
    while noise.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(len);
    noise
}

pub async fn bytes_come_back_as_they_were(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for (name, value) in [
        ("empty", Vec::new()),
        ("one NUL", vec![0]),
        ("NUL inside", b"a\0b".to_vec()),
        ("not UTF-8", vec![0xff, 0xfe, 0x80]),
        ("every byte", (0..=255).collect()),
        ("unicode", "\u{1f980} caf\u{e9}".as_bytes().to_vec()),
        ("looks like SQL", b"'; DROP TABLE threads; --".to_vec()),
        ("looks like a number", b"1e5".to_vec()),
        ("a page and a bit", noise(4097)),
    ] {
        writer.commit(&[("field", &value)]).await;
        writer
            .save(vec![record("1/n/0", RecordKind::Once, name, &value)])
            .await;
        let stored = writer.load().await;
        assert_eq!(stored.values, owned(&[("field", &value)]), "{name}");
        assert_eq!(stored.records[0].value, value, "{name}");
    }
}

pub async fn sixty_four_mebibytes_come_back_as_they_were(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let value = noise(LARGE);
    writer.commit(&[("field", &value)]).await;
    let result = &value[..LARGE / 8];
    writer
        .save(vec![record("1/n/0", RecordKind::Writes, "", result)])
        .await;
    let stored = writer.load().await;
    // Not assert_eq: nobody wants to read so much.
    assert!(stored.values[0].1 == value, "the field's value differs");
    assert!(
        stored.records[0].value == result,
        "the record's value differs"
    );
}

pub async fn names_come_back_as_they_were(store: &Store) {
    let long = "n".repeat(2_000);
    for name in [
        "",
        "a\0b",
        "a\0c",
        "\0",
        "caf\u{e9}",
        "\u{1f980}",
        "\u{202e}rtl",
        "'\"`\\",
        "a\nb\t",
        "%_*?[",
        "$1 ?1 :a @b",
        "null",
        "1e5",
        &long,
    ] {
        let mut writer = Writer::on(store, name).await.in_namespace(name);
        writer.commit(&[(name, b"value")]).await;
        writer
            .save(vec![record(name, RecordKind::Once, name, b"result")])
            .await;
        let stored = writer.load().await;
        assert_eq!(stored.values, owned(&[(name, b"value")]), "{name:?}");
        assert_eq!(
            stored.records,
            [record(name, RecordKind::Once, name, b"result")],
            "{name:?}"
        );
        assert_eq!(writer.history(None, 10).await.len(), 1, "{name:?}");
    }
}

pub async fn a_state_of_a_thousand_fields_is_read_whole(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let names: Vec<String> = (0..1_000)
        .map(|index| format!("field_{index:04}"))
        .collect();
    let all: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), name.as_bytes()))
        .collect();
    writer.commit(&all).await;
    writer.commit(&all[..10]).await;
    assert_eq!(writer.load().await.values, owned(&all));
}
