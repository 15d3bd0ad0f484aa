//! How rough a world is.

use super::random::Random;

/// What may happen to a run besides its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing: things end in the order in which they began.
    Calm,
    /// Whatever the seed says.
    Wild,
    /// Any order, and one crash before this action.
    CrashAt(u64),
}

/// How likely each disturbance is, in percent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// Things end in any order.
    pub(super) is_shuffled: bool,
    /// Runs are on machines that cannot see whether another is alive.
    pub(super) is_apart: bool,
    pub(super) crash: usize,
    pub(super) lost_request: usize,
    pub(super) lost_answer: usize,
    pub(super) twice: usize,
    pub(super) rival: usize,
    pub(super) takeover: usize,
    /// A call that was dropped still arrives, some time.
    pub(super) late: usize,
    pub(super) bad_answer: usize,
    /// Questions are answered in parts, and calls come that answer nothing.
    pub(super) partial: usize,
    /// Time passes although something else could happen.
    pub(super) time_leap: usize,
    pub(super) watched: usize,
    /// A run is asked to pause, or to stop.
    pub(super) drain: usize,
    pub(super) cancel: usize,
    /// An event comes before anybody waits for it.
    pub(super) early: usize,
    /// What was delivered is delivered again.
    pub(super) again: usize,
    /// Old checkpoints are forgotten.
    pub(super) prune: usize,
    /// Disturbances that are left; then the sky clears, so that every thread ends.
    pub(super) left: u32,
}

impl Weather {
    pub(super) fn of(mode: Mode, random: &mut Random) -> Self {
        match mode {
            Mode::Calm => Self::default(),
            Mode::CrashAt(_) => Self {
                is_shuffled: true,
                is_apart: random.chance(30),
                late: 30,
                watched: 50,
                ..Self::default()
            },
            Mode::Wild => Self::wild(random),
        }
    }

    fn wild(random: &mut Random) -> Self {
        // Each world has its own mix: what always happens together hides what it does alone.
        let mut of = |choices: &[usize]| *random.pick(choices);
        Self {
            is_shuffled: of(&[0, 1, 1, 1]) == 1,
            is_apart: of(&[0, 0, 1]) == 1,
            crash: of(&[0, 1, 2, 5]),
            lost_request: of(&[0, 0, 2, 10]),
            lost_answer: of(&[0, 0, 2, 10]),
            twice: of(&[0, 0, 5, 20]),
            rival: of(&[0, 0, 0, 2]),
            takeover: of(&[0, 0, 0, 2]),
            late: of(&[0, 30, 70]),
            bad_answer: of(&[0, 0, 20]),
            partial: of(&[0, 30, 70]),
            time_leap: of(&[0, 0, 1, 3]),
            watched: of(&[0, 50, 100]),
            drain: of(&[0, 0, 2]),
            cancel: of(&[0, 0, 0, 2]),
            early: of(&[0, 0, 5]),
            again: of(&[0, 50]),
            prune: of(&[0, 0, 0, 3]),
            left: u32::try_from(of(&[1, 3, 8, 20])).unwrap_or(1),
        }
    }

    /// Leaves out what would let a run pass a place at which the thread is changed from
    /// outside, or take away what such a change lies on.
    pub(super) fn spare_edits(&mut self) {
        (self.rival, self.takeover, self.prune) = (0, 0, 0);
    }

    /// Whether something happens now that does so `percent` times of a hundred.
    pub(super) fn strikes(&mut self, percent: usize, random: &mut Random) -> bool {
        let strikes = self.left > 0 && random.chance(percent);
        self.left -= u32::from(strikes);
        strikes
    }
}
