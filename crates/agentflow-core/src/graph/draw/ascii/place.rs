//! In which column each cell stands: as near as it can to the middle of what it is
//! linked to, in the order that its row has, with a gap to its neighbours.

use super::layers::{GAP, Layers, MAIN_COLUMNS_MAX, What};

/// Times that the rows are pulled towards each other.
const PULLS: usize = 16;

/// Lines that pass are kept straight rather than boxes centred.
const LANE_WEIGHT: f64 = 4.0;

/// So few columns beside its neighbour a cell moves to stand straight below it.
const SNAP_COLUMNS_MAX: usize = 3;

impl Layers {
    pub(super) fn place(&mut self) {
        for row in 0..self.rows.len() {
            self.put(row, &vec![0.0; self.rows[row].len()]);
        }
        for pull in 0..PULLS {
            let rows = self.rows.len();
            for step in 1..rows {
                let down = pull % 2 == 1;
                let row = if down { step } else { rows - 1 - step };
                self.pull(row, down);
            }
        }
        for row in 1..self.rows.len() {
            self.snap(row);
        }
        self.move_left();
    }

    /// Puts a row's cells so that their middles are as near to `wanted` as their order
    /// and the gaps between them allow.
    fn put(&mut self, row: usize, wanted: &[f64]) {
        let least = self.middles(row);
        let room = self.room(row).unwrap_or(0) as f64;
        let moves = wanted.iter().zip(&least).zip(&self.rows[row]);
        let points = moves.map(|((wanted, least), cell)| {
            let lane = self.cells[*cell].what == What::Lane;
            (wanted - *least as f64, if lane { LANE_WEIGHT } else { 1.0 })
        });
        let moves = rising(points);
        for ((place, least), moved) in least.into_iter().enumerate().zip(moves) {
            let cell = &mut self.cells[self.rows[row][place]];
            // Halved and doubled, an even column stays one.
            let moved = (moved.clamp(0.0, room) / 2.0).floor() as usize * 2;
            cell.x = least + moved - cell.width / 2;
        }
    }

    fn pull(&mut self, row: usize, down: bool) {
        let cells = self.rows[row].iter();
        let wanted = cells.map(|cell| {
            let near = self.near(*cell, down);
            if near.is_empty() {
                self.cells[*cell].middle() as f64
            } else {
                near.iter().sum::<usize>() as f64 / near.len() as f64
            }
        });
        let wanted: Vec<f64> = wanted.collect();
        self.put(row, &wanted);
    }

    /// The middles of the cells that this one is linked to, above or below.
    fn near(&self, cell: usize, above: bool) -> Vec<usize> {
        let near = self.links.iter().filter_map(|link| match above {
            true => (link.to == cell).then_some(link.from),
            false => (link.from == cell).then_some(link.to),
        });
        near.map(|other| self.cells[other].middle()).collect()
    }

    /// Moves cells that stand almost straight below another one.
    fn snap(&mut self, row: usize) {
        for place in 0..self.rows[row].len() {
            let cell = self.rows[row][place];
            let middle = self.cells[cell].middle();
            let above = self.near(cell, true);
            let nearest = above
                .iter()
                .copied()
                .min_by_key(|other| other.abs_diff(middle));
            let Some(other) = nearest else { continue };
            if other.abs_diff(middle) > SNAP_COLUMNS_MAX || other < self.cells[cell].width / 2 {
                continue;
            }
            let x = other - self.cells[cell].width / 2;
            let end = |cell: usize| self.cells[cell].x + self.cells[cell].width + GAP;
            let left = place
                .checked_sub(1)
                .map_or(0, |left| end(self.rows[row][left]));
            let right = self.rows[row].get(place + 1);
            let right = right.map_or(MAIN_COLUMNS_MAX + GAP, |right| self.cells[*right].x);
            if x >= left && x + self.cells[cell].width + GAP <= right {
                self.cells[cell].x = x;
            }
        }
    }

    fn move_left(&mut self) {
        let margin = self.cells.iter().map(|cell| cell.x).min().unwrap_or(0);
        for cell in &mut self.cells {
            cell.x -= margin & !1;
        }
    }
}

/// The rising sequence that is nearest to these weighted points: neighbours that
/// fall are pooled to their mean until none do.
fn rising(points: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (value, weight) in points {
        let mut pool = (value, weight, 1);
        while let Some(last) = pools.pop_if(|last| last.0 > pool.0) {
            let weight = last.1 + pool.1;
            let mean = (last.0 * last.1 + pool.0 * pool.1) / weight;
            pool = (mean, weight, last.2 + pool.2);
        }
        pools.push(pool);
    }
    let spread = |(value, _, count)| std::iter::repeat_n(value, count);
    pools.into_iter().flat_map(spread).collect()
}
