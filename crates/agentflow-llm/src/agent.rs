//! The loop of a model and its tools as a graph: ask, call what it wants called, ask again.
//!
//! Decides nothing about what is said: a system prompt is a message of the input, and what a
//! request needs besides the conversation is added by a layer around the model. Whether a call
//! is allowed is decided by the tools.

use std::sync::Arc;

use agentflow_core::state::{MessageWrite, MessageWrites};
use agentflow_core::{
    Command, END, Node, NodeContext, NodeError, NodeResult, START, Send, SendTo, Spend, State,
    StateGraph, StreamMode,
};
use serde::{Deserialize, Serialize};

use crate::{
    AssistantMessage, ChatModel, ChatReply, ChatRequest, Message, MessageDelta, ModelError,
    ReplyEvent, ToolBox, ToolCall, ToolSpec,
};

const AGENT: &str = "agent";
const TOOLS: SendTo<ToolCall> = SendTo::new("tools");

/// Supersteps that a tool call takes: its answer, and the model that reads it.
const STEPS_PER_CALL: u64 = 2;

/// What the agent says instead of calls for which no supersteps are left.
const NEED_MORE_STEPS: &str = "Sorry, need more steps to process this request.";

/// What an agent remembers: the conversation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
pub struct AgentState {
    /// What was said so far, oldest first. One with a known id replaces that message.
    #[state(reducer = messages)]
    pub messages: Vec<Message>,
}

impl AgentState {
    /// A conversation of these messages, usually a system prompt and a question.
    pub fn of(messages: impl IntoIterator<Item = Message>) -> Self {
        Self {
            messages: messages.into_iter().collect(),
        }
    }
}

/// A graph that asks `model`, answers the tools it calls and asks again, until it calls none.
///
/// - The calls of one reply run side by side, each as a task of its own: one that is answered
///   is not called again, whatever becomes of the others. Answers come in the order of the
///   calls.
/// - A tool that fails, does not exist or was called wrongly is told to the model; see
///   [`ToolBox::call`]. Only [`ToolError::Fatal`](crate::ToolError::Fatal) fails the run.
/// - If the run's `step_limit` leaves no room for an answer to a call, the agent says that it
///   needs more steps, and the run ends well.
/// - The run's budget is charged with what replies cost.
/// - Watchers of [`StreamMode::Messages`](agentflow_core::StreamMode::Messages) see each
///   reply while it is written and then as a whole, and each answer of a tool, as
///   [`MessageEvent`](crate::MessageEvent)s.
/// - Requests have the label `agent` and the thread's id, and are made by
///   [`ChatModel::stream`] where somebody watches messages. An error of the model that may
///   pass, before or within its reply, is left to the node's retry policy;
///   others fail the run at once. What was shown of a reply that broke off is shown again
///   with the next attempt, under another id.
///
/// The nodes are `agent` and `tools`: name them to give them limits or a retry policy.
///
/// ```
/// # async fn demo() -> Result<(), agentflow_core::Error> {
/// use agentflow_llm::{AgentState, Message, ScriptedModel, ScriptedReply, ToolBox, agent, tool_fn};
/// use serde_json::json;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct City {
///     name: String,
/// }
///
/// let weather = tool_fn("weather", "The weather of a city.", |city: City| async move {
///     Ok(format!("sunny in {}", city.name))
/// });
/// let model = ScriptedModel::replies([
///     ScriptedReply::call("weather", json!({"name": "Oslo"})),
///     ScriptedReply::from("It is sunny."),
/// ]);
/// let graph = agent(model, ToolBox::new().with(weather)).compile()?;
/// let asked = AgentState::of([Message::user("What is the weather in Oslo?")]);
/// let outcome = graph.thread("t").invoke(asked).await?;
/// let said = outcome.into_done().map(|state| state.messages).unwrap_or_default();
/// let texts: Vec<&str> = said.iter().map(Message::text).collect();
/// assert_eq!(texts, ["What is the weather in Oslo?", "", "sunny in Oslo", "It is sunny."]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
pub fn agent(model: impl ChatModel + 'static, tools: ToolBox) -> StateGraph<AgentState> {
    let asks = Asks {
        model,
        specs: tools.specs(),
    };
    StateGraph::new()
        .add_node(AGENT, asks)
        .add_send_node(TOOLS, Answers { tools })
        .add_edge(START, AGENT)
        .add_conditional_edges(AGENT, called, [TOOLS.name(), END])
        .add_edge(TOOLS, AGENT)
}

/// One task for each tool that the model wants called; none ends the graph.
fn called(state: &AgentState) -> Vec<Send> {
    match state.messages.last() {
        Some(Message::Assistant(said)) => {
            let calls = said.tool_calls.iter().cloned();
            calls.map(|call| TOOLS.send(call)).collect()
        }
        _ => Vec::new(),
    }
}

/// The node `agent`.
#[derive(Debug)]
struct Asks<M> {
    model: M,
    /// Made once: tools do not change while they are in use.
    specs: Vec<ToolSpec>,
}

impl<M: ChatModel + 'static> Node<AgentState> for Asks<M> {
    async fn run(
        &self,
        state: Arc<AgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<AgentState>> {
        let request = ChatRequest::new(state.messages.iter().cloned())
            .tools(self.specs.iter().cloned())
            .label(AGENT)
            .thread(cx.thread());
        let id = new_id();
        let reply = self.read(request, &id, &cx).await?;
        cx.spend(Spend {
            tokens: reply.usage.total_tokens(),
            cost_micros: reply.usage.cost_micro_usd.unwrap_or(0),
        });
        let mut said = reply.message;
        if !said.tool_calls.is_empty() && cx.remaining_steps() < STEPS_PER_CALL {
            said = AssistantMessage::text(NEED_MORE_STEPS);
        }
        // Its pieces were told under this id.
        said.id = Some(id);
        say(said.into(), &cx).await
    }
}

impl<M: ChatModel> Asks<M> {
    /// Asks, and shows watchers, if there are any, the reply while it is written.
    async fn read(
        &self,
        request: ChatRequest,
        id: &str,
        cx: &NodeContext,
    ) -> NodeResult<ChatReply> {
        if !cx.is_watched(StreamMode::Messages) {
            return self.model.complete(request).await.map_err(model_error);
        }
        let mut reply = self.model.stream(request).await.map_err(model_error)?;
        while let Some(event) = reply.next().await {
            let event = match event.map_err(model_error)? {
                ReplyEvent::Done { reply } => return Ok(reply),
                event => event,
            };
            let message_id = id.to_owned();
            cx.emit_message(MessageDelta { message_id, event }).await?;
        }
        reply.into_reply().await.map_err(model_error)
    }
}

/// An id for a message that is still to be written, as a list of messages makes it.
fn new_id() -> String {
    let put = MessageWrites::from(vec![Message::assistant("")]);
    let mut ids = put.as_slice().iter().filter_map(|write| match write {
        MessageWrite::Put(message) => message.id(),
        _ => None,
    });
    let id = ids.next().expect("a message that is put has an id");
    id.to_owned()
}

/// The node `tools`.
#[derive(Debug)]
struct Answers {
    tools: ToolBox,
}

impl Node<AgentState, ToolCall> for Answers {
    async fn run(&self, call: Arc<ToolCall>, cx: NodeContext) -> NodeResult<Command<AgentState>> {
        let answer = self.tools.call(&call).await.map_err(NodeError::fatal)?;
        say(answer, &cx).await
    }
}

/// Adds a message to the conversation, under the id that watchers are told.
async fn say(message: Message, cx: &NodeContext) -> NodeResult<Command<AgentState>> {
    let said = MessageWrites::from(vec![message]);
    for write in said.as_slice() {
        if let MessageWrite::Put(message) = write {
            cx.emit_message(message).await?;
        }
    }
    Ok(AgentState::update()
        .messages(said.as_slice().to_vec())
        .into())
}

fn model_error(error: ModelError) -> NodeError {
    if error.is_retryable() {
        NodeError::failed(error)
    } else {
        NodeError::fatal(error)
    }
}
