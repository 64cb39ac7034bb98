//! What `--help` of a command shows first.

/// Examples before the usage, which says less.
pub(in crate::cli) const TEMPLATE: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}";

/// The examples of a command; of the program itself for its name.
pub(in crate::cli) fn of(command: &str) -> Option<&'static str> {
    Some(match command {
        "sdiff" => {
            "\
Examples:
  sdiff default mine.json               what mine.json lets through that Docker blocks
  sdiff --fail-on weakened OLD NEW      a gate: status 1 if anything is weaker"
        }
        "diff" => {
            "\
Examples:
  sdiff default mine.json               what mine.json lets through that Docker blocks
  sdiff HEAD:mine.json mine.json        what the change at hand does
  sdiff docker@20.10 docker@29.4        what an upgrade of Docker does
  sdiff --within default mine.json      yes, or no with one call that proves it
  sdiff --summary default mine.json     one line for each kind of finding"
        }
        "check" => {
            "\
Examples:
  sdiff check mine.json                 what it says but does not do
  sdiff check profiles/                 every profile in a folder
  sdiff check --explain no-effect       the story of one lint
  sdiff check --accept-all mine.json    fail from now on for what is new"
        }
        "review" => {
            "\
Examples:
  sdiff review                          the pull request at hand
  sdiff review v1.2..v1.3               what a release changed
  sdiff review --staged                 before a commit"
        }
        "fleet" => {
            "\
Examples:
  sdiff fleet profiles/                                  what there is, the gravest first
  sdiff fleet --call 'socket(AF_ALG)' --plan profiles/   who lets it through, and what closes it
  kubectl get pods -A -o json | sdiff fleet -            who runs without a filter"
        }
        "explain" => {
            "\
Examples:
  sdiff explain mine.json keyctl                  what happens to a call, and which rule decides
  sdiff explain mine.json 'socket(AF_VSOCK)'      the same of calls with this argument
  sdiff explain mine.json --trace strace.txt      which recorded calls would be stopped"
        }
        "learn" => {
            "\
Examples:
  sdiff learn strace.txt > overlay.json           what a program needs beyond Docker's default
  sdiff learn --start scratch strace.txt          a whole profile of what it needs
  sdiff learn --complain > record.json            the profile to record with"
        }
        "merge" => {
            "\
Examples:
  sdiff merge overlay.json -o seccomp.json        the profile that an overlay stands for
  sdiff merge --base default mine.json            mine.json as an overlay on Docker's default
  sdiff merge --strategy stack A B                what two filters over each other let through"
        }
        "rebase" => {
            "\
Examples:
  sdiff rebase mine.json --onto default           the same intent on today's default
  sdiff rebase mine.json --as overlay             only what it changes, as an overlay"
        }
        "lineage" => {
            "\
Examples:
  sdiff lineage mine.json               the default that it came from, and what happened since"
        }
        "normalize" => {
            "\
Examples:
  sdiff normalize mine.json             one form for one text
  sdiff normalize --write mine.json     the same, in the file"
        }
        "baselines" => {
            "\
Examples:
  sdiff baselines                       the products
  sdiff baselines docker                the releases of one
  sdiff baselines docker@28.2           the profile itself"
        }
        "machines" => {
            "Examples:\n  sdiff machines                        engines, runtimes, libseccomps"
        }
        "fingerprint" => {
            "\
Examples:
  sdiff fingerprint mine.json           one hash for one function, whatever the text"
        }
        "verify" => {
            "\
Examples:
  sdiff verify mine.json bpf:web.bpf         is what the kernel holds what mine.json says?
  sdiff verify mine.json container:web       the same of a container that runs"
        }
        "vectors" => {
            "Examples:\n  sdiff vectors A B > vectors.json      tests for somebody else's merge"
        }
        "recover" => {
            "\
Examples:
  sdiff recover bpf:web.bpf > web.json       a profile of a filter, proved equal"
        }
        "disasm" => "Examples:\n  sdiff disasm bpf:web.bpf              the instructions, in words",
        "ps" => {
            "\
Examples:
  sdiff ps                              what all processes of this machine hold
  sdiff ps --fail-on unconfined         a gate: status 1 if a container has no filter"
        }
        "schema" => {
            "\
Examples:
  sdiff schema                                which there are
  sdiff schema profile > profile.schema.json  for an editor"
        }
        "lsp" => {
            "\
Examples:
  sdiff lsp                             what an editor starts (docs/editors.md has the settings)
  sdiff lsp --engine podman             the same where profiles are for Podman"
        }
        "completions" => {
            "\
Examples:
  eval \"$(sdiff completions bash)\"      in ~/.bashrc
  source <(sdiff completions zsh)       in ~/.zshrc, behind compinit
  sdiff completions fish | source       in ~/.config/fish/config.fish"
        }
        "man" => "Examples:\n  sdiff man | man -l -                  the manual page, at once",
        "merge-driver" => {
            "\
Examples:
  git config merge.sdiff.driver 'sdiff merge-driver %O %A %B %P'
  echo '*seccomp*.json merge=sdiff' >> .gitattributes"
        }
        "git-diff" => {
            "\
Examples:
  git config diff.sdiff.command 'sdiff git-diff'
  echo '*seccomp*.json diff=sdiff' >> .gitattributes"
        }
        _ => return None,
    })
}

/// A command line with its examples.
pub(in crate::cli) fn with(command: clap::Command) -> clap::Command {
    let command = match of(command.get_name()) {
        Some(examples) => command.before_help(examples).help_template(TEMPLATE),
        None => command,
    };
    command.mut_subcommands(with)
}
