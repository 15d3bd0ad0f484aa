//! Views of a state, and inputs that write a part of it.

use std::sync::Arc;

use agentflow_core::{Input, NodeContext, NodeResult, START, State, StateGraph, Update, View};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Essay {
    topic: String,
    r#type: Option<String>,
    #[state(reducer = append)]
    notes: Vec<String>,
    #[state(reducer = add)]
    drafts: u32,
}

#[derive(Debug, PartialEq, View)]
#[view(of = Essay)]
struct Topic {
    topic: String,
    r#type: Option<String>,
}

#[derive(View)]
#[view(of = Essay)]
struct Nothing {}

#[derive(Input)]
#[input(of = Essay)]
struct Question {
    topic: String,
    r#type: Option<String>,
    notes: Vec<String>,
}

fn essay() -> Essay {
    Essay {
        topic: "tides".to_owned(),
        r#type: Some("long".to_owned()),
        notes: vec!["a".to_owned()],
        drafts: 2,
    }
}

#[test]
fn a_view_holds_the_fields_of_the_same_names() {
    let topic = Topic {
        topic: "tides".to_owned(),
        r#type: Some("long".to_owned()),
    };
    assert_eq!(Topic::view(&essay()), topic);
    assert_eq!(*Topic::of(Arc::new(essay())), topic);
    assert_eq!(Topic::FIELDS, Some(&["topic", "type"][..]));
    let Nothing {} = Nothing::view(&essay());
}

#[test]
fn a_state_is_the_view_of_all_of_itself_and_is_not_copied_for_it() {
    let state = Arc::new(essay());
    let all: Arc<Essay> = View::of(Arc::clone(&state));
    assert!(Arc::ptr_eq(&state, &all));
    assert_eq!(<Essay as View<Essay>>::FIELDS, None);
    assert_eq!(<Essay as View<Essay>>::view(&state), *state);
}

#[test]
fn an_input_writes_its_fields_and_no_others() {
    let update = EssayUpdate::from(Question {
        topic: "tides".to_owned(),
        r#type: None,
        notes: vec!["a".to_owned()],
    });
    assert_eq!(
        update.describe().unwrap(),
        [
            ("topic", vec![json!("tides")]),
            ("type", vec![json!(null)]),
            ("notes", vec![json!(["a"])]),
        ]
    );
    let whole = EssayUpdate::from(essay()).describe().unwrap();
    let written: Vec<&str> = whole.iter().map(|(field, _)| *field).collect();
    assert_eq!(written, ["topic", "type", "notes", "drafts"]);
}

async fn draft(_: Arc<Essay>, _: NodeContext) -> NodeResult<EssayUpdate> {
    Ok(Essay::update().drafts(1))
}

#[tokio::test]
async fn a_graph_is_invoked_with_an_input() {
    let graph = StateGraph::new()
        .add_node("draft", draft)
        .add_edge(START, "draft")
        .compile()
        .unwrap();
    let question = Question {
        topic: "tides".to_owned(),
        r#type: None,
        notes: Vec::new(),
    };
    let essay = graph
        .thread("t")
        .invoke(question)
        .await
        .unwrap()
        .into_done()
        .unwrap();
    assert_eq!((essay.topic.as_str(), essay.drafts), ("tides", 1));
}
