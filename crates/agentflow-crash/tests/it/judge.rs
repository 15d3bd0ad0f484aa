//! What the judge makes of evidence: that of an undisturbed trial, with one thing wrong.

use agentflow_core::Step;
use agentflow_crash::journal::{Mode, What};
use agentflow_crash::judge::{Expected, Strain, judge};

use crate::evidence::{
    Change, acknowledged, again, begins, call, checkpoint, entry, failed, fenced, found, line,
    only_last, overtaken_by_3, recorded, refused, row, runs, tries, undisturbed, without_record,
};

#[test]
fn an_undisturbed_trial_has_nothing_wrong() {
    assert_eq!(found(|_| {}), [""; 0]);
}

#[test]
fn an_effect_repeats_only_where_it_was_cut_off_before_its_record() {
    let cases: [(&str, bool, Change); 9] = [
        ("its child was killed in the window", true, &|evidence| {
            without_record(evidence);
            again(evidence, vec![entry(1, What::Killed)]);
        }),
        ("killed, which is told late", true, &|evidence| {
            without_record(evidence);
            again(evidence, vec![]);
            evidence.entries.push(entry(1, What::Killed));
        }),
        ("its record was refused", true, &|evidence| {
            without_record(evidence);
            again(evidence, vec![entry(1, refused())]);
        }),
        ("its run failed", true, &|evidence| {
            without_record(evidence);
            evidence.strain = Strain::Rivalry;
            again(evidence, vec![entry(1, failed())]);
        }),
        ("whoever repeats it was stopped", true, &|evidence| {
            again(evidence, vec![entry(2, What::Stopped)]);
        }),
        ("whoever repeats it was overtaken", true, &|evidence| {
            evidence.strain = Strain::ShortLease;
            again(evidence, overtaken_by_3());
        }),
        ("overtaken where no lease runs out", false, &|evidence| {
            evidence.strain = Strain::Rivalry;
            again(evidence, overtaken_by_3());
        }),
        ("it was recorded before the kill", false, &|evidence| {
            again(evidence, vec![entry(1, What::Killed)]);
        }),
        ("nothing cut it off", false, &|evidence| {
            without_record(evidence);
            again(evidence, vec![]);
        }),
    ];
    for (name, may_repeat, change) in cases {
        let found = found(change);
        let want = "child 2 did `a/line` again, though child 1 was not cut off before its record";
        let want = if may_repeat { vec![] } else { vec![want] };
        assert_eq!(found, want, "{name}");
    }
}

#[test]
fn each_thing_that_may_not_be_is_found() {
    let cases: [(&str, &str, Change); 26] = [
        (
            "a line is missing",
            "the effect `a/line` never happened",
            &|evidence| {
                evidence.lines.clear();
            },
        ),
        (
            "a call never came",
            "the effect `a/service` never happened",
            &|evidence| {
                evidence.calls.clear();
            },
        ),
        (
            "another key the second time",
            "the service acted 2 times for `a/service`",
            &|evidence| {
                evidence.calls.push(call("other", true));
            },
        ),
        (
            "a row is missing",
            "the effect `a/row` never happened",
            &|evidence| {
                evidence.rows.clear();
            },
        ),
        (
            "a row is there twice, though its child was killed in between",
            "`a/row` has 2 rows",
            &|evidence| {
                let record = recorded(1, "a/row");
                evidence.entries.retain(|entry| *entry != record);
                let again = [
                    entry(1, What::Killed),
                    begins(2, "a/row"),
                    recorded(2, "a/row"),
                ];
                evidence.entries.extend(again);
                evidence.rows.push(row(2));
            },
        ),
        (
            "a line nobody began",
            "`a/line` has more lines than were begun",
            &|evidence| {
                evidence.lines.push(line(1));
            },
        ),
        (
            "an effect of no undisturbed run",
            "`b/line` happened, and does not",
            &|evidence| {
                evidence
                    .entries
                    .extend([begins(1, "b/line"), recorded(1, "b/line")]);
            },
        ),
        (
            "a finished task runs again",
            "child 2 ran task ` 1/a/0` again, which child 1 had finished",
            &|evidence| {
                evidence.entries.push(runs(2, " 1/a/0"));
            },
        ),
        (
            "two holders of an epoch",
            "epoch 1 was granted twice",
            &|evidence| {
                evidence.entries.push(entry(2, What::Granted { epoch: 1 }));
            },
        ),
        (
            "a late write",
            "child 1 had a `commit` taken with epoch 1, though 2",
            &|evidence| {
                let late = [
                    entry(2, What::Granted { epoch: 2 }),
                    tries(1, 3, 1),
                    acknowledged(1, 3, None),
                ];
                evidence.entries.extend(late);
            },
        ),
        ("a commit is gone", "does not have it", &|evidence| {
            evidence.history.pop();
        }),
        (
            "a commit of another run is there",
            "does not have it",
            &|evidence| {
                evidence.history[1].1.run = 2;
            },
        ),
        ("a gap", "checkpoint 3 in `` does not follow", &|evidence| {
            evidence.history[1].1 = checkpoint(3, 1);
        }),
        (
            "an earlier run goes on",
            "checkpoint 2 in `` does not follow",
            &|evidence| {
                evidence.history[0].1.run = 2;
            },
        ),
        (
            "a superstep too many",
            "an undisturbed run has nothing, and this one",
            &|evidence| {
                evidence.history.push((String::new(), checkpoint(3, 1)));
            },
        ),
        (
            "another state",
            "an undisturbed run ends with {}, and this one with",
            &|evidence| {
                evidence.states.push("{\"a\":1}".to_owned());
            },
        ),
        ("no end", "no child found the thread done", &|evidence| {
            evidence.states.clear();
        }),
        (
            "a lease is lost to a child beside it",
            "child 1 failed, which nothing in this trial explains: fenced",
            &|evidence| {
                evidence.strain = Strain::Rivalry;
                evidence.entries.push(entry(1, fenced()));
            },
        ),
        (
            "a failure out of nothing",
            "which nothing in this trial explains",
            &|evidence| {
                let error = "why".to_owned();
                evidence.entries.push(entry(1, What::RunFailed { error }));
            },
        ),
        (
            "a checkpoint with a state of its own",
            "an undisturbed run has {} after superstep 1, and this one {\"a\":1}",
            &|evidence| {
                evidence.checkpointed[1].1 = "{\"a\":1}".to_owned();
            },
        ),
        (
            "what is stored later is not there in the end",
            "an undisturbed run has step 1 in ``, then [], and this one nothing",
            &|evidence| {
                only_last(evidence);
                evidence.history[0].1.step = Step(0);
            },
        ),
        (
            "a superstep is stored later than it may be",
            "an undisturbed run has checkpoint 1",
            &|evidence| {
                only_last(evidence);
                evidence.mode = Mode::Async;
            },
        ),
        (
            "a lease is lost to a network that breaks",
            "child 1 failed, which nothing in this trial explains: fenced",
            &|evidence| {
                evidence.strain = Strain::Outage;
                evidence.entries.push(entry(1, fenced()));
            },
        ),
        (
            "a network that breaks is taken for a disk that is full",
            "the store had no room",
            &|evidence| {
                evidence.strain = Strain::Outage;
                evidence.entries.push(entry(1, What::GaveUp));
            },
        ),
        (
            "no room on a disk with room",
            "the store had no room",
            &|evidence| {
                evidence.strain = Strain::Rivalry;
                evidence.entries.push(entry(1, What::GaveUp));
            },
        ),
        (
            "the window of another child",
            "child 1 did `a/line` again",
            &|evidence| {
                evidence
                    .entries
                    .extend([begins(1, "a/line"), recorded(1, "a/line")]);
                evidence.lines.push(line(1));
            },
        ),
    ];
    for (name, want, change) in cases {
        let found = found(change);
        assert!(
            found.iter().any(|found| found.contains(want)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn of_a_thread_that_is_not_done_nothing_is_said_to_be_lost_that_may_still_come() {
    let found = found(|evidence| {
        evidence.states.clear();
        evidence.lines.clear();
        evidence.calls.clear();
        evidence.rows.clear();
    });
    assert_eq!(found, ["no child found the thread done"]);
}

#[test]
fn what_is_no_fault_is_not_found() {
    let cases: [(&str, Change); 9] = [
        ("a request is repeated under its key", &|evidence| {
            evidence.calls.push(call("k", false));
        }),
        ("a try before the grant, answered after it", &|evidence| {
            let overtaken = [
                tries(1, 3, 1),
                entry(2, What::Granted { epoch: 2 }),
                acknowledged(1, 3, None),
            ];
            evidence.entries.extend(overtaken);
        }),
        ("an unfinished task runs again", &|evidence| {
            evidence
                .entries
                .splice(2..2, [runs(1, " 1/a/0"), runs(1, " 1/a/0")]);
        }),
        (
            "a stopped child runs what others have finished",
            &|evidence| {
                let late = [entry(2, What::Stopped), runs(2, " 1/a/0")];
                evidence.entries.extend(late);
            },
        ),
        ("a late write is refused", &|evidence| {
            evidence.strain = Strain::ShortLease;
            let late = [entry(2, What::Granted { epoch: 2 }), tries(1, 3, 1)];
            evidence.entries.extend(late);
            evidence.entries.push(entry(1, fenced()));
        }),
        (
            "an overtaken child runs what others have finished",
            &|evidence| {
                evidence.strain = Strain::ShortLease;
                evidence.entries.extend(overtaken_by_3());
                evidence.entries.push(runs(2, " 1/a/0"));
            },
        ),
        ("a run fails whose server is gone", &|evidence| {
            evidence.strain = Strain::Outage;
            evidence.entries.push(entry(1, failed()));
        }),
        (
            "only the end is stored of a run that stores at its end",
            &only_last,
        ),
        ("no room where there is none", &|evidence| {
            evidence.strain = Strain::NoRoom;
            evidence.entries.push(entry(1, What::GaveUp));
        }),
    ];
    for (name, change) in cases {
        assert_eq!(found(change), [""; 0], "{name}");
    }
}

#[test]
fn figures_are_counted_from_what_happened() {
    let mut evidence = undisturbed();
    let expected = Expected::of(&evidence);
    without_record(&mut evidence);
    // One in a transaction with its record has no window to be killed in.
    let record = recorded(1, "a/row");
    evidence.entries.retain(|entry| *entry != record);
    let killed = vec![entry(1, What::Killed), entry(2, What::Granted { epoch: 2 })];
    again(&mut evidence, killed);
    evidence.calls.push(call("k", false));
    evidence.history.pop();
    evidence.cuts = 3;
    let restarted = What::Restarted { crashed: true };
    let more = [entry(0, restarted), entry(2, What::HeldBack)];
    evidence.entries.extend(more);
    let figures = judge(&expected, &evidence).figures;
    assert_eq!(
        (
            figures.trials,
            figures.kills,
            figures.resumed,
            figures.windows
        ),
        (1, 1, 1, 1)
    );
    assert_eq!((figures.doubled, figures.repeats, figures.rows), (1, 1, 1));
    assert_eq!((figures.restarts, figures.cuts, figures.held), (1, 3, 1));
    assert_eq!(
        (figures.lost, figures.violations),
        (1, 2),
        "a commit, and the course"
    );
}
