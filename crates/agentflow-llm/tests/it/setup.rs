//! Settings that cannot be right are refused before the first request.

use agentflow_llm::{ChatModel, OpenAiCompatible, OpenRouter};

fn check(base_url: &str, want: Result<&str, &str>) {
    let built = OpenAiCompatible::builder(base_url).models(["m"]).build();
    let got = built
        .map(|model| format!("{model:?}"))
        .map_err(|error| error.to_string());
    match (&got, want) {
        (Ok(got), Ok(want)) | (Err(got), Err(want)) => {
            assert!(got.contains(want), "{base_url}: {got}");
        }
        _ => panic!("{base_url}: {got:?}"),
    }
}

#[test]
fn a_base_url_is_understood_or_the_error_shows_a_right_one() {
    check("http://localhost:11434/v1", Ok("http://localhost:11434"));
    check(" HTTPS://Example.org/v1/ ", Ok("https://example.org"));
    check(
        "localhost:11434/v1",
        Err("base URL `localhost:11434/v1` does not start with `http://` or `https://`"),
    );
    check(
        "127.0.0.1:8080",
        Err("write for example `http://localhost:11434/v1`"),
    );
    check("ftp://example.org", Err("does not start with"));
    check("", Err("base URL `` does not start with"));
    check("öäü", Err("base URL `öäü` does not start with"));
    check("http://", Err("base URL `http://` cannot be read"));
    check("http://[::1", Err("cannot be read"));
    check(
        "https://user:pass@example.org/v1",
        Err("base URL for `example.org` holds a user or password"),
    );
    check(
        "user:pass@example.org/v1",
        Err("base URL `example.org/v1` does not start"),
    );
}

#[test]
fn a_key_is_refused_if_no_header_can_carry_it() {
    for (key, want) in [
        ("", Some("the API key is empty")),
        (" \n", Some("the API key is empty")),
        ("sk\nor", Some("the API key holds line breaks")),
        ("sk-or\n", None),
    ] {
        let error = OpenRouter::new(key).err().map(|error| error.to_string());
        match (error, want) {
            (None, None) => {}
            (Some(error), Some(want)) => assert!(error.starts_with(want), "{key:?}: {error}"),
            (error, _) => panic!("{key:?}: {error:?}"),
        }
    }
}

#[test]
fn only_open_router_has_default_models() {
    let router = OpenAiCompatible::builder("https://openrouter.ai/api/v1")
        .build()
        .unwrap();
    assert_eq!(router.name(), "openai/gpt-4o-mini");
    for other in ["https://example.org/v1", "https://notopenrouter.ai/v1"] {
        let error = OpenAiCompatible::builder(other).build().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("no model is named for https://"),
            "{error}"
        );
    }
}
