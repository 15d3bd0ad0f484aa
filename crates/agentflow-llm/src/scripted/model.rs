//! The model that answers from a list or a script, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::reply::{MODEL, ScriptedReply};
use super::script::Script;
use crate::clip::start_of;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError};

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
    asked: VecDeque<ChatRequest>,
}

#[derive(Debug)]
enum Source {
    InOrder {
        left: VecDeque<ScriptedReply>,
        given: usize,
    },
    ByLabel(Script),
}

impl ScriptedModel {
    /// Answers with these replies, in this order, and then with
    /// [`ModelError::ScriptExhausted`].
    pub fn replies<R: Into<ScriptedReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        Self::new(Source::InOrder {
            left: replies.into_iter().map(Into::into).collect(),
            given: 0,
        })
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
            inner: Arc::new(Mutex::new(Inner { source, asked })),
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
    fn answer(&mut self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        match self {
            Self::ByLabel(script) => script.answer(request),
            Self::InOrder { left, given } => {
                let reply = left
                    .pop_front()
                    .ok_or_else(|| ModelError::ScriptExhausted {
                        given: *given,
                        prompt: start_of(request.prompt(), PROMPT_CHARS_SHOWN),
                    })?;
                *given += 1;
                reply.given(*given, request)
            }
        }
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn name(&self) -> &str {
        MODEL
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let mut inner = self.lock();
        let answer = inner.source.answer(&request);
        if inner.asked.len() == REQUESTS_KEPT_MAX {
            inner.asked.pop_front();
        }
        inner.asked.push_back(request);
        answer
    }
}
