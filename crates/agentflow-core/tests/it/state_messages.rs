//! The `messages` reducer, case by case.

use std::collections::HashSet;

use agentflow_core::state::{Identified, MessageWrite};
use agentflow_core::{State, Update};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::state_rig::{folded, stored, told};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Message {
    #[serde(default)]
    pub(crate) id: Option<String>,
    pub(crate) text: String,
}

impl Identified for Message {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn set_id(&mut self, id: String) {
        self.id = Some(id);
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Chat {
    #[state(reducer = messages)]
    messages: Vec<Message>,
}

type Change = MessageWrite<Message>;

/// `1:hello` is a message with an id.
fn message(said: &str) -> Message {
    let (id, text) = said.split_once(':').unwrap_or(("", said));
    Message {
        id: (!id.is_empty()).then(|| id.to_owned()),
        text: text.to_owned(),
    }
}

/// `-1` removes a message, `-*` all, everything else is one.
fn change(said: &str) -> Change {
    match said.strip_prefix('-') {
        Some("*") => MessageWrite::remove_all(),
        Some(id) => MessageWrite::remove(id),
        None => message(said).into(),
    }
}

fn chat(said: &[&str]) -> Chat {
    Chat {
        messages: said.iter().map(|said| message(said)).collect(),
    }
}

fn write(said: &[&str]) -> ChatUpdate {
    Chat::update().messages(said.iter().map(|said| change(said)))
}

fn read(chat: &Chat) -> Vec<String> {
    let said =
        |message: &Message| format!("{}:{}", message.id.as_deref().unwrap_or("?"), message.text);
    chat.messages.iter().map(said).collect()
}

#[test]
fn a_write_adds_replaces_and_removes_by_ids() {
    for (name, left, right, want) in [
        (
            "a new id is added",
            &["1:a"][..],
            &["2:b"][..],
            Ok(&["1:a", "2:b"][..]),
        ),
        (
            "a known id replaces in place",
            &["1:a", "2:b"],
            &["1:c"],
            Ok(&["1:c", "2:b"]),
        ),
        (
            "of one id twice the last stays, once",
            &[],
            &["1:a", "2:b", "1:c"],
            Ok(&["1:c", "2:b"]),
        ),
        ("removed", &["1:a", "2:b"], &["-2"], Ok(&["1:a"])),
        (
            "removed twice",
            &["1:a", "2:b"],
            &["-2", "-2"],
            Ok(&["1:a"]),
        ),
        (
            "removed and put again stays in place",
            &["1:a", "2:b"],
            &["-1", "1:c"],
            Ok(&["1:c", "2:b"]),
        ),
        (
            "removed, put twice",
            &["1:a"],
            &["-1", "1:b", "1:c"],
            Ok(&["1:c"]),
        ),
        (
            "put and removed is gone",
            &["1:a"],
            &["2:b", "-2"],
            Ok(&["1:a"]),
        ),
        (
            "mixed",
            &["1:a", "2:b", "3:c"],
            &["4:d", "-2", "1:e"],
            Ok(&["1:e", "3:c", "4:d"]),
        ),
        ("nothing to nothing", &[], &[], Ok(&[])),
        ("nothing to something", &["1:a"], &[], Ok(&["1:a"])),
        ("all by their ids", &["1:a", "2:b"], &["-1", "-2"], Ok(&[])),
        ("all", &["1:a", "2:b"], &["-*"], Ok(&[])),
        ("all, then one", &["1:a"], &["-*", "2:b"], Ok(&["2:b"])),
        (
            "one, then all, then one",
            &["1:a"],
            &["2:b", "-*", "3:c"],
            Ok(&["3:c"]),
        ),
        (
            "up to the last of all",
            &["1:a"],
            &["-*", "2:b", "-*", "3:c"],
            Ok(&["3:c"]),
        ),
        (
            "the same id after all",
            &["0:z", "1:a"],
            &["-*", "1:b"],
            Ok(&["1:b"]),
        ),
        ("an unknown id before all", &["1:a"], &["-9", "-*"], Ok(&[])),
        ("an unknown id", &["1:a"], &["2:b", "-9"], Err("9")),
        (
            "put only after it is removed",
            &[],
            &["-9", "9:z"],
            Err("9"),
        ),
        ("a known id after all", &["1:a"], &["-*", "-1"], Err("1")),
        (
            "many at once",
            &["1:a", "2:b", "3:c"],
            &[
                "9:i", "8:h", "7:g", "-2", "3:C", "6:f", "5:e", "9:I", "4:d", "-8",
            ],
            Ok(&["1:a", "3:C", "9:I", "7:g", "6:f", "5:e", "4:d"]),
        ),
    ] {
        match (folded(chat(left), [write(right)]), want) {
            (Ok(got), Ok(want)) => assert_eq!(read(&got), want, "{name}"),
            (Err(error), Err(id)) => assert_eq!(
                told(&error),
                format!(
                    "the reducer of `messages` refused a write: there is no message with the id \
                     `{id}` to remove"
                ),
                "{name}"
            ),
            (got, want) => panic!("{name}: {got:?} instead of {want:?}"),
        }
    }
}

#[test]
fn ids_are_made_with_the_write_so_that_folding_again_comes_to_the_same() {
    let update = Chat::update().messages([message("a"), message("b")]);
    let once = folded(Chat::default(), [update.clone()]).unwrap();
    let again = folded(Chat::default(), [stored(&update)]).unwrap();
    assert_eq!(once, again);
    let ids: HashSet<&str> = once.messages.iter().filter_map(Identified::id).collect();
    assert_eq!(ids.len(), 2, "every message has an id of its own");

    let input = folded(Chat::default(), [chat(&["a"]).into()]).unwrap();
    assert!(
        input.messages[0].id.is_some(),
        "a whole state is a write too"
    );
    let over = Chat::update().overwrite_messages(vec![message("a")]);
    let over = folded(chat(&["1:z"]), [over]).unwrap();
    assert!(over.messages.len() == 1 && over.messages[0].id.is_some());
}

#[test]
fn a_write_takes_messages_changes_or_both() {
    let update = Chat::update()
        .messages([message("1:a"), message("2:b")])
        .messages(vec![MessageWrite::remove("1")])
        .messages([message("3:c").into(), MessageWrite::remove("2")]);
    assert_eq!(read(&folded(Chat::default(), [update]).unwrap()), ["3:c"]);
}

#[test]
fn plain_json_holds_messages_as_themselves() {
    let update = write(&["-*", "1:a", "-1"]);
    let plain = json!([
        { "type": "remove", "id": "__remove_all__" },
        { "id": "1", "text": "a" },
        { "type": "remove", "id": "1" },
    ]);
    assert_eq!(
        update.describe().unwrap(),
        [("messages", vec![plain.clone()])]
    );

    for (name, value, want) in [
        ("a list", plain, &[][..]),
        ("one", json!({ "id": "1", "text": "b" }), &["1:b"]),
        (
            "an overwrite",
            json!({ "__overwrite__": [{ "id": "3", "text": "c" }] }),
            &["3:c"],
        ),
    ] {
        let fields = json!({ "messages": value });
        let update = ChatUpdate::from_json(fields.as_object().unwrap().clone()).unwrap();
        assert_eq!(
            read(&folded(chat(&["1:z"]), [update]).unwrap()),
            want,
            "{name}"
        );
    }
    let fields = json!({ "messages": [{ "text": "no id" }] });
    let update = ChatUpdate::from_json(fields.as_object().unwrap().clone()).unwrap();
    let state = folded(Chat::default(), [update]).unwrap();
    assert!(state.messages[0].id.is_some(), "an id is made here too");
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one = prop_oneof![
        6 => (0..12_u8, "[a-z]").prop_map(|(id, text)| message(&format!("{id}:{text}")).into()),
        2 => (0..12_u8).prop_map(|id| MessageWrite::remove(id.to_string())),
        1 => Just(MessageWrite::remove_all()),
    ];
    proptest::collection::vec(one, 0..20)
}

/// The same rules, change by change over a plain list.
fn one_by_one(mut list: Vec<Message>, changes: &[Change]) -> Option<Vec<Message>> {
    let from = changes
        .iter()
        .rposition(|change| *change == MessageWrite::RemoveAll);
    if from.is_some() {
        list.clear();
    }
    let mut gone: HashSet<String> = HashSet::new();
    for change in &changes[from.map_or(0, |at| at + 1)..] {
        match change {
            MessageWrite::Put(new) => {
                gone.remove(new.id().unwrap_or_default());
                match list.iter_mut().find(|known| known.id == new.id) {
                    Some(known) => *known = new.clone(),
                    None => list.push(new.clone()),
                }
            }
            MessageWrite::Remove(id) => {
                list.iter().find(|known| known.id() == Some(id))?;
                gone.insert(id.clone());
            }
            MessageWrite::RemoveAll => unreachable!("cut off"),
        }
    }
    list.retain(|message| !gone.contains(message.id().unwrap_or_default()));
    Some(list)
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_write_does_what_its_changes_do(first in changes(), second in changes()) {
        let left = one_by_one(Vec::new(), &first).unwrap_or_default();
        let want = one_by_one(left.clone(), &second);
        let got = folded(Chat { messages: left }, [Chat::update().messages(second)]);
        prop_assert_eq!(got.ok().map(|chat| chat.messages), want);
    }

    #[test]
    fn writing_messages_again_changes_nothing(first in changes(), second in changes()) {
        let left = one_by_one(Vec::new(), &first).unwrap_or_default();
        let second: Vec<_> = second.into_iter().filter(|change| matches!(change, MessageWrite::Put(_))).collect();
        let update = Chat::update().messages(second);
        let once = folded(Chat { messages: left }, [update.clone()]).unwrap();
        let twice = folded(once.clone(), [update]).unwrap();
        prop_assert_eq!(&once, &twice);
        let itself = folded(once.clone(), [once.clone().into()]).unwrap();
        prop_assert_eq!(once, itself, "a state given to itself as input");
    }
}
