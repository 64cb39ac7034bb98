//! `sdiff man`: the manual page.

use crate::cli::failure::Failure;
use crate::cli::name;
use crate::cli::terminal::output;
use clap::Command;
use clap_mangen::Man;
use std::io;
use std::process::ExitCode;

/// Print the manual page
///
/// To read it at once: `sdiff man | man -l -`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(_args: &Args) -> Result<ExitCode, Failure> {
    let mut command = crate::cli::named();
    command.build();
    let page = page(&command)
        .map_err(|error| Failure::Write { to: "the manual page".to_owned(), error })?;
    output::to_stdout(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

/// One page for all commands, each in a section of its own.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    for subcommand in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let man = Man::new(subcommand.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        let examples = subcommand.get_before_help().map(ToString::to_string);
        if let Some((_, lines)) = examples.as_deref().and_then(|text| text.split_once('\n')) {
            let lines = lines.replace('\\', "\\e").replace('-', "\\-").replace("\n'", "\n\\&'");
            section.extend(format!(".SH EXAMPLES\n.nf\n{lines}\n.fi\n").bytes());
        }
        man.render_options_section(&mut section)?;
        let title =
            format!(".SH \"{} {}\"\n", name::called(), subcommand.get_name()).to_uppercase();
        page.extend(title.bytes());
        // The sections of a command become parts of its own one.
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        page.extend(section.bytes());
    }
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}
