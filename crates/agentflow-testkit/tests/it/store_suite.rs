//! The suite on the memory store, and a check that no behaviour is forgotten.

use std::fs;
use std::path::Path;

use agentflow_core::store::MemoryStore;

agentflow_testkit::store_suite!(memory, |options| async {
    MemoryStore::with_options(options)
});

macro_rules! names {
    (@tests $name:ident: $($topic:ident { $($behaviour:ident)+ })+) => {
        [$((stringify!($topic), &[$(stringify!($behaviour)),+][..])),+]
    };
}

#[test]
fn every_behaviour_is_on_the_list() {
    let listed = agentflow_testkit::store_behaviours!([names] memory);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store_suite");
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
