//! Replies from TOML files, chosen by what a request is and not by how many came before.
//!
//! A process that was killed and started again asks the same question and gets the same reply;
//! a counter would have moved on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::entry::{Entry, FileForm};
use super::error::{ReplyProblem, ScriptError, ScriptPlace};
use super::reply::ScriptedReply;
use crate::clip::start_of;
use crate::{ChatRequest, Message, ModelError};

/// A thousand long replies; more is a wrong file.
const SCRIPT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Enough of the list of labels to see a typing mistake.
const KNOWN_CHARS_SHOWN: usize = 300;

/// Replies for requests, by label and turn.
///
/// `label` is the request's [`label`](ChatRequest::label) and `turn` is how many assistant
/// messages the request already holds ([`ChatRequest::turn`]). A reply without `turn` is for
/// the turn after the reply of the same label before it, the first for turn 0.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_llm::{ChatModel, ChatRequest, Script, ScriptedModel};
///
/// let script = Script::parse(
///     r#"
///     [[reply]]
///     label = "code/1"
///     prompt_contains = ["fix the bug"]       # refuse to answer any other prompt
///     text = "I will write the file."
///     usage = { prompt_tokens = 900, completion_tokens = 40 }
///
///     [[reply.call]]
///     tool = "write_file"
///     [reply.call.arguments]
///     path = "src/lib.rs"
///     content = '''
///     pub fn answer() -> u32 { 42 }
///     '''
///     "#,
/// )?;
/// let model = ScriptedModel::from_script(script);
/// let request = ChatRequest::user("Please fix the bug.").label("code/1");
/// let reply = model.complete(request).await?;
/// assert_eq!(reply.message.tool_calls[0].id, "call_code_1_0_0");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Script {
    replies: BTreeMap<(String, usize), Entry>,
}

impl Script {
    /// Reads a script from its text.
    ///
    /// # Errors
    /// [`ScriptError`] with the line and the reply it is about.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        Self::read(text, None)
    }

    /// Reads a script from a file. Blocks while reading.
    ///
    /// # Errors
    /// [`ScriptError`] with the file, the line and the reply it is about.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScriptError> {
        let path = path.as_ref();
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(SCRIPT_BYTES_MAX + 1).read_to_string(&mut text))
            .map_err(|source| ScriptError::Read {
                path: path.to_owned(),
                source,
            })?;
        if text.len() as u64 > SCRIPT_BYTES_MAX {
            return Err(ScriptError::TooLarge {
                path: path.to_owned(),
                bytes_max: SCRIPT_BYTES_MAX,
            });
        }
        Self::read(&text, Some(path))
    }

    /// Adds the replies of another script.
    ///
    /// # Errors
    /// [`ScriptError::Reply`] if both have a reply for the same label and turn.
    pub fn merge(mut self, other: Self) -> Result<Self, ScriptError> {
        for ((label, turn), entry) in other.replies {
            self.insert(label, turn, entry)?;
        }
        Ok(self)
    }

    fn read(text: &str, file: Option<&Path>) -> Result<Self, ScriptError> {
        let file = file.map(Path::to_owned);
        let form: FileForm = toml::from_str(text).map_err(|source| ScriptError::Syntax {
            place: place(text, &file, source.span().unwrap_or(0..0)),
            source: Box::new(source),
        })?;
        let mut script = Self {
            replies: BTreeMap::new(),
        };
        let mut next_turns: BTreeMap<String, usize> = BTreeMap::new();
        for (index, reply) in form.reply.into_iter().enumerate() {
            let place = place(text, &file, reply.span());
            let reply = reply.into_inner();
            let label = reply.label.clone();
            let next_turn = next_turns.entry(label.clone()).or_default();
            let turn = reply.turn.unwrap_or(*next_turn);
            *next_turn = turn.saturating_add(1);
            let number = index + 1;
            let entry = reply.into_entry(turn, place.clone(), number);
            let entry = entry.map_err(|problem| ScriptError::Reply {
                place,
                number,
                label: label.clone(),
                problem,
            })?;
            script.insert(label, turn, entry)?;
        }
        if script.replies.is_empty() {
            return Err(ScriptError::Empty {
                place: place(text, &file, 0..0),
            });
        }
        Ok(script)
    }

    fn insert(&mut self, label: String, turn: usize, entry: Entry) -> Result<(), ScriptError> {
        let key = (label, turn);
        if let Some(first) = self.replies.get(&key) {
            return Err(ScriptError::Reply {
                place: entry.place,
                number: entry.number,
                label: key.0,
                problem: ReplyProblem::Duplicate {
                    turn,
                    first: first.place.clone(),
                },
            });
        }
        self.replies.insert(key, entry);
        Ok(())
    }

    pub(super) fn answer(&self, request: &ChatRequest) -> ScriptedReply {
        match self.find(request) {
            Ok(entry) => {
                let reply = ScriptedReply::from(entry.message.clone());
                entry.usage.into_iter().fold(reply, ScriptedReply::usage)
            }
            Err(error) => error.into(),
        }
    }

    fn find(&self, request: &ChatRequest) -> Result<&Entry, ModelError> {
        let key = (request.label.clone().unwrap_or_default(), request.turn());
        let Some(entry) = self.replies.get(&key) else {
            let (label, turn) = key;
            let known = self.known();
            return Err(ModelError::ScriptMissing { label, turn, known });
        };
        let mut expected = entry.prompt_contains.iter();
        match expected.find(|expected| !told(request, expected)) {
            Some(missing) => Err(ModelError::ScriptMismatch {
                place: entry.place.to_string(),
                expected: missing.clone(),
            }),
            None => Ok(entry),
        }
    }

    fn known(&self) -> String {
        let places = self
            .replies
            .keys()
            .map(|(label, turn)| format!("{label} turn {turn}"));
        start_of(&places.collect::<Vec<_>>().join(", "), KNOWN_CHARS_SHOWN)
    }
}

/// Whether the model was told that, by anyone but itself: a later turn may expect the result
/// of a tool.
fn told(request: &ChatRequest, expected: &str) -> bool {
    let mut others = request.messages.iter();
    others.any(|message| {
        !matches!(message, Message::Assistant(_)) && message.text().contains(expected)
    })
}

fn place(text: &str, file: &Option<PathBuf>, span: Range<usize>) -> ScriptPlace {
    let before = text.as_bytes().iter().take(span.start);
    ScriptPlace {
        file: file.clone(),
        line: before.filter(|&&byte| byte == b'\n').count() + 1,
    }
}
