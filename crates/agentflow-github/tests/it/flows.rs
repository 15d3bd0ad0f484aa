//! Whole flows of recorded requests, made again in their order through one client.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::recorded::{data, meaning};
use crate::replay::replay;
use crate::support::{PREFIX, builder};

/// Answers each path with what was recorded for it, in that order; the last stays.
#[derive(Clone, Default)]
struct Recorded {
    answers: Arc<Mutex<Answers>>,
}

/// By method and path.
type Answers = HashMap<(String, String), VecDeque<Step>>;

struct Step {
    row: Value,
    was_given: bool,
}

impl Recorded {
    fn add(&self, row: &Value) {
        let at = format!("{PREFIX}{}", row["path"].as_str().unwrap()).replace("%2B", "+");
        let key = (row["method"].as_str().unwrap().to_owned(), at);
        let mut answers = self.answers.lock().unwrap();
        let step = Step {
            row: row.clone(),
            was_given: false,
        };
        answers.entry(key).or_default().push_back(step);
    }
}

impl Respond for Recorded {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let at = request.url.path().replace("%2B", "+");
        let key = (request.method.to_string(), at);
        let mut answers = self.answers.lock().unwrap();
        let Some(left) = answers.get_mut(&key) else {
            return crate::support::refused(404, "Not Found");
        };
        if left.len() > 1 && left[0].was_given {
            left.pop_front();
        }
        left[0].was_given = true;
        let row = &left[0].row;
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        let mut answer = ResponseTemplate::new(status);
        if status != 204 {
            answer = answer.set_body_json(&row["body"]);
        }
        let header = |name: &str| row["headers"][name].as_str();
        if let Some(left) = header("x-ratelimit-remaining") {
            answer = answer.insert_header("x-ratelimit-remaining", left);
        }
        // The time to wait until has come, whatever was recorded.
        for name in ["retry-after", "x-ratelimit-reset"] {
            if header(name).is_some() {
                answer = answer.insert_header(name, "0");
            }
        }
        answer
    }
}

/// What a recorded refusal means to a caller; nothing where the client copes with it.
fn expected(row: &Value) -> Option<&'static str> {
    let status = row["status"].as_u64().unwrap();
    match (row["operationId"].as_str().unwrap(), status) {
        (_, 200..300) | ("issues/remove-label", 404) => None,
        ("pulls/update-branch", 422) => Some("HeadMoved"),
        (_, 403 | 429) => Some("RateLimited"),
        (_, 404) => Some("NotFound"),
        (_, 422) => Some("Validation"),
        (operation, status) => panic!("no meaning is written down for {operation} {status}"),
    }
}

/// Calls made and steps passed over, of one flow.
async fn run(flow: &str, rows: &[Value]) -> (usize, usize) {
    let server = MockServer::start().await;
    let recorded = Recorded::default();
    Mock::given(any())
        .respond_with(recorded.clone())
        .mount(&server)
        .await;
    // A pull request is an issue too, which these flows never read as one.
    Mock::given(wiremock::matchers::method("GET"))
        .and(wiremock::matchers::path_regex("/issues/425$"))
        .respond_with(crate::support::ok(
            json!({ "number": 425, "state": "open", "user": null }),
        ))
        .with_priority(1)
        .mount(&server)
        .await;
    let retry = agentflow_github::RetryPolicy {
        // A minute is not waited for here.
        limit_wait_max: Duration::from_secs(5),
        delay_min: Duration::from_millis(1),
        ..agentflow_github::RetryPolicy::default()
    };
    let github = builder(&server).retry(retry).build().unwrap();
    let (mut made, mut passed_over) = (0, 0);
    let mut rows = rows.iter().peekable();
    while let Some(row) = rows.next() {
        recorded.add(row);
        let is_limit = matches!(row["status"].as_u64(), Some(403 | 429));
        // The same request once more: the client makes it by itself.
        let after = rows.next_if(|next| is_limit && next["path"] == row["path"]);
        if let Some(after) = after {
            recorded.add(after);
        }
        // Logs lie on a server that is not here.
        let outcome = match row["status"].as_u64() {
            Some(302) => None,
            _ => replay(&github, row).await,
        };
        let step = format!("{flow} {}: {} {}", row["seq"], row["method"], row["path"]);
        match outcome {
            None => passed_over += 1,
            Some(outcome) => {
                made += 1;
                let got = outcome.as_ref().err().map(meaning);
                let headers = &row["headers"];
                let says_when =
                    headers["retry-after"].is_string() || headers["x-ratelimit-remaining"] == "0";
                let want = if is_limit && says_when {
                    made += 1;
                    None
                } else {
                    expected(row)
                };
                assert_eq!(got.as_deref(), want, "{step}: {outcome:?}");
                if got.as_deref() == Some("RateLimited") {
                    // From here on the client itself says no, until the limit has passed.
                    let again = github.current_user().await.unwrap_err();
                    assert_eq!(meaning(&again), "RateLimited", "{step}");
                    return (made, passed_over);
                }
            }
        }
    }
    (made, passed_over)
}

#[tokio::test]
async fn every_recorded_flow_goes_as_it_went() {
    let Some(text) = data("recordings/github-flows-mit.jsonl") else {
        return;
    };
    let mut flows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let flow = row["test"].as_str().unwrap().to_owned();
        flows.entry(flow).or_default().push(row);
    }
    assert_eq!(flows.len(), 36);
    let (mut made, mut passed_over) = (0, 0);
    for (flow, rows) in &mut flows {
        rows.sort_by_key(|row| row["seq"].as_u64());
        let (m, p) = run(flow, rows).await;
        made += m;
        passed_over += p;
    }
    // What is passed over are operations that this client does not have.
    assert_eq!((made, passed_over), (218, 95));
}
