//! The scripts, and what Redis must know of each before it begins. With its first line a
//! script is refused as a whole on a replica, on a server that cannot persist, and, unless
//! it makes room, on one whose memory is full.

use std::sync::OnceLock;

/// A script and the digest by which Redis knows it.
#[derive(Debug)]
pub(crate) struct Script {
    code: &'static str,
    digest: OnceLock<String>,
}

impl Script {
    const fn new(code: &'static str) -> Self {
        Self {
            code,
            digest: OnceLock::new(),
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn digest(&self) -> &str {
        self.digest
            .get_or_init(|| redis::Script::new(self.code).get_hash().to_owned())
    }
}

/// Scripts on one thread, which begin with what they share.
macro_rules! on_thread {
    ($($name:ident = $flags:literal $file:literal)+) => {
        $(pub(crate) static $name: Script = Script::new(concat!(
            "#!lua", $flags, "\n",
            include_str!("lua/thread.lua"),
            include_str!("lua/call.lua"),
            include_str!("lua/shared.lua"),
            include_str!(concat!("lua/", $file, ".lua"))
        ));)+
    };
}

/// Scripts on one memory, which begin with what those share.
macro_rules! on_memory {
    ($($name:ident = $flags:literal $file:literal)+) => {
        $(pub(crate) static $name: Script = Script::new(concat!(
            "#!lua", $flags, "\n",
            include_str!("lua/call.lua"),
            include_str!("lua/memory/shared.lua"),
            include_str!(concat!("lua/memory/", $file, ".lua"))
        ));)+
    };
}

macro_rules! alone {
    ($($name:ident = $flags:literal $file:literal)+) => {
        $(pub(crate) static $name: Script = Script::new(concat!(
            "#!lua", $flags, "\n",
            include_str!(concat!("lua/", $file, ".lua"))
        ));)+
    };
}

/// What most commits need comes before what the others share.
pub(crate) static COMMIT: Script = Script::new(concat!(
    "#!lua\n",
    include_str!("lua/thread.lua"),
    include_str!("lua/commit.lua"),
    include_str!("lua/call.lua"),
    include_str!("lua/shared.lua"),
    include_str!("lua/commit_more.lua"),
));

on_thread! {
    SAVE = "" "save"
    SNOOZE = "" "snooze"
    ACQUIRE = "" "acquire"
    DELIVER = "" "deliver"
    APPEND = "" "append"
    STAGE = "" "stage"
    PLACE = "" "place"
    // These make room, or keep what is there.
    RENEW = " flags=allow-oom" "renew"
    RELEASE = " flags=allow-oom" "release"
    DELETE = " flags=allow-oom" "delete"
    FORGET = " flags=allow-oom" "forget"
    SETTLE = " flags=allow-oom" "settle"
    LOAD = " flags=no-writes" "load"
    VALUES = " flags=no-writes" "values"
    HISTORY = " flags=no-writes" "history"
    EVENTS = " flags=no-writes" "events"
    LOG = " flags=no-writes" "log"
    SURVEY = " flags=no-writes" "survey"
    WHOLE = " flags=no-writes" "whole"
}

on_memory! {
    PUT = "" "batch"
    // The same, where it makes room or only dates what is there.
    REMOVE = " flags=allow-oom" "batch"
    GET = " flags=no-writes" "batch"
    PAGE = " flags=no-writes" "page"
    PATHS = " flags=no-writes" "paths"
    SWEEP = " flags=allow-oom" "sweep"
    OPEN = " flags=allow-oom" "open"
}

alone! {
    CLAIM = "" "claim"
    CANDIDATES = " flags=no-writes" "candidates"
    CORRECT = " flags=allow-oom" "correct"
    LAYOUT = " flags=allow-oom" "layout"
}
