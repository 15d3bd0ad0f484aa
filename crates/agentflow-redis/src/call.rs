//! One call of a script: its keys, then its arguments, written as they will be sent.

use redis::Cmd;

use crate::error::RedisError;
use crate::limits::check_call;
use crate::script::Script;

/// What a call may be after an answer that never came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Sent again: twice is the same as once.
    Harmless,
    /// Left to the caller, who knows whether it is to happen twice.
    Never,
}

/// Room for the parts and bytes of what is written most, the commit of a small superstep.
const USUAL_PARTS: usize = 24;
const USUAL_BYTES: usize = 1024;

pub(crate) struct Call {
    script: &'static Script,
    keys: usize,
    command: Cmd,
    bytes: usize,
    parts: usize,
    pub(crate) repeat: Repeat,
}

impl Call {
    pub(crate) fn new(script: &'static Script, keys: &[String]) -> Self {
        let mut call = Self {
            script,
            keys: keys.len(),
            command: Cmd::with_capacity(USUAL_PARTS, USUAL_BYTES),
            bytes: 0,
            parts: 0,
            repeat: Repeat::Harmless,
        };
        call.command
            .arg("EVALSHA")
            .arg(script.digest())
            .arg(keys.len());
        for key in keys {
            call.push(key);
        }
        call
    }

    /// Adds an argument.
    pub(crate) fn push(&mut self, arg: impl AsRef<[u8]>) {
        let arg = arg.as_ref();
        self.bytes += arg.len();
        self.parts += 1;
        self.command.arg(arg);
    }

    /// With one more argument.
    pub(crate) fn with(mut self, arg: impl AsRef<[u8]>) -> Self {
        self.push(arg);
        self
    }

    /// With a number as one more argument.
    pub(crate) fn with_count(self, count: usize) -> Self {
        self.with(count.to_string())
    }

    pub(crate) fn with_all<A: AsRef<[u8]>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        for arg in args {
            self.push(arg);
        }
        self
    }

    pub(crate) fn at_most_once(mut self) -> Self {
        self.repeat = Repeat::Never;
        self
    }

    /// The command, unless it is more than Redis takes.
    pub(crate) fn command(&self) -> Result<&Cmd, RedisError> {
        check_call(self.bytes, self.parts)?;
        Ok(&self.command)
    }

    /// The same with the script itself, for a server that does not know it.
    pub(crate) fn in_full(&self) -> Cmd {
        let mut full = Cmd::new();
        full.arg("EVAL").arg(self.script.code()).arg(self.keys);
        let args = self.command.args_iter().skip(3);
        for arg in args {
            // A cursor is only in commands that scan.
            if let redis::Arg::Simple(arg) = arg {
                full.arg(arg);
            }
        }
        full
    }
}
