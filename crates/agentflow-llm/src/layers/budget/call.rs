//! One call on its way, which is charged however it ends.

use std::sync::Arc;

use agentflow_core::ThreadId;

use super::on_the_way::Watch;
use super::terms::Terms;
use crate::tokens::{chars, estimated};
use crate::{AssistantMessage, ChatReply, ChatRequest, ModelError, ReplyEvent, Usage};

/// A call that was let through. Dropped before it has ended, it is charged what came of it.
pub(super) struct Call {
    terms: Arc<Terms>,
    watch: Arc<Watch>,
    thread: Option<ThreadId>,
    /// The model that was asked, by whose price an estimate is made.
    model: String,
    prompt_tokens: u64,
    heard: Heard,
    ending: Ending,
}

/// How much of a reply has come, in characters.
#[derive(Default)]
struct Heard {
    said: u64,
    reasoned: u64,
}

#[derive(PartialEq)]
enum Ending {
    /// Nothing is charged yet.
    Open,
    /// It is in the ledger's memory.
    Noted,
    /// It is stored, or costs nothing.
    Settled,
}

impl Call {
    pub(super) async fn begin(
        terms: &Arc<Terms>,
        request: &ChatRequest,
        model: &str,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            watch: Arc::new(terms.admit(request).await?),
            terms: Arc::clone(terms),
            thread: request.thread.clone(),
            model: request.model.as_deref().unwrap_or(model).to_owned(),
            prompt_tokens: prompt_tokens(request),
            heard: Heard::default(),
            ending: Ending::Open,
        })
    }

    /// It ended without a reply that could be used. A refusal costs nothing; an answer that
    /// cannot be read, or comes too late, was written and is charged by an estimate.
    pub(super) fn failed(mut self, error: &ModelError) {
        let was_answered = matches!(
            error,
            ModelError::InvalidReply { .. } | ModelError::Timeout { .. }
        );
        if !was_answered {
            self.ending = Ending::Settled;
        }
    }

    /// It was answered. The reply is handed out only after this.
    pub(super) async fn answered(&mut self, reply: &ChatReply) -> Result<(), ModelError> {
        let usage = self.terms.priced(&reply.model, reply.usage);
        self.charge(usage).await?;
        // What is charged is charged: a reply is not taken away because nobody can be told.
        if let Err(error) = self.terms.tell(&self.watch).await {
            tracing::warn!(%error, "nobody is told what is spent of a budget");
        }
        Ok(())
    }

    /// Takes note of an event of the reply, and charges if it is the last.
    pub(super) async fn hear(
        &mut self,
        event: Result<ReplyEvent, ModelError>,
    ) -> Result<ReplyEvent, ModelError> {
        match &event {
            Ok(ReplyEvent::Done { reply }) => self.answered(reply).await?,
            Ok(event) => self.heard.add(event),
            Err(_) => self.broke_off().await,
        }
        event
    }

    /// It failed in the middle.
    async fn broke_off(&mut self) {
        let usage = self.estimate();
        let charged = match self.charge(usage).await {
            Ok(()) => self.terms.tell(&self.watch).await,
            Err(error) => Err(error),
        };
        // The caller is told why the reply broke off, which is the older trouble.
        if let Err(error) = charged {
            tracing::warn!(%error, "a reply that broke off is not charged yet");
        }
    }

    async fn charge(&mut self, usage: Usage) -> Result<(), ModelError> {
        self.terms.ledger.note(self.thread.as_ref(), usage);
        self.ending = Ending::Noted;
        let stored = self.terms.ledger.flush().await;
        stored.map_err(|source| ModelError::NotCharged { source })?;
        self.ending = Ending::Settled;
        Ok(())
    }

    fn estimate(&self) -> Usage {
        let reasoning_tokens = estimated(self.heard.reasoned);
        let completion = reasoning_tokens + estimated(self.heard.said);
        let usage = Usage {
            reasoning_tokens,
            ..Usage::tokens(self.prompt_tokens, completion)
        };
        self.terms.priced(&self.model, usage)
    }
}

impl Heard {
    fn add(&mut self, event: &ReplyEvent) {
        match event {
            ReplyEvent::Text { delta } | ReplyEvent::Arguments { delta, .. } => {
                self.said += chars(delta);
            }
            ReplyEvent::Reasoning { delta } => self.reasoned += chars(delta),
            ReplyEvent::ToolCall { name, .. } => self.said += chars(name),
            ReplyEvent::Done { .. } => {}
        }
    }
}

/// About how many tokens a request has, its tools included.
fn prompt_tokens(request: &ChatRequest) -> u64 {
    let tools = request.tools.iter().map(|tool| {
        chars(&tool.name) + chars(&tool.description) + chars(&tool.parameters.to_string())
    });
    let messages = Usage::estimated(request, &AssistantMessage::default());
    messages.prompt_tokens + estimated(tools.sum())
}

impl Drop for Call {
    /// Whoever drops a call cannot wait for a store: it counts at once, and is stored by a
    /// task of its own, or with the next charge where there is no runtime any more.
    fn drop(&mut self) {
        if self.ending == Ending::Open {
            let usage = self.estimate();
            self.terms.ledger.note(self.thread.as_ref(), usage);
            self.ending = Ending::Noted;
        }
        if self.ending == Ending::Settled {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (terms, watch) = (Arc::clone(&self.terms), Arc::clone(&self.watch));
        drop(runtime.spawn(async move {
            if let Err(error) = terms.ledger.flush().await {
                tracing::warn!(%error, "a call that was dropped is not charged yet");
            }
            if let Err(error) = terms.tell(&watch).await {
                tracing::warn!(%error, "nobody is told what is spent of a budget");
            }
        }));
    }
}
