//! The model that answers from a list, a function or a script, and remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::reply::{Answer, MODEL, ScriptedReply};
use super::script::Script;
use crate::clip::start_of;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyStream};

/// Requests remembered, the newest; a demo that runs for days must not grow without end.
const REQUESTS_KEPT_MAX: usize = 10_000;

/// Enough of an unanswered prompt to find where it comes from.
const PROMPT_CHARS_SHOWN: usize = 120;

/// A model whose replies are written down. Cheap to clone; clones share replies and memory.
///
/// ```
/// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
/// use agentflow_llm::{ChatModel, ChatRequest, ScriptedModel};
///
/// let model = ScriptedModel::replies(["not json", r#""approve""#]);
/// assert_eq!(model.complete(ChatRequest::user("+ x")).await?.text(), "not json");
/// assert_eq!(model.complete(ChatRequest::user("+ x")).await?.text(), r#""approve""#);
/// assert_eq!(model.prompts(), ["+ x", "+ x"]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ScriptedModel {
    // One lock for both, so that concurrent requests get replies in the order they are remembered.
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    source: Source,
    given: usize,
    asked: VecDeque<ChatRequest>,
}

enum Source {
    InOrder(VecDeque<ScriptedReply>),
    /// Each with what the prompt has to contain.
    ByPrompt(Vec<(String, ScriptedReply)>),
    ByFunction(Box<dyn Fn(&ChatRequest) -> ScriptedReply + Send + Sync>),
    ByLabel(Script),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InOrder(left) => f.debug_tuple("InOrder").field(left).finish(),
            Self::ByPrompt(left) => f.debug_tuple("ByPrompt").field(left).finish(),
            Self::ByFunction(_) => f.debug_tuple("ByFunction").finish_non_exhaustive(),
            Self::ByLabel(script) => f.debug_tuple("ByLabel").field(script).finish(),
        }
    }
}

impl ScriptedModel {
    /// Answers with these replies, in this order, and then with
    /// [`ModelError::ScriptExhausted`].
    pub fn replies<R: Into<ScriptedReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        Self::new(Source::InOrder(
            replies.into_iter().map(Into::into).collect(),
        ))
    }

    /// Answers a request with the first of these replies that is left and whose text is part
    /// of the request's last user message, each once; and then with
    /// [`ModelError::ScriptExhausted`].
    ///
    /// ```
    /// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
    /// use agentflow_llm::{ChatModel, ChatRequest, ScriptedModel};
    ///
    /// let model = ScriptedModel::by_prompt([("plan", "1. Read."), ("test", "It passes.")]);
    /// assert_eq!(model.complete(ChatRequest::user("run the tests")).await?.text(), "It passes.");
    /// assert_eq!(model.complete(ChatRequest::user("make a plan")).await?.text(), "1. Read.");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
    /// ```
    pub fn by_prompt<P: Into<String>, R: Into<ScriptedReply>>(
        replies: impl IntoIterator<Item = (P, R)>,
    ) -> Self {
        let replies = replies.into_iter();
        let replies = replies.map(|(part, reply)| (part.into(), reply.into()));
        Self::new(Source::ByPrompt(replies.collect()))
    }

    /// Answers each request with what the function says.
    ///
    /// ```
    /// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
    /// use agentflow_llm::{ChatModel, ChatRequest, ScriptedModel};
    ///
    /// let model = ScriptedModel::by_function(|request| request.prompt().to_uppercase());
    /// assert_eq!(model.complete(ChatRequest::user("hi")).await?.text(), "HI");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
    /// ```
    pub fn by_function<R: Into<ScriptedReply>>(
        reply: impl Fn(&ChatRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        let reply = move |request: &ChatRequest| reply(request).into();
        Self::new(Source::ByFunction(Box::new(reply)))
    }

    /// Answers by what a request is, so that the same request always gets the same reply, in
    /// this process or the next.
    #[must_use]
    pub fn from_script(script: Script) -> Self {
        Self::new(Source::ByLabel(script))
    }

    fn new(source: Source) -> Self {
        let asked = VecDeque::new();
        Self {
            inner: Arc::new(Mutex::new(Inner {
                source,
                given: 0,
                asked,
            })),
        }
    }

    /// The last user message of each request so far, oldest first; the newest 10,000.
    #[must_use]
    pub fn prompts(&self) -> Vec<String> {
        let inner = self.lock();
        let prompts = inner.asked.iter().map(ChatRequest::prompt);
        prompts.map(str::to_owned).collect()
    }

    /// Each request so far, answered or not, oldest first; the newest 10,000.
    #[must_use]
    pub fn requests(&self) -> Vec<ChatRequest> {
        self.lock().asked.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics half way through a change, so a poisoned lock guards good data.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// The reply that is meant for this request, if one is left.
    fn next(&mut self, request: &ChatRequest) -> Option<ScriptedReply> {
        match self {
            Self::InOrder(left) => left.pop_front(),
            Self::ByPrompt(left) => {
                let fits = |(part, _): &(String, _)| request.prompt().contains(part.as_str());
                let place = left.iter().position(fits)?;
                Some(left.remove(place).1)
            }
            Self::ByFunction(reply) => Some(reply(request)),
            Self::ByLabel(script) => Some(script.answer(request)),
        }
    }
}

impl Inner {
    fn answer(&mut self, request: ChatRequest) -> Answer {
        let answer = match self.source.next(&request) {
            Some(reply) => {
                self.given += 1;
                reply.given(self.given, &request)
            }
            None => Answer::at_once(Err(ModelError::ScriptExhausted {
                given: self.given,
                prompt: start_of(request.prompt(), PROMPT_CHARS_SHOWN),
            })),
        };
        if self.asked.len() == REQUESTS_KEPT_MAX {
            self.asked.pop_front();
        }
        self.asked.push_back(request);
        answer
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn name(&self) -> &str {
        MODEL
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let answer = self.lock().answer(request);
        answer.complete().await
    }

    /// Gives the reply word by word.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let answer = self.lock().answer(request);
        answer.stream().await
    }
}
