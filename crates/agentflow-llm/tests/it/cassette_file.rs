//! The file of a cassette: its lines, what a crash leaves of it, and what is no cassette.

use std::fs;
use std::path::Path;

use agentflow_llm::{
    CassetteError, ChatModel, ChatRequest, Message, Recorder, Replayer, ScriptedModel,
};

use crate::cassette::folder;

/// Asks for each of these and gets it back.
async fn record(path: &Path, texts: &[&'static str]) {
    let model = ScriptedModel::replies(texts.iter().copied());
    let recorder = Recorder::append(path, model).unwrap();
    for text in texts {
        let request = ChatRequest::user(*text);
        recorder.complete(request).await.unwrap();
    }
}

/// What there is to ask for.
fn recorded(path: &Path) -> Result<Vec<String>, String> {
    let replayer = Replayer::open(path);
    let replayer = replayer.map_err(|error| {
        let told = error.to_string();
        told.replace(&path.display().to_string(), "FILE")
    })?;
    let unused = replayer.unused().into_iter();
    Ok(unused.map(|request| request.prompt().to_owned()).collect())
}

#[tokio::test]
async fn the_lines_of_a_cassette_are_frozen() {
    let (_folder, path) = folder();
    let recorder = Recorder::create(&path, ScriptedModel::replies(["a b", "c"])).unwrap();
    let request = ChatRequest::new([Message::user("hi").with_id("m1")]).label("ask/1");
    let reply = recorder.stream(request.clone()).await.unwrap();
    reply.into_reply().await.unwrap();
    recorder.complete(request).await.unwrap();
    recorder
        .complete(ChatRequest::user("more"))
        .await
        .unwrap_err();
    let reply = |text: &str| {
        format!(
            r#"{{"finish":"stop","message":{{"text":"{text}"}},"model":"scripted","usage":{{"cached_prompt_tokens":0,"completion_tokens":1,"cost_micro_usd":0,"prompt_tokens":1,"reasoning_tokens":0}}}}"#
        )
    };
    let request =
        r#""request":{"label":"ask/1","messages":[{"role":"user","text":"hi"}],"temperature":0.1}"#;
    let want = [
        r#"{"cassette":1,"model":"scripted"}"#.to_owned(),
        format!(
            r#"{{"asked":1,{request},"stream":{{"events":[{{"delta":"a ","type":"text"}},{{"delta":"b","type":"text"}},{{"reply":{},"type":"done"}}]}}}}"#,
            reply("a b")
        ),
        format!(r#"{{"asked":2,"reply":{},{request}}}"#, reply("c")),
        r#"{"asked":3,"error":{"meaning":"other","words":"the scripted model has no reply left: 2 were given, and then it was asked `more`; script one more or ask less"},"request":{"messages":[{"role":"user","text":"more"}],"temperature":0.1}}"#.to_owned(),
    ];
    let file = fs::read_to_string(&path).unwrap();
    assert_eq!(file, want.join("\n") + "\n");
}

#[tokio::test]
async fn a_file_that_is_gone_on_with_keeps_what_it_has() {
    let (_folder, path) = folder();
    record(&path, &["a", "b"]).await;
    record(&path, &["c"]).await;
    assert_eq!(recorded(&path).unwrap(), ["a", "b", "c"]);
    Recorder::create(&path, ScriptedModel::replies([""; 0])).unwrap();
    assert_eq!(recorded(&path).unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_crash_costs_at_most_the_last_line() {
    let (_folder, path) = folder();
    record(&path, &["é", "ü"]).await;
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = (1..=whole.len())
        .filter(|end| whole[end - 1] == b'\n')
        .collect();
    for cut in ends[0]..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        // A line is whole as soon as only its end is missing.
        let lines = ends.iter().filter(|end| **end <= cut + 1).count();
        assert_eq!(
            recorded(&path).unwrap(),
            ["é", "ü"][..lines - 1],
            "cut at {cut}"
        );
        record(&path, &["more"]).await;
        let mut want = ["é", "ü"][..lines - 1].to_vec();
        want.push("more");
        assert_eq!(recorded(&path).unwrap(), want, "gone on with at {cut}");
    }
}

#[tokio::test]
async fn what_is_no_cassette_is_refused_with_its_place() {
    let (_folder, path) = folder();
    let whole = {
        record(&path, &["a", "b"]).await;
        fs::read_to_string(&path).unwrap()
    };
    let broken = |line: usize, text: &str| {
        let mut lines: Vec<&str> = whole.lines().collect();
        lines[line - 1] = text;
        lines.join("\n") + "\n"
    };
    let no_exchange = "FILE:2: the line is no recorded exchange; remove it or record anew";
    for (name, file, want) in [
        ("blank lines", broken(2, "\n \n"), Ok(&["b"][..])),
        (
            "nothing",
            String::new(),
            Err("FILE is no cassette: its first line does not say so"),
        ),
        (
            "a page",
            "<html>\n".into(),
            Err("FILE is no cassette: its first line does not say so"),
        ),
        (
            "a later format",
            broken(1, r#"{"cassette": 2}"#),
            Err("cassette FILE has format 2; this build reads up to 1"),
        ),
        (
            "half a line in the middle",
            broken(2, r#"{"asked":1,"#),
            Err(no_exchange),
        ),
        (
            "a line without a request",
            broken(
                2,
                r#"{"asked":1,"request":{},"error":{"meaning":"other","words":""}}"#,
            ),
            Err(no_exchange),
        ),
    ] {
        fs::write(&path, file).unwrap();
        let want = want.map(|texts| texts.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(recorded(&path), want.map_err(str::to_owned), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_or_read_is_told() {
    let (_folder, path) = folder();
    let missing = path.join("below");
    let written = Recorder::create(&missing, ScriptedModel::replies([""; 0])).unwrap_err();
    assert!(matches!(written, CassetteError::Write { .. }), "{written}");
    let read = Replayer::open(&missing).unwrap_err();
    assert!(matches!(read, CassetteError::Read { .. }), "{read}");
}
