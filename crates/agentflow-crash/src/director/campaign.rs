//! All trials of one backend: an undisturbed one, one for each named point, and others
//! in turn until there were kills enough.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::disturbance::{Disturbance, Kind};
use super::gather::{GatherError, gather};
use super::plan::Schedule;
use super::report::{Failure, Report};
use super::server::Server;
use super::trial::{Prepared, Setting, Trial};
use crate::address::Backend;
use crate::journal::{Entry, What};
use crate::judge::{Evidence, Expected, Figures, Verdict, Violation, judge};
use crate::points::Point;
use crate::random::Random;

/// A trial that takes longer hangs: one takes a second or two, and on a machine that has
/// ten times as much to do as it can, twenty.
const TRIAL_MAX: Duration = Duration::from_secs(120);
/// Trials with violations after which a campaign has said enough.
const FAILURES_MAX: usize = 3;
/// Entries of a journal that a failure shows.
const ENTRIES_SHOWN: usize = 40;
/// Trials for each kill that was asked for, at most: children that end before they are
/// killed must not keep a campaign going for ever.
const TRIALS_PER_KILL: usize = 10;

/// What is to be proved.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The program that lives a child's life when it finds orders in its environment.
    pub program: PathBuf,
    /// The store.
    pub backend: Backend,
    /// At least so many kills.
    pub kills: u32,
    /// What choices are drawn from.
    pub seed: u64,
    /// Only the trial of this number, to see it again.
    pub only: Option<usize>,
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What happened so far.
    pub figures: Figures,
    /// The kills that were asked for.
    pub wanted: u32,
    /// Trials that are sure to come, and those that were.
    pub trials: usize,
}

/// A campaign that could not be carried out: it says nothing about the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError {
    /// A child, a file or a socket that cannot be had.
    #[error("a trial could not be carried out")]
    Io(#[from] io::Error),
    /// What a trial left cannot be read.
    #[error("what trial {trial} left cannot be read")]
    Gather {
        /// Which.
        trial: usize,
        /// Why.
        #[source]
        source: GatherError,
    },
    /// The undisturbed run, which says what all others must come to, failed.
    #[error("the undisturbed run failed: {}", told(.violations))]
    Undisturbed {
        /// What is wrong with it.
        violations: Vec<Violation>,
    },
}

fn told(violations: &[Violation]) -> String {
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    told.join("; ")
}

/// Carries out a campaign, and tells after each trial how far it is.
///
/// # Errors
/// If a trial cannot be carried out. Violations are no error but what the report is for.
///
/// # Cancel safety
/// Dropped, it leaves no process, no mount and no file behind.
pub async fn run(
    campaign: &Campaign,
    mut tell: impl FnMut(Progress),
) -> Result<Report, CampaignError> {
    let undisturbed = undisturbed(campaign).await?;
    let passed = passed(&undisturbed.evidence.entries);
    let schedule = Schedule::new(campaign.seed, campaign.kills, &passed, campaign.backend);
    let mut running = Running {
        campaign,
        expected: Expected::of(&undisturbed.evidence),
        span: undisturbed.took,
        struck: BTreeSet::new(),
        server: None,
        report: Report {
            backend: campaign.backend,
            seed: campaign.seed,
            wanted: campaign.kills,
            points: passed.len() + 2,
            struck: 0,
            missed: Vec::new(),
            figures: Figures::default(),
            kinds: BTreeMap::new(),
            skipped: BTreeSet::new(),
            failures: Vec::new(),
        },
    };
    let sure = schedule.sure();
    let trials_max = sure + campaign.kills as usize * TRIALS_PER_KILL;
    let mut number = campaign.only.unwrap_or(0);
    loop {
        running.one(number, &schedule).await?;
        tell(Progress {
            figures: running.report.figures,
            wanted: campaign.kills,
            trials: sure,
        });
        number += 1;
        let figures = &running.report.figures;
        let is_enough = number >= sure && figures.kills >= campaign.kills;
        let is_broken = running.report.failures.len() >= FAILURES_MAX;
        if campaign.only.is_some() || is_enough || is_broken || number >= trials_max {
            break;
        }
    }
    running.report.struck = running.struck.len();
    if campaign.only.is_none() && running.report.holds() {
        let points = schedule.points().iter();
        let missed = points.filter(|point| !running.struck.contains(point));
        running.report.missed = missed.cloned().collect();
    }
    Ok(running.report)
}

/// What a trial that nobody disturbs leaves, and how long it takes.
struct Undisturbed {
    evidence: Evidence,
    took: Duration,
}

async fn undisturbed(campaign: &Campaign) -> Result<Undisturbed, CampaignError> {
    let setting = Setting {
        program: &campaign.program,
        backend: campaign.backend,
        span: Duration::ZERO,
        server: None,
    };
    let began = Instant::now();
    let plan = (Disturbance::None, Random::of_trial(campaign.seed, 0));
    let name = format!("crash-{}-undisturbed", campaign.seed);
    let mut trial = match Trial::prepare(&setting, plan, name).await? {
        Prepared::Trial(trial) => trial,
        Prepared::Refused(error) => return Err(error.into()),
    };
    let within = tokio::time::timeout(TRIAL_MAX, trial.run()).await;
    let took = began.elapsed();
    let mut violations = std::mem::take(&mut trial.bad);
    match within {
        Ok(ran) => ran?,
        Err(_) => violations.push(hangs(&trial)),
    }
    if violations.is_empty() {
        let evidence = gather(&trial).await;
        let evidence = evidence.map_err(|source| CampaignError::Gather { trial: 0, source })?;
        violations = judge(&Expected::of(&evidence), &evidence).violations;
        if violations.is_empty() {
            return Ok(Undisturbed { evidence, took });
        }
    }
    Err(CampaignError::Undisturbed { violations })
}

/// The points of an undisturbed run, in order.
fn passed(entries: &[Entry]) -> Vec<Point> {
    let passed = entries.iter().filter_map(|entry| match &entry.what {
        What::Passed(point) => Some(point.clone()),
        _ => None,
    });
    passed.collect()
}

struct Running<'a> {
    campaign: &'a Campaign,
    expected: Expected,
    span: Duration,
    struck: BTreeSet<Point>,
    /// Of its own, once a trial needed one.
    server: Option<Server>,
    report: Report,
}

impl Running<'_> {
    async fn one(&mut self, number: usize, schedule: &Schedule) -> Result<(), CampaignError> {
        let (disturbance, random) = schedule.trial(number);
        let kind = disturbance.kind();
        if kind == Some(Kind::Restarts) && self.server.is_none() {
            match Server::start(self.campaign.backend).await {
                Ok(server) => self.server = Some(server),
                Err(error) => {
                    self.skip(kind, &error);
                    return Ok(());
                }
            }
        }
        let setting = Setting {
            program: &self.campaign.program,
            backend: self.campaign.backend,
            span: self.span,
            server: self.server.as_ref(),
        };
        let name = format!("crash-{}-{number}", self.campaign.seed);
        let prepared = Trial::prepare(&setting, (disturbance, random), name);
        let mut trial = match prepared.await? {
            Prepared::Trial(trial) => trial,
            Prepared::Refused(error) => {
                self.skip(kind, &error);
                return Ok(());
            }
        };
        let within = tokio::time::timeout(TRIAL_MAX, trial.run()).await;
        let mut bad = std::mem::take(&mut trial.bad);
        match within {
            Ok(ran) => ran?,
            Err(_) => bad.push(hangs(&trial)),
        }
        let evidence = gather(&trial).await;
        let evidence = evidence.map_err(|source| CampaignError::Gather {
            trial: number,
            source,
        })?;
        let verdict = judge(&self.expected, &evidence);
        self.note((number, trial.disturbance.clone()), bad, verdict, &evidence);
        Ok(())
    }

    fn skip(&mut self, kind: Option<Kind>, why: &io::Error) {
        let what = kind.map(|kind| format!("{kind}: {why}"));
        self.report.skipped.extend(what);
    }

    fn note(
        &mut self,
        (trial, disturbance): (usize, Disturbance),
        bad: Vec<Violation>,
        verdict: Verdict,
        evidence: &Evidence,
    ) {
        let strikes = evidence
            .entries
            .iter()
            .filter_map(|entry| match &entry.what {
                What::Strikes(point) => Some(point.clone()),
                _ => None,
            });
        if matches!(disturbance, Disturbance::Kills { .. }) {
            self.struck.extend(strikes);
        }
        let mut figures = verdict.figures;
        figures.violations += u32::try_from(bad.len()).unwrap_or(u32::MAX);
        self.report.figures += figures;
        if let Some(kind) = disturbance.kind() {
            *self.report.kinds.entry(kind).or_default() += figures;
        }
        let violations = [bad, verdict.violations].concat();
        if !violations.is_empty() {
            let shown = evidence.entries.len().saturating_sub(ENTRIES_SHOWN);
            let entries = evidence.entries[shown..].iter();
            self.report.failures.push(Failure {
                trial,
                disturbance,
                violations,
                journal: entries.map(|entry| format!("{entry:?}")).collect(),
            });
        }
    }
}

fn hangs(trial: &Trial<'_>) -> Violation {
    Violation::EndedBadly {
        life: trial.lives(),
        how: format!("and those before it are not done after {TRIAL_MAX:?}"),
    }
}
