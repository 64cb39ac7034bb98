//! The options of `docker run` and `podman run`, wherever they stand.

use super::super::read::is_open;
use super::super::read::shell::{Word, commands};
use super::super::{Given, Runner, Switch, Use};
use super::capability;

/// Long options without a value, of Docker and Podman.
const FLAGS: [&str; 28] = [
    "--detach",
    "--disable-content-trust",
    "--env-host",
    "--help",
    "--http-proxy",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--no-hosts",
    "--no-hostname",
    "--oom-kill-disable",
    "--passwd",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--read-only-tmpfs",
    "--replace",
    "--rm",
    "--rmi",
    "--rootfs",
    "--sig-proxy",
    "--tls-verify",
    "--tty",
    "--use-api-socket",
    "--all",
    "--latest",
    "--unsetenv-all",
];

/// Short options with a value.
const WITH_VALUE: &str = "acehlmpuvw";

/// Commands whose words are text.
const TALK: [&str; 22] = [
    "echo", "printf", "cat", "grep", "egrep", "sed", "awk", "test", "[", "[[", "log", "info",
    "warn", "error", "die", "fail", "usage", "print", "msg", "export", "#", "ps",
];

/// Commands whose quoted words are commands.
const SHELLS: [&str; 18] = [
    "sh", "bash", "zsh", "dash", "ash", "ssh", "su", "eval", "sudo", "env", "timeout", "xargs",
    "script", "vagrant", "exec", "watch", "nohup", "nsenter",
];

/// Whether a text could hold a command that starts a container.
pub(super) fn starts_container(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["docker", "podman", "nerdctl", "buildah", "container_"].iter().any(|name| lower.contains(name))
        && [" run", " create", "\trun", " build", " bud", " from"]
            .iter()
            .any(|verb| lower.contains(verb))
}

/// Whether a text holds options that say something of a profile.
pub(super) fn has_options(text: &str) -> bool {
    ["--security-opt", "--privileged", "--cap-add"].iter().any(|option| text.contains(option))
}

/// Whether a setting of that name is one for options of `docker run`.
pub(super) fn is_options_key(key: &str) -> bool {
    let plain = key.replace(['_', '-'], "");
    [
        "options",
        "dockerargs",
        "dockeroptions",
        "runargs",
        "containeroptions",
        "podmanargs",
        "dockerrunargs",
        "extraoptions",
        "dockerflags",
        "containerargs",
        "createoptions",
        "dockerextraargs",
    ]
    .contains(&&*plain)
}

/// Who is called, if it is a program that starts containers.
fn runner(word: &Word) -> Option<Runner> {
    let name = word.text.rsplit('/').next().unwrap_or(&word.text);
    match name {
        "docker" | "docker.exe" | "docker.io" => Some(Runner::Docker),
        "podman" | "podman-remote" | "buildah" => Some(Runner::Podman),
        "nerdctl" => Some(Runner::Nerdctl),
        _ if word.is_open && !word.text.contains(['/', ' ', '=']) => {
            let lower = word.text.to_ascii_lowercase();
            match lower {
                _ if lower.contains("podman") => Some(Runner::Podman),
                _ if lower.contains("nerdctl") => Some(Runner::Nerdctl),
                _ if lower.contains("docker") || lower.contains("container_") => {
                    Some(Runner::Docker)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The containers that a command starts. `known` are variables of the script that are set once to
/// plain text.
pub(super) fn started(
    command: &[Word],
    workload: &str,
    known: &dyn Fn(&str) -> Option<String>,
) -> Vec<Use> {
    let is_assignment = |word: &&Word| {
        word.text.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    let first = command.iter().find(|word| !is_assignment(word));
    let Some(first) = first else { return Vec::new() };
    let verb = first.text.trim_start_matches(['@', '-', '+']).rsplit('/').next().unwrap_or("");
    if TALK.contains(&verb) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let is_shell = |word: &Word| {
        let name = word.text.trim_start_matches(['@', '-']);
        SHELLS.contains(&name.rsplit('/').next().unwrap_or(name))
    };
    if command.iter().any(is_shell) {
        for word in command.iter().filter(|word| word.is_quoted && starts_container(&word.text)) {
            for inner in commands(&word.text, 0) {
                let mut inner = started(&inner, workload, known);
                inner.iter_mut().for_each(|one| one.place = word.place);
                found.extend(inner);
            }
        }
    }
    let mut at = 0;
    while let Some(word) = command.get(at) {
        at += 1;
        let word =
            Word { text: word.text.trim_start_matches(['@', '-', '+']).to_owned(), ..word.clone() };
        let Some(runner) = runner(&word) else { continue };
        let mut verb = at;
        while let Some(option) = command.get(verb).filter(|word| word.text.starts_with('-')) {
            let takes = !option.text.contains('=')
                && [
                    "-H",
                    "--host",
                    "-c",
                    "--context",
                    "--log-level",
                    "-l",
                    "--config",
                    "--root",
                    "--runroot",
                    "--connection",
                    "--url",
                    "-n",
                    "--namespace",
                    "--address",
                    "--storage-driver",
                    "--cgroup-manager",
                ]
                .contains(&&*option.text);
            verb += if takes { 2 } else { 1 };
        }
        let is = |at: usize, words: &[&str]| {
            command.get(at).is_some_and(|word| words.contains(&&*word.text))
        };
        if is(verb, &["buildx", "builder"]) && !is(verb + 1, &["build"]) {
            continue;
        }
        if is(verb, &["container", "image", "pod", "buildx", "builder", "service"]) {
            verb += 1;
        }
        let is_build = is(verb, &["build", "bud", "from"]);
        if !is_build && !is(verb, &["run", "create"]) {
            continue;
        }
        let mut one = Use::new(runner, workload, "", word.place);
        let rest: Vec<Word> = command.get(verb + 1..).unwrap_or(&[]).to_vec();
        let rest = filled(rest, known);
        match is_build {
            // Its steps run in containers as well; what stands behind its options is no image.
            true if rest.iter().any(|word| has_options(&word.text)) => {
                apply(&rest, &mut one);
                one.container = "build".to_owned();
                one.open.clear();
                one.is_default = true;
            }
            true => continue,
            false => run(&rest, &mut one),
        }
        found.push(one);
        at = command.len();
    }
    found
}

/// The words with known variables filled in; one without quotes can be several words.
fn filled(words: Vec<Word>, known: &dyn Fn(&str) -> Option<String>) -> Vec<Word> {
    let mut all = Vec::new();
    for word in words {
        let name = word.text.strip_prefix('$').map(|name| name.trim_matches(['{', '}', '(', ')']));
        match name.and_then(known) {
            Some(text) if word.is_quoted => {
                all.push(Word { text, is_open: false, ..word });
            }
            Some(text) => {
                all.extend(
                    commands(&text, 0)
                        .concat()
                        .into_iter()
                        .map(|inner| Word { place: word.place, ..inner }),
                );
            }
            None => all.push(word),
        }
    }
    all
}

/// Options alone, without the image behind them.
pub(super) fn apply(words: &[Word], found: &mut Use) {
    read(words, found, false);
}

/// Options up to the image.
fn run(words: &[Word], found: &mut Use) {
    read(words, found, true);
}

fn read(words: &[Word], found: &mut Use, has_image: bool) {
    let mut name = None;
    let mut image = None;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let text = word.text.as_str();
        if let Some(option) = text.strip_prefix("--") {
            if option.is_empty() {
                continue;
            }
            let (key, inline) = match text.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (text, None),
            };
            if key.contains('$') {
                found.open.push(text.to_owned());
                continue;
            }
            if FLAGS.contains(&key) {
                if key == "--privileged" {
                    found.privileged = match inline.as_deref() {
                        None | Some("true" | "1" | "t" | "TRUE" | "True") => Switch::On,
                        Some(value) if word.is_open || is_open(value) => {
                            Switch::Open(value.to_owned())
                        }
                        Some(_) => Switch::Off,
                    };
                    found.place = word.place;
                }
                continue;
            }
            let (value, value_word) = match inline {
                Some(value) => (value, word),
                None => {
                    let Some(next) = words.get(at) else { continue };
                    at += 1;
                    (next.text.clone(), next)
                }
            };
            let is_open = value_word.is_open;
            match key {
                "--security-opt" if security_option(&value, is_open, found) => {
                    found.said = "--security-opt";
                    found.place = value_word.place;
                }
                "--cap-add" if is_open => found.open.push(format!("--cap-add {value}")),
                "--cap-add" => found.added.extend(value.split(',').map(capability)),
                "--cap-drop" if !is_open => found.dropped.extend(value.split(',').map(capability)),
                "--name" => name = Some(value),
                "--env-merge" => {}
                _ => {}
            }
        } else if text.starts_with('-') && text.len() > 1 {
            let letters: Vec<char> = text.chars().skip(1).collect();
            if let Some(place) = letters.iter().position(|letter| WITH_VALUE.contains(*letter))
                && place + 1 == letters.len()
            {
                at += 1;
            }
        } else if word.is_open && is_bare_variable(text) && has_image {
            // Options or the image: the last one before a literal is the image, as far as can be told.
            found.open.push(text.to_owned());
            image.get_or_insert_with(|| text.to_owned());
        } else if text == "\\" {
        } else if has_image {
            image = Some(text.to_owned());
            break;
        } else if word.is_open {
            found.open.push(text.to_owned());
        }
    }
    // A variable with nothing literal behind it is the image.
    if has_image
        && at >= words.len()
        && words.last().is_some_and(|word| found.open.last() == Some(&word.text))
    {
        image = found.open.pop();
    }
    if has_image {
        found.container = name.or(image).unwrap_or_default();
    }
}

/// `$NAME`, `${NAME[@]}`, `$(NAME)` or `$@`, and nothing beside it.
fn is_bare_variable(text: &str) -> bool {
    text.starts_with('$')
        && (!text.contains(['/', ':']) || text.starts_with("${") && text.ends_with('}'))
}

/// One `--security-opt`; whether it is about seccomp, or could be.
pub(super) fn security_option(text: &str, is_open: bool, found: &mut Use) -> bool {
    let value = text.strip_prefix("seccomp=").or_else(|| text.strip_prefix("seccomp:"));
    match value.map(str::trim) {
        Some("unconfined") => found.given = Given::Unconfined,
        Some("" | "builtin") => found.given = Given::Default,
        Some(value) if is_open || self::is_open(value) => {
            found.given = Given::Open(value.to_owned())
        }
        Some(value) if value.starts_with('{') => {
            found.given = Given::Open("a profile written out".to_owned())
        }
        Some(value) => found.given = Given::File(value.to_owned()),
        None if (is_open || self::is_open(text)) && !text.contains('=') => {
            found.open.push(text.to_owned());
            return true;
        }
        None => return false,
    }
    true
}
