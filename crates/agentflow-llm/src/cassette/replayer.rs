//! A model that answers with what was recorded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream;
use secrecy::SecretString;
use serde_json::Value;

use super::error::{CassetteError, NearestExchange};
use super::exchange::{Answer, Streamed, request_form};
use super::matching::{Matching, differences};
use super::secrets::Secrets;
use super::tape::{Line, read};
use crate::{ChatModel, ChatReply, ChatRequest, InvalidReply, ModelError, ReplyEvent, ReplyStream};

/// A model that answers from a cassette which a [`Recorder`](crate::Recorder) wrote, at once
/// and without any network. Cheap to clone; clones share what is left.
///
/// A request gets what was recorded for it, as [`Matching`] says, and each recorded exchange is
/// given once: one that was recorded several times is answered in the order in which it was
/// asked. What was recorded whole can be read as a stream and the other way round. Anything
/// else is [`ModelError::Cassette`], which names the difference to the nearest that there is.
#[derive(Clone, Debug)]
pub struct Replayer {
    cassette: Arc<Cassette>,
    matching: Matching,
    secrets: Arc<Secrets>,
    /// Places of the exchanges that were given.
    given: Arc<Mutex<BTreeSet<usize>>>,
}

#[derive(Debug)]
struct Cassette {
    path: PathBuf,
    model: String,
    /// In the order in which they were asked.
    exchanges: Vec<Line>,
    /// Their requests.
    requests: Vec<ChatRequest>,
}

impl Replayer {
    /// Reads a cassette, and blocks while it does. A last line that a crash has torn is left
    /// out with a warning.
    ///
    /// # Errors
    /// [`CassetteError`] with the file and the line it is about.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let path = path.as_ref();
        let recorded = read(path)?;
        let mut exchanges = recorded.exchanges;
        exchanges.sort_by_key(|line| line.exchange.asked);
        let request = |line: &Line| {
            serde_json::from_value(line.exchange.request.clone()).map_err(|source| {
                CassetteError::Broken {
                    path: path.to_owned(),
                    line: line.number,
                    source,
                }
            })
        };
        let requests = exchanges.iter().map(request).collect::<Result<_, _>>()?;
        Ok(Self {
            cassette: Arc::new(Cassette {
                path: path.to_owned(),
                model: recorded.model,
                exchanges,
                requests,
            }),
            matching: Matching::Strict,
            secrets: Arc::default(),
            given: Arc::default(),
        })
    }

    /// Which requests count as the same, [`Matching::Strict`] by default.
    #[must_use]
    pub fn matching(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// A text that stands in requests where the recorded ones have `[secret]`.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<SecretString>) -> Self {
        Arc::make_mut(&mut self.secrets).add(&secret.into());
        self
    }

    /// The recorded requests that were not asked, in the order in which they once were. A test
    /// that ends with this empty has asked all that was recorded.
    #[must_use]
    pub fn unused(&self) -> Vec<ChatRequest> {
        let given = self.given();
        let requests = self.cassette.requests.iter().enumerate();
        let unused = requests.filter(|(place, _)| !given.contains(place));
        unused.map(|(_, request)| request.clone()).collect()
    }

    /// Takes the exchange for a request.
    fn next(&self, request: &ChatRequest) -> Result<&Line, CassetteError> {
        let asked = request_form(request, &self.secrets)?;
        let key = self.matching.key(&asked);
        let mut given = self.given();
        let (mut times, mut last) = (0, 0);
        for (place, line) in self.cassette.exchanges.iter().enumerate() {
            if self.matching.key(&line.exchange.request) == key {
                if given.insert(place) {
                    return Ok(line);
                }
                times += 1;
                last = line.number;
            }
        }
        let path = self.cassette.path.clone();
        Err(match times {
            0 => CassetteError::NotRecorded {
                path,
                nearest: self.nearest(&asked),
            },
            times => CassetteError::Spent {
                path,
                line: last,
                times,
            },
        })
    }

    /// The exchange whose conversation is most like the one that is asked.
    fn nearest(&self, asked: &Value) -> Option<NearestExchange> {
        let differences = |matching: Matching, line: &Line| {
            let recorded = matching.key(&line.exchange.request);
            differences(&matching.key(asked), &recorded)
        };
        let lines = self.cassette.exchanges.iter();
        let nearest = lines.min_by_key(|line| {
            let said = differences(Matching::Lenient, line);
            (said.len(), differences(self.matching, line).len())
        })?;
        Some(NearestExchange {
            line: nearest.number,
            differences: differences(self.matching, nearest),
        })
    }

    fn given(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        // Nothing panics half way through a change, so a poisoned lock guards good data.
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That of a reply which nobody read to its end when it was recorded.
    fn unfinished(&self, line: usize) -> ModelError {
        ModelError::InvalidReply {
            address: format!("{}:{line}", self.cassette.path.display()),
            problem: InvalidReply::Unfinished,
        }
    }
}

#[async_trait]
impl ChatModel for Replayer {
    /// That of the model that was recorded.
    fn name(&self) -> &str {
        &self.cassette.model
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let line = self.next(&request)?;
        match &line.exchange.answer {
            Answer::Reply(reply) => Ok(reply.clone()),
            Answer::Error(error) => Err(error.clone().into()),
            Answer::Stream(streamed) => {
                let error = || self.unfinished(line.number);
                whole(streamed).unwrap_or_else(|| Err(error()))
            }
        }
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let line = self.next(&request)?;
        match &line.exchange.answer {
            Answer::Reply(reply) => Ok(ReplyStream::of(reply.clone())),
            Answer::Error(error) => Err(error.clone().into()),
            Answer::Stream(streamed) => {
                let events = streamed.events.iter().cloned().map(Ok);
                let error = streamed.error.clone().map(ModelError::from);
                // Where both are missing the reader left; one who stays is told of it.
                let last = error.unwrap_or_else(|| self.unfinished(line.number));
                let events: Vec<_> = events.chain([Err(last)]).collect();
                Ok(ReplyStream::new(stream::iter(events)))
            }
        }
    }
}

/// What the stream comes to; `None` if its reader left before.
fn whole(streamed: &Streamed) -> Option<Result<ChatReply, ModelError>> {
    if let Some(ReplyEvent::Done { reply }) = streamed.events.last() {
        return Some(Ok(reply.clone()));
    }
    streamed.error.clone().map(|error| Err(error.into()))
}
