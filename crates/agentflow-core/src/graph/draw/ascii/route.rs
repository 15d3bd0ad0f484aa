//! The lines between two rows. Targets with the same sources share a bar, so that
//! who reads along a bar comes only to where its sources lead. On which line a bar
//! lies is decided by `tracks`.

use std::collections::BTreeMap;

use super::layers::{Layers, What};
use super::rails::Rail;
use super::sketch::Stroke;
use super::tracks::choose_tracks;

/// Where a line begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Terminal {
    Cell(usize),
    Rail(usize),
    /// A bend between two bars of one line: the only two pins in their column.
    Turn,
}

/// Lines that run together: from each of `from` to each of `to`.
pub(super) struct Net {
    pub(super) stroke: Stroke,
    pub(super) from: Vec<Pin>,
    pub(super) to: Vec<Pin>,
    /// The bar's line below the row, counted from 1; none for a straight line.
    pub(super) track: Option<usize>,
    pub(super) ways: Vec<usize>,
}

/// A terminal, and the column in which the line is there.
#[derive(Clone, Copy)]
pub(super) struct Pin {
    pub(super) terminal: Terminal,
    pub(super) x: usize,
}

/// Everything between a row and the next.
pub(super) struct Gap {
    pub(super) nets: Vec<Net>,
    pub(super) tracks: usize,
}

impl Gap {
    /// Routes all lines below `row`.
    ///
    /// # Errors
    /// The ways to leave out, since they cannot be drawn without misleading.
    pub(super) fn below(row: usize, layers: &Layers, rails: &[Rail]) -> Result<Self, Vec<usize>> {
        let mut nets = nets(&lines(row, layers, rails));
        spread_pins(&mut nets, layers, |net| &mut net.from, |net| &mut net.to)?;
        spread_pins(&mut nets, layers, |net| &mut net.to, |net| &mut net.from)?;
        pin_rails(&mut nets, rails);
        let tracks = choose_tracks(&mut nets);
        Ok(Self { nets, tracks })
    }
}

/// One line before it runs together with others.
struct Line<'a> {
    from: Terminal,
    to: Terminal,
    stroke: Stroke,
    ways: &'a [usize],
}

fn lines<'a>(row: usize, layers: &'a Layers, rails: &'a [Rail]) -> Vec<Line<'a>> {
    let links = layers
        .links
        .iter()
        .filter(|link| layers.cells[link.from].row == row);
    let mut lines: Vec<Line<'a>> = links
        .map(|link| Line {
            from: Terminal::Cell(link.from),
            to: Terminal::Cell(link.to),
            stroke: link.stroke,
            ways: &link.ways,
        })
        .collect();
    for (index, rail) in rails.iter().enumerate() {
        let line = |from, to| Line {
            from,
            to,
            stroke: rail.stroke,
            ways: &rail.ways,
        };
        let leaves = rail
            .from
            .iter()
            .filter(|from| layers.cells[**from].row == row);
        lines.extend(leaves.map(|from| line(Terminal::Cell(*from), Terminal::Rail(index))));
        if layers.cells[rail.to].row == row + 1 {
            lines.push(line(Terminal::Rail(index), Terminal::Cell(rail.to)));
        }
    }
    lines
}

fn nets(lines: &[Line<'_>]) -> Vec<Net> {
    // What comes by a rail keeps apart from what comes from above.
    let by_rail = |line: &Line<'_>| matches!(line.from, Terminal::Rail(_));
    let mut targets: BTreeMap<_, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines {
        let key = (line.to, line.stroke, by_rail(line));
        targets.entry(key).or_default().push(line);
    }
    let mut nets: BTreeMap<_, Net> = BTreeMap::new();
    for ((to, stroke, _), lines) in targets {
        let mut from: Vec<Terminal> = lines.iter().map(|line| line.from).collect();
        from.sort_unstable();
        let pin = |terminal| Pin { terminal, x: 0 };
        // A rail's bar leads nowhere else.
        let alone = matches!(to, Terminal::Rail(_)).then_some(to);
        let net = nets
            .entry((stroke, from.clone(), alone))
            .or_insert_with(|| Net {
                stroke,
                from: from.into_iter().map(pin).collect(),
                to: Vec::new(),
                track: None,
                ways: Vec::new(),
            });
        net.to.push(pin(to));
        net.ways.extend(lines.iter().flat_map(|line| line.ways));
    }
    nets.into_values().collect()
}

type Side = fn(&mut Net) -> &mut Vec<Pin>;

/// Gives each net its own column at each cell that it touches on this side.
fn spread_pins(
    nets: &mut [Net],
    layers: &Layers,
    side: Side,
    other: Side,
) -> Result<(), Vec<usize>> {
    let mut touching: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (index, net) in nets.iter_mut().enumerate() {
        let far: Vec<usize> = other(net)
            .iter()
            .map(|pin| column(pin.terminal, layers))
            .collect();
        let mean = far.iter().sum::<usize>() / far.len().max(1);
        for pin in side(net) {
            if let Terminal::Cell(cell) = pin.terminal {
                touching.entry(cell).or_default().push((mean, index));
            }
        }
    }
    for (cell, mut touching) in touching {
        touching.sort_unstable();
        let Cell { middle, reach } = Cell::of(cell, layers);
        let straight = touching.iter().position(|(mean, _)| *mean == middle);
        let Some(columns) = columns(touching.len(), middle, straight, reach) else {
            // Those who lead to the fewest places are easiest said in words.
            let fewest = touching.iter().min_by_key(|(_, net)| nets[*net].ways.len());
            return Err(fewest
                .map(|(_, net)| nets[*net].ways.clone())
                .unwrap_or_default());
        };
        for ((_, net), x) in touching.into_iter().zip(columns) {
            let pins = side(&mut nets[net]).iter_mut();
            for pin in pins.filter(|pin| pin.terminal == Terminal::Cell(cell)) {
                pin.x = x;
            }
        }
    }
    Ok(())
}

/// Where lines may touch a cell.
struct Cell {
    middle: usize,
    /// Columns to the left and right of the middle.
    reach: usize,
}

impl Cell {
    fn of(cell: usize, layers: &Layers) -> Self {
        let cell = &layers.cells[cell];
        let corner = usize::from(cell.width > 5);
        let reach = match cell.what {
            What::Vertex(_) => cell.width / 2 - corner,
            What::Lane => 0,
        };
        Self {
            middle: cell.middle(),
            reach,
        }
    }
}

/// So many even columns around the middle; the middle itself for the straight line,
/// if there is one and room for it.
fn columns(
    count: usize,
    middle: usize,
    straight: Option<usize>,
    reach: usize,
) -> Option<Vec<usize>> {
    if count == 2 && straight.is_none() && reach >= 2 {
        return Some(vec![middle - 2, middle + 2]);
    }
    let from = |first: usize| {
        (0..count)
            .map(|index| first + 2 * index)
            .collect::<Vec<_>>()
    };
    let fits = |columns: &Vec<usize>| columns.iter().all(|x| x.abs_diff(middle) <= reach);
    let anchored = straight
        .and_then(|index| middle.checked_sub(2 * index))
        .map(from);
    let centred = middle.checked_sub(count / 2 * 2).map(from);
    anchored.filter(fits).or(centred.filter(fits))
}

fn column(terminal: Terminal, layers: &Layers) -> usize {
    match terminal {
        Terminal::Cell(cell) => layers.cells[cell].middle(),
        // Rails are to the right of everything.
        Terminal::Rail(_) | Terminal::Turn => usize::from(u16::MAX),
    }
}

fn pin_rails(nets: &mut [Net], rails: &[Rail]) {
    for pin in nets
        .iter_mut()
        .flat_map(|net| net.from.iter_mut().chain(&mut net.to))
    {
        if let Terminal::Rail(rail) = pin.terminal {
            pin.x = rails[rail].x;
        }
    }
}

impl Net {
    /// The first and the last column of its bar.
    pub(super) fn span(&self) -> (usize, usize) {
        let columns = || self.from.iter().chain(&self.to).map(|pin| pin.x);
        (columns().min().unwrap_or(0), columns().max().unwrap_or(0))
    }
}
