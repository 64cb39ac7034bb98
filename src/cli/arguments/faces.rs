//! What reports look like, and where they go.

use crate::cli::failure::Failure;
use crate::cli::terminal::output::{self, ColorChoice};
use crate::cli::terminal::screen;
use crate::report::account::Account;
use crate::report::{self, Layout, faces};
use std::path::{Path, PathBuf};

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Face {
    /// For a terminal
    Text,
    /// For programs
    Json,
    /// The line diff of the normal forms, of `diff` alone
    Unified,
    /// A comment on a pull request
    Markdown,
    /// For code scanning
    Sarif,
    /// Workflow commands of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// Test results
    Junit,
    /// A page for an auditor
    Html,
    /// A row a line, of `fleet` alone
    Ndjson,
    /// A profile a line, of `fleet` alone
    Csv,
}

/// Which reports are written.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Faces {
    /// What to print: text, json, unified, markdown, sarif, github, gitlab, junit, html, ndjson, csv
    ///
    /// docs/reports.md says what each is for. `json` is described by the schemas in docs/. `unified`,
    /// of `diff` alone, is the line diff of the two normal forms. The exit status is the same.
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value = "text")]
    #[arg(hide_possible_values = true)]
    format: Face,

    /// Only the verdict and one line for each kind of finding
    #[arg(long)]
    summary: bool,

    /// Also write a report to a file: `sarif=out.sarif`; can be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = also)]
    also: Vec<(Face, PathBuf)>,

    /// Print nothing; the exit status is the answer
    #[arg(short, long, conflicts_with = "output")]
    quiet: bool,

    /// Write the report to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn also(text: &str) -> Result<(Face, PathBuf), String> {
    let (format, file) = text
        .split_once('=')
        .ok_or_else(|| "it is FORMAT=FILE, as in `sarif=out.sarif`".to_owned())?;
    let face = <Face as clap::ValueEnum>::from_str(format, false).map_err(|_| {
        let names = <Face as clap::ValueEnum>::value_variants().iter();
        let names = names.filter_map(clap::ValueEnum::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        format!("no format `{format}`: there are {}", names.join(", "))
    })?;
    match file {
        "" | "-" => Err(format!("a file is missing behind `{format}=`")),
        file => Ok((face, PathBuf::from(file))),
    }
}

impl Faces {
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Where the printed one goes.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Whether a report of that format is written.
    pub fn has(&self, face: Face) -> bool {
        (self.format == face && !self.quiet) || self.also.iter().any(|(also, _)| *also == face)
    }

    /// Makes every report and then writes them. `make` takes a format and what it is laid out for.
    pub fn write(
        &self,
        color: ColorChoice,
        is_verbose: bool,
        make: &dyn Fn(Face, &Layout) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        if self.summary && !self.has(Face::Text) && !self.quiet {
            return Err(Failure::Usage("--summary is of the format `text`".to_owned()));
        }
        let layout = |layout| Layout { is_verbose, is_summary: self.summary, ..layout };
        let mut files: Vec<(&Path, String)> = Vec::new();
        for (face, path) in &self.also {
            if self.output() == Some(path) || files.iter().any(|(known, _)| *known == path) {
                let name = path.display().to_string();
                let message = format!("`{}` cannot hold two formats", name.escape_debug());
                return Err(Failure::Usage(message));
            }
            files.push((path, make(*face, &layout(screen::in_file(ColorChoice::Never)))?));
        }
        let printed_for = layout(match &self.output {
            Some(_) => screen::in_file(color),
            None => screen::on_stdout(color),
        });
        let printed = match self.quiet {
            true => None,
            false => Some(make(self.format, &printed_for)?),
        };
        for (path, text) in files {
            output::to_file(path, &text)?;
        }
        match printed {
            Some(text) => output::to(self.output.as_deref(), &text),
            None => Ok(()),
        }
    }
}

/// A report of an account. Text and JSON are the command's own.
pub(in crate::cli) fn of_account(
    face: Face,
    account: &Account,
    layout: &Layout,
) -> Result<String, Failure> {
    Ok(match face {
        Face::Text => report::account_text(account, layout),
        Face::Json => faces::account_json(account),
        Face::Ndjson | Face::Csv => {
            let command = account.command.name();
            let message =
                format!("`ndjson` and `csv` are formats of `sdiff fleet`, not of `{command}`");
            return Err(Failure::Usage(message));
        }
        Face::Unified => {
            let command = account.command.name();
            let message = format!("`unified` is a format of `sdiff diff`, not of `{command}`");
            return Err(Failure::Usage(message));
        }
        Face::Markdown => faces::markdown(account),
        Face::Sarif => faces::sarif(account),
        Face::Github => faces::github(account),
        Face::Gitlab => faces::gitlab(account),
        Face::Junit => faces::junit(account),
        Face::Html => faces::html(account),
    })
}
