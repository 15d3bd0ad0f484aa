//! A model that writes down what is said.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Stream, stream};
use secrecy::SecretString;
use serde_json::Value;

use super::error::CassetteError;
use super::exchange::{Answer, Exchange, Streamed, request_form};
use super::fault::FaultForm;
use super::secrets::Secrets;
use super::tape::Tape;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, ReplyStream};

/// A model that writes each exchange with the one inside to a cassette, for a
/// [`Replayer`](crate::Replayer) to answer from.
///
/// A cassette is a file of JSON lines: request and reply, or the error, or the events of a
/// stream, whose deltas come again as they came. An exchange is in the file before the end of
/// its reply is given out, so that a crash of the process loses none that was finished; of a
/// stream that is dropped half way the cassette keeps the half, of a call nothing. The ids of
/// messages are not kept. Inside of [`Retry`](crate::Retry) each attempt is an exchange, around
/// it all of them are one.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_llm::{ChatModel, ChatRequest, Recorder, Replayer, ScriptedModel};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("weather.jsonl");
/// let real = ScriptedModel::replies(["It is sunny."]); // in earnest a client, with a key
/// let model = Recorder::create(&path, real)?.secret("the key");
/// model.complete(ChatRequest::user("How is the weather?")).await?;
///
/// let model = Replayer::open(&path)?;
/// let reply = model.complete(ChatRequest::user("How is the weather?")).await?;
/// assert_eq!(reply.text(), "It is sunny.");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Recorder<M> {
    inner: M,
    tape: Arc<Tape>,
    secrets: Arc<Secrets>,
}

impl<M: ChatModel> Recorder<M> {
    /// Records to a new file; one that is there is replaced. Blocks while writing, as every
    /// exchange does for its line.
    ///
    /// # Errors
    /// [`CassetteError::Write`].
    pub fn create(path: impl AsRef<Path>, inner: M) -> Result<Self, CassetteError> {
        let tape = Tape::create(path.as_ref(), inner.name())?;
        Ok(Self::on(tape, inner))
    }

    /// Records behind what is in a file, or to a new one. A last line that a crash has torn is
    /// cut off. Reads the file, and blocks as [`Recorder::create`] does.
    ///
    /// # Errors
    /// [`CassetteError`] if the file is no cassette, is broken, or cannot be written.
    pub fn append(path: impl AsRef<Path>, inner: M) -> Result<Self, CassetteError> {
        let tape = Tape::append(path.as_ref(), inner.name())?;
        Ok(Self::on(tape, inner))
    }

    fn on(tape: Tape, inner: M) -> Self {
        Self {
            inner,
            tape: Arc::new(tape),
            secrets: Arc::default(),
        }
    }

    /// A text that never reaches the file, such as a key: `[secret]` stands there instead,
    /// also where a stream brought it in pieces, or where it stands in JSON.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        Arc::make_mut(&mut self.secrets).add(&secret.into());
        self
    }

    fn asked(&self, request: &ChatRequest) -> Result<Asked, CassetteError> {
        Ok(Asked {
            request: request_form(request, &self.secrets)?,
            number: self.tape.next(),
            tape: Arc::clone(&self.tape),
            secrets: Arc::clone(&self.secrets),
        })
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Recorder<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Errors
    /// That of the model inside, or [`CassetteError::Write`]: a reply that cannot be recorded
    /// is not given out.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let asked = self.asked(&request)?;
        let reply = self.inner.complete(request).await;
        asked.write(match &reply {
            Ok(reply) => Answer::Reply(reply.clone()),
            Err(error) => Answer::Error(error.into()),
        })?;
        reply
    }

    /// # Errors
    /// As [`Recorder::complete`](ChatModel::complete).
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let asked = self.asked(&request)?;
        match self.inner.stream(request).await {
            Ok(reply) => Ok(ReplyStream::new(listening(reply, asked))),
            Err(error) => {
                asked.write(Answer::Error(FaultForm::from(&error)))?;
                Err(error)
            }
        }
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Asked {
    number: u64,
    request: Value,
    tape: Arc<Tape>,
    secrets: Arc<Secrets>,
}

impl Asked {
    fn write(self, answer: Answer) -> Result<(), CassetteError> {
        let exchange = Exchange {
            asked: self.number,
            request: self.request,
            answer,
        };
        let line = self.secrets.hidden_in(exchange)?;
        self.tape.write(&line)
    }
}

/// What was heard of a stream. Dropped before the end, it writes what there is.
struct Heard {
    /// `None` once it is written.
    asked: Option<Asked>,
    events: Vec<ReplyEvent>,
}

impl Heard {
    fn write(&mut self, error: Option<FaultForm>) -> Result<(), CassetteError> {
        let Some(asked) = self.asked.take() else {
            return Ok(());
        };
        let mut events = std::mem::take(&mut self.events);
        asked.secrets.hide_in_events(&mut events);
        asked.write(Answer::Stream(Streamed { events, error }))
    }

    /// Notes what came, and writes it all down if nothing follows.
    fn note(&mut self, event: &Result<ReplyEvent, ModelError>) -> Result<(), CassetteError> {
        match event {
            Ok(event) => {
                self.events.push(event.clone());
                match event {
                    ReplyEvent::Done { .. } => self.write(None),
                    _ => Ok(()),
                }
            }
            Err(error) => self.write(Some(error.into())),
        }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let Err(error) = self.write(None) {
            tracing::warn!(%error, "half a reply is not recorded");
        }
    }
}

fn listening(
    reply: ReplyStream,
    asked: Asked,
) -> impl Stream<Item = Result<ReplyEvent, ModelError>> + Send {
    let heard = Heard {
        asked: Some(asked),
        events: Vec::new(),
    };
    stream::unfold((reply, heard), |(mut reply, mut heard)| async move {
        let event = reply.next().await?;
        let event = heard.note(&event).map_err(ModelError::from).and(event);
        Some((event, (reply, heard)))
    })
}
