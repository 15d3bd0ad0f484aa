//! Ends: of the server, and of clients that do not wait for their reply.

use std::sync::{Arc, Mutex};

use agentflow_llm::{
    ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, ReplyStream, ScriptedModel,
};
use agentflow_mock_openai::{MockOpenAi, MockOptions, StartError};
use async_trait::async_trait;
use futures::{StreamExt, stream};
use tokio::sync::oneshot;

use crate::client::client_of;

/// A model that never ends. Tells that it was asked, and that nobody waits any more.
#[derive(Debug)]
struct Endless {
    begun: Mutex<Option<oneshot::Sender<()>>>,
    /// Dropped with the reply that is being written.
    ended: Mutex<Option<oneshot::Sender<()>>>,
}

impl Endless {
    fn new() -> (Self, oneshot::Receiver<()>, oneshot::Receiver<()>) {
        let ((begun, is_begun), (ended, is_ended)) = (oneshot::channel(), oneshot::channel());
        let endless = Self {
            begun: Mutex::new(Some(begun)),
            ended: Mutex::new(Some(ended)),
        };
        (endless, is_begun, is_ended)
    }

    fn begin(&self) -> Option<oneshot::Sender<()>> {
        let begun = self.begun.lock().unwrap().take();
        let _ = begun.unwrap().send(());
        self.ended.lock().unwrap().take()
    }
}

#[async_trait]
impl ChatModel for Endless {
    fn name(&self) -> &str {
        "endless"
    }

    async fn complete(&self, _: ChatRequest) -> Result<ChatReply, ModelError> {
        let _ended = self.begin();
        std::future::pending().await
    }

    async fn stream(&self, _: ChatRequest) -> Result<ReplyStream, ModelError> {
        let ended = self.begin();
        let word = ReplyEvent::Text {
            delta: "never".into(),
        };
        let events = stream::iter([Ok(word)]).chain(stream::pending());
        ReplyStream::new(events.inspect(move |_| {
            let _ = &ended;
        }))
        .begun()
        .await
    }
}

#[tokio::test]
async fn a_stopped_server_ends_what_is_under_way_and_takes_no_more() {
    for is_dropped in [false, true] {
        let (model, is_begun, _) = Endless::new();
        let mock = MockOpenAi::start(model).await.unwrap();
        let client = client_of(&mock);
        let stop = async {
            is_begun.await.unwrap();
            if is_dropped {
                drop(mock);
            } else {
                mock.stop().await;
            }
        };
        let (reply, ()) = tokio::join!(client.complete(ChatRequest::user("hi")), stop);
        let error = reply.unwrap_err();
        assert!(matches!(error, ModelError::Overloaded { .. }), "{error:?}");
        assert!(error.to_string().contains("the server stops"), "{error}");
        if !is_dropped {
            let error = client.complete(ChatRequest::user("hi")).await.unwrap_err();
            assert!(matches!(error, ModelError::Unreachable { .. }), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_stopped_server_cuts_streams_off() {
    let (model, _, is_ended) = Endless::new();
    let mock = MockOpenAi::start(model).await.unwrap();
    let mut reply = client_of(&mock)
        .stream(ChatRequest::user("hi"))
        .await
        .unwrap();
    assert!(reply.next().await.unwrap().is_ok());
    let ((), end) = tokio::join!(mock.stop(), reply.next());
    let error = end.unwrap().unwrap_err();
    assert!(
        matches!(error, ModelError::InvalidReply { .. }),
        "{error:?}"
    );
    assert!(is_ended.await.is_err(), "the model was stopped");
}

#[tokio::test]
async fn a_client_that_hangs_up_stops_the_model() {
    let (model, is_begun, is_ended) = Endless::new();
    let mock = MockOpenAi::start(model).await.unwrap();
    let client = client_of(&mock);
    tokio::select! {
        reply = client.complete(ChatRequest::user("hi")) => panic!("{reply:?}"),
        begun = is_begun => begun.unwrap(),
    }
    assert!(is_ended.await.is_err(), "nobody waits any more");
    let (model, _, is_ended) = Endless::new();
    let mock = MockOpenAi::start(model).await.unwrap();
    let mut reply = client_of(&mock)
        .stream(ChatRequest::user("hi"))
        .await
        .unwrap();
    assert!(reply.next().await.unwrap().is_ok());
    drop(reply);
    assert!(is_ended.await.is_err(), "nobody reads any more");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let model: Arc<dyn ChatModel> = Arc::new(ScriptedModel::by_function(|_| "ok"));
    let first = MockOpenAi::start(Arc::clone(&model)).await.unwrap();
    let port = first.base_url();
    let port = port.strip_prefix("http://127.0.0.1:").unwrap();
    let port: u16 = port.strip_suffix("/v1").unwrap().parse().unwrap();
    let options = MockOptions {
        port,
        ..MockOptions::default()
    };
    let error = MockOpenAi::start_with(Arc::clone(&model), options.clone())
        .await
        .unwrap_err();
    let StartError::Listen { address, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(address.port(), port);
    first.stop().await;
    let again = MockOpenAi::start_with(model, options).await.unwrap();
    client_of(&again)
        .complete(ChatRequest::user("hi"))
        .await
        .unwrap();
}
