//! For what an answer holds.

use super::witness::capabilities;
use crate::report::machine;
use crate::report::sides::Report;
use crate::semantics::Settings;
use crate::syscall::{HOST_COUNT, Host};

/// For what the answer holds: `16 hosts, every capability set, every kernel`.
pub(in crate::report::account) fn scope(report: &Report) -> String {
    let [old, new] = [report.old, report.new].map(|side| side.policy.settings());
    if report.old.is_filter() && report.new.is_filter() {
        // Filters see nothing of the environment, and nobody reads them.
        return words_of_hosts(&report.comparison.hosts);
    }
    let mut words = words_of_scope(&report.comparison.hosts, new);
    if old.given.capabilities != new.given.capabilities {
        // Each side has what it carries.
        words = words.replace("capabilities: as in the ", "capabilities: as in each ");
    }
    let mut keys = old.by_config.clone();
    keys.extend(new.by_config.iter().filter(|key| !old.by_config.contains(key)));
    if report.is_loaded_alike() {
        words += &machine::of_question(new);
    }
    words + &by_config(&keys)
}

/// The same of a question.
pub fn scope_of(settings: &Settings) -> String {
    words_of_scope(&settings.hosts, settings)
        + &machine::of_question(settings)
        + &by_config(&settings.by_config)
}

/// What of it nobody said on the command line.
fn by_config(keys: &[&str]) -> String {
    match keys {
        [] => String::new(),
        keys => format!(" (by sdiff.toml: {})", keys.join(", ")),
    }
}

fn words_of_hosts(hosts: &[Host]) -> String {
    let hosts: Vec<&str> = hosts.iter().map(|host| host.name()).collect();
    match hosts.len() {
        0 => "no host".to_owned(),
        1..=4 => hosts.join(", "),
        HOST_COUNT => format!("all {HOST_COUNT} hosts"),
        count => format!("{count} hosts"),
    }
}

fn words_of_scope(hosts: &[Host], settings: &Settings) -> String {
    let hosts = words_of_hosts(hosts);
    let capabilities = match settings.given.capabilities {
        _ if settings.carried.capabilities && settings.carried.of_process => {
            "capabilities: as in the process".to_owned()
        }
        _ if settings.carried.capabilities => "capabilities: as in the file".to_owned(),
        None => "every capability set".to_owned(),
        Some(set) => capabilities(set),
    };
    let kernel = match settings.given.kernel {
        None => "every kernel".to_owned(),
        Some(version) => format!("kernel {version}"),
    };
    format!("{hosts}, {capabilities}, {kernel}")
}
