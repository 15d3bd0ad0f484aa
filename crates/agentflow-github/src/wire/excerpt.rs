//! Shortens a text that others wrote, keeping its beginning and its end.

/// `text`, or its two ends with a note of how much is missing, at most about `bytes_max` long.
pub(crate) fn excerpt(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let mut head = bytes_max / 2;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - bytes_max / 2;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    format!(
        "{}\n[… {} bytes left out …]\n{}",
        &text[..head],
        tail - head,
        &text[tail..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_both_ends_and_whole_characters() {
        assert_eq!(excerpt("short", 5), "short");
        assert_eq!(excerpt("aüüüüb", 4), "a\n[… 8 bytes left out …]\nb");
    }
}
