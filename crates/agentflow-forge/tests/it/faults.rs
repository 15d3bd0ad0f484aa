//! Trouble on demand, as a plain client meets it.

use std::time::{Duration, SystemTime};

use agentflow_forge::{Clock, Fault, ManualClock, MergeRefused, RetryAfter};
use serde_json::{Value, json};

use crate::site::Site;
use crate::world::try_git;

#[tokio::test]
async fn a_connection_is_dropped_before_or_after_the_effect() {
    let site = Site::open().await;
    for (name, fault, issues) in [
        ("before", Fault::drop_before_effect(), 0),
        ("after", Fault::drop_after_effect(), 1),
    ] {
        let faults = site.forge.faults();
        faults.add(fault.on("POST", "/repos/*/*/issues"));
        let request = site.request("POST", "issues", &site.owner);
        let sent = request.json(&json!({ "title": name })).send().await;
        assert!(sent.is_err(), "{name}: there is no answer");
        assert_eq!((faults.struck(), faults.left()), (issues + 1, 0), "{name}");
        let listed = site.own("GET issues", Value::Null).await;
        assert_eq!(listed.body.as_array().map(Vec::len), Some(issues), "{name}");
    }
}

#[tokio::test]
async fn a_request_is_refused_as_often_as_was_asked_and_nothing_is_done() {
    let site = Site::open().await;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let secondary = "You have exceeded a secondary rate limit. \
                     Please wait a few minutes before you try again.";
    for (name, fault, status, message, retry_after) in [
        ("bad gateway", Fault::status(502), 502, "Bad Gateway", ""),
        (
            "unavailable",
            Fault::status(503),
            503,
            "Service Unavailable",
            "",
        ),
        (
            "bad credentials",
            Fault::bad_credentials(),
            401,
            "Bad credentials",
            "",
        ),
        (
            "seconds",
            Fault::secondary_limit(RetryAfter::Seconds(7)),
            403,
            secondary,
            "7",
        ),
        (
            "a date",
            Fault::secondary_limit(RetryAfter::Date(at)),
            403,
            secondary,
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ),
        (
            "no header",
            Fault::secondary_limit(RetryAfter::Absent),
            403,
            secondary,
            "",
        ),
    ] {
        site.forge
            .faults()
            .add(fault.on("POST", "/repos/octo/**").times(2));
        for _ in 0..2 {
            let refused = site.own("POST issues", json!({ "title": name })).await;
            assert_eq!(
                (refused.status, &refused.body["message"]),
                (status, &json!(message)),
                "{name}"
            );
            assert_eq!(refused.header("retry-after"), retry_after, "{name}");
            assert_eq!(refused.header("x-ratelimit-remaining"), "", "{name}");
        }
        let listed = site.own("GET issues", Value::Null).await;
        assert_eq!((listed.status, &listed.body), (200, &json!([])), "{name}");
    }
    assert_eq!(
        site.own("POST issues", json!({ "title": "t" }))
            .await
            .status,
        201
    );
    site.forge.faults().add(Fault::status(500));
    site.forge.faults().clear();
    assert_eq!(site.own("GET /user", Value::Null).await.status, 200);
}

#[tokio::test]
async fn git_is_struck_as_well() {
    let site = Site::open().await;
    let clone = site.dir.path().join("clone");
    std::fs::create_dir(&clone).unwrap();
    let host = site.forge.html_url().strip_prefix("http://").unwrap();
    let url = format!("http://x:{}@{host}/{}.git", site.owner, site.repo);
    let git = async |args: &str| {
        let (clone, args) = (clone.clone(), args.to_owned());
        let run = move || try_git(&clone, &args.split(' ').collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.unwrap().0
    };
    assert!(git(&format!("clone --quiet {url} .")).await);
    for fault in [Fault::status(503), Fault::drop_before_effect()] {
        let receives = fault.on("POST", "/octo/demo.git/git-receive-pack");
        // curl tries again by itself where a connection that was used before is cut.
        site.forge.faults().add(receives.times(3));
        assert!(!git("push --quiet origin HEAD:refs/heads/topic").await);
        let branch = site.own("GET branches/topic", Value::Null).await;
        assert_eq!(branch.status, 404, "{}", branch.text);
        site.forge.faults().clear();
    }
    assert!(git("push --quiet origin HEAD:refs/heads/topic").await);
}

#[tokio::test]
async fn a_delay_lasts_until_the_clock_has_gone_on() {
    let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
    let site = Site::with(|options| options.clock = Clock::Manual(clock.clone())).await;
    let minute = Duration::from_secs(60);
    site.forge
        .faults()
        .add(Fault::delay(minute).on("GET", "/user"));
    let mut asked = Box::pin(site.own("GET /user", Value::Null));
    // Others are answered while the one waits.
    let mut others = 0;
    while site.forge.faults().struck() == 0 {
        tokio::select! {
            biased;
            _ = &mut asked => panic!("it was not to be answered yet"),
            other = site.own("GET issues", Value::Null) => assert_eq!(other.status, 200),
        }
        others += 1;
    }
    assert!(others > 0);
    tokio::select! {
        biased;
        _ = &mut asked => panic!("it was not to be answered yet"),
        other = site.own("GET issues", Value::Null) => assert_eq!(other.status, 200),
    }
    clock.advance(minute);
    assert_eq!(asked.await.status, 200);
}

/// A pull request that can be merged, by REST alone but for the branch.
async fn mergeable(site: &Site) -> String {
    let clone = site.dir.path().join("clone");
    std::fs::create_dir(&clone).unwrap();
    let bare = site
        .dir
        .path()
        .join(format!("state/repos/{}.git", site.repo));
    let git = |args: &[&str]| crate::world::git(&clone, args);
    git(&["clone", "--quiet", &bare.to_string_lossy(), "."]);
    git(&["commit", "--quiet", "--allow-empty", "-m", "Change"]);
    // Straight into the repository: who pushed is not what this is about.
    git(&["push", "--quiet", "origin", "HEAD:refs/heads/topic"]);
    let pull = json!({ "title": "p", "head": "topic", "base": "main" });
    let opened = site.own("POST pulls", pull).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    site.forge.checks_settled().await.unwrap();
    format!("pulls/{}", opened.body["number"])
}

#[tokio::test]
async fn a_merge_is_refused_or_not_judged_yet_in_githubs_words() {
    let site = Site::open().await;
    let pull = mergeable(&site).await;
    site.forge
        .faults()
        .add(Fault::stale_mergeability().times(2));
    for (mergeable, state) in [
        (Value::Null, "unknown"),
        (Value::Null, "unknown"),
        (json!(true), "clean"),
    ] {
        let shown = site.own(&format!("GET {pull}"), Value::Null).await;
        let seen = (&shown.body["mergeable"], &shown.body["mergeable_state"]);
        assert_eq!(seen, (&mergeable, &json!(state)));
    }
    for (why, status, message) in [
        (
            MergeRefused::BaseModified,
            405,
            "Base branch was modified. Review and try the merge again.",
        ),
        (
            MergeRefused::NotMergeable,
            405,
            "Pull Request is not mergeable",
        ),
        (
            MergeRefused::HeadModified,
            409,
            "Head branch was modified. Review and try the merge again.",
        ),
    ] {
        site.forge.faults().add(Fault::merge_refused(why));
        let refused = site.own(&format!("PUT {pull}/merge"), json!({})).await;
        assert_eq!(
            (refused.status, &refused.body["message"]),
            (status, &json!(message))
        );
        assert_eq!(
            site.own(&format!("GET {pull}/merge"), Value::Null)
                .await
                .status,
            404
        );
    }
    let merged = site.own(&format!("PUT {pull}/merge"), json!({})).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
}
