//! `sdiff diff OLD NEW`, which is `sdiff OLD NEW`.

use crate::cli::arguments::config::today;
use crate::cli::arguments::faces::{self, Face, Faces};
use crate::cli::arguments::options::{Question, Reading, Sides};
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::terminal::output::ColorChoice;
use crate::cli::values::KindWord;
use crate::decision::Store;
use crate::diff::{Comparison, Kind, Subject, compare, hints};
use crate::lint;
use crate::report::account::{self, Table};
use crate::report::{self, Acceptable, Report, Side};
use crate::semantics::Engine;
use std::process::ExitCode;

/// Say what NEW lets through that OLD does not, and the reverse
///
/// Every call that gets another action is found, for all hosts, programs, sets of capabilities and
/// kernels that are asked for; what has one cause is one line, and whatever is weaker comes with a
/// proof: one call in one environment to which the two profiles give the two actions.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("{MARKS}\n\n{PROFILE_HELP}"))]
pub(in crate::cli) struct Args {
    /// The old profile
    old: String,

    /// The new profile
    new: String,

    /// Only these kinds of changes: added,weakened,removed,tightened,changed
    ///
    /// Others are neither shown nor looked at for the exit status.
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',')]
    #[arg(hide_possible_values = true)]
    only: Vec<KindWord>,

    /// Only answer whether NEW is within OLD: `yes`, or `no` with a proof
    ///
    /// NEW is within OLD if no call gets a more permissive action. The exit status is 0 for yes and
    /// 1 for no. With `--format json` the answer is for an admission webhook: `sdiff schema within`.
    #[arg(long, conflicts_with_all = ["only", "fail_on", "summary"])]
    within: bool,

    /// When to exit with status 1: weakened, any, breaks, never [default: on every difference]
    ///
    /// `weakened`: if something is added or weakened. `any`: also if something is removed or
    /// tightened; another errno alone never fails a gate. `breaks`: if no container starts with NEW
    /// and one does with OLD. `never`: only trouble fails, with status 2.
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    fail_on: Option<FailOn>,

    /// Exit as `diff` does: 0 no difference, 1 differences, 2 trouble (the default)
    #[arg(long, conflicts_with = "fail_on", hide_short_help = true)]
    exit_code: bool,

    #[command(flatten)]
    faces: Faces,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    pub question: Question,

    #[command(flatten)]
    sides: Sides,
}

const MARKS: &str = "\
What a report calls a change:

  + added      no call of it was let through, some are
  ! weakened   some calls get a more permissive action
  - removed    some calls were let through, none is
  ~ tightened  some calls get a stricter action, none a more permissive one
  · changed    another errno: neither

Exit status: 0 no difference, 1 differences, 2 trouble.";

/// What fails a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Something is added or weakened
    Weakened,
    /// Something is weaker or stricter
    Any,
    /// No container starts any more
    Breaks,
    /// Nothing
    Never,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    let is_stdin = |spec: &str| spec == "-" || spec.starts_with("-#");
    if is_stdin(&args.old) && is_stdin(&args.new) {
        return Err(Failure::Usage("standard input can be only one of the two profiles".into()));
    }
    let taken = [&args.old, &args.new].map(|spec| profiles::take(spec, &args.reading));
    let [taken_old, taken_new] = taken;
    let (taken_old, taken_new) = (taken_old?, taken_new?);
    let (old, new) = (taken_old.loaded(), taken_new.loaded());
    let has_filter = taken_old.is_filter() || taken_new.is_filter();
    if has_filter && args.faces.has(Face::Unified) {
        return Err(Failure::Usage("a filter has no text of which `unified` could tell".into()));
    }

    let mut store = Store::default();
    let mut questions = [&args.old, &args.new].map(|spec| args.question.of(spec));
    // A container has its capabilities whichever of two versions of its profile it gets.
    let caps = [questions[0].caps.or(questions[1].caps), questions[1].caps.or(questions[0].caps)];
    [questions[0].caps, questions[1].caps] = caps;
    let [old_question, new_question] = &questions;
    let settings = args.sides.settings([old_question, new_question], Engine::of_both(old, new));
    let [old_settings, new_settings] = settings;
    let old_settings = old_settings.carrying(&old.environment.beside(&new.environment));
    let new_settings = new_settings.carrying(&new.environment.beside(&old.environment));
    let hosts = &args.question.hosts;
    let old_policy = taken_old.policy(&mut store, &old_settings, hosts)?;
    let new_policy = taken_new.policy(&mut store, &new_settings, hosts)?;
    let comparison = compare(&mut store, &old_policy, &new_policy)
        .map_err(|bound| Failure::too_large(bound, &[old, new]))?;
    if comparison.hosts.is_empty() && comparison.not_compared.is_empty() {
        let sides = [(old, &old_policy), (new, &new_policy)].map(|(loaded, policy)| {
            (&*loaded.source.name, policy.hosts().iter().map(|on| on.host).collect())
        });
        return Err(Failure::other_hosts(&sides));
    }

    let accepted = args.accepted(&comparison, &new.source.name)?;
    let only: Vec<Kind> = match &args.only[..] {
        [] => Kind::ALL.to_vec(),
        only => only.iter().map(|&kind| kind.into()).collect(),
    };
    let same = comparison.is_same_policy()
        && !has_filter
        && old.profile != new.profile
        && !args.faces.is_quiet();
    // Only a help: where it cannot be had, the answer stands all the same.
    let settings = (old_policy.settings(), new_policy.settings());
    let hints = match same {
        true => hints((&old.profile, settings.0), (&new.profile, settings.1)).ok(),
        false => None,
    };
    let report = Report {
        hints: hints.as_ref(),
        old: Side { loaded: old, policy: &old_policy },
        new: Side { loaded: new, policy: &new_policy },
        comparison: &comparison,
        only: &only,
        accepted: &accepted,
    };
    let fails = args.fails(&report);
    let table = match args.faces.has(Face::Html) {
        true => Some(account::table(&mut store, Some(&old_policy), &new_policy)),
        false => None,
    };
    let table = table.transpose().map_err(|bound| Failure::too_large(bound, &[old, new]))?;
    args.write(&report, table.as_ref(), fails, color)?;
    if !args.faces.is_quiet() {
        for loaded in [old, new] {
            profiles::warn(loaded, &args.reading, color);
        }
    }
    // The program ends here: nothing is taken apart.
    std::mem::forget((comparison, old_policy, new_policy, store, taken_old, taken_new));
    Ok(ExitCode::from(u8::from(fails)))
}

impl Args {
    fn write(
        &self,
        report: &Report,
        table: Option<&Table>,
        fails: bool,
        color: ColorChoice,
    ) -> Result<(), Failure> {
        self.faces.write(color, self.reading.verbose, &|face, layout| match face {
            Face::Text if self.within => Ok(report::within(report, layout)),
            Face::Json if self.within => Ok(report::within_json(report)),
            _ if self.within => {
                Err(Failure::Usage("--within has the formats text and json".to_owned()))
            }
            Face::Text => Ok(report::text(report, layout)),
            Face::Json => Ok(report::json(report)),
            Face::Unified => Ok(report::unified(report)),
            face => {
                let mut account = account::diff_account(report, fails);
                if face == Face::Html {
                    account.entries[0].table = table.cloned();
                }
                faces::of_account(face, &account, layout)
            }
        })
    }

    /// The changes that sdiff.toml accepts.
    fn accepted(&self, found: &Comparison, profile: &str) -> Result<Vec<Acceptable>, Failure> {
        let (config, today, mut used) = (self.question.file(), today(), Vec::new());
        let mut accepted = Vec::new();
        let changes = found.changes.iter().map(|change| {
            let syscall = match change.subject {
                Subject::Syscall(call) => call.name(),
                _ => "",
            };
            (change.id.as_str(), change.kind.name(), syscall)
        });
        let settings = found.settings.iter().map(|c| (c.id.as_str(), c.kind.name(), ""));
        for (id, rule, syscall) in changes.chain(settings) {
            let what = lint::Subject { rule, id, syscall };
            if let Some(acceptance) = config.acceptance(what, profile, today, &mut used) {
                let reason = acceptance.reason().to_owned();
                accepted.push(Acceptable { id: id.to_owned(), reason });
            }
        }
        for acceptance in config.expired(&used, today) {
            self.question.config.warn(acceptance, "has expired");
        }
        let ids: Vec<&str> = found.changes.iter().map(|change| change.id.as_str()).collect();
        let moved = config.moved_changes(&used, profile, &ids);
        for (acceptance, id) in &moved {
            self.question
                .config
                .warn(acceptance, &format!("fits no change any more: it is now {id}"));
        }
        for acceptance in config.unneeded_changes(&used, &[profile]) {
            if !moved.iter().any(|(moved, _)| moved.line() == acceptance.line()) {
                self.question.config.warn(acceptance, "is not needed here");
            }
        }
        Ok(accepted)
    }

    fn fails(&self, report: &Report) -> bool {
        let mut kinds = report.unaccepted();
        match self.fail_on {
            _ if self.within => !report.is_within(),
            None => kinds.next().is_some() || report.has_lone_host(),
            Some(FailOn::Never) => false,
            Some(FailOn::Breaks) => report.comparison.breaks.is_some(),
            Some(_) if report.opens_a_host() => true,
            Some(FailOn::Weakened) => kinds.any(Kind::is_weaker),
            Some(FailOn::Any) => kinds.any(|kind| kind != Kind::Changed) || report.has_lone_host(),
        }
    }
}
