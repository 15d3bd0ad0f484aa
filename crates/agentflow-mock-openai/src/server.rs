//! Starts a server, keeps it running, stops it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use agentflow_llm::ChatModel;
use axum::serve::ListenerExt;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::options::{MockOptions, StartError};
use crate::routes;
use crate::seen::{Seen, SeenRequest};

/// Longest wait for clients that do not read their answers to the end.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// What every request needs.
pub(crate) struct Mock {
    pub(crate) model: Arc<dyn ChatModel>,
    pub(crate) key: Option<SecretString>,
    pub(crate) request_bytes_max: usize,
    pub(crate) seen: Seen,
    pub(crate) stop: CancellationToken,
}

/// A running server. Dropping it stops it; [`stop`](Self::stop) also waits for the end.
///
/// ```
/// use agentflow_llm::{ChatModel, ChatRequest, OpenAiCompatible, ScriptedModel};
/// use agentflow_mock_openai::MockOpenAi;
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let mock = MockOpenAi::start(ScriptedModel::replies(["It is sunny."])).await?;
/// let client = OpenAiCompatible::builder(mock.base_url()).models(["any"]).build()?;
/// let reply = client.complete(ChatRequest::user("How is the weather?")).await?;
/// assert_eq!(reply.text(), "It is sunny.");
/// assert_eq!(mock.requests()[0].body["messages"][0]["content"], "How is the weather?");
/// mock.stop().await;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(demo()).unwrap();
/// ```
pub struct MockOpenAi {
    address: SocketAddr,
    mock: Arc<Mock>,
    server: JoinHandle<()>,
    stop: DropGuard,
}

impl MockOpenAi {
    /// Serves the model on a free port of the loopback, to clients with any API key or none.
    ///
    /// # Errors
    /// [`StartError::Listen`] if the system has no port to give.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn start(model: impl ChatModel + 'static) -> Result<Self, StartError> {
        Self::start_with(model, MockOptions::default()).await
    }

    /// The same, with settings to change.
    ///
    /// # Errors
    /// [`StartError::Listen`] if the port is taken or may not be used.
    ///
    /// # Cancel safety
    /// Dropping the future leaves nothing behind.
    pub async fn start_with(
        model: impl ChatModel + 'static,
        options: MockOptions,
    ) -> Result<Self, StartError> {
        Self::serve(Arc::new(model), options).await
    }

    async fn serve(model: Arc<dyn ChatModel>, options: MockOptions) -> Result<Self, StartError> {
        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let failed = |source| StartError::Listen {
            address: asked,
            source,
        };
        let listener = TcpListener::bind(asked).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let stop = CancellationToken::new();
        let mock = Arc::new(Mock {
            model,
            key: options.key,
            request_bytes_max: options.request_bytes_max,
            seen: Seen::default(),
            stop: stop.clone(),
        });
        // Chunks are small, and each is to be seen when it is sent.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let served = axum::serve(listener, routes::router(Arc::clone(&mock)))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let server = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(error = &error as &dyn std::error::Error, "serves no longer");
            }
        });
        Ok(Self {
            address,
            mock,
            server,
            stop: stop.drop_guard(),
        })
    }

    /// What a client takes as its base URL: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests that came so far, refused ones too, oldest first; the newest 1,000.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.mock.seen.all()
    }

    /// Takes no more requests, cuts off those that the model still works on, and waits until
    /// all connections are closed: at most 5 s, for clients that do not read.
    ///
    /// # Cancel safety
    /// The server stops all the same.
    pub async fn stop(self) {
        let Self { server, stop, .. } = self;
        drop(stop);
        if tokio::time::timeout(STOP_TIME_MAX, server).await.is_err() {
            tracing::warn!("a client still reads its answer, and is left behind");
        }
    }
}

impl fmt::Debug for MockOpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockOpenAi")
            .field("base_url", &self.base_url())
            .field("model", &self.mock.model)
            .finish_non_exhaustive()
    }
}
