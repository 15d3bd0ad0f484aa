//! Plain HTTP, for what no client of ours shows.

use agentflow_mock_openai::MockOpenAi;
use reqwest::{Method, Response};
use serde_json::Value;

/// Sends a body, if there is one, to a path below the base URL.
pub(crate) async fn send(mock: &MockOpenAi, method: Method, path: &str, body: &str) -> Response {
    let url = format!("{}{path}", mock.base_url());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.request(method, url).body(body.to_owned());
    request.send().await.unwrap()
}

/// The status and the body of an answer in JSON.
pub(crate) async fn post(mock: &MockOpenAi, path: &str, body: &Value) -> (u16, Value) {
    read(send(mock, Method::POST, path, &body.to_string()).await).await
}

pub(crate) async fn get(mock: &MockOpenAi, path: &str) -> (u16, Value) {
    read(send(mock, Method::GET, path, "").await).await
}

pub(crate) async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}
