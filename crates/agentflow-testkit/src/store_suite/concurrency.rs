//! What holds while several callers are at work at once, or give up half way.

use std::future::Future;
use std::sync::Arc;

use agentflow_core::store::{Put, Search, StoreOp};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::desk::{Desk, path};
use super::embedder::WordEmbedder;
use super::rig::Rig;

const RACERS: usize = 8;
const ROUNDS: usize = 20;

/// Runs one future per racer, all let go at the same moment.
async fn race<T, F>(desk: &Desk, runner: impl Fn(usize, Desk) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(RACERS));
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (start, run) = (Arc::clone(&start), runner(racer, desk.clone()));
        racers.spawn(async move {
            start.wait().await;
            run.await
        });
    }
    racers.join_all().await
}

fn put(key: &str, value: Value) -> StoreOp {
    Put::new(&path("a"), key, value).into()
}

pub async fn many_writers_put_side_by_side(rig: &Rig) {
    let desk = rig.desk().await;
    race(&desk, |racer, desk| async move {
        for round in 0..ROUNDS {
            desk.put("a", &format!("{racer}-{round:02}"), json!({ "n": round }))
                .await;
        }
    })
    .await;
    let found = desk
        .found(Search::everywhere().limit(RACERS * ROUNDS + 1))
        .await;
    assert_eq!(found.len(), RACERS * ROUNDS);
}

pub async fn of_racing_puts_one_stays_whole(rig: &Rig) {
    let desk = rig.desk().await;
    for _ in 0..ROUNDS {
        race(&desk, |racer, desk| async move {
            desk.put("a", "k", json!({ "x": racer, "y": racer })).await;
        })
        .await;
        let value = desk.value("a", "k").await.expect("it is there");
        assert_eq!(value["x"], value["y"]);
    }
    assert_eq!(desk.found(Search::everywhere()).await, ["a/k"]);
}

pub async fn a_reader_sees_whole_batches(rig: &Rig) {
    let desk = rig.desk().await;
    race(&desk, |racer, desk| async move {
        for round in 0..ROUNDS {
            if racer % 2 == 0 {
                let value = json!({ "by": racer, "round": round });
                desk.batch(vec![put("x", value.clone()), put("y", value)])
                    .await;
            } else {
                let (x, y) = desk.both("x", "y").await;
                assert_eq!(x, y, "half of a batch was seen");
            }
        }
    })
    .await;
}

pub async fn a_caller_that_gives_up_disturbs_no_other(rig: &Rig) {
    let desk = rig.desk().await;
    for round in 0..ROUNDS {
        let gives_up = tokio::spawn({
            let desk = desk.clone();
            async move {
                let both = vec![
                    put("x", json!({ "n": round })),
                    put("y", json!({ "n": round })),
                ];
                desk.batch(both).await;
            }
        });
        let stays = tokio::spawn({
            let desk = desk.clone();
            async move { desk.put("b", &format!("{round:02}"), json!({})).await }
        });
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        gives_up.abort();
        stays.await.expect("the other is not disturbed");
        let _ = gives_up.await;
        // It happens wholly or not at all. It may happen only now, so one look sees both.
        let (x, y) = desk.both("x", "y").await;
        assert_eq!(x, y, "round {round}");
    }
    let kept = desk.found(Search::under(&path("b")).limit(ROUNDS)).await;
    assert_eq!(kept.len(), ROUNDS);
}

pub async fn searches_by_meaning_run_side_by_side(rig: &Rig) {
    let words = ["tea", "cat", "sea", "oak", "fox", "sun", "ink", "dew"];
    let desk = rig.indexed(&WordEmbedder::new(words), &["text"]).await;
    let found = race(&desk, |racer, desk| async move {
        let word = words[racer];
        desk.put("a", word, json!({ "text": word })).await;
        desk.found(Search::everywhere().query(word).limit(1)).await
    })
    .await;
    let mut found: Vec<String> = found.into_iter().flatten().collect();
    found.sort();
    let mut want = words.map(|word| format!("a/{word}"));
    want.sort();
    assert_eq!(found, want);
}
