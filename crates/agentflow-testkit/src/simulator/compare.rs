//! Compares what a disturbed world came to with what the undisturbed one did.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use agentflow_core::{Durability, FieldName, Namespace};

use super::commit::Commit;
use super::state::SimState;
use super::violation::Violation;
use super::world::Inner;

/// # Errors
/// The first difference.
pub(super) fn compare(calm: &Inner, wild: &Inner) -> Result<(), Violation> {
    let (calm_end, wild_end) = (end(calm), end(wild));
    if calm_end != wild_end {
        let (calm, wild) = (in_words(calm_end.as_ref()), in_words(wild_end.as_ref()));
        return Err(Violation::EndDiffers { calm, wild });
    }
    if wild.durability != Durability::Exit {
        compare_chains(calm, wild)?;
    }
    let (calm_pauses, wild_pauses) = (pauses(calm, wild), pauses(wild, wild));
    let differs = |pause: &String, only_in| {
        let pause = pause.clone();
        Err(Violation::PausesDiffer { pause, only_in })
    };
    if let Some(skipped) = calm_pauses.difference(&wild_pauses).next() {
        return differs(skipped, "undisturbed");
    }
    if let Some(made_up) = wild_pauses.difference(&calm_pauses).next() {
        return differs(made_up, "disturbed");
    }
    let effects = |world: &Inner| world.ledger.effects().collect::<BTreeSet<u64>>();
    let (calm, wild) = (effects(calm), effects(wild));
    let differs = |effect: &u64, only_in| {
        let effect = format!("{effect:016x}");
        Err(Violation::EffectsDiffer { effect, only_in })
    };
    if let Some(lost) = calm.difference(&wild).next() {
        return differs(lost, "undisturbed");
    }
    wild.difference(&calm)
        .next()
        .map_or(Ok(()), |made_up| differs(made_up, "disturbed"))
}

fn end(world: &Inner) -> Option<SimState> {
    world.witness.head(&Namespace::root()).map(Commit::state)
}

/// Where the breakpoints of a world's graphs have paused it; of those inside only where
/// checkpoints have the same numbers in both worlds.
fn pauses(world: &Inner, wild: &Inner) -> BTreeSet<String> {
    let breaks = world.witness.breaks.iter();
    let all = wild.durability != Durability::Exit;
    let compared = breaks.filter(|(namespace, ..)| all || namespace.is_root());
    let named = compared.map(|(namespace, checkpoint, pause)| {
        let commit = world.witness.find(namespace, *checkpoint);
        let step = commit.map(|commit| commit.checkpoint.step.0);
        format!("{pause} of superstep {step:?} in `{namespace}`")
    });
    named.collect()
}

fn compare_chains(calm: &Inner, wild: &Inner) -> Result<(), Violation> {
    let (calm, wild) = (&calm.witness.commits, &wild.witness.commits);
    let namespaces: BTreeSet<_> = calm.keys().chain(wild.keys()).collect();
    for namespace in namespaces {
        let (calm, wild) = (chain(calm, namespace), chain(wild, namespace));
        for place in 0..calm.len().max(wild.len()) {
            let (calm, wild) = (calm.get(place), wild.get(place));
            if !calm.zip(wild).is_some_and(|(calm, wild)| agree(calm, wild)) {
                return Err(Violation::ChainDiffers {
                    namespace: namespace.clone(),
                    place,
                    calm: in_words(calm),
                    wild: in_words(wild),
                });
            }
        }
    }
    Ok(())
}

fn chain<'a>(chains: &'a BTreeMap<Namespace, Vec<Commit>>, of: &Namespace) -> &'a [Commit] {
    chains.get(of).map_or(&[], Vec::as_slice)
}

/// Whether two checkpoints are the same but for when and by which run they were made.
fn agree(calm: &Commit, wild: &Commit) -> bool {
    let mut checkpoint = calm.checkpoint.clone();
    checkpoint.created_at = wild.checkpoint.created_at;
    checkpoint.run = wild.checkpoint.run;
    // It is the number of the first run of which the store has anything.
    checkpoint.origin.clone_from(&wild.checkpoint.origin);
    // A run that has just begun does not know whether an ephemeral field was empty
    // already, and may store its end once more.
    if let Some(at) = wild.checkpoint.fields.get(EPHEMERAL) {
        checkpoint.fields.insert(EPHEMERAL, at);
    }
    let kept = |commit: &Commit| -> Vec<FieldName> {
        let changed = commit
            .changed
            .keys()
            .filter(|field| field.as_str() != EPHEMERAL);
        changed.cloned().collect()
    };
    checkpoint == wild.checkpoint && kept(calm) == kept(wild) && calm.values == wild.values
}

/// The state's ephemeral field.
const EPHEMERAL: &str = "flash";

fn in_words(thing: Option<&impl Debug>) -> String {
    thing.map_or("nothing".to_owned(), |thing| format!("{thing:?}"))
}
