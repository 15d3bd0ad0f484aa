//! Checkpoints in few bytes: many threads wait at once, and each keeps several. Nothing
//! outside this process reads them, so they carry no version of their own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bytes::{Reader, Writer};
use super::tight::push_tight;
use crate::checkpoint::{
    Checkpoint, CheckpointSource, CodecError, FieldVersions, Pieces, RanTask, Run, ScheduledTask,
    SeenByJoin, WrittenBy,
};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Fingerprint, Namespace, NodeId, Origin, Step, TaskId};

/// Checkpoints of one graph, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Packing {
    /// Few: another build or another origin adds one.
    commons: Vec<Common>,
}

/// What the checkpoints of a graph have in common as a rule.
#[derive(Clone, Debug, PartialEq)]
struct Common {
    format: u32,
    state_version: u32,
    fingerprint: Fingerprint,
    origin: Origin,
}

/// What few checkpoints have, or has no bounds.
#[derive(Default, Serialize, Deserialize)]
struct Rest {
    next: Vec<ScheduledTask>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    joins: Vec<SeenByJoin>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deferred: Vec<NodeId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    inner: BTreeMap<Namespace, CheckpointId>,
}

impl Packing {
    pub(super) fn pack(
        &mut self,
        checkpoint: Box<Checkpoint>,
        to: &mut Writer,
    ) -> Result<Box<[u8]>, CodecError> {
        let id = checkpoint.id;
        to.clear();
        let after = |other: CheckpointId| id.0.wrapping_sub(other.0) as i64;
        to.number(u64::from(checkpoint.parent.is_some()));
        to.signed(checkpoint.parent.map_or(0, after));
        to.signed(checkpoint.step.0);
        to.number(checkpoint.source as u64);
        to.signed(checkpoint.created_at.0);
        to.number(checkpoint.run);
        to.number(checkpoint.fields.len() as u64);
        for (name, pieces) in checkpoint.fields.fields() {
            to.text(name.as_str());
            let runs = pieces.runs();
            to.number(runs.len() as u64);
            for Run(first, count, step) in runs {
                to.signed(after(CheckpointId(*first)));
                to.number(u64::from(*count));
                to.number(u64::from(*step));
            }
        }
        to.number(checkpoint.ran.len() as u64);
        for ran in &checkpoint.ran {
            to.signed(ran.task.step.0);
            to.text(ran.task.node.as_str());
            to.number(u64::from(ran.task.index));
            to.signed(after(ran.base));
            to.number(ran.by as u64);
        }
        let rest = Rest {
            next: checkpoint.next,
            joins: checkpoint.joins,
            deferred: checkpoint.deferred,
            metadata: checkpoint.metadata,
            inner: checkpoint.inner,
        };
        rest.pack(to)?;
        to.number(self.common(Common {
            format: checkpoint.format,
            state_version: checkpoint.state_version,
            fingerprint: checkpoint.fingerprint,
            origin: checkpoint.origin,
        }));
        Ok(to.as_bytes().into())
    }

    /// The place of what is common.
    fn common(&mut self, common: Common) -> u64 {
        let known = self.commons.iter().rposition(|known| *known == common);
        let place = known.unwrap_or_else(|| {
            push_tight(&mut self.commons, common);
            self.commons.len() - 1
        });
        place as u64
    }

    /// What [`Packing::pack`] was given.
    pub(super) fn unpack(&self, id: CheckpointId, packed: &[u8]) -> Result<Checkpoint, CodecError> {
        let mut from = Reader::new(packed);
        let before = |steps: i64| CheckpointId(id.0.wrapping_sub(steps as u64));
        let has_parent = from.number() == 1;
        let parent = before(from.signed());
        let step = Step(from.signed());
        let source = SOURCES[from.number() as usize];
        let created_at = Timestamp(from.signed());
        let run = from.number();
        let fields = (0..from.number()).map(|_| {
            let name = from.text().into();
            let runs = (0..from.number()).map(|_| {
                let first = before(from.signed()).0;
                Run(first, from.number() as u32, from.number() as u32)
            });
            (name, Pieces::of(&runs.collect::<Vec<_>>()))
        });
        let fields = FieldVersions::of(fields.collect());
        let ran = (0..from.number()).map(|_| RanTask {
            task: TaskId {
                step: Step(from.signed()),
                node: from.text().into(),
                index: from.number() as u32,
            },
            base: before(from.signed()),
            by: WRITERS[from.number() as usize],
        });
        let ran = ran.collect();
        let rest = Rest::unpack(&mut from)?;
        let common = &self.commons[from.number() as usize];
        Ok(Checkpoint {
            format: common.format,
            id,
            parent: has_parent.then_some(parent),
            step,
            source,
            created_at,
            fingerprint: common.fingerprint.clone(),
            state_version: common.state_version,
            fields,
            next: rest.next,
            joins: rest.joins,
            deferred: rest.deferred,
            origin: common.origin.clone(),
            run,
            metadata: rest.metadata,
            inner: rest.inner,
            ran,
        })
    }
}

impl Rest {
    /// Whether names of nodes are all there is.
    fn is_plain(&self) -> bool {
        let mut next = self.next.iter();
        next.all(|task| task.payload.is_none() && task.timeout_ms.is_none())
            && self.joins.is_empty()
            && self.deferred.is_empty()
            && self.metadata.is_empty()
            && self.inner.is_empty()
    }

    fn pack(&self, to: &mut Writer) -> Result<(), CodecError> {
        let is_plain = self.is_plain();
        to.number(u64::from(is_plain));
        if is_plain {
            to.number(self.next.len() as u64);
            for task in &self.next {
                to.text(task.node.as_str());
                to.number(u64::from(task.index));
            }
        } else {
            let encoded = serde_json::to_vec(self)
                .map_err(|source| CodecError::encoding("a checkpoint in memory", source))?;
            to.bytes(&encoded);
        }
        Ok(())
    }

    fn unpack(from: &mut Reader<'_>) -> Result<Self, CodecError> {
        let is_plain = from.number() == 1;
        if !is_plain {
            return serde_json::from_slice(from.bytes())
                .map_err(|source| CodecError::decoding("a checkpoint in memory", source));
        }
        let next = (0..from.number()).map(|_| ScheduledTask {
            node: from.text().into(),
            index: from.number() as u32,
            payload: None,
            timeout_ms: None,
        });
        Ok(Self {
            next: next.collect(),
            ..Self::default()
        })
    }
}

/// In the order in which they are declared.
const SOURCES: [CheckpointSource; 4] = [
    CheckpointSource::Input,
    CheckpointSource::Loop,
    CheckpointSource::Update,
    CheckpointSource::Fork,
];

/// In the order in which they are declared.
const WRITERS: [WrittenBy; 4] = [
    WrittenBy::Node,
    WrittenBy::Cache,
    WrittenBy::Handler,
    WrittenBy::Edit,
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn plain() -> Checkpoint {
        Checkpoint {
            format: 1,
            id: CheckpointId(7),
            parent: Some(CheckpointId(6)),
            step: Step(5),
            source: CheckpointSource::Loop,
            created_at: Timestamp(1_790_000_000_000),
            fingerprint: "f1".into(),
            state_version: 2,
            fields: [("a", CheckpointId(1)), ("é", CheckpointId(7))].into(),
            next: vec![task("write")],
            joins: Vec::new(),
            deferred: Vec::new(),
            origin: "o1".into(),
            run: 300,
            metadata: BTreeMap::new(),
            inner: BTreeMap::new(),
            ran: vec![ran(WrittenBy::Node)],
        }
    }

    fn task(node: &str) -> ScheduledTask {
        ScheduledTask {
            node: node.into(),
            index: 0,
            payload: None,
            timeout_ms: None,
        }
    }

    fn ran(by: WrittenBy) -> RanTask {
        let (step, node, index) = (Step(5), "read".into(), 3);
        let task = TaskId { step, node, index };
        let base = CheckpointId(6);
        RanTask { task, base, by }
    }

    #[test]
    fn a_checkpoint_is_unpacked_as_it_was_packed() {
        let mut cases = vec![plain()];
        let mut case = |change: fn(&mut Checkpoint)| {
            let mut changed = plain();
            change(&mut changed);
            cases.push(changed);
        };
        case(|checkpoint| checkpoint.parent = None);
        case(|checkpoint| checkpoint.parent = Some(CheckpointId(7)));
        case(|checkpoint| checkpoint.step = Step(-1));
        case(|checkpoint| checkpoint.created_at = Timestamp(-5));
        case(|checkpoint| checkpoint.run = u64::MAX);
        case(|checkpoint| checkpoint.format = 9);
        case(|checkpoint| checkpoint.state_version = 9);
        case(|checkpoint| checkpoint.fingerprint = "f2".into());
        case(|checkpoint| checkpoint.origin = Origin::default());
        case(|checkpoint| checkpoint.fields = [("later", CheckpointId(u64::MAX))].into());
        case(|checkpoint| {
            for piece in [8, 9, 10, 12, 14, 20] {
                checkpoint.fields.add_piece("é", CheckpointId(piece));
            }
        });
        case(|checkpoint| checkpoint.next.clear());
        case(|checkpoint| checkpoint.next[0].index = 4);
        case(|checkpoint| checkpoint.next[0].payload = Some(json!({"deep": [1.1, null]})));
        case(|checkpoint| checkpoint.next[0].timeout_ms = Some(9));
        case(|checkpoint| checkpoint.deferred = vec!["last".into()]);
        case(|checkpoint| {
            checkpoint.metadata.insert("who".to_owned(), json!("me"));
        });
        case(|checkpoint| {
            let inside = Namespace::root().thread_child(&"in".into());
            checkpoint.inner.insert(inside, CheckpointId(3));
        });
        case(|checkpoint| {
            checkpoint.joins = vec![SeenByJoin {
                from: vec!["a".into(), "b".into()],
                to: "c".into(),
                seen: vec!["b".into()],
            }];
        });
        for source in SOURCES {
            let mut changed = plain();
            changed.source = source;
            cases.push(changed);
        }
        for by in WRITERS {
            let mut changed = plain();
            changed.ran.push(ran(by));
            cases.push(changed);
        }
        let (mut packing, mut scratch) = (Packing::default(), Writer::default());
        let packed: Vec<_> = cases
            .iter()
            .map(|case| packing.pack(Box::new(case.clone()), &mut scratch).unwrap())
            .collect();
        for (case, packed) in cases.iter().zip(&packed) {
            assert_eq!(&packing.unpack(case.id, packed).unwrap(), case);
        }
    }
}
