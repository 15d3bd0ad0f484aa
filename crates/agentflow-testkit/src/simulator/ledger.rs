//! Effects as the world outside sees them: each under its idempotency key, and how often.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::gates::Waits;
use super::violation::Violation;
use super::world::{Inner, RunId, World};

/// What an effect returns, and so what `once` records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Receipt {
    pub(super) effect: u64,
    pub(super) amount: u64,
}

/// Every effect that has happened.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    effects: BTreeMap<u64, Effect>,
}

#[derive(Debug)]
struct Effect {
    key: String,
    /// Which run made it happen last.
    by: RunId,
    /// It may happen once more: a crash or a store that failed hid it.
    is_excused: bool,
}

impl Ledger {
    pub(super) fn effects(&self) -> impl Iterator<Item = u64> {
        self.effects.keys().copied()
    }

    /// `run` dies or has lost its lease: what it had not recorded may happen again.
    pub(super) fn excuse_run(&mut self, run: RunId, recorded: &BTreeSet<u64>) {
        for (id, effect) in &mut self.effects {
            effect.is_excused |= effect.by == run && !recorded.contains(id);
        }
    }

    pub(super) fn excuse(&mut self, effect: u64) {
        if let Some(effect) = self.effects.get_mut(&effect) {
            effect.is_excused = true;
        }
    }
}

impl Inner {
    fn effect_happens(&mut self, effect: u64, key: &str) {
        let run = self.current();
        let in_words = format!("{effect:016x}");
        self.journal
            .note(|| format!("run {run}: effect {in_words} happens, key {key}"));
        self.report.effects += 1;
        let is_zombie = !self.holds_lease(run);
        let is_recorded = self.witness.recorded.contains(&effect);
        let Some(before) = self.ledger.effects.get_mut(&effect) else {
            let happened = Effect {
                key: key.to_owned(),
                by: run,
                is_excused: is_zombie,
            };
            self.ledger.effects.insert(effect, happened);
            return;
        };
        let first = before.key.clone();
        let is_excused = before.is_excused;
        before.is_excused = is_zombie;
        before.by = run;
        self.report.repeated_effects += 1;
        if first != key {
            let (effect, second) = (in_words, key.to_owned());
            self.violated(Violation::EffectKeyChanged {
                effect,
                first,
                second,
            });
        } else if is_zombie {
            // It runs beside the run that took its lease and cannot know; the key tells.
        } else if is_recorded {
            let why = "although its result was stored";
            self.violated(Violation::EffectRepeated {
                effect: in_words,
                why,
            });
        } else if !is_excused {
            let why = "and no crash had hidden it";
            self.violated(Violation::EffectRepeated {
                effect: in_words,
                why,
            });
        }
    }
}

impl World {
    /// An effect on the world outside: asked for, done, answered.
    pub(super) async fn effect(&self, receipt: Receipt, key: &str) -> Receipt {
        self.gate(Waits::Effect).await;
        self.lock().effect_happens(receipt.effect, key);
        let mut window = Window {
            world: self,
            effect: receipt.effect,
            is_open: true,
        };
        self.gate(Waits::Effect).await;
        window.is_open = false;
        receipt
    }
}

/// The time between an effect and its answer. Whoever is stopped in it does not know.
struct Window<'a> {
    world: &'a World,
    effect: u64,
    is_open: bool,
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.world.lock().ledger.excuse(self.effect);
        }
    }
}
