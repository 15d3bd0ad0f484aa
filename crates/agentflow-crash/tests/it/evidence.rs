//! The evidence of a small trial, and what may be done to it.

use std::collections::BTreeMap;

use agentflow_core::checkpoint::{Checkpoint, CheckpointSource, FORMAT, FieldVersions};
use agentflow_core::{CheckpointId, Fingerprint, Origin, Step, Timestamp};
use agentflow_crash::journal::{Committed, Entry, Guard, Life, Mode, What};
use agentflow_crash::judge::{Call, Evidence, Expected, Line, Row, Strain, judge};

/// What is done to the evidence of an undisturbed trial.
pub(crate) type Change = &'static dyn Fn(&mut Evidence);

pub(crate) fn entry(life: Life, what: What) -> Entry {
    Entry { life, what }
}

pub(crate) fn checkpoint(id: u64, run: u64) -> Checkpoint {
    Checkpoint {
        format: FORMAT,
        id: CheckpointId(id),
        parent: (id > 1).then(|| CheckpointId(id - 1)),
        step: Step(id.cast_signed() - 1),
        source: CheckpointSource::Loop,
        created_at: Timestamp(0),
        fingerprint: Fingerprint::from("f"),
        state_version: 1,
        fields: FieldVersions::default(),
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Origin::from("t"),
        run,
        metadata: BTreeMap::new(),
        inner: BTreeMap::new(),
        ran: Vec::new(),
    }
}

pub(crate) fn committed(id: u64, run: u64) -> Committed {
    Committed {
        namespace: String::new(),
        id: CheckpointId(id),
        step: id.cast_signed() - 1,
        run,
    }
}

pub(crate) fn tries(life: Life, write: u32, epoch: u64) -> Entry {
    let call = "commit".to_owned();
    entry(life, What::Tries { write, call, epoch })
}

pub(crate) fn acknowledged(life: Life, write: u32, committed: Option<Committed>) -> Entry {
    let finished = match committed {
        Some(_) => vec![format!(" {write}/a/0")],
        None => vec![],
    };
    entry(
        life,
        What::Acknowledged {
            write,
            committed,
            finished,
        },
    )
}

pub(crate) fn runs(life: Life, task: &str) -> Entry {
    let task = task.to_owned();
    entry(life, What::TaskBegins { task })
}

/// Its guard is told by its name.
pub(crate) fn begins(life: Life, effect: &str) -> Entry {
    let guard = match effect.rsplit('/').next() {
        Some("service") => Guard::Key,
        Some("row") => Guard::Transaction,
        _ => Guard::Once,
    };
    let effect = effect.to_owned();
    entry(life, What::EffectBegins { effect, guard })
}

pub(crate) fn recorded(life: Life, effect: &str) -> Entry {
    let effect = effect.to_owned();
    entry(life, What::EffectRecorded { effect })
}

pub(crate) fn line(life: Life) -> Line {
    let effect = "a/line".to_owned();
    Line { life, effect }
}

pub(crate) fn row(life: Life) -> Row {
    let effect = "a/row".to_owned();
    Row { life, effect }
}

pub(crate) fn call(key: &str, is_applied: bool) -> Call {
    Call {
        key: key.to_owned(),
        effect: "a/service".to_owned(),
        is_applied,
    }
}

pub(crate) fn refused() -> What {
    let effect = "a/line".to_owned();
    What::EffectUnrecorded { effect }
}

pub(crate) fn fenced() -> What {
    What::Refused {
        write: 3,
        is_fenced: true,
        error: "fenced".to_owned(),
    }
}

pub(crate) fn failed() -> What {
    let error = "fenced".to_owned();
    What::RunFailed { error }
}

/// One child, one line, one call, one row, two checkpoints.
pub(crate) fn undisturbed() -> Evidence {
    Evidence {
        entries: vec![
            entry(1, What::Began),
            entry(1, What::Granted { epoch: 1 }),
            tries(1, 1, 1),
            acknowledged(1, 1, Some(committed(1, 1))),
            begins(1, "a/line"),
            recorded(1, "a/line"),
            begins(1, "a/service"),
            recorded(1, "a/service"),
            begins(1, "a/row"),
            recorded(1, "a/row"),
            tries(1, 2, 1),
            acknowledged(1, 2, Some(committed(2, 1))),
            entry(1, What::Done),
        ],
        lines: vec![line(1)],
        calls: vec![call("k", true)],
        rows: vec![row(1)],
        history: vec![
            (String::new(), checkpoint(1, 1)),
            (String::new(), checkpoint(2, 1)),
        ],
        states: vec!["{}".to_owned()],
        checkpointed: vec![(0, "{}".to_owned()), (1, "{}".to_owned())],
        mode: Mode::Sync,
        cuts: 0,
        strain: Strain::None,
    }
}

/// Judges what `change` makes of an undisturbed trial; the violations, in words.
pub(crate) fn found(change: impl FnOnce(&mut Evidence)) -> Vec<String> {
    let mut evidence = undisturbed();
    let expected = Expected::of(&evidence);
    change(&mut evidence);
    let verdict = judge(&expected, &evidence);
    let violations = verdict.violations.iter().map(ToString::to_string);
    violations.collect()
}

/// Has child 2 do the line again, once these entries are in the journal.
pub(crate) fn again(evidence: &mut Evidence, entries: Vec<Entry>) {
    evidence.entries.extend(entries);
    evidence
        .entries
        .extend([begins(2, "a/line"), recorded(2, "a/line")]);
    evidence.lines.push(line(2));
}

pub(crate) fn without_record(evidence: &mut Evidence) {
    let record = recorded(1, "a/line");
    evidence.entries.retain(|entry| *entry != record);
}

/// Child 2 is granted the lease, and then child 3.
pub(crate) fn overtaken_by_3() -> Vec<Entry> {
    let granted = |life, epoch| entry(life, What::Granted { epoch });
    vec![granted(2, 2), granted(3, 3)]
}

/// Of the two supersteps only the last is stored, at the end of the run.
pub(crate) fn only_last(evidence: &mut Evidence) {
    evidence.mode = Mode::Exit;
    let stored_at_once = [tries(1, 1, 1), acknowledged(1, 1, Some(committed(1, 1)))];
    let entries = &mut evidence.entries;
    entries.retain(|entry| !stored_at_once.contains(entry));
    let mut last = committed(1, 1);
    last.step = 1;
    let stored = entries.iter_mut().find_map(|entry| match &mut entry.what {
        What::Acknowledged {
            committed: Some(committed),
            ..
        } => Some(committed),
        _ => None,
    });
    if let Some(stored) = stored {
        *stored = last;
    }
    let mut stored = checkpoint(1, 1);
    stored.step = Step(1);
    evidence.history = vec![(String::new(), stored)];
    evidence.checkpointed.remove(0);
}
