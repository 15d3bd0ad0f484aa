//! Puts placed cells and routed lines on a canvas. Lines down are painted over
//! lines across, and corners over both, so that a crossing never looks like a corner.

use super::canvas::Canvas;
use super::layers::{Layers, What};
use super::rails::Rail;
use super::route::{Gap, Net, Terminal};
use super::sketch::{Sketch, Stroke};

/// Lines of a row with a box in it.
const BOX_LINES: usize = 3;

/// A drawing that has a place for everything.
pub(super) struct Drawing<'a> {
    pub(super) sketch: &'a Sketch<'a>,
    pub(super) layers: Layers,
    pub(super) rails: Vec<Rail>,
    /// What is below each row.
    pub(super) gaps: Vec<Gap>,
}

/// Where a row and the gap below it begin, and where the gap ends.
struct Lines {
    row: usize,
    gap: usize,
    end: usize,
}

impl Drawing<'_> {
    pub(super) fn paint(&self) -> String {
        let mut canvas = Canvas::default();
        let lines = self.lines();
        let nets = || {
            let gaps = self.gaps.iter().zip(&lines);
            gaps.flat_map(|(gap, lines)| gap.nets.iter().map(move |net| (net, lines)))
        };
        for (net, lines) in nets() {
            paint_bar(&mut canvas, net, lines);
        }
        for (row, cells) in self.layers.rows.iter().enumerate() {
            for cell in cells {
                self.paint_cell(&mut canvas, *cell, &lines[row]);
            }
        }
        for (net, lines) in nets() {
            self.paint_pins(&mut canvas, net, lines);
        }
        for (gap, lines) in self.gaps.iter().zip(&lines) {
            paint_turns(&mut canvas, gap, lines);
        }
        for (index, rail) in self.rails.iter().enumerate() {
            self.paint_rail(&mut canvas, index, rail, &lines);
        }
        for (net, lines) in nets() {
            paint_corners(&mut canvas, net, lines);
        }
        canvas.into_text()
    }

    fn lines(&self) -> Vec<Lines> {
        let mut y = 0;
        let rows = self.layers.rows.iter().zip(&self.gaps);
        let lines = rows.map(|(cells, gap)| {
            let framed = |cell: &usize| match self.layers.cells[*cell].what {
                What::Vertex(vertex) => self.sketch.vertices[vertex].framed,
                What::Lane => false,
            };
            let row = y;
            let gap_at = row
                + if cells.iter().any(framed) {
                    BOX_LINES
                } else {
                    1
                };
            // Lines leave, lie on their tracks, and arrive.
            y = if gap.nets.is_empty() {
                gap_at
            } else {
                gap_at + gap.tracks + 2
            };
            Lines {
                row,
                gap: gap_at,
                end: y,
            }
        });
        lines.collect()
    }

    fn paint_cell(&self, canvas: &mut Canvas, cell: usize, lines: &Lines) {
        let at = &self.layers.cells[cell];
        let vertex = match at.what {
            What::Vertex(vertex) => &self.sketch.vertices[vertex],
            What::Lane => {
                let mut passing = self.layers.links.iter();
                let link = passing.find(|link| link.to == cell);
                let stroke = link.map_or(Stroke::Always, |link| link.stroke);
                return (lines.row..lines.gap).for_each(|y| canvas.put(at.x, y, stroke.down()));
            }
        };
        if !vertex.framed {
            let free = at.width.saturating_sub(vertex.caption.chars().count());
            return canvas.text(at.x + free / 2, lines.row, &vertex.caption);
        }
        let inside = at.width - 2;
        let edge = format!("+{}+", "-".repeat(inside));
        canvas.text(at.x, lines.row, &edge);
        canvas.text(
            at.x,
            lines.row + 1,
            &format!("|{:^inside$}|", vertex.caption),
        );
        canvas.text(at.x, lines.row + 2, &edge);
    }

    fn paint_pins(&self, canvas: &mut Canvas, net: &Net, lines: &Lines) {
        let down = net.stroke.down();
        let bar = lines.gap + net.track.unwrap_or(0);
        for pin in &net.from {
            if let Terminal::Cell(_) = pin.terminal {
                (lines.gap..=bar).for_each(|y| canvas.put(pin.x, y, down));
            }
        }
        for pin in &net.to {
            if let Terminal::Cell(cell) = pin.terminal {
                (bar..lines.end).for_each(|y| canvas.put(pin.x, y, down));
                if let What::Vertex(_) = self.layers.cells[cell].what {
                    canvas.put(pin.x, lines.end - 1, 'v');
                }
            }
        }
    }

    fn paint_rail(&self, canvas: &mut Canvas, index: usize, rail: &Rail, lines: &[Lines]) {
        let touches = |net: &Net| {
            let mut pins = net.from.iter().chain(&net.to);
            pins.any(|pin| pin.terminal == Terminal::Rail(index))
        };
        let mut bars = Vec::new();
        for (gap, lines) in self.gaps.iter().zip(lines) {
            let nets = gap.nets.iter().filter(|net| touches(net));
            bars.extend(nets.map(|net| lines.gap + net.track.unwrap_or(0)));
        }
        let (Some(&top), Some(&bottom)) = (bars.iter().min(), bars.iter().max()) else {
            return;
        };
        (top..bottom).for_each(|y| canvas.put(rail.x, y, rail.stroke.down()));
        bars.iter()
            .filter(|bar| **bar > top)
            .for_each(|bar| canvas.put(rail.x, bar - 1, '^'));
    }
}

fn paint_turns(canvas: &mut Canvas, gap: &Gap, lines: &Lines) {
    for net in &gap.nets {
        if let Some((x, second)) = net.turn(&gap.nets) {
            let bars = net.track.unwrap_or(0)..second.track.unwrap_or(0);
            bars.for_each(|track| canvas.put(x, lines.gap + track, net.stroke.down()));
        }
    }
}

fn paint_bar(canvas: &mut Canvas, net: &Net, lines: &Lines) {
    if let Some(track) = net.track {
        let (start, end) = net.span();
        (start..=end).for_each(|x| canvas.put(x, lines.gap + track, net.stroke.across()));
    }
}

fn paint_corners(canvas: &mut Canvas, net: &Net, lines: &Lines) {
    if let Some(track) = net.track {
        for pin in net.from.iter().chain(&net.to) {
            canvas.put(pin.x, lines.gap + track, '+');
        }
    }
}
