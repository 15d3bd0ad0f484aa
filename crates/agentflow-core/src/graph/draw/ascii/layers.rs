//! Which row each vertex stands in: below all that leads to it, as far as the width
//! of the page allows. Lines that pass rows get cells of their own there, which
//! lines to one target share, or those from one source.

use std::collections::BTreeMap;

use super::sketch::{Sketch, Stroke, Way};

/// Columns of a drawing, without the margin of the loops.
pub(super) const MAIN_COLUMNS_MAX: usize = 84;

/// Columns of the boxes of one row; the rest is for lines that pass by.
const BOX_COLUMNS_MAX: usize = 60;

/// Columns between two cells, at least.
pub(super) const GAP: usize = 3;

/// A box is so wide that three lines can leave it.
const BOX_COLUMNS_MIN: usize = 9;

/// A box that more lines than three touch is so wide that five can.
const BUSY_BOX_COLUMNS_MIN: usize = 13;

/// START and END are so wide that three lines can touch them.
const POINT_COLUMNS_MIN: usize = 5;

/// Something that has a place in a row.
pub(super) struct Cell {
    pub(super) what: What,
    /// A multiple of four and one more: with [`GAP`] all middles are even columns.
    pub(super) width: usize,
    pub(super) row: usize,
    /// Its left column.
    pub(super) x: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Vertex(usize),
    /// Lines pass.
    Lane,
}

/// Whose lines of one stroke share a lane in each row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bundle {
    From(usize, Stroke),
    To(usize, Stroke),
}

/// A line from a row to the next one.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) stroke: Stroke,
    /// The ways that it is a part of.
    pub(super) ways: Vec<usize>,
}

/// Rows of cells and what leads from row to row. The cell of a vertex has its number.
pub(super) struct Layers {
    pub(super) cells: Vec<Cell>,
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) links: Vec<Link>,
}

impl Cell {
    pub(super) fn middle(&self) -> usize {
        self.x + self.width / 2
    }
}

impl Layers {
    /// Puts everything in rows but the ways that are left out or turn back.
    ///
    /// # Errors
    /// The ways that must be left out as well, since a row would be too wide.
    pub(super) fn of(sketch: &Sketch<'_>, left_out: &[bool]) -> Result<Self, Vec<usize>> {
        let mut layers = Self {
            cells: cells(sketch),
            rows: Vec::new(),
            links: Vec::new(),
        };
        layers.choose_rows(sketch);
        let drawn = |index: &usize| !sketch.ways[*index].turns_back && !left_out[*index];
        let mut lanes = BTreeMap::new();
        for index in (0..sketch.ways.len()).filter(drawn) {
            layers.connect(sketch, index, &mut lanes);
        }
        for row in 0..layers.rows.len() {
            layers.check_width(sketch, row)?;
        }
        Ok(layers)
    }

    fn choose_rows(&mut self, sketch: &Sketch<'_>) {
        let last = self.cells.len() - 1;
        let end = (!sketch.vertices[last].framed && last > 0).then_some(last);
        let mut used: Vec<usize> = vec![BOX_COLUMNS_MAX];
        for vertex in downwards(sketch) {
            if vertex == 0 || Some(vertex) == end {
                continue;
            }
            let leads_here = |way: &&Way<'_>| way.to == vertex && !way.turns_back;
            let above = sketch.ways.iter().filter(leads_here);
            let above = above.map(|way| self.cells[way.from].row).max();
            let mut row = above.unwrap_or(0) + 1;
            let width = self.cells[vertex].width + GAP;
            while used
                .get(row)
                .is_some_and(|used| used + width > BOX_COLUMNS_MAX)
            {
                row += 1;
            }
            used.resize(used.len().max(row + 1), 0);
            used[row] += width;
            self.cells[vertex].row = row;
        }
        if let Some(end) = end {
            self.cells[end].row = used.len();
        }
        let rows = self.cells.iter().map(|cell| cell.row).max().unwrap_or(0) + 1;
        self.rows = vec![Vec::new(); rows];
        for (index, cell) in self.cells.iter().enumerate() {
            self.rows[cell.row].push(index);
        }
    }

    /// Links two vertices, through a lane in each row between them.
    fn connect(
        &mut self,
        sketch: &Sketch<'_>,
        index: usize,
        lanes: &mut BTreeMap<(Bundle, usize), usize>,
    ) {
        let way = &sketch.ways[index];
        let end = |way: &Way<'_>| (way.to, way.stroke, way.turns_back);
        let others = sketch.ways.iter().filter(|other| end(other) == end(way));
        let bundle = if others.count() > 1 {
            Bundle::To(way.to, way.stroke)
        } else {
            Bundle::From(way.from, way.stroke)
        };
        let mut above = way.from;
        for row in self.cells[way.from].row + 1..self.cells[way.to].row {
            let lane = *lanes.entry((bundle, row)).or_insert_with(|| {
                self.rows[row].push(self.cells.len());
                self.cells.push(Cell {
                    what: What::Lane,
                    width: 1,
                    row,
                    x: 0,
                });
                self.cells.len() - 1
            });
            self.link(above, lane, way.stroke, index);
            above = lane;
        }
        self.link(above, way.to, way.stroke, index);
    }

    fn link(&mut self, from: usize, to: usize, stroke: Stroke, way: usize) {
        let same = |link: &&mut Link| (link.from, link.to, link.stroke) == (from, to, stroke);
        match self.links.iter_mut().find(same) {
            Some(link) => link.ways.push(way),
            None => self.links.push(Link {
                from,
                to,
                stroke,
                ways: vec![way],
            }),
        }
    }

    /// The middles of a row's cells, as far to the left as they can be. They are even
    /// columns, and so are all lines down: none is ever beside another.
    pub(super) fn middles(&self, row: usize) -> Vec<usize> {
        let mut free = 0;
        let cells = self.rows[row].iter().map(|cell| self.cells[*cell].width);
        let middles = cells.map(|width| {
            free += width + GAP;
            free - GAP - width + width / 2
        });
        middles.collect()
    }

    /// Columns by which a row may still move to the right.
    pub(super) fn room(&self, row: usize) -> Option<usize> {
        let (Some(cell), Some(middle)) = (self.rows[row].last(), self.middles(row).pop()) else {
            return Some(MAIN_COLUMNS_MAX);
        };
        MAIN_COLUMNS_MAX.checked_sub(middle + self.cells[*cell].width / 2 + 1)
    }

    /// Too wide a row loses the lane of the longest way.
    fn check_width(&self, sketch: &Sketch<'_>, row: usize) -> Result<(), Vec<usize>> {
        let passing = self.links.iter().filter(|link| {
            let to = &self.cells[link.to];
            to.row == row && to.what == What::Lane
        });
        let rows = |way: &usize| {
            let way = &sketch.ways[*way];
            self.cells[way.to].row - self.cells[way.from].row
        };
        let longest = passing.max_by_key(|link| link.ways.iter().map(rows).max());
        match longest {
            Some(link) if self.room(row).is_none() => Err(link.ways.clone()),
            _ => Ok(()),
        }
    }
}

fn cells(sketch: &Sketch<'_>) -> Vec<Cell> {
    let cells = sketch.vertices.iter().enumerate().map(|(index, vertex)| {
        let chars = vertex.caption.chars().count();
        let leaves = sketch.ways.iter().filter(|way| way.from == index);
        let width = if vertex.framed {
            let busy = leaves.count() > 3;
            (chars + 4).max(if busy {
                BUSY_BOX_COLUMNS_MIN
            } else {
                BOX_COLUMNS_MIN
            })
        } else {
            chars.max(POINT_COLUMNS_MIN)
        };
        Cell {
            what: What::Vertex(index),
            width: (width - 1).next_multiple_of(4) + 1,
            row: 0,
            x: 0,
        }
    });
    cells.collect()
}

/// All vertices, each after those that lead to it.
fn downwards(sketch: &Sketch<'_>) -> Vec<usize> {
    let mut waits_for = vec![0; sketch.vertices.len()];
    for way in sketch.ways.iter().filter(|way| !way.turns_back) {
        waits_for[way.to] += 1;
    }
    let free = |waits_for: &[usize]| -> Vec<usize> {
        (0..waits_for.len())
            .filter(|vertex| waits_for[*vertex] == 0)
            .collect()
    };
    let mut sorted = free(&waits_for);
    let mut next = 0;
    while let Some(&vertex) = sorted.get(next) {
        next += 1;
        for way in &sketch.ways {
            if way.from == vertex && !way.turns_back {
                waits_for[way.to] -= 1;
                if waits_for[way.to] == 0 {
                    sorted.push(way.to);
                }
            }
        }
    }
    sorted
}
