//! Exchanges with a model, recorded to a file and answered from it without any network.
//!
//! `recorder` writes and `replayer` answers; `matching` says which recorded request is the one
//! that is asked. `tape` is the file, `exchange` and `fault` are what stands on its lines, and
//! `secrets` keeps out of it what must not be there. None of it changes what is said.

mod error;
mod exchange;
mod fault;
mod matching;
mod recorder;
mod replayer;
mod secrets;
mod tape;

pub use error::{CassetteError, NearestExchange};
pub use matching::Matching;
pub use recorder::Recorder;
pub use replayer::Replayer;
