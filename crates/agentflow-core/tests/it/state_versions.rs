//! A state that is made from older versions of itself.

use agentflow_core::{FieldName, State};
use serde::{Deserialize, Serialize};

use crate::state_rig::told;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct EssayV1 {
    title: String,
    #[state(untracked)]
    draft: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
#[state(version = 2, from = EssayV1)]
struct EssayV2 {
    topic: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
#[state(version = 4, from = EssayV2)]
struct Essay {
    topics: Vec<String>,
}

impl From<EssayV1> for EssayV2 {
    fn from(old: EssayV1) -> Self {
        Self {
            topic: format!("{}{}", old.title, old.draft),
        }
    }
}

impl From<EssayV2> for Essay {
    fn from(old: EssayV2) -> Self {
        Self {
            topics: vec![old.topic],
        }
    }
}

fn stored(values: &[(&str, &str)]) -> Vec<(FieldName, Vec<u8>)> {
    let owned = |(name, json): &(&str, &str)| ((*name).into(), json.as_bytes().to_vec());
    values.iter().map(owned).collect()
}

#[test]
fn a_stored_state_of_an_older_version_becomes_the_newest() {
    for (name, version, values, want) in [
        (
            "the one before",
            2,
            &[("topic", r#""tides""#)][..],
            Some("tides"),
        ),
        (
            "older still",
            1,
            &[("title", r#""tides""#), ("draft", "7")],
            Some("tides0"),
        ),
        ("a field it never had", 1, &[("other", "1")], Some("0")),
        ("a version between", 3, &[], None),
        ("its own version", 4, &[], None),
        ("a newer one", 5, &[], None),
    ] {
        let got = Essay::migrate(version, &stored(values)).map(Result::unwrap);
        let want = want.map(|topic| Essay {
            topics: vec![topic.to_owned()],
        });
        assert_eq!(got, want, "{name}");
    }
    assert!(EssayV1::migrate(1, &[]).is_none(), "it comes from nowhere");
}

#[test]
fn an_older_value_that_does_not_decode_is_told_with_the_older_field() {
    let error = Essay::migrate(1, &stored(&[("title", "1")]))
        .unwrap()
        .unwrap_err();
    assert_eq!(
        told(&error),
        "field `title` of `EssayV1` does not decode as JSON: invalid type: integer `1`, expected \
         a string at line 1 column 1"
    );
}
