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
use super::unlabelled::Unlabelled;
use crate::clip::start_of;
use crate::{ChatRequest, Message, ModelError};

/// A thousand long replies; more is a wrong file.
const SCRIPT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Enough of the list of labels to see a typing mistake.
const KNOWN_CHARS_SHOWN: usize = 300;

/// Replies for requests, by label and turn or by what the prompt contains.
///
/// The same request always gets the same reply, in this process or the next:
///
/// - A reply with a `label` is for the requests of that [`label`](ChatRequest::label) and of
///   one `turn`: how many assistant messages a request already holds ([`ChatRequest::turn`]).
///   Without `turn` it is for the turn after the reply of the same label before it, the first
///   for turn 0. Each text of `prompt_contains` has to be in what the model was told, or the
///   request is refused.
/// - A request for which there is none gets the first reply without `label`, in the order of the
///   file, that fits: its [`prompt`](ChatRequest::prompt) contains all of `prompt_contains`, and
///   it is of that `turn`, where they are given.
///
/// A reply is `text`, one or more `[[reply.call]]`, or both, and may have its `usage`. It may
/// also come late (`delay_ms`), be a refusal (`[reply.error]` with a `status`, a `message` and
/// perhaps `retry_after_s`), or say all it has and then fail with that error, or with status
/// 502, before its end (`breaks_off = true`).
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
///
/// Without labels, for clients that know nothing of them:
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_llm::{ChatModel, ChatRequest, Script, ScriptedModel};
///
/// let script = Script::parse(
///     r#"
///     [[reply]]
///     prompt_contains = ["weather"]
///     turn = 0                                # before the tool has answered
///     [[reply.call]]
///     tool = "weather"
///     arguments = { city = "Kyiv" }
///
///     [[reply]]
///     prompt_contains = ["weather"]           # in any later turn
///     text = "It is sunny."
///
///     [[reply]]
///     prompt_contains = ["too much"]
///     [reply.error]
///     status = 429
///     message = "slow down"
///     retry_after_s = 2
///
///     [[reply]]                               # whatever else is asked
///     text = "Ask me about the weather."
///     "#,
/// )?;
/// let model = ScriptedModel::from_script(script);
/// let reply = model.complete(ChatRequest::user("How is the weather?")).await?;
/// assert_eq!(reply.message.tool_calls[0].id, "call_0_0");
/// assert!(model.complete(ChatRequest::user("too much")).await.unwrap_err().is_retryable());
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Script {
    replies: BTreeMap<(String, usize), Entry>,
    unlabelled: Unlabelled,
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

    /// Adds the replies of another script; those without label behind one's own.
    ///
    /// # Errors
    /// [`ScriptError::Reply`] if both have a reply for the same label and turn, or if one of
    /// the other's would never be given.
    pub fn merge(mut self, other: Self) -> Result<Self, ScriptError> {
        for ((label, turn), entry) in other.replies {
            self.insert(label, turn, entry)?;
        }
        for (turn, entry) in other.unlabelled.into_replies() {
            self.unlabelled.push(turn, entry)?;
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
            unlabelled: Unlabelled::default(),
        };
        let mut next_turns: BTreeMap<String, usize> = BTreeMap::new();
        for (index, reply) in form.reply.into_iter().enumerate() {
            let place = place(text, &file, reply.span());
            let reply = reply.into_inner();
            let (label, turn) = (reply.label.clone(), reply.turn);
            let number = index + 1;
            let entry = reply.into_entry(place.clone(), number);
            let entry = entry.map_err(|problem| ScriptError::Reply {
                place,
                number,
                label: label.clone().unwrap_or_default(),
                problem,
            })?;
            let Some(label) = label else {
                script.unlabelled.push(turn, entry)?;
                continue;
            };
            let next_turn = next_turns.entry(label.clone()).or_default();
            let turn = turn.unwrap_or(*next_turn);
            *next_turn = turn.saturating_add(1);
            script.insert(label, turn, entry)?;
        }
        if script.replies.is_empty() && script.unlabelled.is_empty() {
            return Err(ScriptError::Empty {
                place: place(text, &file, 0..0),
            });
        }
        Ok(script)
    }

    fn insert(&mut self, label: String, turn: usize, entry: Entry) -> Result<(), ScriptError> {
        let key = (label, turn);
        if let Some(first) = self.replies.get(&key) {
            let first = first.place.clone();
            return Err(entry.refused(key.0, ReplyProblem::Duplicate { turn, first }));
        }
        self.replies.insert(key, entry);
        Ok(())
    }

    pub(super) fn answer(&self, request: &ChatRequest) -> ScriptedReply {
        self.find(request).unwrap_or_else(ScriptedReply::from)
    }

    fn find(&self, request: &ChatRequest) -> Result<ScriptedReply, ModelError> {
        let key = (request.label.clone().unwrap_or_default(), request.turn());
        let Some(entry) = self.replies.get(&key) else {
            let (label, turn) = key;
            if let Some(entry) = self.unlabelled.find(request) {
                return Ok(entry.reply(&turn.to_string()));
            }
            let known = self.known();
            return Err(ModelError::ScriptMissing { label, turn, known });
        };
        let mut expected = entry.prompt_contains.iter();
        match expected.find(|expected| !told(request, expected)) {
            Some(missing) => Err(ModelError::ScriptMismatch {
                place: entry.place.to_string(),
                expected: missing.clone(),
            }),
            None => Ok(entry.reply(&format!("{}_{}", key.0, key.1))),
        }
    }

    fn known(&self) -> String {
        let labelled = self.replies.keys();
        let labelled = labelled.map(|(label, turn)| format!("{label} turn {turn}"));
        let known: Vec<String> = labelled.chain(self.unlabelled.known()).collect();
        start_of(&known.join(", "), KNOWN_CHARS_SHOWN)
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
