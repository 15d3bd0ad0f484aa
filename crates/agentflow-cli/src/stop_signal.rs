//! Waits for Ctrl-C, or for the signal by which a system stops a process.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::CliError;

/// Both signals, caught from when it is made.
pub(crate) struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    pub(crate) fn catch() -> Result<Self, CliError> {
        let interrupt = signal(SignalKind::interrupt()).map_err(CliError::Setup)?;
        let terminate = signal(SignalKind::terminate()).map_err(CliError::Setup)?;
        Ok(Self {
            interrupt,
            terminate,
        })
    }

    /// Returns when one came.
    ///
    /// # Cancel safety
    /// A signal that came meanwhile is seen by the next call.
    pub(crate) async fn came(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
