//! Updates as plain JSON, and numbers that JSON cannot hold.

use std::collections::BTreeMap;

use agentflow_core::{State, Update};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state_rig::{folded, place, stored, told};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Essay {
    topic: String,
    #[state(reducer = append)]
    notes: Vec<String>,
    #[state(reducer = add)]
    drafts: u32,
    score: Option<f64>,
    r#type: Value,
}

fn from_json(fields: &Value) -> Result<EssayUpdate, String> {
    EssayUpdate::from_json(fields.as_object().unwrap().clone()).map_err(|error| told(&error))
}

#[test]
fn an_update_is_described_field_by_field() {
    let update = Essay::update()
        .notes(["a"])
        .notes(["b"])
        .overwrite_drafts(3)
        .r#type(json!(null));
    assert_eq!(
        update.describe().unwrap(),
        [
            ("notes", vec![json!(["a"]), json!(["b"])]),
            ("drafts", vec![json!({ "__overwrite__": 3 })]),
            ("type", vec![json!(null)]),
        ]
    );
    assert_eq!(Essay::update().describe().unwrap(), []);
}

#[test]
fn an_update_is_made_from_plain_json() {
    let start = Essay {
        notes: vec!["old".to_owned()],
        drafts: 1,
        ..Essay::default()
    };
    for (name, fields, notes, drafts) in [
        ("nothing", json!({}), &["old"][..], 1),
        (
            "writes",
            json!({ "notes": ["new"], "drafts": 2 }),
            &["old", "new"],
            3,
        ),
        (
            "an overwrite",
            json!({ "notes": { "__overwrite__": ["new"] } }),
            &["new"],
            1,
        ),
        (
            "the other form of one",
            json!({ "drafts": { "type": "__overwrite__", "value": 7 } }),
            &["old"],
            7,
        ),
    ] {
        let state = folded(start.clone(), [from_json(&fields).unwrap()]).unwrap();
        assert_eq!(
            (&state.notes, state.drafts),
            (&notes.iter().map(ToString::to_string).collect(), drafts),
            "{name}"
        );
    }
}

#[test]
fn a_value_that_only_looks_like_an_overwrite_is_a_value() {
    for value in [
        json!({ "type": "__overwrite__" }),
        json!({ "type": "text", "value": 1 }),
        json!({ "__overwrite__": 1, "more": 2 }),
        json!({ "type": "__overwrite__", "valve": 1 }),
    ] {
        let update = from_json(&json!({ "type": value.clone() })).unwrap();
        assert_eq!(folded(Essay::default(), [update]).unwrap().r#type, value);
    }
}

#[test]
fn json_that_does_not_fit_is_told_with_field_and_type() {
    for (fields, want) in [
        (
            json!({ "topik": "tides" }),
            "field `topik` of `Essay` does not decode as JSON: there is no such field; did you \
             mean `topic`?",
        ),
        (
            json!({ "something_else": 1 }),
            "field `something_else` of `Essay` does not decode as JSON: there is no such field",
        ),
        (
            json!({ "notes": 1 }),
            "field `notes` of `Essay`, a `Vec<String>`, does not decode as JSON: invalid type: \
             integer `1`, expected a sequence",
        ),
        (
            json!({ "notes": { "__overwrite__": 1 } }),
            "field `notes` of `Essay`, a `Vec<String>`, does not decode as JSON: invalid type: \
             integer `1`, expected a sequence",
        ),
    ] {
        assert_eq!(from_json(&fields).unwrap_err(), want);
    }
}

#[test]
fn a_stored_update_comes_back_write_by_write() {
    let update = Essay::update().notes(["a"]).notes(["b"]).score(0.5);
    assert_eq!(
        serde_json::to_value(&update).unwrap(),
        json!({ "notes": [{ "put": ["a"] }, { "put": ["b"] }], "score": [{ "put": 0.5 }] })
    );
    assert_eq!(serde_json::to_string(&Essay::update()).unwrap(), "{}");
    let start = Essay::default();
    assert_eq!(
        folded(start.clone(), [stored(&update)]).unwrap(),
        folded(start, [update]).unwrap()
    );
}

/// A float in every kind of place that serde knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Deep {
    list: Vec<f64>,
    pair: (f32, f32),
    map: BTreeMap<String, Shape>,
    new: Option<Meters>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Point(f64, f64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Round(f64),
    Square(f64, f64),
    Box { depth: f64 },
    At(Point),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Measured {
    deep: Deep,
}

fn deep(float: f64) -> Vec<Deep> {
    let shape = |shape| Deep {
        map: [("a".to_owned(), shape)].into(),
        ..Deep::default()
    };
    vec![
        Deep {
            list: vec![0.0, float],
            ..Deep::default()
        },
        #[expect(clippy::cast_possible_truncation, reason = "no digits are looked at")]
        Deep {
            pair: (0.0, float as f32),
            ..Deep::default()
        },
        Deep {
            new: Some(Meters(float)),
            ..Deep::default()
        },
        shape(Shape::Round(float)),
        shape(Shape::Square(0.0, float)),
        shape(Shape::Box { depth: float }),
        shape(Shape::At(Point(0.0, float))),
    ]
}

#[test]
fn a_float_that_json_cannot_hold_is_refused_wherever_it_is() {
    for (float, shown) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
    ] {
        for deep in deep(float) {
            let state = Measured { deep: deep.clone() };
            let error = state.encode_field(place::<Measured>("deep")).unwrap_err();
            assert_eq!(
                told(&error),
                format!(
                    "field `deep` of `Measured` does not encode as JSON: {shown} is a number that \
                     JSON cannot hold"
                ),
                "{deep:?}"
            );
            let error = serde_json::to_value(Measured::update().deep(deep)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("field `deep`: {shown} is a number that JSON cannot hold")
            );
        }
    }
}

#[test]
fn what_is_not_such_a_float_is_stored_as_ever() {
    for deep in deep(-0.1)
        .into_iter()
        .chain(deep(f64::MAX).into_iter().take(1))
    {
        let state = Measured { deep: deep.clone() };
        let bytes = state.encode_field(0).unwrap();
        assert_eq!(bytes, serde_json::to_vec(&deep).unwrap());
        let mut back = Measured::default();
        back.decode_field(0, &bytes).unwrap();
        assert_eq!(back, state);
    }
}
