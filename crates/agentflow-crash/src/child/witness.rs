//! What a child tells of itself: its journal, and the points that it passes.

use std::io;

use super::orders::Orders;
use crate::journal::{Journal, Life, What};
use crate::points::{self, Points};

/// Whom everything in a child tells what it does.
#[derive(Debug)]
pub(super) struct Witness {
    journal: Journal,
    points: Points,
    life: Life,
}

impl Witness {
    pub(super) fn of(orders: &Orders) -> io::Result<Self> {
        Ok(Self {
            journal: Journal::append_to(&orders.journal, orders.life)?,
            points: Points::new(orders.strike.clone(), orders.tells_points),
            life: orders.life,
        })
    }

    pub(super) fn note(&self, what: What) {
        points::note(&self.journal, what);
    }

    pub(super) fn pass(&self, place: &str, side: &str) {
        self.points.pass(&self.journal, place, side);
    }

    pub(super) fn life(&self) -> Life {
        self.life
    }
}
