//! Two agents work on the same branch: in whatever order their requests arrive, and whichever
//! answers are lost, there is one pull request.

use std::sync::{Arc, Mutex};

use agentflow_github::{GitHub, NewPullRequest, Repo, RetryPolicy};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::world::World;

const AGENTS: usize = 2;

/// Lets one request through at a time, of the agent whose turn it is.
#[derive(Default)]
struct Gate {
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    waiting: [Option<oneshot::Sender<()>>; AGENTS],
    ended: [bool; AGENTS],
    /// Whose turn it is where both wait; the first agent's once it is used up.
    turns: Vec<usize>,
}

impl Gate {
    /// Waits for the agent's turn.
    async fn pass(&self, agent: usize) {
        let (go, gone) = oneshot::channel();
        self.change(|seen| seen.waiting[agent] = Some(go));
        gone.await.unwrap();
    }

    fn end(&self, agent: usize) {
        self.change(|seen| seen.ended[agent] = true);
    }

    /// Lets somebody through once nobody else can still come.
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap();
        change(&mut seen);
        let comes = |agent: &usize| seen.waiting[*agent].is_none() && !seen.ended[*agent];
        if (0..AGENTS).any(|agent| comes(&agent)) {
            return;
        }
        let turn = seen.turns.pop().unwrap_or(0);
        let waits = |agent: &usize| seen.waiting[*agent].is_some();
        let Some(agent) = [turn, 1 - turn].into_iter().find(waits) else {
            return;
        };
        seen.waiting[agent].take().unwrap().send(()).unwrap();
    }
}

/// An agent's way to the forge: through the gate, and the answers of some requests are lost.
async fn way(agent: usize, forge: String, gate: Arc<Gate>, mut lost: Vec<bool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let request = request(&mut client).await;
            gate.pass(agent).await;
            let mut server = TcpStream::connect(&forge).await.unwrap();
            server.write_all(&request).await.unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).await.unwrap();
            if !lost.pop().unwrap_or_default() {
                // A client that has gone needs no answer.
                let _ = client.write_all(&answer).await;
            }
        }
    });
    format!("http://{here}/api/v3")
}

/// One request, whose connection is to be closed after it.
async fn request(client: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let head = loop {
        let mut more = [0; 4096];
        let count = client.read(&mut more).await.unwrap();
        bytes.extend_from_slice(&more[..count]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8(bytes[..end].to_vec()).unwrap();
        }
        assert!(count > 0, "a request that breaks off");
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().unwrap())
    });
    let whole = head.len() + 4 + length.unwrap_or_default();
    while bytes.len() < whole {
        let mut more = [0; 4096];
        let count = client.read(&mut more).await.unwrap();
        bytes.extend_from_slice(&more[..count]);
    }
    let closing = format!("{head}\r\nconnection: close\r\n\r\n");
    [closing.as_bytes(), &bytes[head.len() + 4..]].concat()
}

/// Goes on until it has the pull request, as a run does that is started again after each failure.
async fn agent(repo: Repo, new: NewPullRequest) -> u64 {
    for _ in 0..20 {
        match repo.ensure_pull_request(&new).await {
            Ok(pull) => return pull.number,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("it never came to an end");
}

async fn both(
    world: &World,
    branch: &str,
    turns: Vec<usize>,
    lost: [Vec<bool>; AGENTS],
) -> [u64; 2] {
    let gate = Arc::new(Gate::default());
    gate.seen.lock().unwrap().turns = turns;
    let forge = world.forge.html_url().strip_prefix("http://").unwrap();
    let run = async |number: usize, lost: Vec<bool>| {
        let base = way(number, forge.to_owned(), Arc::clone(&gate), lost).await;
        let github = GitHub::builder()
            .base_url(base)
            .token(world.owner().clone())
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        let new = NewPullRequest {
            title: format!("By agent {number}"),
            head: branch.to_owned(),
            base: "main".to_owned(),
            ..NewPullRequest::default()
        };
        let found = agent(github.repo(world.name.to_string().parse().unwrap()), new).await;
        gate.end(number);
        found
    };
    let [first, second] = lost;
    tokio::join!(run(0, first), run(1, second)).into()
}

#[test]
fn two_agents_open_one_pull_request_in_whatever_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::open());
    let cases = Mutex::new(0);
    let lost = || prop::collection::vec(prop::bool::weighted(0.3), 0..6);
    let schedules = (prop::collection::vec(0..AGENTS, 0..16), lost(), lost());
    let mut runner = TestRunner::new(Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&schedules, |(turns, first, second)| {
        let case = {
            let mut cases = cases.lock().unwrap();
            *cases += 1;
            *cases
        };
        let branch = format!("topic-{case}");
        runtime.block_on(async {
            let before = world.pulls().await;
            world.push(&branch, &format!("{case}\n")).await;
            let found = both(&world, &branch, turns, [first, second]).await;
            prop_assert_eq!(found[0], found[1]);
            prop_assert_eq!(world.pulls().await, before + 1);
            Ok(())
        })
    });
    outcome.unwrap();
    runtime.block_on(world.forge.shutdown());
}
