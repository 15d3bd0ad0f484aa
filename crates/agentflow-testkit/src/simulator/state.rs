//! What the nodes of a simulated graph share and send: one field of each kind.

use agentflow_core::{State, View};
use serde::{Deserialize, Serialize};

/// The state of every simulated graph, the graphs inside too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, State)]
pub(super) struct SimState {
    #[state(reducer = append)]
    pub(super) log: Vec<String>,
    /// Grows with every task, so that loops end.
    #[state(reducer = add)]
    pub(super) count: u64,
    /// Shows in which order writes were applied.
    #[state(reducer = any)]
    pub(super) last: String,
    /// Without a reducer: one node of a graph writes it.
    pub(super) note: String,
    /// Gone after a superstep; one node of a graph writes it.
    #[state(ephemeral)]
    pub(super) flash: Option<String>,
}

/// What a node sees that does not see all of the state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, View)]
#[view(of = SimState)]
pub(super) struct SimView {
    pub(super) log: Vec<String>,
    pub(super) count: u64,
}

/// The input of a sent task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct SimPayload {
    /// Who sends, and on which state.
    pub(super) from: u64,
    pub(super) part: u32,
}

/// What a thread begins with.
pub(super) fn first_input() -> SimState {
    SimState {
        log: vec!["input".to_owned()],
        count: 1,
        last: "input".to_owned(),
        note: "input".to_owned(),
        flash: Some("input".to_owned()),
    }
}

/// The mark by which a task's writes are found again wherever they lie encoded.
pub(super) fn marked(node: &str, ident: u64) -> String {
    format!("{node}#{ident:016x}")
}

/// The tasks whose marks are in `encoded`.
pub(super) fn marks(encoded: &[u8]) -> impl Iterator<Item = u64> {
    let starts = encoded
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'#');
    starts.filter_map(|(at, _)| {
        let digits = std::str::from_utf8(encoded.get(at + 1..at + 17)?).ok()?;
        u64::from_str_radix(digits, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_encoded_writes() {
        let encoded = format!(
            "[\"{}\",\"#short\",\"{}\"]",
            marked("a", 7),
            marked("b", u64::MAX)
        );
        assert_eq!(marks(encoded.as_bytes()).collect::<Vec<_>>(), [7, u64::MAX]);
    }
}
