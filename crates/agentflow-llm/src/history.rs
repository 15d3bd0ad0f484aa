//! Makes a conversation fit into what a model can read.
//!
//! Cuts only between turns, so that what is left is still a conversation that a provider
//! accepts. What single tools may answer is the tool box's business.

use std::ops::Range;
use std::sync::Arc;

use crate::{ChatModel, ChatRequest, EstimatedTokens, Message, ModelError, TokenCounter};

/// What a summary is asked for with.
const SUMMARIZE: &str = "Summarize the conversation so far for somebody who goes on with it: \
     what was asked, what was decided and why, what was found out, which files and names \
     matter, what is still open. No preamble.";

/// What stands before a summary in the conversation.
const SUMMARY_HEADING: &str = "What was said before, in short:";

/// A conversation cut down to a number of tokens.
///
/// Rules ([`Message::System`]) stay. Of the rest the newest stays: from a question on, where
/// there is one, and never half of a turn with tools, since providers refuse a result without
/// its call and a call without its result.
///
/// ```
/// use agentflow_llm::{HistoryLimit, Message};
///
/// let long = "word ".repeat(400);
/// let said = [
///     Message::system("Be brief."),
///     Message::user(long.as_str()),
///     Message::assistant(long),
///     Message::user("And now?"),
/// ];
/// let cut = HistoryLimit::tokens(100).trim(&said);
/// assert_eq!(cut.messages, [said[0].clone(), said[3].clone()]);
/// assert_eq!(cut.left_out, [said[1].clone(), said[2].clone()]);
/// ```
#[derive(Clone)]
pub struct HistoryLimit {
    tokens_max: u64,
    counter: Arc<dyn TokenCounter>,
}

impl std::fmt::Debug for HistoryLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HistoryLimit")
            .field("tokens_max", &self.tokens_max)
            .finish_non_exhaustive()
    }
}

/// A conversation that was cut down.
#[derive(Clone, Debug, PartialEq)]
pub struct TrimmedHistory {
    /// What is left, oldest first. The last turn is there also where it is too long alone.
    pub messages: Vec<Message>,
    /// What was cut out, oldest first.
    pub left_out: Vec<Message>,
    /// The tokens of what is left.
    pub tokens: u64,
}

impl HistoryLimit {
    /// So many tokens, by an estimate. Leave room for the tools' schemas and the reply.
    #[must_use]
    pub fn tokens(tokens_max: u64) -> Self {
        Self {
            tokens_max,
            counter: Arc::new(EstimatedTokens),
        }
    }

    /// Counts by this counter.
    #[must_use]
    pub fn counted_by(mut self, counter: impl TokenCounter + 'static) -> Self {
        self.counter = Arc::new(counter);
        self
    }

    /// Leaves out what is too much.
    #[must_use]
    pub fn trim(&self, messages: &[Message]) -> TrimmedHistory {
        let kept_from = self.kept_from(messages);
        let is_kept = |place: usize, message: &Message| place >= kept_from || is_rule(message);
        let mut trimmed = TrimmedHistory {
            messages: Vec::new(),
            left_out: Vec::new(),
            tokens: 0,
        };
        for (place, message) in messages.iter().enumerate() {
            if is_kept(place, message) {
                trimmed.tokens += self.counter.count_message(message);
                trimmed.messages.push(message.clone());
            } else {
                trimmed.left_out.push(message.clone());
            }
        }
        trimmed
    }

    /// Leaves out what is too much, and puts in a summary of it that `model` writes. The
    /// summary follows the rules at the beginning, as one of them, and counts besides.
    ///
    /// # Errors
    /// As the model; it is not asked if nothing is left out.
    ///
    /// # Cancel safety
    /// Dropping it stops the call to the model; nothing else happens.
    pub async fn summarize(
        &self,
        messages: &[Message],
        model: &dyn ChatModel,
    ) -> Result<TrimmedHistory, ModelError> {
        let mut trimmed = self.trim(messages);
        if trimmed.left_out.is_empty() {
            return Ok(trimmed);
        }
        let mut asked = vec![Message::system(SUMMARIZE)];
        asked.push(Message::user(transcript(&trimmed.left_out)));
        let request = ChatRequest::new(asked).label("summary");
        let summary = model.complete(request).await?;
        let summary = Message::system(format!("{SUMMARY_HEADING}\n{}", summary.text()));
        trimmed.tokens += self.counter.count_message(&summary);
        let rules = trimmed.messages.iter().take_while(|said| is_rule(said));
        let place = rules.count();
        trimmed.messages.insert(place, summary);
        Ok(trimmed)
    }

    /// From where on everything is kept.
    fn kept_from(&self, messages: &[Message]) -> usize {
        let count = |range: Range<usize>| -> u64 {
            let said = messages[range].iter().filter(|said| !is_rule(said));
            said.map(|said| self.counter.count_message(said)).sum()
        };
        let rules = messages.iter().filter(|said| is_rule(said));
        let mut tokens: u64 = rules.map(|rule| self.counter.count_message(rule)).sum();
        let turns = turns(messages);
        let (mut kept_from, mut fits) = (messages.len(), messages.len());
        for turn in turns.into_iter().rev() {
            tokens += count(turn.clone());
            let is_last = kept_from == messages.len();
            if tokens > self.tokens_max && !is_last {
                break;
            }
            fits = turn.start;
            // An answer without its question makes no conversation.
            if is_last || matches!(messages[turn.start], Message::User { .. }) {
                kept_from = turn.start;
            }
        }
        // All of it fits, whoever speaks first.
        if fits == first_turn(messages) {
            fits
        } else {
            kept_from
        }
    }
}

fn is_rule(message: &Message) -> bool {
    matches!(message, Message::System { .. })
}

fn first_turn(messages: &[Message]) -> usize {
    let first = messages.iter().position(|said| !is_rule(said));
    first.unwrap_or(messages.len())
}

/// The turns of a conversation, without rules at their beginnings: a message with the answers
/// of the tools that it calls.
fn turns(messages: &[Message]) -> Vec<Range<usize>> {
    let mut turns: Vec<Range<usize>> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        match (message, turns.last_mut()) {
            (Message::System { .. }, _) => {}
            (Message::Tool { .. }, Some(turn)) => turn.end = place + 1,
            _ => turns.push(place..place + 1),
        }
    }
    turns
}

/// A conversation as one text.
fn transcript(messages: &[Message]) -> String {
    let mut lines = Vec::new();
    for message in messages {
        let who = match message {
            Message::System { .. } => "system",
            Message::User { .. } => "user",
            Message::Assistant(_) => "assistant",
            Message::Tool { .. } => "tool",
        };
        if !message.text().is_empty() {
            lines.push(format!("{who}: {}", message.text()));
        }
        if let Message::Assistant(said) = message {
            let calls = said.tool_calls.iter();
            lines
                .extend(calls.map(|call| format!("{who} calls {}({})", call.name, call.arguments)));
        }
    }
    lines.join("\n\n")
}
