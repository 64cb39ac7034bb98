//! `sdiff check PROFILE...`: what a profile says but does not do, or does but does not say.

pub(super) mod files;
pub(in crate::cli) mod found;

use super::{accept_all, required};
use crate::cli::arguments::config::today;
use crate::cli::arguments::faces::{self, Face, Faces};
use crate::cli::arguments::options::{Question, Reading};
use crate::cli::failure::Failure;
use crate::cli::inputs::filters::{self, Filters};
use crate::cli::inputs::profiles::{self, PROFILE_HELP};
use crate::cli::name;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::decision::Store;
use crate::lint::{self, Finding, Severity};
use crate::load::{self, Loaded, Source};
use crate::report::account::{self, Table};
use crate::report::{self, Checked};
use crate::semantics::{Engine, Policy, Settings};
use crate::syscall::nearest_of;
use rayon::prelude::*;
use std::fmt::Write;
use std::process::ExitCode;

/// Find what a profile says but does not do
///
/// Rules that do nothing, that do more than they say, or that mean something else to another engine;
/// calls without which no container starts; calls that exploits have used. What is claimed of calls
/// is proved by the decision engine, and comes with a concrete call where there is one.
///
/// Of filters (`bpf:`) it is what only a program can have: architectures that are not checked, x32 open
/// beside x86_64, numbers without an upper end, tests of half an argument, dead instructions.
#[derive(Debug, clap::Args)]
#[command(after_long_help = PROFILE_HELP)]
pub(in crate::cli) struct Args {
    /// The profiles, filters, or folders with all profiles in them
    #[arg(required_unless_present_any = ["rules", "explain"])]
    profiles: Vec<String>,

    /// List the lints
    #[arg(long, conflicts_with_all = ["profiles", "explain"])]
    rules: bool,

    /// Tell the story of a lint, with an example
    #[arg(long, value_name = "LINT", conflicts_with = "profiles")]
    explain: Option<String>,

    /// Write what is found into sdiff.toml as accepted, each with a reason to be filled in
    ///
    /// What fails the gate today is accepted by its id in its profile, so that from tomorrow on only
    /// what is new fails it. Reasons that nobody has filled in are told with every run.
    #[arg(long, conflicts_with_all = ["rules", "explain", "no_config"])]
    accept_all: bool,

    /// When to exit with status 1: info, warning, error, never [default: warning, or by sdiff.toml]
    #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
    fail_on: Option<Gate>,

    #[command(flatten)]
    faces: Faces,

    #[command(flatten)]
    pub question: Question,

    #[command(flatten)]
    reading: Reading,
}

/// What fails the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Gate {
    /// Everything
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// Nothing
    Never,
}

/// A profile with what was found.
struct Subject {
    name: String,
    source: Option<Source>,
    findings: Vec<Finding>,
    accepted: Vec<(Finding, String)>,
    table: Option<Table>,
    /// Whether it could not be judged at all, so that the status is 2.
    is_trouble: bool,
}

pub(in crate::cli) fn run(args: &Args, color: ColorChoice) -> Result<ExitCode, Failure> {
    if args.rules {
        output::text(args.faces.output(), &name::in_own_text(&list()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(id) = &args.explain {
        output::text(args.faces.output(), &name::in_own_text(&lint::story(lint_of(id)?)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let subjects = args.subjects()?;
    let gate = args.gate();
    if args.accept_all {
        let found = subjects.iter().flat_map(|subject| {
            let path = args.question.config.path_of(&subject.name);
            subject.findings.iter().map(move |finding| (path.clone(), finding))
        });
        let counts = |finding: &Finding| gate.is_none_or(|gate| finding.severity >= gate);
        let found: Vec<_> = found.filter(|(_, finding)| counts(finding)).collect();
        accept_all::accept_all(&args.question.config, &found)?;
        return Ok(ExitCode::SUCCESS);
    }
    required::tell_of_idle(&args.question, &args.profiles);
    args.question.tell();
    let mut findings = subjects.iter().flat_map(|subject| &subject.findings);
    let fails = gate.is_some_and(|gate| findings.any(|finding| finding.severity >= gate));
    let checked: Vec<Checked> = subjects.iter().map(Subject::checked).collect();
    args.faces.write(color, args.reading.verbose, &|face, layout| match face {
        Face::Text => Ok(report::check_text(&checked, layout)),
        Face::Json => Ok(report::check_json(&checked)),
        face => {
            let mut account = account::check_account(&checked, fails);
            for (entry, subject) in account.entries.iter_mut().zip(&subjects) {
                entry.table.clone_from(&subject.table);
            }
            faces::of_account(face, &account, layout)
        }
    })?;
    // The worst of all counts.
    let is_trouble = subjects.iter().any(|subject| subject.is_trouble);
    Ok(ExitCode::from(if is_trouble { 2 } else { u8::from(fails) }))
}

/// The lint that a user names.
fn lint_of(id: &str) -> Result<&'static lint::Lint, Failure> {
    let known = lint::ALL.iter().copied().find(|lint| lint.id == id);
    known.ok_or_else(|| {
        let name = id.escape_debug();
        let near = nearest_of(id, lint::ALL.iter().map(|lint| lint.id));
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        Failure::Usage(format!("no lint `{name}`: {near}`sdiff check --rules` lists them"))
    })
}

impl Args {
    /// From which severity on a finding fails the run.
    fn gate(&self) -> Option<Severity> {
        match self.fail_on {
            Some(Gate::Never) => None,
            Some(Gate::Info) => Some(Severity::Info),
            Some(Gate::Warning) => Some(Severity::Warning),
            Some(Gate::Error) => Some(Severity::Error),
            None => Some(self.question.file().gate().unwrap_or(Severity::Warning)),
        }
    }

    /// What is judged, with what was found and is not accepted, in the order in which it is asked for; last
    /// what `sdiff.toml` has left over.
    fn subjects(&self) -> Result<Vec<Subject>, Failure> {
        let config = self.question.file();
        let today = today();
        let mut used = Vec::new();
        let mut subjects = Vec::new();
        let specs = files::expanded(&self.profiles)?;
        let is_alone = matches!(&specs[..], [Ok(spec)] if self.profiles.first() == Some(spec));
        let specs = required::included(&self.question, specs)?;
        let checked: Vec<Result<Subject, Failure>> = specs
            .par_iter()
            .map(|spec| match spec {
                Ok(spec) => self.check(spec, &self.question.of(spec)),
                Err((name, why)) if self.accept_all => {
                    Err(Failure::Usage(format!("{name}: {why}")))
                }
                Err((name, why)) => Ok(Subject::trouble(name, why)),
            })
            .collect();
        for (spec, subject) in specs.iter().zip(checked) {
            let name = spec.as_ref().unwrap_or_else(|(name, _)| name);
            let mut subject = match subject {
                Ok(subject) => subject,
                // What is not read is not accepted.
                Err(failure) if is_alone || self.accept_all => return Err(failure),
                // The others are judged all the same.
                Err(failure) => Subject::trouble(name, failure.render(false).trim_end()),
            };
            let path = self.question.config.path_of(name);
            let judged = config.judge(&path, subject.findings, today, &mut used);
            subject.accepted = judged.accepted;
            subject.findings = judged.findings;
            subjects.push(subject);
        }
        let leftovers = config.leftovers(today, &used);
        if !leftovers.is_empty() && !self.accept_all {
            let name = self.question.config.path().display().to_string();
            subjects.push(Subject { findings: leftovers, ..Subject::none(&name) });
        }
        Ok(subjects)
    }

    fn check(&self, spec: &str, question: &Question) -> Result<Subject, Failure> {
        if let Some(filters) = filters::read(spec) {
            return self.programs(spec, &filters?, question);
        }
        let loaded = match load::load(spec, &self.reading.load_options()) {
            Ok(loaded) => loaded,
            Err(error) => {
                let finding = lint::refused(&error).ok_or_else(|| Failure::Load(error.clone()))?;
                let source = error.source().cloned();
                let findings = vec![finding];
                let name = spec.to_owned();
                return Ok(Subject { source, findings, ..Subject::none(&name) });
            }
        };
        let resolve = |loaded| profiles::resolve(loaded, &self.reading);
        let found = found::of_profile(spec, &loaded, question, &self.reading, &resolve)?;
        let table = self.table(found.whole.as_ref().unwrap_or(&loaded), found.settings);
        let (source, findings) = (Some(loaded.source), found.findings);
        Ok(Subject { source, findings, table, ..Subject::none(spec) })
    }

    /// What only programs in the kernel can have.
    fn programs(
        &self,
        spec: &str,
        filters: &Filters,
        question: &Question,
    ) -> Result<Subject, Failure> {
        required::tell_of_filter(&self.question, spec);
        let mut store = Store::default();
        let settings = question.settings(question.engine.unwrap_or(Engine::Docker));
        let settings = settings.carrying(&filters.loaded.environment);
        profiles::tell(&filters.loaded);
        let policy = filters.policy(&mut store, &settings, &question.hosts)?;
        let filter = filters.filter(&mut store)?;
        let stack: Vec<_> =
            filters.files.iter().map(String::as_str).zip(&filters.programs).collect();
        let mut programs =
            lint::Programs { store, stack: &stack, filter: &filter, policy: &policy };
        let findings = lint::check_programs(&mut programs).map_err(Failure::Compare)?;
        let table = match self.faces.has(Face::Html) {
            true => account::table(&mut programs.store, None, &policy).ok(),
            false => None,
        };
        let source = Some(filters.loaded.source.clone());
        Ok(Subject { source, findings, table, ..Subject::none(spec) })
    }

    /// What becomes of each call, as the first of the readers takes the profile. Only a help: where
    /// it cannot be had, the findings stand all the same.
    fn table(&self, loaded: &Loaded, settings: Option<Settings>) -> Option<Table> {
        let settings = settings.filter(|_| self.faces.has(Face::Html))?;
        let mut store = Store::default();
        let policy = Policy::build(&mut store, &loaded.profile, &settings).ok()?;
        account::table(&mut store, None, &policy).ok()
    }
}

impl Subject {
    /// Nothing is found.
    fn none(name: &str) -> Subject {
        Subject {
            name: name.to_owned(),
            source: None,
            findings: Vec::new(),
            accepted: Vec::new(),
            table: None,
            is_trouble: false,
        }
    }

    /// One of several that cannot be judged.
    fn trouble(name: &str, why: &str) -> Subject {
        let findings = vec![lint::trouble(why)];
        Subject { findings, is_trouble: true, ..Subject::none(name) }
    }

    fn checked(&self) -> Checked<'_> {
        Checked {
            name: &self.name,
            source: self.source.as_ref(),
            findings: &self.findings,
            accepted: &self.accepted,
        }
    }
}

fn list() -> String {
    let mut text = String::new();
    for lint in lint::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<23} {:<8} {}", lint.id, lint.severity, lint.summary);
    }
    text
}
