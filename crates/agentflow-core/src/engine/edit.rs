//! Checkpoints that somebody makes from outside: as if nodes had run, without running
//! them.

use std::sync::Arc;

use super::action::{Edit, EditKind, Resumption, Save, Saved, Scheduled, TransitionExtra};
use super::exits::Report;
use super::{End, Engine, Phase};
use crate::checkpoint::WrittenBy;
use crate::command::Command;
use crate::error::RunError;
use crate::id::TaskId;
use crate::state::{FieldSet, State, Surveyed, Update};

/// A task that somebody writes for.
struct StandIn {
    task: TaskId,
    /// It was to run next, and does not.
    is_scheduled: bool,
}

impl<S: State> Engine<S> {
    /// Makes one checkpoint and ends.
    pub(super) fn edit(&mut self, edit: Edit<S>) {
        let Edit {
            source,
            resumption,
            what,
        } = edit;
        let stand_ins = self.stand_ins(&resumption.next, &what);
        let replies = self.replies_as_if_run(&stand_ins, &what);
        let made = self.guarded("a reducer or a router", |engine| {
            engine.make_edit(resumption, what, stand_ins)
        });
        let input = match made {
            Ok(input) => input,
            Err(error) => return self.close(End::gave_up(error), Vec::new()),
        };
        self.phase = Phase::Persisting;
        let extra = TransitionExtra {
            replies,
            ..TransitionExtra::default()
        };
        self.transition(source, input, Some(Box::new(extra)));
        self.close(End::Done(Arc::clone(&self.state)), Vec::new());
    }

    fn make_edit(
        &mut self,
        resumption: Resumption<S>,
        what: EditKind<S>,
        stand_ins: Vec<StandIn>,
    ) -> Result<Option<S::Update>, RunError> {
        let Resumption {
            next,
            deferred,
            seen,
            finished,
            ..
        } = resumption;
        self.routing.seen = seen;
        if let EditKind::Input(input) = what {
            self.check_input(&input)?;
            self.step = if self.head.is_none() {
                self.step
            } else {
                self.step.next()
            };
            return Ok(Some(input));
        }
        if let EditKind::Beside { parent, ran, input } = what {
            self.head = parent;
            self.persistence.ran = ran;
            self.routing.next = next;
            self.routing.deferred = deferred;
            return Ok(input);
        }
        self.step = self.step.next();
        if let EditKind::Copy(input) = what {
            self.routing.next = next;
            self.routing.deferred = deferred;
            return Ok(input);
        }
        // What had finished is kept; where it would have led is not.
        let mut written = FieldSet::default();
        self.fold_all(
            finished.iter().map(|done| &done.command.update),
            &mut written,
        )?;
        for done in finished {
            let by = done.written_by();
            self.note_ran(done.task, by);
        }
        for stand_in in stand_ins {
            self.note_ran(stand_in.task, WrittenBy::Edit);
        }
        match what {
            EditKind::Start(input) => {
                self.apply_input(input)?;
            }
            EditKind::End(update) => {
                self.fold_all(std::iter::once(&update), &mut written)?;
                self.routing.next.clear();
                self.end_unwritten(&written);
            }
            EditKind::Nodes(nodes) => {
                // What was scheduled is given up, not what waits for the end of all.
                self.routing.deferred = deferred;
                let before = (*self.state).clone();
                self.fold_all(nodes.iter().map(|(_, update)| update), &mut written)?;
                self.route_as_if_run(&before, &nodes)?;
                self.end_unwritten(&written);
            }
            EditKind::Copy(_) | EditKind::Beside { .. } | EditKind::Input(_) => {}
        }
        Ok(None)
    }

    /// The tasks that an edit stands for.
    fn stand_ins(&self, next: &[Scheduled], what: &EditKind<S>) -> Vec<StandIn> {
        let step = self.step.next();
        let nodes = match what {
            EditKind::Nodes(nodes) => nodes,
            EditKind::Start(_) => {
                let (node, index) = (crate::START.into(), 0);
                let task = TaskId { step, node, index };
                let is_scheduled = false;
                return vec![StandIn { task, is_scheduled }];
            }
            _ => return Vec::new(),
        };
        let scheduled = next.iter().map(|task| task.node);
        let mut tasks: Vec<_> = scheduled.zip(self.tasks_after(self.step, next)).collect();
        let stand_ins = nodes.iter().map(|(node, _)| {
            match tasks.iter().position(|(scheduled, _)| scheduled == node) {
                Some(place) => StandIn {
                    task: tasks.remove(place).1,
                    is_scheduled: true,
                },
                None => StandIn {
                    task: TaskId {
                        step,
                        node: self.plan.nodes[*node].id.clone(),
                        index: 0,
                    },
                    is_scheduled: false,
                },
            }
        });
        stand_ins.collect()
    }

    /// What the history tells of tasks that were scheduled and did not run, because
    /// somebody wrote in their place.
    fn replies_as_if_run(&self, stand_ins: &[StandIn], what: &EditKind<S>) -> Vec<Save<S>> {
        let EditKind::Nodes(nodes) = what else {
            return Vec::new();
        };
        if !self.settings.journal {
            return Vec::new();
        }
        let replies = nodes.iter().zip(stand_ins).enumerate();
        let replies = replies.filter(|(_, (_, stand_in))| stand_in.is_scheduled);
        let replies = replies.map(|(slot, ((_, update), stand_in))| Save {
            slot,
            task: stand_in.task.clone(),
            base: self.base(),
            what: Saved::Writes {
                command: Command::update(update.clone()),
                handled: false,
                beside: None,
            },
            wake: None,
        });
        replies.collect()
    }

    fn route_as_if_run(
        &mut self,
        before: &S,
        nodes: &[(usize, S::Update)],
    ) -> Result<(), RunError> {
        let mut views = Vec::new();
        for (node, update) in nodes {
            let mut own = Surveyed::default();
            let mut view = before.clone();
            if update.survey(&mut own).is_ok() {
                let applied = view.apply(update.clone(), &own);
                applied.map_err(|source| RunError::WriteRefused {
                    node: self.plan.nodes[*node].id.clone(),
                    source,
                })?;
            }
            views.push(view);
        }
        let reports = nodes.iter().zip(&views).map(|((node, _), view)| Report {
            node: *node,
            goto: &[],
            handled: false,
            view,
        });
        self.routing.route(&self.plan, reports)
    }

    /// An edit is a superstep: fields that live one go, unless it wrote them.
    fn end_unwritten(&mut self, written: &FieldSet) {
        for place in 0..self.ephemeral.len() {
            let field = self.ephemeral[place].field;
            self.end_ephemeral(place, written.contains(field));
        }
    }

    /// Folds updates together, as those of one superstep, and adds what they write.
    fn fold_all<'u>(
        &mut self,
        updates: impl Iterator<Item = &'u S::Update> + Clone,
        written: &mut FieldSet,
    ) -> Result<(), RunError> {
        let writers = || vec!["update_state".into()];
        self.surveyed.clear();
        for update in updates.clone() {
            let surveyed = update.survey(&mut self.surveyed);
            surveyed.map_err(|source| RunError::WriteConflict {
                writers: writers(),
                source,
            })?;
        }
        for update in updates {
            let folded = self.fold(update.clone());
            folded.map_err(|source| RunError::WriteRefused {
                node: "update_state".into(),
                source,
            })?;
        }
        self.note_changed();
        self.surveyed.add_to(written);
        Ok(())
    }
}
