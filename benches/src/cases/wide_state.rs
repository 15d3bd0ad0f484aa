//! `wide_state`: fifteen fields of a typed state, most of them written in every round.

use std::collections::BTreeMap;
use std::sync::Arc;

use agentflow_core::{Node, NodeContext, NodeResult, State, StateGraph};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wide::{self, Item, Size};
use super::{Bench, Failure, Measured};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
pub(super) struct Wide {
    #[state(reducer = append)]
    msgs: Vec<Item>,
    #[state(reducer = append)]
    events: Vec<Item>,
    #[state(reducer = append)]
    cats: Vec<Item>,
    #[state(reducer = append)]
    resps: Vec<Item>,
    #[state(reducer = newer_text)]
    medium: String,
    auto: Option<Item>,
    #[state(reducer = newer_map)]
    issue: Option<Item>,
    rules: Option<Vec<Item>>,
    docs: Option<Vec<Item>>,
    bot: Option<String>,
    #[state(reducer = newer)]
    user: Option<Item>,
    #[state(reducer = newer)]
    crm: Option<Item>,
    #[state(reducer = newer)]
    thread: Option<Item>,
    #[state(reducer = merge)]
    parts: BTreeMap<String, Arc<Value>>,
    #[state(reducer = merge)]
    assignees: BTreeMap<String, Arc<Value>>,
}

fn newer_text(text: &mut String, write: String) {
    if !write.is_empty() {
        *text = write;
    }
}

fn newer_map(item: &mut Option<Item>, write: Option<Item>) {
    newer(item, write.filter(|map| !map.is_empty()));
}

fn newer(item: &mut Option<Item>, write: Option<Item>) {
    if write.is_some() {
        *item = write;
    }
}

/// What a node has read, as a list and as its last entry.
struct Read {
    many: Vec<Item>,
    one: Option<Item>,
    text: String,
}

impl Read {
    fn map(&self) -> BTreeMap<String, Arc<Value>> {
        self.one.as_deref().cloned().unwrap_or_default()
    }
}

/// A node: what it reads, and what it writes of that.
type ReadWrite = (fn(&Wide) -> Vec<Item>, fn(Read) -> WideUpdate);

fn node(name: &str) -> ReadWrite {
    match name {
        "one" => (
            |wide| wide.msgs.clone(),
            |read| Wide::update().events(read.many).medium(read.text),
        ),
        "two" => (
            |wide| wide.events.clone(),
            |read| Wide::update().auto(read.one.clone()).issue(read.one),
        ),
        "three" => (
            |wide| wide.auto.iter().cloned().collect(),
            |read| Wide::update().rules(read.many),
        ),
        "four" => (
            |wide| wide.events.clone(),
            |read| {
                let update = Wide::update().cats(read.many.clone());
                update.resps(read.many.clone()).docs(read.many)
            },
        ),
        "five" => (
            |wide| wide.cats.clone(),
            |read| {
                let update = Wide::update().parts(read.map()).assignees(read.map());
                let update = update.user(read.one.clone()).crm(read.one.clone());
                update.thread(read.one).bot(read.text)
            },
        ),
        _ => (
            |wide| wide.resps.clone(),
            |read| Wide::update().msgs(read.many),
        ),
    }
}

fn runs((read, write): ReadWrite, text: String) -> impl Node<Wide> {
    move |wide: Arc<Wide>, _: NodeContext| {
        let text = text.clone();
        async move {
            let many = read(&wide);
            let one = many.last().cloned();
            NodeResult::Ok(write(Read { many, one, text }))
        }
    }
}

pub(super) fn graph(size: &Size) -> StateGraph<Wide> {
    wide::graph(
        size,
        |name| runs(node(name), size.text()),
        |wide: &Wide| wide.msgs.len(),
    )
}

pub(crate) async fn run(bench: Bench, n: u64, size: Size) -> Result<Measured, Failure> {
    let input = Wide::update()
        .msgs([size.input()])
        .medium("email".to_owned());
    let messages = |wide: &Wide| wide.msgs.len();
    wide::measure(bench, graph(&size), n, &size, input, messages).await
}
