//! What a person's words mean where a decision is asked for.

use agentflow_pipeline::Decision;

/// The decision in a person's words; `None` for no words. What is neither yes nor stop
/// says what is to be changed.
pub(super) fn decision(words: &str) -> Option<Decision> {
    let words = words.trim();
    Some(match words.to_lowercase().as_str() {
        "" => return None,
        "y" | "yes" | "ok" | "approve" => Decision::Approve,
        "n" | "no" | "s" | "stop" => Decision::Stop,
        _ => Decision::Change(words.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_yes_stop_or_a_change() {
        for (words, want) in [
            ("y", Some(Decision::Approve)),
            (" Approve\n", Some(Decision::Approve)),
            ("no", Some(Decision::Stop)),
            ("stop", Some(Decision::Stop)),
            (
                "Use a table",
                Some(Decision::Change("Use a table".to_owned())),
            ),
            (
                "yes, but faster",
                Some(Decision::Change("yes, but faster".to_owned())),
            ),
            (" \n", None),
        ] {
            assert_eq!(decision(words), want, "{words:?}");
        }
    }
}
