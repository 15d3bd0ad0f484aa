//! The list of features, and how likely each is.

use super::super::blueprint::Blueprint;
use super::super::random::Random;
use super::{
    breaks, deferred, doomed, edges, edits, effects, emits, events, failures, flashes, gotos,
    joins, lingers, loops, naps, notes, overwrites, questions, retries, sends, sleeps, subgraphs,
    views,
};

/// One thing that a graph can have.
pub(in super::super) struct Feature {
    /// Part of the seed of what it draws: renamed, it draws anew.
    pub(in super::super) name: &'static str,
    /// How many of a hundred graphs have it; half as many of the graphs inside.
    pub(in super::super) percent: usize,
    pub(in super::super) draw: fn(&mut Random, &mut Blueprint),
}

const fn feature(
    name: &'static str,
    percent: usize,
    draw: fn(&mut Random, &mut Blueprint),
) -> Feature {
    Feature {
        name,
        percent,
        draw,
    }
}

/// Nodes first, then what leads from one to another, then what they do.
pub(in super::super) const FEATURES: &[Feature] = &[
    feature("subgraphs", 30, subgraphs::draw),
    feature("views", 40, views::draw),
    feature("workers", 50, sends::draw_workers),
    feature("edges", 100, edges::draw),
    feature("joins", 50, joins::draw),
    feature("loops", 60, loops::draw),
    feature("sends", 60, sends::draw),
    feature("gotos", 30, gotos::draw),
    feature("retries", 40, retries::draw),
    feature("failures", 40, failures::draw),
    feature("questions", 50, questions::draw),
    feature("effects", 60, effects::draw),
    feature("naps", 30, naps::draw),
    feature("emits", 30, emits::draw),
    feature("overwrites", 30, overwrites::draw),
    feature("notes", 50, notes::draw),
    feature("flashes", 50, flashes::draw),
    feature("deferred", 40, deferred::draw),
    feature("events", 30, events::draw),
    feature("sleeps", 30, sleeps::draw),
    feature("lingers", 30, lingers::draw),
    feature("doomed", 40, doomed::draw),
    feature("breaks", 30, breaks::draw),
    feature("edits", 30, edits::draw),
];
