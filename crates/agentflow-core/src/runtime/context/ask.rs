//! Questions: what a node asks, and the answers it finds when it runs again.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::NodeContext;
use crate::checkpoint::CodecError;
use crate::error::{BadAnswer, NodeError, NodeErrorKind, NodeResult, QuestionMoved};
use crate::graph::schema::schema_of;
use crate::id::InterruptId;
use crate::interrupt::{Interrupt, InterruptPlace, WaitsFor, derive_key};
use crate::runtime::scope::Answer;

impl NodeContext {
    /// Asks a question and pauses the thread until it is answered.
    ///
    /// The first time it returns an error that the node hands on by `?`. On resume
    /// the node runs again from its first line and gets the answer here. Several
    /// questions of one node are matched by the order in which it asks them; name
    /// them with [`NodeContext::interrupt_keyed`] where that order may differ.
    ///
    /// # Errors
    /// While there is no answer; if the answer does not decode into `A`: then the run
    /// fails and the question is open again; and if the node asks a question here that
    /// was answered at another place.
    pub fn interrupt<A: DeserializeOwned>(&self, question: impl Serialize) -> NodeResult<A> {
        let place = self.next_place(|rare| &mut rare.asked);
        self.ask(&format!("#{place}"), question, None)
    }

    /// Asks a question under a name that is unique in this node: asked again under
    /// the same name, it has the same answer.
    ///
    /// # Errors
    /// As [`NodeContext::interrupt`].
    pub fn interrupt_keyed<A: DeserializeOwned>(
        &self,
        key: &str,
        question: impl Serialize,
    ) -> NodeResult<A> {
        self.ask(&named(key), question, None)
    }

    /// Asks a question under a name, and says by `A`'s JSON schema what an answer looks
    /// like, for whoever shows the question to a person.
    ///
    /// # Errors
    /// As [`NodeContext::interrupt`].
    pub fn interrupt_with_schema<A: DeserializeOwned + JsonSchema>(
        &self,
        key: &str,
        question: impl Serialize,
    ) -> NodeResult<A> {
        self.ask(&named(key), question, Some(schema_of::<A>()))
    }

    fn ask<A: DeserializeOwned>(
        &self,
        key: &str,
        question: impl Serialize,
        answer_schema: Option<Value>,
    ) -> NodeResult<A> {
        let payload = serde_json::to_value(question).map_err(|source| {
            let what = format!("a question of `{}`", self.node());
            NodeError::fatal(CodecError::encoding(what, source))
        })?;
        let id = self.place(key, |place| place.id());
        let answer = self.inner.scope.answers.get(&id);
        self.check_place(key, &id, answer, &payload)?;
        if let Some(answer) = answer {
            return serde_json::from_value(answer.value.clone()).map_err(|source| {
                let source = CodecError::decoding("the answer", source);
                let node = self.node().clone();
                NodeError::fatal(BadAnswer { id, node, source })
            });
        }
        let mut interrupt = self.place(key, |place| {
            Interrupt::new(place, payload, WaitsFor::Answer)
        });
        interrupt.answer_schema = answer_schema;
        Err(self.wait_for(interrupt))
    }

    /// An answer goes to the question that it was given to. A question by place has moved
    /// if the one that was answered here is asked at another place, now or when it was
    /// answered. That its text alone is another is no move: it may tell of the state.
    fn check_place(
        &self,
        key: &str,
        id: &InterruptId,
        answer: Option<&Answer>,
        payload: &Value,
    ) -> NodeResult<()> {
        let asked = question_digest(payload);
        if !key.starts_with('#') || answer.is_some_and(|answer| answer.question == asked) {
            return Ok(());
        }
        let mut rare = self.rare();
        let displaced = &mut rare.displaced;
        let mut others = self.inner.scope.answers.iter();
        let has_moved = match answer {
            Some(_) => others.any(|(other, answer)| other != id && answer.question == asked),
            None => displaced.contains(&asked),
        };
        if has_moved {
            return Err(NodeError::fatal(QuestionMoved {
                node: self.node().clone(),
                place: key.to_owned(),
            }));
        }
        displaced.extend(answer.map(|answer| answer.question.clone()));
        Ok(())
    }

    /// Notes what the node waits for. The error must be handed on by `?`.
    pub(super) fn wait_for(&self, interrupt: Interrupt) -> NodeError {
        let mut rare = self.rare();
        // Asked twice under one name it is one question.
        if !rare.open.iter().any(|asked| asked.id == interrupt.id) {
            rare.open.push(interrupt.clone());
        }
        NodeError(NodeErrorKind::Interrupted(vec![interrupt]))
    }

    pub(super) fn place<T>(&self, key: &str, then: impl FnOnce(&InterruptPlace<'_>) -> T) -> T {
        let scope = &self.inner.scope;
        let part = self.part();
        then(&InterruptPlace {
            origin: &scope.run.origin,
            namespace: &scope.namespace,
            base: self.inner.of.base.0,
            task: &self.inner.of.task,
            part: &part,
            key,
        })
    }
}

/// A name that is never a place's.
fn named(key: &str) -> String {
    if key.starts_with(['#', '\\']) {
        format!("\\{key}")
    } else {
        key.to_owned()
    }
}

/// What tells questions apart.
pub(in crate::runtime) fn question_digest(payload: &Value) -> String {
    derive_key("agentflow question v1", &[&payload.to_string()])[..16].to_owned()
}
