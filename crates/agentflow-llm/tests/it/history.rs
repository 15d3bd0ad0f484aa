//! What is left of a conversation that is too long.

use agentflow_llm::{
    AssistantMessage, HistoryLimit, Message, ScriptedModel, TokenCounter, ToolCall, TrimmedHistory,
};
use proptest::prelude::*;

/// A token for each character, so that the tables can be read.
struct Characters;

impl TokenCounter for Characters {
    fn count(&self, text: &str) -> u64 {
        text.chars().count() as u64
    }

    fn count_message(&self, message: &Message) -> u64 {
        self.count(message.text())
    }
}

/// A conversation by its speakers: a rule, a question, an answer, a call of a tool or its
/// result, each of ten characters.
fn conversation(speakers: &str) -> Vec<Message> {
    let message = |(place, speaker): (usize, char)| {
        let text = format!("{place:0>10}");
        match speaker {
            's' => Message::system(text),
            'u' => Message::user(text),
            'c' => {
                let call = ToolCall::new(format!("c{place}"), "read_file", "{}");
                let mut said = AssistantMessage::tool_calls([call]);
                said.text = Some(text);
                said.into()
            }
            't' => Message::tool_result(format!("c{place}"), text),
            _ => Message::assistant(text),
        }
    };
    speakers.chars().enumerate().map(message).collect()
}

fn speakers(messages: &[Message]) -> String {
    let speaker = |message: &Message| match message {
        Message::System { .. } => 's',
        Message::User { .. } => 'u',
        Message::Tool { .. } => 't',
        Message::Assistant(said) if !said.tool_calls.is_empty() => 'c',
        _ => 'a',
    };
    messages.iter().map(speaker).collect()
}

fn trim(said: &[Message], tokens_max: u64) -> TrimmedHistory {
    HistoryLimit::tokens(tokens_max)
        .counted_by(Characters)
        .trim(said)
}

#[test]
fn the_newest_turns_stay_whole_and_begin_with_a_question() {
    for (name, said, tokens_max, left) in [
        ("all of it fits", "suaua", 50, "suaua"),
        ("the rules and the newest", "suaua", 40, "sua"),
        ("an answer goes with its question", "suaua", 30, "sua"),
        ("the last turn stays", "suaua", 20, "sa"),
        (
            "the last turn stays, though it is too long",
            "suaua",
            5,
            "sa",
        ),
        ("a call stays with its results", "uctta", 50, "uctta"),
        ("or goes with them", "ucttaua", 50, "ua"),
        ("the last turn has tools", "uuctt", 30, "ctt"),
        ("rules stay wherever they are", "suasua", 40, "ssua"),
        (
            "who speaks first does not matter if all fits",
            "saua",
            40,
            "saua",
        ),
        ("nothing was said", "", 10, ""),
        ("there are only rules", "ss", 5, "ss"),
    ] {
        let said = conversation(said);
        let cut = trim(&said, tokens_max);
        assert_eq!(speakers(&cut.messages), left, "{name}");
        let tokens = 10 * cut.messages.len() as u64;
        assert_eq!(cut.tokens, tokens, "{name}");
    }
}

proptest! {
    #[test]
    fn a_cut_conversation_is_one_that_a_provider_takes(
        turns in prop::collection::vec("s|u|a|ct|ctt", 0..12),
        tokens_max in 0_u64..200,
    ) {
        let said = conversation(&turns.concat());
        let cut = trim(&said, tokens_max);
        let left = speakers(&cut.messages);
        // Nothing is lost or doubled, and the order stays.
        let mut all: Vec<_> = cut.messages.iter().chain(&cut.left_out).collect();
        all.sort_by_key(|message| message.text().parse::<u32>().unwrap());
        prop_assert_eq!(all, said.iter().collect::<Vec<_>>());
        let places = cut.messages.iter().map(|message| message.text());
        prop_assert!(places.is_sorted());
        // No result is without its call.
        let spoken = left.replace('s', "");
        prop_assert!(!spoken.starts_with('t'), "{}", left);
        // What is too long is the last turn and rules.
        let turns = spoken.replace('t', "").len();
        prop_assert!(cut.tokens <= tokens_max || turns <= 1 , "{}", left);
        prop_assert!(!speakers(&cut.left_out).contains('s'));
    }
}

#[tokio::test]
async fn what_is_left_out_is_summarized_after_the_rules() {
    let said = conversation("suctaua");
    let model = ScriptedModel::replies(["they talked"]);
    let limit = HistoryLimit::tokens(30).counted_by(Characters);
    let cut = limit.summarize(&said, &model).await.unwrap();
    assert_eq!(speakers(&cut.messages), "ssua");
    let summary = "What was said before, in short:\nthey talked";
    assert_eq!(cut.messages[1].text(), summary);
    assert_eq!(cut.tokens, 30 + summary.len() as u64);
    let asked = "user: 0000000001\n\nassistant: 0000000002\n\nassistant calls read_file({})\n\n\
                 tool: 0000000003\n\nassistant: 0000000004";
    assert_eq!(model.prompts(), [asked]);
}

#[tokio::test]
async fn nobody_is_asked_for_a_summary_of_nothing() {
    let said = conversation("sua");
    let model = ScriptedModel::replies(["never"]);
    let cut = HistoryLimit::tokens(1000).summarize(&said, &model).await;
    assert_eq!(cut.unwrap().messages, said);
    assert_eq!(model.requests().len(), 0);
}
