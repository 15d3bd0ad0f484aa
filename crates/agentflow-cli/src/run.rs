//! A whole command: sets the stage, works on one issue after the other, says what became
//! of them, and stops cleanly when a signal comes.

use crate::args::RunArgs;
use crate::console::Console;
use crate::environment::Environment;
use crate::error::{CliError, describe};
use crate::exit::Exit;
use crate::machine::Machine;
use crate::person::Person;
use crate::prepare::{Demo, MakeDemo, Stage};
use crate::progress::Reporter;
use crate::report::{IssueReport, RunReport, Status};
use crate::settings::{AtEnd, Resume, Settings, Source, UsageError};
use crate::stop_signal::StopSignal;
use crate::thread::{Answers, Waiting, stand, waits_for, work_on};
use crate::where_to_look::{STOPPED, places, waiting};

/// Works on issues until they are merged, wait for a person, or cannot go on.
///
/// Without `--repo` it works on the demo, if there is one. Progress, errors and results go
/// to `console`; with `--json` the last line on its stdout is the result, whatever happens.
///
/// # Cancel safety
/// Dropping the future stops everything at once. The same command goes on from there.
pub async fn run(args: RunArgs, demo: Option<MakeDemo>, console: Console) -> Exit {
    let person = console.person;
    let mut reporter = Reporter::new(console, args.json);
    match try_run(&args, demo, person, &mut reporter).await {
        Ok(exit) => exit,
        Err(error) => {
            reporter.still();
            reporter.error(&describe(&error));
            reporter.end(&RunReport::failed(error.exit(), describe(&error)), "");
            error.exit()
        }
    }
}

async fn try_run(
    args: &RunArgs,
    demo: Option<MakeDemo>,
    person: Person,
    reporter: &mut Reporter,
) -> Result<Exit, CliError> {
    let mut stop = StopSignal::catch()?;
    let stage = tokio::select! {
        () = stop.came() => None,
        stage = set(args, demo, reporter) => Some(stage?),
    };
    let Some((settings, stage)) = stage else {
        reporter.say(STOPPED);
        let error = "stopped by a signal before the work began".to_owned();
        reporter.end(&RunReport::failed(Exit::Interrupted, error), "");
        return Ok(Exit::Interrupted);
    };
    let report = {
        let outcome = perform(&settings, &stage, person, reporter, &mut stop).await;
        match outcome {
            Ok(report) => report,
            Err(error) => {
                stage.strike().await;
                return Err(error);
            }
        }
    };
    let exit = report.exit();
    if exit == Exit::Interrupted {
        reporter.still();
        reporter.say(STOPPED);
    }
    reporter.end(&report, &places(&report, &stage, &settings));
    if settings.at_end == AtEnd::Serve && exit != Exit::Interrupted {
        reporter.say("The forge stays open; Ctrl-C ends it.\n");
        stop.came().await;
    }
    tokio::select! {
        () = stage.strike() => {}
        // Who asks twice does not want to wait.
        () = stop.came() => {}
    }
    Ok(exit)
}

/// Checks the command line and sets the stage.
async fn set(
    args: &RunArgs,
    demo: Option<MakeDemo>,
    reporter: &mut Reporter,
) -> Result<(Settings, Stage), CliError> {
    let demo: Option<Demo> = match demo {
        Some(make) if args.repo.is_none() => Some(make(&Machine::look().await)),
        _ => None,
    };
    let known = demo.as_ref().map(|demo| {
        demo.issues
            .iter()
            .map(|issue| issue.number)
            .collect::<Vec<_>>()
    });
    let settings = Settings::of(args, &Environment::of_process(), known.as_deref())?;
    for notice in settings
        .notices
        .iter()
        .chain(demo.iter().flat_map(|demo| &demo.notices))
    {
        reporter.notice(notice);
    }
    let stage = Stage::set(&settings, &args.dir, demo.as_ref()).await?;
    for notice in &stage.notices {
        reporter.notice(notice);
    }
    one_question(&settings, &stage).await?;
    Ok((settings, stage))
}

/// An answer on the command line is for one question.
async fn one_question(settings: &Settings, stage: &Stage) -> Result<(), CliError> {
    if !matches!(settings.resume, Resume::With(_)) {
        return Ok(());
    }
    let (mut asking, mut half_way) = (0, 0);
    for assignment in &stage.assignments {
        // A thread that cannot be read says so when it is worked on.
        match waits_for(assignment, &stage.threads).await {
            Ok(Waiting::ForAnswer) => asking += 1,
            Ok(Waiting::ForNobody) => half_way += 1,
            Ok(Waiting::Nothing) | Err(_) => {}
        }
    }
    match (asking, half_way) {
        // None asks any more: the run was answered, and stopped before it was through.
        (1, _) | (0, 1) => Ok(()),
        _ => Err(UsageError::Ambiguous { waiting: asking }.into()),
    }
}

/// Works on the issues until they are through or a signal comes.
async fn perform(
    settings: &Settings,
    stage: &Stage,
    person: Person,
    reporter: &mut Reporter,
    stop: &mut StopSignal,
) -> Result<RunReport, CliError> {
    let mut reports = Vec::new();
    let interrupted = tokio::select! {
        () = stop.came() => true,
        () = work(settings, stage, person, reporter, &mut reports) => false,
    };
    // Whatever a signal cut off is reported as its thread stands.
    for (index, assignment) in stage.assignments.iter().enumerate().skip(reports.len()) {
        let is_at_work = index == reports.len();
        let status = if is_at_work {
            Status::Interrupted
        } else {
            Status::NotStarted
        };
        reports.push(stand(assignment, &stage.threads, status).await);
    }
    Ok(RunReport::of(reports, interrupted))
}

async fn work(
    settings: &Settings,
    stage: &Stage,
    person: Person,
    reporter: &mut Reporter,
    reports: &mut Vec<IssueReport>,
) {
    let given = match &settings.resume {
        Resume::With(answer) => Some(answer.clone()),
        _ => None,
    };
    let mut answers = Answers::new(given, person);
    reporter.begin(stage.assignments.len());
    for assignment in &stage.assignments {
        let report = work_on(
            assignment,
            &stage.threads,
            &settings.resume,
            &mut answers,
            reporter,
        )
        .await;
        if report.status == Status::Waiting {
            reporter.say(&waiting(
                assignment,
                matches!(settings.source, Source::Hosted { .. }),
            ));
        }
        reports.push(report);
    }
}
