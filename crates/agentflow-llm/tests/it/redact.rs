//! No secret leaves the process, and nothing else is touched.

use agentflow_llm::{
    AssistantMessage, ChatModel, ChatRequest, Image, Message, Redact, Redactor, ScriptedModel,
    ToolCall,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::json;

fn percent_encoded(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
    let bytes = text.bytes().map(|byte| {
        if is_kept(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    bytes.collect()
}

/// The same with small digits.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}%{}{}", part[..2].to_lowercase(), &part[2..])
    })
}

fn escaped(text: &str) -> String {
    let units = text.encode_utf16();
    units.map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Ways in which a secret may stand in a text.
fn written(secret: &str) -> Vec<String> {
    let alphanumeric = percent_encoded(secret, |byte| byte.is_ascii_alphanumeric());
    let json = json!(secret).to_string();
    let mut ways = vec![
        secret.to_owned(),
        lower_hex(&alphanumeric),
        percent_encoded(secret, |byte| {
            byte.is_ascii_alphanumeric() || b"!'()*-._~".contains(&byte)
        }),
        percent_encoded(secret, |_| false),
        json[1..json.len() - 1].to_owned(),
        escaped(secret),
        // As Python writes JSON.
        secret
            .chars()
            .map(|letter| match letter.is_ascii() {
                true => letter.to_string(),
                false => escaped(&letter.to_string()),
            })
            .collect(),
    ];
    ways.push(alphanumeric);
    for before in ["", "u", "u:", "user:", "user7:"] {
        for after in ["", "@", "@h", "@host"] {
            let bytes = format!("{before}{secret}{after}");
            ways.push(STANDARD.encode(&bytes));
            ways.push(STANDARD_NO_PAD.encode(&bytes));
            ways.push(URL_SAFE.encode(&bytes));
            ways.push(URL_SAFE_NO_PAD.encode(&bytes));
        }
    }
    ways
}

proptest! {
    #[test]
    fn a_known_secret_never_survives_in_whatever_way_it_is_written(
        secret in "[!-~]([ -~éß\u{1F980}]{4,30})[!-~]",
        other in "[!-~]{6,9}",
        before in ".{0,20}",
        after in ".{0,20}",
    ) {
        let redactor = Redactor::new().secret(other.as_str().into()).secret(secret.as_str().into());
        for way in written(&secret) {
            // Overlapping and next to each other, too.
            for text in [
                format!("{before}{way}{after}"),
                format!("{way}{way}"),
                format!("{other}{way}{other}"),
            ] {
                let redacted = redactor.redact(&text);
                prop_assert!(!redacted.contains(&way), "{way} in {redacted}");
                prop_assert!(!redacted.contains(&secret), "{secret} in {redacted}");
                prop_assert!(redacted.contains("[redacted]"), "{redacted}");
            }
        }
    }

    #[test]
    fn what_stands_around_a_secret_stays(before in "[^%+\\\\]{0,20}", after in "[^%+\\\\]{0,20}") {
        let secret = "correct horse battery";
        let text = format!("{before}{secret}{after}");
        let redacted = Redactor::new().secret(secret.into()).redact(&text).into_owned();
        prop_assert_eq!(redacted, format!("{before}[redacted]{after}"));
    }

    #[test]
    fn a_text_without_secrets_never_changes(text in ".{0,300}") {
        let redactor = Redactor::new().secret("correct horse battery".into());
        prop_assert_eq!(redactor.redact(&text), text.as_str());
    }

    #[test]
    fn a_text_of_what_keys_begin_with_never_changes(
        words in prop::collection::vec(prop::sample::select(vec![
            "sk-", "sk-learn-contrib-and-friends", "risk-based-testing-of-things", "task-4", "ghp_",
            "github_pat_", "AKIA", "eyJhbGci", "eyJ.eyJ.x", "Bearer", "bearer of-good-news-for-all",
            "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "...",
            "-----BEGIN CERTIFICATE-----", "correct", "horse", "%20", "\\n", "\\", "%", "é",
            "xoxb-", "xoxo-hugs-and-kisses", "fn main() {}",
        ]), 0..30)
    ) {
        let redactor = Redactor::new().secret("correct horse battery".into());
        let text = words.join(" ");
        prop_assert_eq!(redactor.redact(&text), text.as_str());
    }
}

#[test]
fn well_known_keys_are_found_wherever_they_stand() {
    let long = "aB3".repeat(16);
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw".repeat(2);
    let pem = |kind: &str, body: &str| {
        format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----")
    };
    let keys = [
        format!("ghp_{}", &long[..36]),
        format!("gho_{}", &long[..36]),
        format!("ghs_{}", &long[..36]),
        format!("github_pat_{}_{long}", &long[..22]),
        format!("sk-{long}"),
        format!("sk-or-v1-{}", "0123456789abcdef".repeat(4)),
        format!("sk-ant-api03-{long}-_{}", &long[..8]),
        format!("sk-proj-{long}"),
        format!("AKIA{}", "IOSFODNN7EXAMPLE"),
        format!("xoxb-{}", "123456789012-abcdef"),
        format!("eyJ{}.eyJ{}.{long}", &long[..20], &long[..30]),
        format!("eyJ{}.eyJ{}.", &long[..20], &long[..30]),
        pem("", &format!("{line}\n{line}\nshort=")),
        pem(
            "RSA ",
            &format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n{line}"),
        ),
        pem("OPENSSH ", &format!("{line}\r\n{line}")),
    ];
    let redactor = Redactor::new();
    for key in &keys {
        for (name, around) in [
            ("alone", ["", ""]),
            ("in a sentence", ["The key is ", ", keep it."]),
            ("in an assignment", ["KEY=", "\n"]),
            ("in an address", ["https://x:", "@example.org/"]),
            ("in quotes", ["\"", "\""]),
            ("twice", [" ", &format!(" {key}")]),
        ] {
            let text = format!("{}{key}{}", around[0], around[1]);
            let want = text.replace(key, "[redacted]");
            assert_eq!(redactor.redact(&text), want, "{name}");
        }
        // As it stands in the arguments of a call, where lines end with `\n`.
        let arguments = json!({"text": format!("a\n{key}\nb")}).to_string();
        let want = json!({"text": "a\n[redacted]\nb"}).to_string();
        assert_eq!(redactor.redact(&arguments), want);
    }
    let bearer = format!("authorization: bearer {long}=");
    assert_eq!(redactor.redact(&bearer), "authorization: bearer [redacted]");
    let cut_off = format!("-----BEGIN PRIVATE KEY-----\n{line}\n{line}\n (12 lines left out)");
    assert_eq!(
        redactor.redact(&cut_off),
        "[redacted]\n (12 lines left out)"
    );
}

#[test]
fn a_secret_is_found_by_what_it_is_without_the_blanks_around_it() {
    for (secret, text, want) in [
        ("hunter2\n", "is hunter2", "is [redacted]"),
        (" \n", "a \n b", "a \n b"),
        ("", "a b", "a b"),
        ("abcde", "abcdeabcde", "[redacted][redacted]"),
        ("aXaXa", "aXaXaXa", "[redacted]"),
        ("50%25", "50%25 50%2525", "[redacted] [redacted]"),
        ("a\\n", "a\\n a\\\\n", "[redacted] [redacted]"),
        ("a b", "a+b a%20b", "[redacted] [redacted]"),
        (
            "pässword",
            "pässword p%C3%A4ssword",
            "[redacted] [redacted]",
        ),
        (
            "two\nlines",
            r#"{"a":"two\nlines"}"#,
            r#"{"a":"[redacted]"}"#,
        ),
    ] {
        assert_eq!(
            Redactor::new().secret(secret.into()).redact(text),
            want,
            "{secret:?}"
        );
    }
}

#[test]
fn secrets_that_overlap_are_taken_out_whole() {
    let redactor = Redactor::new()
        .secret("abcdef".into())
        .secret("defghi".into());
    assert_eq!(redactor.redact("xabcdefghix"), "x[redacted]x");
}

/// A conversation with the same words wherever words can be.
fn conversation(words: &str, reasoned: &str) -> ChatRequest {
    let mut said = AssistantMessage::text(format!("I use {words}"));
    let arguments = json!({"command": format!("login {words}")}).to_string();
    said.tool_calls = vec![ToolCall::new("c1", "run", arguments)];
    said.reasoning = vec![json!({"type": "reasoning.text", "text": reasoned, "signature": "x"})];
    ChatRequest::new([
        Message::system(format!("Your password is {words}")).with_id("m1"),
        Message::user_with_images(
            words,
            [
                Image::url(format!("https://example.org/a.png?key={words}")),
                Image::bytes("image/png", "hunter2"),
            ],
        ),
        said.into(),
        Message::tool_result("c1", format!("welcome {words}")),
    ])
    .label("code/1")
    .thread("t")
}

#[tokio::test]
async fn all_of_a_conversation_is_redacted_but_what_is_signed() {
    let inner = ScriptedModel::replies(["hunter2", "hunter2", "hunter2"]);
    let model = Redact::new(inner.clone(), Redactor::new().secret("hunter2".into()));
    let request = conversation("hunter2", "hunter2");
    let reply = model.complete(request.clone()).await.unwrap();
    assert_eq!(reply.text(), "hunter2", "a reply is left as it is");
    model
        .stream(request)
        .await
        .unwrap()
        .into_reply()
        .await
        .unwrap();
    let harmless = conversation("hunter3", "hunter3");
    model.complete(harmless.clone()).await.unwrap();
    let want = conversation("[redacted]", "hunter2");
    assert_eq!(inner.requests(), [want.clone(), want, harmless]);
}

#[test]
fn a_secret_is_not_printed() {
    let model = Redact::new(
        ScriptedModel::replies(["done"]),
        Redactor::new().secret("hunter2!".into()),
    );
    let printed = format!("{model:?}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(
        !printed.contains(&STANDARD_NO_PAD.encode("hunter2!")[..8]),
        "{printed}"
    );
}
