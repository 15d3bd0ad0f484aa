//! One exchange with `git http-backend`: request in, answer out, both streamed.
//!
//! The exchange runs on its own task. A client that hangs up cannot stop git between moving a ref
//! and the pull requests hearing of it.

use std::io;
use std::process::Stdio;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::cgi::{HEAD_BYTES_MAX, Head, end_of_head, read_head};
use crate::acting::as_user;
use crate::hooks::PROTECTED_BRANCHES;
use crate::http::answer::{Answer, Refusal};
use crate::options::ForgeLimits;
use crate::pulls::follow_branches;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::Repository;

/// Bytes read at once.
const CHUNK_BYTES: usize = 32 << 10;
/// Chunks that wait for a slow client before git has to.
const CHUNKS_WAITING: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Fetch,
    Push,
}

pub(super) struct Exchange {
    pub(super) state: Arc<ForgeState>,
    pub(super) repo: Repository,
    pub(super) service: Service,
    pub(super) action: &'static str,
    /// Who pushes.
    pub(super) pusher: Option<User>,
    /// What a push may not do to which branch.
    pub(super) rules: String,
    pub(super) parts: Parts,
    pub(super) body: Body,
}

type Chunk = Result<Bytes, io::Error>;

/// Runs the exchange and answers as soon as git has said how.
pub(super) async fn run(exchange: Exchange) -> Answer {
    let limits = exchange.state.options.limits.clone();
    if content_length(&exchange.parts.headers).is_some_and(|length| length > limits.push_bytes_max)
    {
        let message = format!("at most {} bytes are taken", limits.push_bytes_max);
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    let (head_tx, head_rx) = oneshot::channel();
    let (body_tx, body_rx) = mpsc::channel::<Chunk>(CHUNKS_WAITING);
    let (tasks, stop) = (exchange.state.tasks.clone(), exchange.state.stop.clone());
    tasks.spawn(async move {
        let driven = tokio::select! {
            driven = drive(exchange, head_tx, &body_tx) => driven,
            error = out_of_time(&limits, &stop) => Err(error),
        };
        if let Err(error) = driven {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an exchange with git broke off"
            );
            // The client may be gone, too.
            let _ = body_tx.try_send(Err(error));
        }
    });
    let head: Head = head_rx
        .await
        .map_err(|_| Refusal::new(StatusCode::BAD_GATEWAY, "git did not answer"))?;
    let body = stream::unfold(body_rx, |mut chunks| async {
        chunks.recv().await.map(|chunk| (chunk, chunks))
    });
    Ok((head.status, head.headers, Body::from_stream(body)).into_response())
}

/// Ends at the longest time for an exchange, or after the grace of a shutdown.
async fn out_of_time(limits: &ForgeLimits, stop: &CancellationToken) -> io::Error {
    let shut_down = async {
        stop.cancelled().await;
        tokio::time::sleep(limits.shutdown_time_max).await;
    };
    tokio::select! {
        () = tokio::time::sleep(limits.git_http_time_max) => {}
        () = shut_down => {}
    }
    io::Error::new(io::ErrorKind::TimedOut, "git took too long")
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Starts git, feeds it, passes on what it says, and lets the pull requests follow a push.
async fn drive(
    exchange: Exchange,
    head: oneshot::Sender<Head>,
    answer: &mpsc::Sender<Chunk>,
) -> io::Result<()> {
    let mut child = command(&exchange).spawn()?;
    let Exchange {
        state,
        repo,
        service,
        action,
        pusher,
        body,
        ..
    } = exchange;
    let (stdin, stdout) = child
        .stdin
        .take()
        .zip(child.stdout.take())
        .expect("both ends were asked to be piped");
    let limit = state.options.limits.push_bytes_max;
    let (fed, passed) = tokio::join!(feed(body, stdin, limit), pass_on(stdout, head, answer));
    // What git has been given it also works off, so its end is waited for in any case.
    let ended = child.wait().await;
    if service == Service::Push && action != "info/refs" {
        let followed = match pusher {
            Some(pusher) => as_user(pusher.id, follow_branches(&state, &repo)).await,
            None => follow_branches(&state, &repo).await,
        };
        state.outbox_filled.notify_one();
        followed.map_err(io::Error::other)?;
    }
    fed.and(passed).and(ended).map(drop)
}

fn command(exchange: &Exchange) -> Command {
    let Exchange {
        state,
        repo,
        action,
        pusher,
        rules,
        parts,
        ..
    } = exchange;
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let dir = state.repo(repo).dir().to_owned();
    let mut command = state.git.http_backend();
    let settings = [
        (
            "core.hooksPath",
            state.layout.hooks().to_string_lossy().into_owned(),
        ),
        ("http.getanyfile", "false".to_owned()),
        ("http.receivepack", pusher.is_some().to_string()),
        (
            "receive.maxInputSize",
            state.options.limits.push_bytes_max.to_string(),
        ),
        ("receive.fsckObjects", "true".to_owned()),
        ("receive.autogc", "false".to_owned()),
        ("safe.directory", "*".to_owned()),
    ];
    command.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (index, (key, value)) in settings.iter().enumerate() {
        command
            .env(format!("GIT_CONFIG_KEY_{index}"), key)
            .env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command
        .env("GIT_PROJECT_ROOT", &dir)
        .env("PATH_INFO", format!("/{action}"))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", header("content-length"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .env(PROTECTED_BRANCHES, rules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(pusher) = pusher {
        command.env("REMOTE_USER", &pusher.login);
    }
    command
}

/// Gives git the request, and no more of it than the limit.
async fn feed(body: Body, mut stdin: ChildStdin, bytes_max: u64) -> io::Result<()> {
    let mut body = body.into_data_stream();
    let mut fed = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(io::Error::other)?;
        fed += chunk.len() as u64;
        if fed > bytes_max {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the request is over the limit",
            ));
        }
        match stdin.write_all(&chunk).await {
            // git has seen enough and says why in its answer.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    stdin.shutdown().await
}

/// Reads git's answer to its end, whether or not the client still listens.
async fn pass_on(
    mut stdout: ChildStdout,
    head: oneshot::Sender<Head>,
    answer: &mpsc::Sender<Chunk>,
) -> io::Result<()> {
    let mut start = Vec::new();
    let end = loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let count = stdout.read(&mut chunk).await?;
        start.extend_from_slice(&chunk[..count]);
        if let Some(end) = end_of_head(&start) {
            break end;
        }
        if count == 0 || start.len() > HEAD_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "git's answer has no head",
            ));
        }
    };
    let mut listening = head.send(read_head(&start[..end])).is_ok();
    let mut chunk = Bytes::from(start.split_off(end));
    loop {
        if listening && !chunk.is_empty() {
            listening = answer.send(Ok(chunk)).await.is_ok();
        }
        let mut next = vec![0; CHUNK_BYTES];
        let count = stdout.read(&mut next).await?;
        if count == 0 {
            return Ok(());
        }
        next.truncate(count);
        chunk = Bytes::from(next);
    }
}
