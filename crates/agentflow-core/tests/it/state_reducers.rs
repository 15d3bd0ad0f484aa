//! How writes fold: the library's reducers, reducers of one's own, refusals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::state::{ReducerError, Surveyed};
use agentflow_core::{NodeContext, NodeResult, RunError, START, State, StateGraph, Update};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::state_rig::{folded, told};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct All {
    plain: i64,
    #[state(reducer = append)]
    list: Vec<u8>,
    #[state(reducer = add)]
    sum: i64,
    #[state(reducer = merge)]
    map: BTreeMap<u8, u8>,
    #[state(reducer = union)]
    set: BTreeSet<u8>,
    #[state(reducer = any)]
    last: Option<u8>,
    #[state(reducer = highest, write = Scores)]
    highest: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Scores(Vec<u8>);

impl From<u8> for Scores {
    fn from(score: u8) -> Self {
        Self(vec![score])
    }
}

fn highest(value: &mut u8, write: Scores) {
    *value = write.0.into_iter().fold(*value, u8::max);
}

/// What one task writes.
type Written = (Vec<u8>, i8, BTreeMap<u8, u8>, BTreeSet<u8>, Option<u8>);

fn written() -> impl Strategy<Value = Written> {
    use proptest::collection::{btree_map, btree_set, vec};
    (
        vec(any::<u8>(), 0..4),
        any::<i8>(),
        btree_map(0..6_u8, any::<u8>(), 0..4),
        btree_set(0..9_u8, 0..4),
        any::<Option<u8>>(),
    )
}

fn update((list, sum, map, set, last): Written) -> AllUpdate {
    let update = All::update().list(list.clone()).sum(sum.into());
    update.map(map).set(set).last(last).highest(Scores(list))
}

/// The fold in task order, said plainly.
fn expected(start: &All, all: &[Written]) -> All {
    let mut want = start.clone();
    for (list, sum, map, set, last) in all.iter().cloned() {
        want.highest = list.iter().copied().fold(want.highest, u8::max);
        want.list.extend(list);
        want.sum += i64::from(sum);
        want.map.extend(map);
        want.set.extend(set);
        want.last = last;
    }
    want
}

fn start() -> All {
    All {
        list: vec![1],
        sum: 1,
        map: [(1, 1)].into(),
        set: [1].into(),
        ..All::default()
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn writes_fold_in_task_order_however_they_are_split_into_updates(
        all in proptest::collection::vec((written(), any::<bool>()), 0..8)
    ) {
        let plain: Vec<Written> = all.iter().map(|(written, _)| written.clone()).collect();
        let want = expected(&start(), &plain);
        let mut updates: Vec<AllUpdate> = Vec::new();
        for (written, joins) in all {
            match updates.last_mut() {
                Some(last) if joins => last.append(update(written)),
                _ => updates.push(update(written)),
            }
        }
        prop_assert_eq!(folded(start(), updates).unwrap(), want);
    }

    #[test]
    fn an_overwrite_wins_wherever_it_stands(
        all in proptest::collection::vec(written(), 1..6),
        at in any::<prop::sample::Index>(),
    ) {
        let mut updates: Vec<AllUpdate> = all.into_iter().map(update).collect();
        let at = at.index(updates.len() + 1);
        let over = All::update().overwrite_list(vec![7]).overwrite_sum(7).overwrite_highest(7);
        let over = over.overwrite_map([(7, 7)].into()).overwrite_set([7].into());
        updates.insert(at, over.overwrite_last(Some(7)));
        let want = All {
            plain: 0, list: vec![7], sum: 7, map: [(7, 7)].into(), set: [7].into(),
            last: Some(7), highest: 7,
        };
        prop_assert_eq!(folded(start(), updates).unwrap(), want);
    }
}

#[test]
fn appending_an_update_is_writing_its_writes_after_ones_own() {
    let mut update = All::update();
    assert!(update.is_empty());
    update.append(All::update());
    assert!(update.is_empty());
    update.append(All::update().list([1]).list([2]));
    update.append(All::update().list([3]));
    update.append(All::update().list([4]).list([5]).sum(5));
    assert!(!update.is_empty());
    let state = folded(All::default(), [update]).unwrap();
    assert_eq!((state.list, state.sum), (vec![1, 2, 3, 4, 5], 5));
}

#[test]
fn two_writes_to_a_field_without_reducer_do_not_go_together_in_one_update_either() {
    let mut update = All::update().plain(1);
    update.append(All::update().plain(2));
    let refused = update.survey(&mut Surveyed::default());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "a field without a reducer was written twice in one superstep: `plain`"
    );
}

#[derive(Debug, thiserror::Error)]
#[error("{0} would leave less than nothing")]
struct Overdrawn(i64);

fn spend(balance: &mut i64, amount: Spending) -> Result<(), Overdrawn> {
    let left = *balance - amount.0;
    if left < 0 {
        return Err(Overdrawn(amount.0));
    }
    *balance = left;
    Ok(())
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Spending(i64);

impl From<i64> for Spending {
    fn from(balance: i64) -> Self {
        Self(-balance)
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Account {
    #[state(reducer = spend, write = Spending)]
    balance: i64,
    #[state(reducer = append)]
    log: Vec<String>,
}

#[test]
fn a_reducer_can_refuse_a_write() {
    const { assert!(Account::CAN_REFUSE && !All::CAN_REFUSE) };
    let rich = folded(
        Account::default(),
        [Account {
            balance: 10,
            log: vec![],
        }
        .into()],
    )
    .unwrap();
    assert_eq!(
        rich.balance, 10,
        "a whole state is an update, by the write's `From`"
    );
    let less = folded(rich, [Account::update().balance(Spending(4))]).unwrap();
    assert_eq!(less.balance, 6);
    let refused: ReducerError = folded(less, [Account::update().balance(Spending(7))]).unwrap_err();
    assert_eq!(
        told(&refused),
        "the reducer of `balance` refused a write: 7 would leave less than nothing"
    );
}

async fn frugal(_: Arc<Account>, _: NodeContext) -> NodeResult<AccountUpdate> {
    Ok(Account::update().balance(Spending(6)).log(["frugal"]))
}

async fn lavish(account: Arc<Account>, _: NodeContext) -> NodeResult<AccountUpdate> {
    Ok(Account::update()
        .log(["lavish"])
        .balance(Spending(account.balance - 1)))
}

fn shop() -> StateGraph<Account> {
    StateGraph::new()
        .add_node("frugal", frugal)
        .add_node("lavish", lavish)
        .add_edge(START, "frugal")
}

#[tokio::test]
async fn a_refused_write_ends_the_run_and_none_of_its_superstep_counts() {
    for (name, graph, balance) in [
        ("alone", shop().add_edge(START, "frugal"), 3),
        ("beside another", shop().add_edge(START, "lavish"), 10),
    ] {
        let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
        let thread = graph.thread("t");
        let input = Account {
            balance,
            log: vec!["input".to_owned()],
        };
        let error = thread.invoke(input).await.unwrap_err();
        assert!(
            matches!(error, RunError::WriteRefused { .. }),
            "{name}: {error:?}"
        );
        let writer = if name == "alone" { "frugal" } else { "lavish" };
        assert!(
            told(&error).starts_with(&format!(
                "a write of node `{writer}` does not fold into the state: the reducer of \
                 `balance` refused a write: "
            )),
            "{name}: {}",
            told(&error)
        );
        let kept = thread.state().await.unwrap().unwrap().values;
        assert_eq!(
            (kept.balance, kept.log),
            (balance, vec!["input".to_owned()]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_was_refused_is_kept_for_a_graph_that_is_mended() {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let node = move |_: Arc<Account>, _: NodeContext| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(NodeResult::Ok(Account::update().balance(Spending(6))))
    };
    let graph = StateGraph::new().add_node("spend", node);
    let graph = graph.add_edge(START, "spend");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let first = thread.invoke(Account::update()).await.unwrap_err();
    let again = thread.proceed().await.unwrap_err();
    assert_eq!(told(&first), told(&again));
    assert_eq!(runs.load(Ordering::Relaxed), 1, "a finished task runs once");
}

#[tokio::test]
async fn an_input_that_is_refused_does_not_displace_what_is_stored() {
    let graph = shop().compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let input = Account {
        balance: 10,
        log: vec![],
    };
    let _ = thread.invoke(input).await.unwrap();
    let before = thread.state().await.unwrap().unwrap();
    let error = thread
        .invoke(Account::update().balance(Spending(5)))
        .await
        .unwrap_err();
    assert_eq!(
        told(&error),
        "a write of node `START` does not fold into the state: the reducer of `balance` \
         refused a write: 5 would leave less than nothing"
    );
    let after = thread.state().await.unwrap().unwrap();
    assert_eq!(
        (after.checkpoint, after.values.balance),
        (before.checkpoint, 4)
    );
}
