//! Who stands beside whom in a row: near what it is linked to, so that few lines
//! cross. Each cell moves to the mean place of its neighbours, row after row, down
//! and up, and the best of all tries is kept.

use super::layers::Layers;

/// Times that the rows are sorted, down and up in turn. More seldom changes anything.
const SWEEPS: usize = 12;

impl Layers {
    pub(super) fn order(&mut self) {
        let mut best = (self.crossings(), self.rows.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            let rows = self.rows.len();
            for step in 1..rows {
                let row = if down { step } else { rows - 1 - step };
                self.sort_row(row, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    fn sort_row(&mut self, row: usize, down: bool) {
        let places = self.places();
        let mean = |cell: usize| {
            let near = self.links.iter().filter_map(|link| match down {
                true => (link.to == cell).then_some(link.from),
                false => (link.from == cell).then_some(link.to),
            });
            let (sum, count) = near.fold((0, 0), |(sum, count), other| {
                (sum + places[other], count + 1)
            });
            // Without neighbours it stays where it is.
            if count == 0 {
                places[cell] as f64
            } else {
                sum as f64 / f64::from(count)
            }
        };
        let mut sorted: Vec<(f64, usize)> = self.rows[row]
            .iter()
            .map(|cell| (mean(*cell), *cell))
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.rows[row] = sorted.into_iter().map(|(_, cell)| cell).collect();
    }

    /// Each cell's place in its row, counted from the left.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.cells.len()];
        for row in &self.rows {
            for (place, cell) in row.iter().enumerate() {
                places[*cell] = place;
            }
        }
        places
    }

    fn crossings(&self) -> usize {
        let places = self.places();
        let mut by_row: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.rows.len()];
        for link in &self.links {
            by_row[self.cells[link.from].row].push((places[link.from], places[link.to]));
        }
        let in_row = |links: &Vec<(usize, usize)>| {
            let pairs = links.iter().enumerate().flat_map(|(index, a)| {
                let others = links[index + 1..].iter();
                others.filter(move |b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1))
            });
            pairs.count()
        };
        by_row.iter().map(in_row).sum()
    }
}
