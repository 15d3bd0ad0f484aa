//! `wide_dict`: the same fifteen channels in an untyped map.
//!
//! Our states are typed, so the map is one field, whose reducer knows the channels by
//! their names. What a superstep writes to one of them is therefore stored with all.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentflow_core::{Node, NodeContext, NodeResult, State};
use serde::{Deserialize, Serialize};

use super::wide::{self, Item, Size};
use super::{Bench, Failure, Measured};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Wide {
    #[state(reducer = fold)]
    channels: Channels,
}

type Channels = BTreeMap<String, Any>;

/// Whatever a channel may hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Any {
    Text(String),
    List(Vec<Item>),
    Map(Item),
}

/// Folds what was written to each channel as that channel wants it.
fn fold(channels: &mut Channels, writes: Channels) {
    for (name, write) in writes {
        match (name.as_str(), channels.get_mut(&name), write) {
            ("msgs" | "events" | "cats" | "resps", Some(Any::List(list)), Any::List(mut more)) => {
                list.append(&mut more);
            }
            ("parts" | "assignees", Some(Any::Map(map)), Any::Map(more)) => {
                let more = more
                    .iter()
                    .map(|(key, value)| (key.clone(), Arc::clone(value)));
                Arc::make_mut(map).extend(more);
            }
            ("medium", Some(_), Any::Text(text)) if text.is_empty() => {}
            ("issue", Some(_), Any::Map(map)) if map.is_empty() => {}
            (_, _, write) => drop(channels.insert(name, write)),
        }
    }
}

/// What each node reads, and which channels it writes.
fn channels_of(node: &str) -> (&'static str, &'static [&'static str]) {
    match node {
        "one" => ("msgs", &["events", "medium"]),
        "two" => ("events", &["auto", "issue"]),
        "three" => ("auto", &["rules"]),
        "four" => ("events", &["cats", "resps", "docs"]),
        "five" => (
            "cats",
            &["user", "crm", "thread", "parts", "bot", "assignees"],
        ),
        _ => ("resps", &["msgs"]),
    }
}

fn read(channels: &Channels, name: &str) -> Vec<Item> {
    match channels.get(name) {
        Some(Any::List(list)) => list.clone(),
        Some(Any::Map(map)) => vec![Arc::clone(map)],
        _ => Vec::new(),
    }
}

fn write(name: &str, many: &[Item], text: &str) -> Option<Any> {
    Some(match name {
        "msgs" | "events" | "cats" | "resps" | "docs" | "rules" => Any::List(many.to_vec()),
        "user" | "crm" | "thread" | "parts" | "assignees" | "auto" | "issue" => {
            Any::Map(Arc::clone(many.last()?))
        }
        _ => Any::Text(text.to_owned()),
    })
}

fn node(name: &str, text: String) -> impl Node<Wide> + use<> {
    let (from, to) = channels_of(name);
    let text: Arc<str> = text.into();
    move |wide: Arc<Wide>, _: NodeContext| {
        let text = Arc::clone(&text);
        async move {
            let many = read(&wide.channels, from);
            let writes = to.iter().filter_map(|name| {
                let write = write(name, &many, &text)?;
                Some(((*name).to_owned(), write))
            });
            NodeResult::Ok(Wide::update().channels(writes.collect::<Channels>()))
        }
    }
}

fn messages(wide: &Wide) -> usize {
    match wide.channels.get("msgs") {
        Some(Any::List(list)) => list.len(),
        _ => 0,
    }
}

pub(crate) async fn run(bench: Bench, n: u64, size: Size) -> Result<Measured, Failure> {
    let graph = wide::graph(&size, |name| node(name, size.text()), messages);
    let input = Channels::from([
        ("msgs".to_owned(), Any::List(vec![size.input()])),
        ("medium".to_owned(), Any::Text("email".to_owned())),
    ]);
    let input = Wide::update().channels(input);
    wide::measure(bench, graph, n, &size, input, messages).await
}
