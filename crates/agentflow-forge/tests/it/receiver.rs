//! A receiver of webhooks on loopback, which can be told to misbehave.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// What it does with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Answers(u16),
    Redirects,
    NeverAnswers,
}

#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map(|it| it.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// `issues.opened`, or `push`.
    pub(crate) fn name(&self) -> String {
        let event = self.header("x-github-event");
        match self.json()["action"].as_str() {
            Some(action) => format!("{event}.{action}"),
            None => event.to_owned(),
        }
    }
}

struct Inside {
    manner: Mutex<Manner>,
    received: Mutex<Vec<Received>>,
    came: tokio::sync::Notify,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

impl Receiver {
    pub(crate) async fn start(manner: Manner) -> Self {
        let inside = Arc::new(Inside {
            manner: Mutex::new(manner),
            received: Mutex::default(),
            came: tokio::sync::Notify::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inside }
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.inside.manner.lock().unwrap() = manner;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inside.received.lock().unwrap().clone()
    }

    /// Waits for the next delivery to arrive.
    pub(crate) async fn next(&self) {
        self.inside.came.notified().await;
    }
}

async fn receive(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> Response {
    let manner = *inside.manner.lock().unwrap();
    inside
        .received
        .lock()
        .unwrap()
        .push(Received { headers, body });
    inside.came.notify_one();
    match manner {
        Manner::Answers(status) => {
            (StatusCode::from_u16(status).unwrap(), "thank you").into_response()
        }
        Manner::Redirects => {
            (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response()
        }
        Manner::NeverAnswers => std::future::pending().await,
    }
}
