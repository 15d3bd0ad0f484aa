//! Rust source with comments and literals blanked out, so that a rule meets code only.
//!
//! Every line keeps its number and every character its column. This is a
//! scanner, not a parser: it knows where text is, not what it means.

/// `source` with the contents of comments, strings and characters replaced by spaces.
pub(super) fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => comment_end(&chars, at),
            '"' => string_end(&chars, at),
            '\'' => char_end(&chars, at),
            'r' if !follows_word(&chars, at) => raw_string_end(&chars, at),
            'b' | 'c' if !follows_word(&chars, at) && chars.get(at + 1) == Some(&'r') => {
                let end = raw_string_end(&chars, at + 1);
                if end > at + 1 { end } else { at }
            }
            _ => at,
        };
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            let blank = |c: &char| if *c == '\n' { '\n' } else { ' ' };
            code.extend(chars[at..end].iter().map(blank));
            at = end;
        }
    }
    code
}

/// `code` without the bodies of `quote!`, which are code of whoever uses the macro.
///
/// Takes what [`code_only`] returns; lines and columns stay.
pub(super) fn without_quoted(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = quote_start(rest) {
        let end = start + group_end(&rest[start..]);
        kept.push_str(&rest[..start]);
        kept.extend(
            rest[start..end]
                .chars()
                .map(|c| if c == '\n' { c } else { ' ' }),
        );
        rest = &rest[end..];
    }
    kept + rest
}

/// Where the body of the first `quote!` or `quote_spanned!` opens.
fn quote_start(code: &str) -> Option<usize> {
    let calls = ["quote!", "quote_spanned!"];
    let ends = calls
        .iter()
        .filter_map(|call| code.find(call).map(|at| at + call.len()));
    let end = ends.min()?;
    let open = code[end..].find(['(', '[', '{'])?;
    Some(end + open)
}

/// The length of the bracketed group at the start of `code`.
fn group_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + c.len_utf8();
        }
    }
    code.len()
}

fn line_end(chars: &[char], start: usize) -> usize {
    let rest = &chars[start..];
    start + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
}

/// Block comments nest.
fn comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw string whose `r` stands at `start`, or `start` if none begins there.
fn raw_string_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let closes = |at: &usize| {
        chars[*at] == '"'
            && chars[at + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    (open + 1..chars.len())
        .find(closes)
        .map_or(chars.len(), |quote| quote + 1 + hashes)
}

/// The end of a character literal, or `start` where the quote opens a lifetime.
fn char_end(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), Some(_)) => chars[start + 3..]
            .iter()
            .position(|c| *c == '\'')
            .map_or(start, |quote| start + 3 + quote + 1),
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

fn follows_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_code_stays() {
        for (source, want) in [
            ("a // b", "a"),
            ("a /* b /* c */ d */ e", "a e"),
            (r#"x("todo!(") y"#, "x( ) y"),
            (r#"x("a\"b") y"#, "x( ) y"),
            (r##"r#"a"b"# y"##, "y"),
            (r#"br"a" y"#, "y"),
            (r"'\'' '\u{1F600}' 'x' y", "y"),
            ("'\"' y '\"'", "y"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("bar\"x\" y", "bar y"),
            ("\"a\nb\" c", "c"),
            ("r#fn", "r#fn"),
            ("\"open", ""),
            ("'\\", "'\\"),
        ] {
            let code = code_only(source);
            let words: Vec<&str> = code.split_whitespace().collect();
            assert_eq!(words.join(" "), want, "{source}");
            assert_eq!(code.chars().count(), source.chars().count(), "{source}");
            assert_eq!(code.lines().count(), source.lines().count(), "{source}");
        }
    }

    #[test]
    fn quoted_code_is_left_out_and_lines_stay() {
        for (code, want) in [
            ("a quote! { b(c) } d", "a quote! d"),
            (
                "quote_spanned!(x=> [b]) d quote![e]",
                "quote_spanned! d quote!",
            ),
            ("a { b }", "a { b }"),
            ("quote! { open", "quote!"),
        ] {
            let kept = without_quoted(code);
            let words: Vec<&str> = kept.split_whitespace().collect();
            assert_eq!(words.join(" "), want, "{code}");
        }
        assert_eq!(without_quoted("quote! {\nb\n}\nc"), "quote!  \n \n \nc");
    }
}
