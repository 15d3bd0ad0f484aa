//! On which line between two rows each bar lies: one below the other where they would
//! touch, and in such an order that no line comes down onto one that goes on.

use super::route::{Net, Pin, Terminal};

/// Puts the bars on tracks and says how many there are.
pub(super) fn choose_tracks(nets: &mut Vec<Net>) -> usize {
    let bent = |net: &Net| net.span().0 != net.span().1;
    let mut left: Vec<usize> = (0..nets.len()).filter(|net| bent(&nets[*net])).collect();
    left.sort_by_key(|net| nets[*net].span());
    let mut tracks: Vec<Vec<(usize, usize)>> = Vec::new();
    while let Some(first) = left.first().copied() {
        let under = |net: &usize| left.iter().any(|other| nets[*other].above(&nets[*net]));
        let Some(free) = left.iter().position(|net| !under(net)) else {
            // Bars that would lie above each other in a circle: one is cut in two.
            left.push(nets.len());
            cut_in_two(nets, first);
            continue;
        };
        let net = left.remove(free);
        let (start, end) = nets[net].span();
        let over = nets.iter().filter(|other| other.above(&nets[net]));
        let lowest = over.filter_map(|other| other.track).max().unwrap_or(0);
        let clear = |track: &Vec<(usize, usize)>| {
            track
                .iter()
                .all(|(from, to)| *to + 1 < start || end + 1 < *from)
        };
        let found = (lowest..tracks.len()).find(|track| clear(&tracks[*track]));
        let track = found.unwrap_or_else(|| {
            tracks.resize(tracks.len().max(lowest) + 1, Vec::new());
            tracks.len() - 1
        });
        tracks[track].push((start, end));
        nets[net].track = Some(track + 1);
    }
    tracks.len()
}

/// Leads a net's lines to where another one begins through a column of its own, to a
/// second bar: the first one is then below none, and the second above none.
fn cut_in_two(nets: &mut Vec<Net>, net: usize) {
    let begins = |x: usize| {
        let others = nets.iter().enumerate().filter(|(index, _)| *index != net);
        let mut pins = others.flat_map(|(_, other)| &other.from);
        pins.any(|pin| pin.x == x)
    };
    let (below, stays): (Vec<Pin>, Vec<Pin>) =
        nets[net].to.iter().copied().partition(|pin| begins(pin.x));
    let taken = |x: usize| {
        let mut pins = nets.iter().flat_map(|net| net.from.iter().chain(&net.to));
        pins.any(|pin| pin.x == x)
    };
    let from = below.first().map_or(0, |pin| pin.x);
    let near = (1..).flat_map(|step| [from.checked_sub(2 * step), Some(from + 2 * step)]);
    let Some(x) = near.flatten().find(|x| !taken(*x)) else {
        unreachable!("there is no end of columns to the right")
    };
    let turn = Pin {
        terminal: Terminal::Turn,
        x,
    };
    let second = Net {
        stroke: nets[net].stroke,
        from: vec![turn],
        to: below,
        track: None,
        ways: nets[net].ways.clone(),
    };
    nets[net].to = stays;
    nets[net].to.push(turn);
    nets.push(second);
}

impl Net {
    /// Whether its bar must lie above the other's: it comes down where the other
    /// goes on down, or the other goes on where it turns.
    fn above(&self, other: &Self) -> bool {
        let comes = self
            .from
            .iter()
            .filter(|pin| matches!(pin.terminal, Terminal::Cell(_)));
        let goes = |x| {
            let to = other.to.iter();
            to.filter(|pin| matches!(pin.terminal, Terminal::Cell(_)))
                .any(|pin| pin.x == x)
        };
        let turns = self.to.iter().find(|pin| pin.terminal == Terminal::Turn);
        let follows = |turn: &Pin| {
            let mut from = other.from.iter();
            from.any(|pin| (pin.terminal, pin.x) == (turn.terminal, turn.x))
        };
        let crosses = !std::ptr::eq(self, other) && comes.map(|pin| pin.x).any(goes);
        crosses || turns.is_some_and(follows)
    }

    /// The bar that a line goes down to from a turn of this net, if it has one.
    pub(super) fn turn<'a>(&self, nets: &'a [Self]) -> Option<(usize, &'a Self)> {
        let turn = self.to.iter().find(|pin| pin.terminal == Terminal::Turn)?;
        let begins = |net: &&Self| {
            let mut from = net.from.iter();
            from.any(|pin| (pin.terminal, pin.x) == (turn.terminal, turn.x))
        };
        nets.iter().find(begins).map(|net| (turn.x, net))
    }
}
