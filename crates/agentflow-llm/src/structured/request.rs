//! Asks for a value, and asks again where a reply does not fit.

use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::FutureExt;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::error::{ReplyMisfit, StructuredError};
use super::form::Form;
use crate::clip::start_of;
use crate::{ChatModel, ChatReply, ChatRequest, FinishReason, Message, ResponseFormat, Usage};

/// A model that is told what is wrong either fits then or does not understand.
const REPAIRS_MAX_DEFAULT: u32 = 1;

/// Enough of a reply to see what it is.
const START_CHARS_SHOWN: usize = 200;

/// What can be asked of every model besides a reply in words.
pub trait ChatModelExt: ChatModel {
    /// Asks for a value of a Rust type. Nothing happens until it is awaited. The request's
    /// `response_format` is replaced.
    ///
    /// The comments on the type and its fields are what the model reads. Any type will do; one
    /// that is no struct, such as an enum or a list, is asked for as an object with the field
    /// `value`, which a scripted reply has to have too.
    ///
    /// ```
    /// # async fn demo() -> Result<(), agentflow_llm::StructuredError> {
    /// use agentflow_llm::{ChatModelExt, ChatRequest, ScriptedModel};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Verdict {
    ///     /// Whether the change may be merged.
    ///     approved: bool,
    ///     /// One sentence.
    ///     reason: String,
    /// }
    ///
    /// let model = ScriptedModel::replies([
    ///     r#"{"approved": true}"#,
    ///     r#"{"approved": true, "reason": "It has a test."}"#,
    /// ]);
    /// let verdict = model.structured::<Verdict>(ChatRequest::user("+ x")).await?;
    /// assert!(verdict.value.approved);
    /// assert!(model.prompts()[1].contains("missing field `reason`"));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
    /// ```
    fn structured<T: DeserializeOwned + JsonSchema>(
        &self,
        request: ChatRequest,
    ) -> StructuredRequest<'_, Self, T> {
        StructuredRequest {
            model: self,
            request,
            repairs_max: REPAIRS_MAX_DEFAULT,
            told_by: ToldBy::ResponseFormat,
            value: PhantomData,
        }
    }
}

impl<M: ChatModel + ?Sized> ChatModelExt for M {}

/// A value that a model gave, and what it took.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Structured<T> {
    /// The value.
    pub value: T,
    /// The reply that it is from, the last.
    pub reply: ChatReply,
    /// How often the model was asked.
    pub rounds: u32,
    /// What all rounds cost.
    pub usage: Usage,
}

/// A value that is asked for when this is awaited; made by [`ChatModelExt::structured`].
///
/// # Errors
/// Awaiting it gives a [`StructuredError`]. A refusal, a reply that was cut off and a call of
/// a tool are not repaired, nor is an error of the model asked again: that is a layer's work.
///
/// # Cancel safety
/// Dropping the future stops the round that is under way and leaves the model usable.
#[must_use = "nothing is asked until it is awaited"]
pub struct StructuredRequest<'m, M: ?Sized, T> {
    model: &'m M,
    request: ChatRequest,
    repairs_max: u32,
    told_by: ToldBy,
    value: PhantomData<fn() -> T>,
}

/// How the model learns the schema.
#[derive(Debug)]
enum ToldBy {
    ResponseFormat,
    Prompt,
}

impl<M: ?Sized, T> StructuredRequest<'_, M, T> {
    /// How often the model is asked again after a reply that does not fit, 1 by default. It is
    /// shown its own words and what is wrong with them.
    pub fn repairs_max(mut self, repairs: u32) -> Self {
        self.repairs_max = repairs;
        self
    }

    /// Tells the schema in the system prompt and asks the provider for any JSON object, for
    /// servers that do not know `json_schema` and types that have no strict schema.
    pub fn schema_in_prompt(mut self) -> Self {
        self.told_by = ToldBy::Prompt;
        self
    }
}

impl<M: ?Sized, T> std::fmt::Debug for StructuredRequest<'_, M, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StructuredRequest")
            .field("request", &self.request)
            .field("repairs_max", &self.repairs_max)
            .field("told_by", &self.told_by)
            .finish_non_exhaustive()
    }
}

impl<'m, M, T> IntoFuture for StructuredRequest<'m, M, T>
where
    M: ChatModel + ?Sized,
    T: DeserializeOwned + JsonSchema + Send + 'm,
{
    type Output = Result<Structured<T>, StructuredError>;
    type IntoFuture = BoxFuture<'m, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.ask().boxed()
    }
}

impl<M: ChatModel + ?Sized, T: DeserializeOwned + JsonSchema> StructuredRequest<'_, M, T> {
    async fn ask(self) -> Result<Structured<T>, StructuredError> {
        let form = Form::of::<T>();
        let mut request = self.request;
        match self.told_by {
            ToldBy::ResponseFormat => request.response_format = Some(form.response_format()?),
            ToldBy::Prompt => {
                instruct(&mut request.messages, form.instructions());
                request.response_format = Some(ResponseFormat::JsonObject);
            }
        }
        let mut usage = Usage::default();
        let mut rounds = 0;
        loop {
            let reply = match self.model.complete(request.clone()).await {
                Ok(reply) => reply,
                Err(source) => return Err(no_answer(&form, source, usage)),
            };
            rounds += 1;
            usage += reply.usage;
            let problem = match read_reply(&form, &reply, usage)? {
                Ok(value) => {
                    return Ok(Structured {
                        value,
                        reply,
                        rounds,
                        usage,
                    });
                }
                Err(problem) => problem,
            };
            if rounds > self.repairs_max {
                return Err(StructuredError::Misfit {
                    type_name: form.type_name.into_owned(),
                    rounds,
                    problem,
                    start: start_of(reply.text(), START_CHARS_SHOWN),
                    usage,
                });
            }
            tracing::debug!(label = request.label, %problem, "a reply does not fit");
            ask_again(&mut request.messages, reply, &problem);
        }
    }
}

/// The value of a reply, or what a repair may help with; an error where none would.
fn read_reply<T: DeserializeOwned>(
    form: &Form,
    reply: &ChatReply,
    usage: Usage,
) -> Result<Result<T, ReplyMisfit>, StructuredError> {
    let type_name = || form.type_name.clone().into_owned();
    let start = || start_of(reply.text(), START_CHARS_SHOWN);
    if let Some(call) = reply.message.tool_calls.first() {
        return Err(StructuredError::CalledTool {
            type_name: type_name(),
            tool: call.name.clone(),
            usage,
        });
    }
    if reply.finish == FinishReason::Refusal {
        return Err(StructuredError::Refused {
            type_name: type_name(),
            start: start(),
            usage,
        });
    }
    // Some models write blanks without end after an object that is whole.
    match (form.read(reply.text()), &reply.finish) {
        (Err(_), FinishReason::Length) => Err(StructuredError::CutOff {
            type_name: type_name(),
            start: start(),
            usage,
        }),
        (Err(_), FinishReason::ContentFilter) => Err(StructuredError::Filtered {
            type_name: type_name(),
            usage,
        }),
        (read, _) => Ok(read),
    }
}

fn no_answer(form: &Form, source: crate::ModelError, usage: Usage) -> StructuredError {
    StructuredError::Model {
        type_name: form.type_name.clone().into_owned(),
        source: Box::new(source),
        usage,
    }
}

/// Adds to the rules that are there: not every server takes a second system message.
fn instruct(messages: &mut Vec<Message>, instructions: String) {
    match messages.first_mut() {
        Some(Message::System { text, .. }) => {
            text.push_str("\n\n");
            text.push_str(&instructions);
        }
        _ => messages.insert(0, Message::system(instructions)),
    }
}

/// Shows the model its own words and what is wrong with them.
fn ask_again(messages: &mut Vec<Message>, reply: ChatReply, problem: &ReplyMisfit) {
    // Servers refuse a message of a model that says nothing.
    if !reply.text().is_empty() {
        messages.push(reply.message.into());
    }
    messages.push(Message::user(format!(
        "Your reply {problem}. Answer again with the whole JSON object, with all of its fields \
         and nothing around it."
    )));
}
