//! What was recorded is replayed: whole, as a stream, half, and in order.

use std::path::{Path, PathBuf};

use agentflow_llm::{
    AgentState, AssistantMessage, ChatModel, ChatRequest, Matching, Message, ModelError, Recorder,
    Replayer, ReplyEvent, ScriptedModel, ScriptedReply, ToolBox, Usage, agent, tool_fn,
};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    (folder, path)
}

pub(crate) fn unreachable() -> ModelError {
    ModelError::Unreachable {
        address: "https://example.org".into(),
        source: "no route".into(),
    }
}

/// How a reply is asked for.
#[derive(Clone, Copy, Debug)]
enum Read {
    Whole,
    Stream,
    /// That many events of a stream, which is dropped then.
    Half(usize),
}

/// All that the caller gets, as text.
async fn heard(model: &dyn ChatModel, request: ChatRequest, read: Read) -> Vec<String> {
    let events_max = match read {
        Read::Whole => return vec![format!("{:?}", model.complete(request).await)],
        Read::Stream => usize::MAX,
        Read::Half(events) => events,
    };
    let mut reply = match model.stream(request).await {
        Ok(reply) => reply,
        Err(error) => return vec![format!("{error:?}")],
    };
    let mut heard = Vec::new();
    while heard.len() < events_max
        && let Some(event) = reply.next().await
    {
        heard.push(format!("{event:?}"));
    }
    heard
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap().lines().count()
}

#[tokio::test]
async fn what_was_recorded_is_heard_again() {
    let words = || ScriptedReply::from("It is sunny today.").usage(Usage::tokens(5, 4));
    let calls = || ScriptedReply::from("I look.").and_call("weather", json!({"city": "Oslo"}));
    for (name, reply, read) in [
        ("whole", words(), Read::Whole),
        ("streamed", words(), Read::Stream),
        ("calls, whole", calls(), Read::Whole),
        ("calls, streamed", calls(), Read::Stream),
        ("half a stream", words(), Read::Half(2)),
        ("nothing of a stream", words(), Read::Half(0)),
        ("a whole that fails", unreachable().into(), Read::Whole),
        (
            "a stream that fails at once",
            unreachable().into(),
            Read::Stream,
        ),
        (
            "a stream that breaks off",
            words().then_fails(unreachable()),
            Read::Stream,
        ),
    ] {
        let (_folder, path) = folder();
        let request = || ChatRequest::user("How is the weather?").label("ask/1");
        let recorder = Recorder::create(&path, ScriptedModel::replies([reply])).unwrap();
        let said = heard(&recorder, request(), read).await;
        let replayer = Replayer::open(&path).unwrap();
        assert_eq!(replayer.name(), recorder.name(), "{name}");
        assert_eq!(replayer.unused(), [request()], "{name}");
        // The label may be another.
        let again = heard(&replayer, request().label("ask/2"), read).await;
        assert_eq!(again, said, "{name}");
        assert_eq!(replayer.unused(), [], "{name}");
    }
}

#[tokio::test]
async fn a_recorded_reply_can_be_read_the_other_way() {
    let request = || ChatRequest::user("Hi");
    for (recorded, replayed) in [(Read::Whole, Read::Stream), (Read::Stream, Read::Whole)] {
        let (_folder, path) = folder();
        let model = || ScriptedModel::replies(["Hello."]);
        heard(
            &Recorder::create(&path, model()).unwrap(),
            request(),
            recorded,
        )
        .await;
        let again = heard(&Replayer::open(&path).unwrap(), request(), replayed).await;
        assert_eq!(
            again,
            heard(&model(), request(), replayed).await,
            "{replayed:?}"
        );
    }
}

#[tokio::test]
async fn who_reads_on_where_the_recorded_reader_left_is_told_so() {
    let (_folder, path) = folder();
    let recorder = Recorder::create(&path, ScriptedModel::replies(["one two three"])).unwrap();
    heard(&recorder, ChatRequest::user("count"), Read::Half(2)).await;
    for (read, place) in [(Read::Stream, 2), (Read::Whole, 0)] {
        let replayer = Replayer::open(&path).unwrap();
        let heard = heard(&replayer, ChatRequest::user("count"), read).await;
        assert_eq!(heard.len(), place + 1, "{heard:?}");
        assert!(heard[place].contains("Unfinished"), "{heard:?}");
    }
}

#[tokio::test]
async fn a_finished_reply_is_in_the_file_before_it_is_given_out() {
    let (_folder, path) = folder();
    let model = ScriptedModel::replies(["one", "one two"]);
    let recorder = Recorder::create(&path, model).unwrap();
    recorder.complete(ChatRequest::user("a")).await.unwrap();
    assert_eq!(lines(&path), 2);
    let mut reply = recorder.stream(ChatRequest::user("b")).await.unwrap();
    while let Some(event) = reply.next().await {
        let is_done = matches!(event.unwrap(), ReplyEvent::Done { .. });
        assert_eq!(lines(&path), 2 + usize::from(is_done));
    }
    drop(reply);
    assert_eq!(lines(&path), 3);
}

#[tokio::test]
async fn a_reply_that_cannot_be_recorded_is_not_given_out() {
    // Deeper than JSON is read back.
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let reply = || {
        let mut message = AssistantMessage::text("done");
        message.reasoning = vec![deep.clone()];
        message
    };
    for read in [Read::Whole, Read::Stream] {
        let (_folder, path) = folder();
        let recorder = Recorder::create(&path, ScriptedModel::replies([reply()])).unwrap();
        let heard = heard(&recorder, ChatRequest::user("a"), read).await;
        assert!(heard.last().unwrap().contains("NoForm"), "{heard:?}");
        assert_eq!(lines(&path), 1);
    }
}

#[tokio::test]
async fn the_same_request_is_answered_in_the_order_in_which_it_was_asked() {
    let (_folder, path) = folder();
    let recorder = Recorder::create(&path, ScriptedModel::replies(["first", "second"])).unwrap();
    // The one that is asked second ends first.
    let mut first = recorder.stream(ChatRequest::user("a")).await.unwrap();
    first.next().await.unwrap().unwrap();
    let second = recorder.stream(ChatRequest::user("a")).await.unwrap();
    second.into_reply().await.unwrap();
    first.into_reply().await.unwrap();

    let replayer = Replayer::open(&path).unwrap();
    let copy = replayer.clone();
    let (one, two) = tokio::join!(
        copy.complete(ChatRequest::user("a")),
        replayer.complete(ChatRequest::user("a")),
    );
    assert_eq!(
        (one.unwrap().text(), two.unwrap().text()),
        ("first", "second")
    );
    let error = replayer.complete(ChatRequest::user("a")).await.unwrap_err();
    let path = path.display();
    let want = format!(
        "{path}:2: every recording of this request was given, 2 in all; record it anew, or ask less"
    );
    assert_eq!(error.to_string(), want);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_told_with_what_differs() {
    let (_folder, path) = folder();
    let recorder = Recorder::create(&path, ScriptedModel::replies(["1", "2"])).unwrap();
    let open = |matching| Replayer::open(&path).unwrap().matching(matching);
    let told = async |replayer: &Replayer, request: ChatRequest| {
        let told = replayer
            .complete(request)
            .await
            .map(|reply| reply.text().to_owned());
        told.map_err(|error| {
            error
                .to_string()
                .replace(&path.display().to_string(), "FILE")
        })
    };
    let empty = told(&open(Matching::Strict), ChatRequest::user("+ x")).await;
    let want = "cassette FILE has no such request, and no other; record it anew";
    assert_eq!(empty, Err(want.to_owned()));

    recorder.complete(ChatRequest::user("+ x")).await.unwrap();
    recorder
        .complete(ChatRequest::user("+ y").max_tokens(9))
        .await
        .unwrap();
    for (name, request, strict, lenient) in [
        (
            "warmer",
            ChatRequest::user("+ y").temperature(0.5),
            Err(
                "cassette FILE has no such request; in the nearest, on line 3, `max_tokens` is missing and was recorded as 9, `temperature` is 0.5 and was recorded as 0.1; record it anew",
            ),
            Ok("2"),
        ),
        (
            "another text",
            ChatRequest::user("+ z"),
            Err(
                "cassette FILE has no such request; in the nearest, on line 2, `messages[0].text` is `+ z` and was recorded as `+ x`; record it anew",
            ),
            Err(
                "cassette FILE has no such request; in the nearest, on line 2, `messages[0].text` is `+ z` and was recorded as `+ x`; record it anew",
            ),
        ),
        (
            "all other",
            ChatRequest::new([Message::system("+ z"), Message::user("+ y")]).model("m"),
            Err(
                "cassette FILE has no such request; in the nearest, on line 2, `messages[0].role` is `system` and was recorded as `user`, `messages[0].text` is `+ z` and was recorded as `+ x`, `messages[1]` is {\"role\":\"user\",\"text\":\"+ y\"} and was not recorded, and 1 more; record it anew",
            ),
            Err(
                "cassette FILE has no such request; in the nearest, on line 2, `messages[0].role` is `system` and was recorded as `user`, `messages[0].text` is `+ z` and was recorded as `+ x`, `messages[1]` is {\"role\":\"user\",\"text\":\"+ y\"} and was not recorded, and 1 more; record it anew",
            ),
        ),
    ] {
        for (matching, want) in [(Matching::Strict, strict), (Matching::Lenient, lenient)] {
            let told = told(&open(matching), request.clone()).await;
            let want = want.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(told, want, "{name}, {matching:?}");
        }
    }
}

#[tokio::test]
async fn an_agents_run_is_replayed_though_its_messages_have_other_ids() {
    #[derive(Deserialize, JsonSchema)]
    struct City {
        name: String,
    }
    let tools = || {
        let sunny = |city: City| async move { Ok(format!("sunny in {}", city.name)) };
        ToolBox::new().with(tool_fn("weather", "The weather.", sunny))
    };
    let run = async |model: &dyn Fn() -> Box<dyn ChatModel>| {
        let graph = agent(model(), tools()).compile().unwrap();
        let asked = AgentState::of([Message::user("How is Oslo?")]);
        let done = graph.thread("t").invoke(asked).await.unwrap().into_done();
        let messages = done.unwrap().messages;
        messages
            .iter()
            .map(|message| message.text().to_owned())
            .collect::<Vec<_>>()
    };
    let (_folder, path) = folder();
    let said = run(&|| {
        let model = ScriptedModel::replies([
            ScriptedReply::call("weather", json!({"name": "Oslo"})),
            ScriptedReply::from("It is sunny."),
        ]);
        Box::new(Recorder::create(&path, model).unwrap())
    })
    .await;
    assert_eq!(said.last().unwrap(), "It is sunny.");
    let replayer = Replayer::open(&path).unwrap();
    assert_eq!(run(&|| Box::new(replayer.clone())).await, said);
    assert_eq!(replayer.unused(), []);
}

proptest! {
    #[test]
    fn no_secret_ever_reaches_the_file(
        secret in "[a-z][a-z0-9 \"ü/+]{6,20}[a-z]",
        prompt in "[a-z]{0,5}",
        is_streamed: bool,
        is_error: bool,
    ) {
        // The arguments of a call are JSON in a text, in which the secret has another form.
        let reply = if is_error {
            let fault = agentflow_llm::ModelFault::new("m", format!("bad key {secret}"));
            ScriptedReply::from(format!("never {secret}!")).then_fails(ModelError::Timeout { fault })
        } else {
            ScriptedReply::from(format!("it is {secret}!"))
                .and_call("login", json!({"key": secret, &secret: [secret]}))
        };
        let request = || ChatRequest::new([Message::system(&secret), Message::user(&prompt)]);
        let read = if is_streamed { Read::Stream } else { Read::Whole };
        let (_folder, path) = folder();
        let recorder = Recorder::create(&path, ScriptedModel::replies([reply])).unwrap();
        let recorder = recorder.secret(secret.as_str());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let said = runtime.block_on(heard(&recorder, request(), read));
        prop_assert!(said.iter().all(|line| !line.contains("[secret]")));

        let file = std::fs::read(&path).unwrap();
        for form in [secret.clone(), secret.replace('"', "\\\""), secret.replace('"', "\\\\\\\"")] {
            let holds = file.windows(form.len()).any(|part| part == form.as_bytes());
            prop_assert!(!holds, "{form} in {}", String::from_utf8_lossy(&file));
        }
        // The pieces of a stream do not make it up either.
        let line = String::from_utf8(file).unwrap();
        let line: Value = serde_json::from_str(line.lines().last().unwrap()).unwrap();
        for kind in ["text", "arguments"] {
            let events = line["stream"]["events"].as_array().into_iter().flatten();
            let events = events.filter(|event| event["type"] == kind);
            let joined: String = events.map(|event| event["delta"].as_str().unwrap()).collect();
            prop_assert!(!joined.contains(&secret), "{joined}");
            prop_assert!(!joined.contains(&secret.replace('"', "\\\"")), "{joined}");
        }

        let replayer = Replayer::open(&path).unwrap().secret(secret.as_str());
        runtime.block_on(heard(&replayer, request(), read));
        prop_assert!(replayer.unused().is_empty());
    }
}
