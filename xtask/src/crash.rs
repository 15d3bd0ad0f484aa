//! `cargo xtask crash`: real processes are killed until a store is proved, or found out.
//!
//! It starts the servers that a store needs, and builds and starts the program that kills,
//! which knows its own options. Not in a release build: a kill is as hard on the build that
//! the tests have made already.

use crate::process::{self, ProcessError};
use crate::servers::Servers;

/// Runs the program with this terminal as its own.
pub(crate) fn run(options: &[String]) -> Result<(), ProcessError> {
    let mut words = vec!["run", "--quiet", "-p", "agentflow-crash", "--"];
    words.extend(options.iter().map(String::as_str));
    let mut command = process::cargo(&words);
    let asks = |words: [&str; 2]| options.iter().any(|word| words.contains(&word.as_str()));
    let needs_server = asks(["postgres", "redis"]) && !asks(["--help", "-h"]);
    let servers = needs_server.then(Servers::start);
    if let Some(servers) = &servers {
        servers.tell(&mut command);
    }
    process::run(command)
}
