//! Cuts long texts down to a limit, on character boundaries.
//!
//! Knows nothing of what the text is: no lines, no tokens.

/// Room kept for the sentence that says how much was left out.
const NOTE_BYTES: usize = 64;

/// Keeps the start and the end of a text, and says between them how much is missing.
///
/// Both ends, because a command's output says at its start what ran and at its end how it went.
/// The result is at most `bytes_max` bytes, unless that is too small for the note itself.
pub(crate) fn head_and_tail(text: String, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text;
    }
    let kept = bytes_max.saturating_sub(NOTE_BYTES);
    let head = text.floor_char_boundary(kept / 2);
    let tail = text.ceil_char_boundary(text.len() - kept / 2);
    let left_out = tail - head;
    format!(
        "{}\n[… {left_out} bytes left out …]\n{}",
        &text[..head],
        &text[tail..]
    )
}

/// The first `chars_max` characters, with `…` where something follows.
pub(crate) fn start_of(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_stays_and_a_long_one_keeps_both_ends() {
        assert_eq!(head_and_tail("abc".into(), 3), "abc");
        let long = format!("start{}end", "x".repeat(1_000));
        let clipped = head_and_tail(long, 84);
        assert_eq!(clipped, "startxxxxx\n[… 988 bytes left out …]\nxxxxxxxend");
    }

    #[test]
    fn the_start_of_a_text_counts_characters() {
        for (text, want) in [("", ""), ("äöü", "äöü"), ("äöüß", "äöü…")] {
            assert_eq!(start_of(text, 3), want);
        }
    }

    proptest! {
        #[test]
        fn a_clipped_text_never_exceeds_its_limit(text in ".{0,400}", bytes_max in NOTE_BYTES..600) {
            let clipped = head_and_tail(text.clone(), bytes_max);
            prop_assert!(clipped.len() <= bytes_max.max(NOTE_BYTES));
            prop_assert!(text.len() > bytes_max || clipped == text);
        }
    }
}
