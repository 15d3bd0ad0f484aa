//! What nobody needs any more is let go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use agentflow_core::{Clock, RunControl, RunOptions, Timestamp};
use futures::future::BoxFuture;

use crate::support::{Notes, done, row};

struct Count;
impl Wake for Count {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn whoever_waits_for_a_control_no_more_is_forgotten() {
    let control = RunControl::new();
    let count = Arc::new(Count);
    {
        let waker = Waker::from(Arc::clone(&count));
        let mut waiting = Box::pin(control.cancelled());
        assert!(
            waiting
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
    }
    assert_eq!(Arc::strong_count(&count), 1);
}

/// A clock whose sleeps never end, and that knows how many there are and were at most.
#[derive(Clone, Debug, Default)]
struct Sleeps {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Sleep(Arc<AtomicUsize>);
impl Drop for Sleep {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Clock for Sleeps {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        let sleeps = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(sleeps, Ordering::SeqCst);
        let sleep = Sleep(Arc::clone(&self.now));
        Box::pin(async move {
            let _sleep = sleep;
            std::future::pending::<()>().await;
        })
    }
}

#[tokio::test]
async fn the_timer_of_a_superstep_ends_with_it() {
    let clock = Sleeps::default();
    let graph = row(&["a", "b", "c", "d"])
        .compile()
        .unwrap()
        .with_clock(clock.clone())
        .with_options(RunOptions {
            step_timeout: Some(Duration::from_secs(60)),
            ..RunOptions::default()
        });
    done(graph.thread("t").invoke(Notes::default()).await);
    let most = clock.most.load(Ordering::SeqCst);
    assert_eq!(
        (clock.now.load(Ordering::SeqCst), most),
        (0, 2),
        "the next, before the last goes"
    );
}
