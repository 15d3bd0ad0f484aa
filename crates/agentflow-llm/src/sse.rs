//! Reads server-sent events from bytes, however they are cut into chunks.
//!
//! Only the format of the [WHATWG's HTML standard, 9.2.6]: lines, fields, comments. What the
//! data means is the caller's, and so is time: it never waits.
//!
//! [WHATWG's HTML standard, 9.2.6]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use memchr::memchr2;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Turns the bytes of a stream into its events.
///
/// Lines end with LF, CRLF or CR. Comments, ids, retry times and unknown fields are passed
/// over. The events do not depend on where the bytes were cut into chunks, and what is kept
/// between two chunks is at most one event of the given size.
///
/// ```
/// use agentflow_llm::SseDecoder;
///
/// let mut decoder = SseDecoder::new(1024);
/// let mut seen = Vec::new();
/// for chunk in [&b": hello\r\n\r\ndata: caf\xC3"[..], b"\xA9\r\n\r", b"\ndata: [DONE]\n\n"] {
///     decoder.feed(chunk, |event| seen.push(String::from_utf8_lossy(event.data).into_owned()))?;
/// }
/// assert_eq!(seen, ["café", "[DONE]"]);
/// # Ok::<(), agentflow_llm::EventTooLarge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseDecoder {
    event_bytes_max: usize,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// The data lines of the event so far, joined by LF.
    data: Vec<u8>,
    has_data: bool,
    /// The event's type; empty for the default, `message`.
    kind: Vec<u8>,
    is_first_line: bool,
    /// The last byte was a CR: an LF that comes next belongs to it.
    after_cr: bool,
}

/// One event of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SseEvent<'a> {
    /// Its type; `message` where it names none.
    pub kind: &'a [u8],
    /// Its data, several lines joined by LF. Whether it is UTF-8 is not checked.
    pub data: &'a [u8],
}

/// A line or an event of a stream is larger than its reader allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than the limit of {bytes_max} bytes")]
pub struct EventTooLarge {
    /// The limit it ran into.
    pub bytes_max: usize,
}

impl SseDecoder {
    /// A decoder at the beginning of a stream. No line and no event's data may be larger than
    /// `event_bytes_max`.
    #[must_use]
    pub fn new(event_bytes_max: usize) -> Self {
        Self {
            event_bytes_max,
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            kind: Vec::new(),
            is_first_line: true,
            after_cr: false,
        }
    }

    /// Reads the next bytes and hands each event that they complete to `on_event`.
    ///
    /// # Errors
    /// [`EventTooLarge`], after the events before it. The stream cannot be read further.
    pub fn feed(
        &mut self,
        chunk: &[u8],
        mut on_event: impl FnMut(SseEvent<'_>),
    ) -> Result<(), EventTooLarge> {
        let mut rest = chunk;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', rest) else {
                self.check(self.line.len() + rest.len())?;
                self.line.extend_from_slice(rest);
                return Ok(());
            };
            self.after_cr = rest[end] == b'\r';
            self.check(self.line.len() + end)?;
            if self.line.is_empty() {
                self.line(&rest[..end], &mut on_event)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&rest[..end]);
                self.line(&line, &mut on_event)?;
                // Its room serves the next line that is cut.
                line.clear();
                self.line = line;
            }
            rest = &rest[end + 1..];
        }
        Ok(())
    }

    /// The stream has ended: hands out an event that lacks nothing but its empty line.
    ///
    /// The standard drops it. Some servers close right after their last line, and what it
    /// says is needed.
    ///
    /// # Errors
    /// [`EventTooLarge`].
    pub fn finish(&mut self, mut on_event: impl FnMut(SseEvent<'_>)) -> Result<(), EventTooLarge> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.line(&line, &mut on_event)?;
        }
        self.line(b"", &mut on_event)
    }

    /// Takes one line without its end.
    fn line(
        &mut self,
        mut line: &[u8],
        on_event: &mut impl FnMut(SseEvent<'_>),
    ) -> Result<(), EventTooLarge> {
        if std::mem::take(&mut self.is_first_line) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if line.is_empty() {
            self.end_of_event(on_event);
            return Ok(());
        }
        if let Some(value) = value_of(line, b"data") {
            if std::mem::replace(&mut self.has_data, true) {
                self.check(self.data.len() + 1 + value.len())?;
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
        } else if let Some(value) = value_of(line, b"event") {
            self.kind.clear();
            self.kind.extend_from_slice(value);
        }
        Ok(())
    }

    fn end_of_event(&mut self, on_event: &mut impl FnMut(SseEvent<'_>)) {
        if std::mem::take(&mut self.has_data) {
            let kind = match self.kind.as_slice() {
                b"" => b"message",
                kind => kind,
            };
            on_event(SseEvent {
                kind,
                data: &self.data,
            });
        }
        self.data.clear();
        self.kind.clear();
    }

    fn check(&self, bytes: usize) -> Result<(), EventTooLarge> {
        if bytes > self.event_bytes_max {
            return Err(EventTooLarge {
                bytes_max: self.event_bytes_max,
            });
        }
        Ok(())
    }
}

/// The value of a line with that field; a field without a colon has an empty one.
fn value_of<'a>(line: &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(field)?;
    match rest.strip_prefix(b":") {
        Some(value) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        None => rest.is_empty().then_some(rest),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// The events of these chunks, each as `kind:data`, and how reading ended.
    fn events<'a>(
        chunks: impl IntoIterator<Item = &'a [u8]>,
        bytes_max: usize,
    ) -> (Vec<String>, Result<(), EventTooLarge>) {
        let mut decoder = SseDecoder::new(bytes_max);
        let mut seen = Vec::new();
        let mut note = |event: SseEvent<'_>| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            seen.push(format!("{}:{}", text(event.kind), text(event.data)));
        };
        for chunk in chunks {
            if let Err(error) = decoder.feed(chunk, &mut note) {
                return (seen, Err(error));
            }
        }
        let end = decoder.finish(note);
        (seen, end)
    }

    fn check(stream: &str, want: &[&str]) {
        let (seen, end) = events([stream.as_bytes()], 64);
        end.unwrap();
        assert_eq!(seen, want, "{stream:?}");
    }

    #[test]
    fn a_stream_is_read_as_the_standard_says() {
        for (stream, want) in [
            ("data: a\n\ndata: b\n\n", &["message:a", "message:b"][..]),
            (
                "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
                &["message:a", "message:b", "message:c"],
            ),
            ("\u{feff}data: a\n\n", &["message:a"]),
            (
                "data: \u{feff}a\n\n\u{feff}data: b\n\n",
                &["message:\u{feff}a"],
            ),
            (": comment\n:\n\ndata: a\n\n", &["message:a"]),
            ("data: a\n: between\ndata: b\n\n", &["message:a\nb"]),
            ("data\ndata:\ndata:  b\n\n", &["message:\n\n b"]),
            ("data\n\n", &["message:"]),
            (
                "event: ping\n\nevent: x\ndata: a\n\ndata: b\n\n",
                &["x:a", "message:b"],
            ),
            ("id: 1\nretry: 5\ndatum: a\ndata2: b\n data: c\n\n", &[]),
            (
                "data: {\"a\": \"b: c\"}\n\n",
                &["message:{\"a\": \"b: c\"}"],
            ),
        ] {
            check(stream, want);
        }
    }

    #[test]
    fn a_last_event_counts_although_the_stream_ends_early() {
        for stream in [
            "data: a",
            "data: a\n",
            "data: a\r",
            "data: a\r\n",
            "data: a\n\n",
        ] {
            check(stream, &["message:a"]);
        }
    }

    #[test]
    fn a_line_and_an_event_have_a_limit_and_the_events_before_it_count() {
        for (stream, fits) in [
            ("data: 1\n\ndata: 34567890\n\n", true),
            ("data: 1\n\ndata: 345678901\n\n", false),
            ("data: 1\n\ndata: 345678901", false),
            ("data: 1\n\n: 34567890123\n", true),
            ("data: 1\n\n: 3456789012345\n", false),
            ("data: 1\n\ndata: 3456\ndata: 3456\ndata: 3456\n\n", true),
            ("data: 1\n\ndata: 3456\ndata: 3456\ndata: 34567\n\n", false),
        ] {
            let (seen, end) = events([stream.as_bytes()], 14);
            assert_eq!(end.is_ok(), fits, "{stream:?}");
            assert_eq!(seen[0], "message:1", "{stream:?}");
        }
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_changes_nothing(
            stream in prop::collection::vec(prop::sample::select(&b"data: event:\r\n\xEF\xBB\xBF\xC3x"[..]), 0..120),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            bytes_max in 4_usize..40,
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
            prop_assert_eq!(events(chunks, bytes_max), events([&stream[..]], bytes_max));
        }

        #[test]
        fn what_is_kept_between_chunks_is_limited(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..40),
        ) {
            let mut decoder = SseDecoder::new(50);
            for chunk in chunks {
                if decoder.feed(&chunk, |_| {}).is_err() {
                    break;
                }
                prop_assert!(decoder.line.len() <= 50);
                prop_assert!(decoder.data.len() <= 50);
                prop_assert!(decoder.kind.len() <= 50);
            }
        }
    }
}
