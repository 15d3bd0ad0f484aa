//! Each page of a site is read by a task of its own, which sends tasks to the pages it links
//! to; a deferred node adds up when no page is left, however deep the links went.
//! Run: `cargo run --example map_reduce`
//! Prints:
//!
//! ```text
//! home has 120 words
//! moon has 300 words
//! spring has 80 words
//! sun has 50 words
//! tides has 200 words
//! 750 words on 5 pages, added up 1 time
//! ```
//!
//! No network.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::collections::BTreeMap;
use std::sync::Arc;

use agentflow::{
    Command, Error, NodeContext, NodeResult, Outcome, START, Send, SendTo, State, StateGraph,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Site {
    #[state(reducer = merge)]
    words: BTreeMap<String, u32>,
    total: u32,
    #[state(reducer = add)]
    additions: u32,
}

/// The compiler checks what the node is sent: a page's name.
const READ: SendTo<String> = SendTo::new("read");

async fn read(page: Arc<String>, _: NodeContext) -> NodeResult<Command<Site>> {
    let (words, links) = fetch(&page);
    let words = Site::update().words(BTreeMap::from([(page.to_string(), words)]));
    let links: Vec<Send> = links
        .iter()
        .map(|link| READ.send((*link).to_owned()))
        .collect();
    Ok(Command::update(words).and_goto(links))
}

/// Stands for a page on the net: its words, and the pages it links to.
fn fetch(page: &str) -> (u32, &'static [&'static str]) {
    match page {
        "home" => (120, &["tides", "sun"]),
        "tides" => (200, &["moon"]),
        "moon" => (300, &["spring"]),
        "sun" => (50, &[]),
        _ => (80, &[]),
    }
}

async fn total(site: Arc<Site>, _: NodeContext) -> NodeResult<SiteUpdate> {
    Ok(Site::update().total(site.words.values().sum()).additions(1))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let graph = StateGraph::new()
        .add_send_node(READ, read)
        .add_node("total", total)
        .defer("total")
        .add_conditional_edges(START, |_: &Site| READ.send("home".to_owned()), [READ])
        .add_edge("read", "total") // every page leads here: deferred, it runs once, after all
        .compile()?;
    let Outcome::Done(site) = graph.thread("site").invoke(Site::default()).await? else {
        unreachable!("no node of this graph asks")
    };
    for (page, words) in &site.words {
        println!("{page} has {words} words");
    }
    let (total, pages, times) = (site.total, site.words.len(), site.additions);
    println!("{total} words on {pages} pages, added up {times} time");
    Ok(())
}
