//! Reads the head of what a CGI program answers. Pure.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// Longest head, in bytes.
pub(super) const HEAD_BYTES_MAX: usize = 16 << 10;

/// Status and headers of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

/// Where the body starts, once the whole head has come.
pub(super) fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let crlf = bytes
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map(|at| at + 4);
    let lf = bytes.windows(2).position(|w| w == b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min()
}

/// Reads a whole head; lines that are not headers are passed over.
pub(super) fn read_head(head: &[u8]) -> Head {
    let mut status = StatusCode::OK;
    let mut headers = HeaderMap::new();
    for line in String::from_utf8_lossy(head).lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("status") {
            let code = value
                .split(' ')
                .next()
                .and_then(|code| StatusCode::from_bytes(code.as_bytes()).ok());
            status = code.unwrap_or(StatusCode::BAD_GATEWAY);
            continue;
        }
        let pair = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        );
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
    Head { status, headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_up_to_its_blank_line() {
        for (bytes, end, status, kind) in [
            (
                &b"Content-Type: text/x\r\n\r\nbody"[..],
                Some(24),
                200,
                Some("text/x"),
            ),
            (
                b"Status: 404 Not Found\nContent-Type: a/b\n\n",
                Some(41),
                404,
                Some("a/b"),
            ),
            (b"Status: nonsense\r\n\r\n", Some(20), 502, None),
            (b"Content-Type: x", None, 200, Some("x")),
        ] {
            assert_eq!(end_of_head(bytes), end);
            let head = read_head(&bytes[..end.unwrap_or(bytes.len())]);
            assert_eq!(head.status.as_u16(), status);
            assert_eq!(
                head.headers
                    .get("content-type")
                    .and_then(|v| v.to_str().ok()),
                kind
            );
        }
    }
}
