//! Loops run along rails in the right margin: out below the node that goes back, up,
//! and in above the node that runs again.

use super::layers::Layers;
use super::sketch::{Sketch, Stroke};

/// More of them nobody follows.
const RAILS_MAX: usize = 4;

/// Columns from the drawing to its first rail, and from rail to rail.
const RAIL_COLUMNS: usize = 4;

/// A line in the margin, up to one vertex.
pub(super) struct Rail {
    pub(super) to: usize,
    pub(super) stroke: Stroke,
    /// The vertices that go back.
    pub(super) from: Vec<usize>,
    /// The ways that run along it.
    pub(super) ways: Vec<usize>,
    pub(super) x: usize,
}

impl Rail {
    /// The rails of all ways that turn back, the shortest nearest to the drawing.
    pub(super) fn all(sketch: &Sketch<'_>, layers: &Layers, left_out: &[bool]) -> Vec<Self> {
        let mut rails: Vec<Self> = Vec::new();
        for (index, way) in sketch.ways.iter().enumerate() {
            if !way.turns_back || left_out[index] {
                continue;
            }
            match rails
                .iter_mut()
                .find(|rail| (rail.to, rail.stroke) == (way.to, way.stroke))
            {
                Some(rail) => {
                    rail.from.push(way.from);
                    rail.ways.push(index);
                }
                None => rails.push(Self {
                    to: way.to,
                    stroke: way.stroke,
                    from: vec![way.from],
                    ways: vec![index],
                    x: 0,
                }),
            }
        }
        rails.sort_by_key(|rail| {
            (
                layers.cells[rail.lowest(layers)].row - layers.cells[rail.to].row,
                rail.to,
            )
        });
        rails.truncate(RAILS_MAX);
        let ends = layers.cells.iter().map(|cell| cell.x + cell.width);
        let right = ends.max().unwrap_or(0);
        for (index, rail) in rails.iter_mut().enumerate() {
            // An even column, as those of all lines down.
            rail.x = (right + 1).next_multiple_of(2) + RAIL_COLUMNS * index;
        }
        rails
    }

    /// The vertex furthest below that goes back along it.
    fn lowest(&self, layers: &Layers) -> usize {
        let from = self.from.iter().copied();
        from.max_by_key(|vertex| layers.cells[*vertex].row)
            .unwrap_or(self.to)
    }
}
