//! The frame of a page, its looks, and the pieces that pages share.

use std::fmt::{self, Display};

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

const STYLE: &str = include_str!("style.css");

/// Text on its way into a page.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// A whole page; `trail` leads from the start to here as (address, name), `body` is HTML.
pub(super) fn page(title: &str, trail: &[(String, &str)], body: &str) -> Response {
    let trail: String = trail
        .iter()
        .map(|(to, name)| format!(" / <a href=\"{}\">{}</a>", Escaped(to), Escaped(name)))
        .collect();
    let title = Escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><header><a href=\"/\">forge</a>{trail}</header><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let policy = (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'",
    );
    ([policy], Html(html)).into_response()
}

/// A coloured word; the class is one of the forge's own.
pub(super) fn badge(class: &str, text: &str) -> String {
    format!(
        "<span class=\"badge {}\">{}</span>",
        Escaped(class),
        Escaped(text)
    )
}

/// Something a person wrote.
pub(super) fn said(author: &str, what: &str, at: &str, text: &str) -> String {
    let text = without_comments(text);
    let body = if text.is_empty() {
        String::new()
    } else {
        format!("<pre class=\"text\">{}</pre>", Escaped(&text))
    };
    format!(
        "<article><h3>{} <small>{} · {}</small></h3>{body}</article>",
        Escaped(author),
        Escaped(what),
        Escaped(at)
    )
}

/// A text without its HTML comments, which Markdown does not show either. One that
/// does not end is shown.
fn without_comments(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        let Some((_, after)) = comment.split_once("-->") else {
            break;
        };
        shown.push_str(before);
        rest = after;
    }
    shown.push_str(rest);
    shown.trim_end().to_owned()
}

/// First characters of a hash.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..8).unwrap_or(sha)
}

#[cfg(test)]
mod tests {
    use super::{Escaped, without_comments};

    #[test]
    fn comments_are_hidden_as_markdown_hides_them() {
        for (text, want) in [
            ("good\n\n<!-- key -->", "good"),
            ("a <!-- b --> c <!-- d -->e", "a  c e"),
            ("a <!-- b", "a <!-- b"),
            ("<!-- all -->\n", ""),
            ("none", "none"),
        ] {
            assert_eq!(without_comments(text), want, "{text}");
        }
    }

    #[test]
    fn nothing_that_html_reads_gets_through() {
        let text = r#"<script>alert("x" & 'y')</script>"#;
        let want = "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;";
        assert_eq!(Escaped(text).to_string(), want);
    }
}
