//! Cutting long texts into pieces that an embedder can read, and that are about one
//! thing. Pure: keeps nothing, embeds nothing, knows no format but blank lines.

use super::tokens::CHARS_PER_TOKEN;

/// How long texts are cut: into chunks that overlap, so that what stands at a cut is
/// whole in one of them.
///
/// A chunk ends behind a paragraph if one ends in its second half, else behind a
/// sentence, else behind a word; only what has no such place is cut between letters. The
/// next one begins at a word. Each is a part of the text as it stands, with its blanks;
/// together they are all of it.
///
/// ```
/// # use agentflow_core::store::Chunking;
/// let text = "Tea grows on hills. Cats sleep a lot. The sea is salty.";
/// let chunking = Chunking { tokens_max: 7, overlap_tokens: 2 };
/// let chunks: Vec<&str> = chunking.chunks(text).iter().map(|chunk| chunk.text).collect();
/// assert_eq!(chunks, ["Tea grows on hills. ", "hills. Cats sleep a lot. ", "a lot. The sea is salty."]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunking {
    /// How many tokens a chunk has at most, by [`tokens_in`](super::tokens_in): 512 by
    /// default, what every embedder reads. At least one.
    pub tokens_max: usize,
    /// How many tokens at most a chunk begins before the end of the one before: 51 by
    /// default, a tenth. No more than half of a chunk is taken.
    pub overlap_tokens: usize,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Where in the text it begins, in bytes.
    pub at: usize,
    /// The part.
    pub text: &'a str,
}

impl Default for Chunking {
    fn default() -> Self {
        Self {
            tokens_max: 512,
            overlap_tokens: 51,
        }
    }
}

impl Chunking {
    /// The chunks of a text, in order. A blank text has none.
    #[must_use]
    pub fn chunks<'a>(&self, text: &'a str) -> Vec<Chunk<'a>> {
        let chars_max = self.tokens_max.max(1).saturating_mul(CHARS_PER_TOKEN);
        let overlap = self.overlap_tokens.saturating_mul(CHARS_PER_TOKEN);
        let overlap = overlap.min(chars_max / 2);
        let (mut chunks, mut at) = (Vec::new(), 0);
        if text.trim().is_empty() {
            return chunks;
        }
        loop {
            let rest = &text[at..];
            let length = end_of_chunk(rest, chars_max);
            chunks.push(Chunk {
                at,
                text: &rest[..length],
            });
            if length == rest.len() {
                return chunks;
            }
            at += start_of_next(&rest[..length], overlap);
        }
    }
}

/// Where the first chunk of a text ends, in its second half or at its end.
fn end_of_chunk(text: &str, chars_max: usize) -> usize {
    let Some((hard, _)) = text.char_indices().nth(chars_max) else {
        return text.len();
    };
    let (mut best, mut gap) = ((Boundary::None, hard), Gap::default());
    for (count, (place, letter)) in text.char_indices().take(chars_max + 1).enumerate() {
        if count > chars_max / 2 {
            let boundary = gap.before(letter);
            // The last of the best kind.
            if boundary > Boundary::None && boundary >= best.0 {
                best = (boundary, place);
            }
        }
        gap.pass(letter);
    }
    best.1
}

/// Where in a chunk the next one begins: at the first word of its last letters, or
/// between two letters of a word that is longer.
fn start_of_next(chunk: &str, overlap: usize) -> usize {
    let hard = match overlap.checked_sub(1) {
        Some(back) => chunk.char_indices().nth_back(back),
        None => return chunk.len(),
    };
    let hard = hard.map_or(0, |(place, _)| place);
    let mut before = chunk[..hard].chars().next_back();
    for (place, letter) in chunk[hard..].char_indices() {
        if before.is_some_and(char::is_whitespace) && !letter.is_whitespace() {
            return hard + place;
        }
        before = Some(letter);
    }
    // Blanks at the end belong to this chunk: the next one begins behind them.
    if chunk.ends_with(char::is_whitespace) {
        chunk.len()
    } else {
        hard
    }
}

/// What lies between two letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Boundary {
    None,
    Word,
    Sentence,
    Paragraph,
}

/// What stands before a letter.
#[derive(Default)]
struct Gap {
    /// The last letter that is no blank.
    letter: Option<char>,
    blanks: usize,
    lines: usize,
}

impl Gap {
    /// What lies before `letter`. Blanks are never cut from what they follow.
    fn before(&self, letter: char) -> Boundary {
        // These end a sentence without a blank behind them.
        let ends_alone = self.letter.is_some_and(|last| "。！？".contains(last));
        let ends = self.letter.is_some_and(|last| ".!?…:;".contains(last));
        match (self.blanks, self.lines) {
            _ if letter.is_whitespace() => Boundary::None,
            (_, 2..) => Boundary::Paragraph,
            (_, 1) => Boundary::Sentence,
            (0, _) if ends_alone => Boundary::Sentence,
            (0, _) => Boundary::None,
            _ if ends || ends_alone => Boundary::Sentence,
            _ => Boundary::Word,
        }
    }

    fn pass(&mut self, letter: char) {
        if letter.is_whitespace() {
            self.blanks += 1;
            self.lines += usize::from(letter == '\n');
        } else {
            (self.letter, self.blanks, self.lines) = (Some(letter), 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Chunk, Chunking};

    fn texts<'a>(chunks: &[Chunk<'a>]) -> Vec<&'a str> {
        chunks.iter().map(|chunk| chunk.text).collect()
    }

    #[test]
    fn a_chunk_ends_where_the_text_does() {
        // Twelve characters to a chunk, four of them from the one before.
        let chunking = Chunking {
            tokens_max: 3,
            overlap_tokens: 1,
        };
        for (name, text, want) in [
            ("blank", " \n ", &[][..]),
            ("short", "twelve chars", &["twelve chars"]),
            (
                "a paragraph",
                "one two\n\na. b c d",
                &["one two\n\n", "a. b c d"],
            ),
            ("a sentence", "one two. a b c d", &["one two. ", "a b c d"]),
            ("a line", "one two\na b c d", &["one two\n", "two\na b c d"]),
            (
                "no blank",
                "一二三四五六七。九十十一十二",
                &["一二三四五六七。", "五六七。九十十一十二"],
            ),
            ("a word", "alpha beta gamma", &["alpha beta ", "gamma"]),
            ("letters", "abcdefghijklmnop", &["abcdefghijkl", "ijklmnop"]),
            (
                "the first half",
                "a. bcdefghijklmnop",
                &["a. bcdefghij", "ghijklmnop"],
            ),
        ] {
            assert_eq!(texts(&chunking.chunks(text)), want, "{name}");
        }
    }

    #[test]
    fn a_chunk_has_512_tokens_of_which_a_tenth_is_from_the_one_before() {
        let text = "word ".repeat(1_000);
        let chunks = Chunking::default().chunks(&text);
        let lengths: Vec<usize> = chunks.iter().map(|chunk| chunk.text.len()).collect();
        assert_eq!(lengths, [2_045, 2_045, 1_310]);
        let starts: Vec<usize> = chunks.iter().map(|chunk| chunk.at).collect();
        assert_eq!(starts, [0, 1_845, 3_690]);
    }

    /// Texts with words, sentences, paragraphs, long runs, and letters of many bytes.
    fn any_text() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            8 => "[a-zé]{1,9}",
            4 => " {1,3}",
            2 => "[.!?。]",
            1 => "\n{1,3}",
            1 => "[🦀x]{20,60}",
        ];
        prop::collection::vec(parts, 0..60).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_size_is_kept(
            text in any_text(), tokens_max in 0_usize..20, overlap_tokens in 0_usize..20,
        ) {
            let chunking = Chunking { tokens_max, overlap_tokens };
            let chunks = chunking.chunks(&text);
            prop_assert_eq!(chunks.is_empty(), text.trim().is_empty());
            let chars_max = tokens_max.max(1) * 4;
            let mut covered = 0;
            for (n, chunk) in chunks.iter().enumerate() {
                prop_assert_eq!(&text[chunk.at..][..chunk.text.len()], chunk.text);
                prop_assert!(!chunk.text.is_empty());
                prop_assert!(chunk.text.chars().count() <= chars_max);
                prop_assert!(chunk.at <= covered, "a gap before chunk {}", n);
                let overlap = text[chunk.at..covered].chars().count();
                prop_assert!(overlap <= (overlap_tokens * 4).min(chars_max / 2));
                let end = chunk.at + chunk.text.len();
                prop_assert!(end > covered, "chunk {} adds nothing", n);
                covered = end;
            }
            prop_assert!(chunks.is_empty() || covered == text.len());
        }
    }
}
