//! `sdiff help TOPIC`: what several commands share.

use crate::cli::Cli;
use crate::cli::failure::Failure;
use crate::cli::inputs::profiles::PROFILE_HELP;
use crate::cli::name;
use crate::cli::terminal::output;
use crate::cli::terminal::output::ColorChoice;
use crate::cli::terminal::screen;
use crate::syscall::nearest_of;
use clap::{CommandFactory, Parser};
use std::ffi::OsString;
use std::process::ExitCode;

const MACHINES: &str = "\
What a profile does hangs on the machine. An answer is for the newest of each, unless an option says
otherwise, and the first line of a report says which it was.

  --engine E       who reads the file: docker, podman, containerd (kubernetes), cri-o. Podman
                   ignores minKernel; containerd ignores `includes`, `excludes` and `archMap`.
  --runtime R      who makes the filter: runc, runc@1.1, crun, none. runc answers ENOSYS to calls
                   with a higher number than any that the profile names; crun does not.
  --libseccomp V   what the runtime is linked with: it ignores names that it does not know.
  --host H         the hardware and the kernel: amd64 stands for x32 and 32-bit x86 programs too.
  --caps SET       the container's capabilities: rules can ask for them.
  --kernel V       the kernel's version: rules can ask for it.

--old-engine, --new-runtime and so on are for one side of a comparison: `sdiff default default
--new-engine containerd` is what Docker's default lets through in Kubernetes.

`sdiff machines` lists what is known, and since when what changed; its options: `sdiff machines --help`.
";

const VERDICTS: &str = "\
One sentence says what was found, and the exit status says it to programs.

  + added       no call of it was let through, some are
  ! weakened    some calls get a more permissive action
  - removed     some calls were let through, none is
  ~ tightened   some calls get a stricter action, none a more permissive one
  · changed     another errno: neither

Each change has a proof: a concrete call that `sdiff explain` decides as the report says. A change with
`-v` has an id (sd2-...): an `[[accept]]` in sdiff.toml with it and a reason passes the gate.

  0   nothing found, or nothing that --fail-on asks for
  1   something found
  2   trouble: a file that cannot be read, an option that does not exist; nothing was judged

--fail-on says what fails: of diff and review `weakened`, `any`, of check a severity. A report that
could judge only a part says so, and names what it did not judge.
";

/// What there is help on besides commands.
pub(super) const TOPICS: [&str; 3] = ["profiles", "machines", "verdicts"];

/// `sdiff help TOPIC`, with the options that every command has.
#[derive(Debug, clap::Parser)]
#[command(disable_help_flag = true)]
struct Asked {
    #[arg(value_parser = ["help"])]
    _help: String,
    topic: String,
    #[command(flatten)]
    screen: screen::Options,
}

/// Prints the topic, if the arguments ask for one.
pub(in crate::cli) fn asked(arguments: &[OsString]) -> Option<Result<ExitCode, Failure>> {
    if arguments.get(1)? != "help" {
        return None;
    }
    let asked = Asked::try_parse_from(arguments).ok()?;
    let text = match &*asked.topic {
        "profiles" | "profile" => format!("{PROFILE_HELP}\n"),
        "machines" | "machine" => MACHINES.to_owned(),
        "verdicts" | "verdict" => VERDICTS.to_owned(),
        topic => {
            let command = Cli::command();
            if topic == "help" || command.find_subcommand(topic).is_some() {
                return None;
            }
            let commands = command.get_subcommands().map(clap::Command::get_name);
            let near = nearest_of(topic, TOPICS.into_iter().chain(commands))?;
            let message = format!("no help on `{}`: did you mean `{near}`?", topic.escape_debug());
            return Some(Err(Failure::Usage(message)));
        }
    };
    asked.screen.begin();
    let columns = screen::on_stdout(ColorChoice::Auto).width.unwrap_or(WIDEST).min(WIDEST);
    let text = flowing(&name::in_own_text(&text), columns);
    Some(output::text(None, &text).map(|()| ExitCode::SUCCESS))
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;

/// The text with the lines of each paragraph as long as there is room: with another name of the program
/// they are others. Lines that are set in stay.
fn flowing(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    // How far the line of a paragraph is.
    let mut at = None;
    for line in text.lines() {
        if line.is_empty() || line.starts_with(' ') {
            out.push_str(if at.take().is_some() { "\n" } else { "" });
            out.push_str(line);
            out.push('\n');
            continue;
        }
        for word in line.split(' ') {
            let wide = word.chars().count();
            at = match at {
                None => Some(wide),
                Some(at) if at + 1 + wide > columns => {
                    out.push('\n');
                    Some(wide)
                }
                Some(at) => {
                    out.push(' ');
                    Some(at + 1 + wide)
                }
            };
            out.push_str(word);
        }
    }
    out.push_str(if at.is_some() { "\n" } else { "" });
    out
}
