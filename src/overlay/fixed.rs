//! A profile without conditions on the environment: the function of one host, one set of
//! capabilities and one kernel, for engines that read no conditions.

use crate::decision::{Store, TooLarge};
use crate::diff::{NotCompared, compare};
use crate::profile::{
    ActionName, Capability, Filter, Format, KernelVersion, Op, Profile, Rule, Spanned,
};
use crate::semantics::{
    Engine, Given, Machine, Policy, Runtime, SemanticsError, Settings, Version, filter_abis,
};
use crate::syscall::Host;
use std::fmt::Write;

/// Why a profile cannot be fixed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixedError {
    /// The profile has no meaning.
    #[error(transparent)]
    Meaning(#[from] SemanticsError),
    /// A bound was reached.
    #[error("too complex to compare: {0}")]
    TooLarge(#[from] TooLarge),
    /// The result is another function.
    #[error("the result is not what the profile does on {0}; nothing is written")]
    NotProved(Host),
    /// The operator's format has no errno for the default action.
    #[error("a SeccompProfile cannot say the default errno {0}: the operator takes EPERM alone")]
    DefaultErrno(u16),
}

/// On what the rules and the architectures of a profile hang, of what a fixed one cannot say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hangs {
    /// On the host.
    pub on_host: bool,
    /// On the kernel.
    pub on_kernel: bool,
}

impl Hangs {
    /// What a profile hangs on, as Docker reads it.
    pub fn of(profile: &Profile) -> Hangs {
        let filters = || profile.rules.iter().flat_map(|rule| [&rule.includes, &rule.excludes]);
        Hangs {
            on_host: !profile.arch_map.is_empty() || filters().any(|f| !f.arches.is_empty()),
            on_kernel: filters().any(|filter| filter.min_kernel.is_some()),
        }
    }
}

/// What Docker makes of a profile in one environment, without conditions, proved equal there when
/// containerd reads it. Where the profile does not hang on the host ([`Hangs`]) there can be
/// several, and where it does not hang on the kernel it need not be given.
///
/// # Errors
/// [`FixedError`]
pub fn fixed(
    store: &mut Store,
    profile: &Profile,
    hosts: &[Host],
    capabilities: u64,
    kernel: Option<KernelVersion>,
) -> Result<Profile, FixedError> {
    let host = hosts.first().copied().unwrap_or(Host::Amd64);
    let holds = |name: &Spanned<String>| {
        Capability::from_name(&name.value).is_some_and(|cap| capabilities >> cap.bit() & 1 == 1)
    };
    let token = |name: &Spanned<String>| name.value == Engine::Docker.token(host);
    let reaches = |version: &Spanned<String>| {
        // The empty version is 0.0, which every kernel reaches.
        KernelVersion::parse(&version.value).unwrap_or_default() <= kernel.unwrap_or_default()
    };
    let kept = |rule: &&Rule| {
        let Rule { includes, excludes, .. } = rule;
        let excluded = excludes.arches.iter().any(token)
            || excludes.caps.iter().any(holds)
            || excludes.min_kernel.as_ref().is_some_and(reaches);
        let included = (includes.arches.is_empty() || includes.arches.iter().any(token))
            && includes.caps.iter().all(holds)
            && includes.min_kernel.as_ref().is_none_or(reaches);
        included && !excluded
    };
    let plain = |rule: &Rule| {
        let mut names = rule.names.clone();
        names.extend(rule.name.clone());
        Rule {
            name: None,
            names,
            comment: None,
            includes: Filter::default(),
            excludes: Filter::default(),
            ..rule.clone()
        }
    };
    let rules = profile.rules.iter().filter(kept).map(plain);
    let rules = rules.filter(|rule| !rule.names.is_empty()).collect();
    let listed = !profile.architectures.is_empty()
        || profile.arch_map.iter().any(|entry| {
            Engine::Docker
                .arch_map_key(host)
                .is_some_and(|key| key.oci_name() == entry.architecture.value)
        });
    let architectures = match (listed, hosts) {
        (false, _) => Vec::new(),
        (true, [host]) => {
            let abis = filter_abis(profile, Machine::newest(Engine::Docker), *host)?;
            abis.iter().map(|abi| Spanned::bare(abi.oci_name().to_owned())).collect()
        }
        (true, _) => profile.architectures.clone(),
    };
    let result = Profile {
        format: Format::Oci,
        architectures,
        arch_map: Vec::new(),
        rules,
        ..profile.clone()
    };
    // The stub of an old runc hangs on the list of architectures, which has to be right too.
    let runtime = Runtime::Runc(Version::new(1, 1, 0));
    let settings = |engine| Settings {
        hosts: hosts.to_vec(),
        given: Given { capabilities: Some(capabilities), kernel },
        ..Settings::new(engine).with_runtime(runtime)
    };
    let before = Policy::build(store, profile, &settings(Engine::Docker))?;
    let after = Policy::build(store, &result, &settings(Engine::Containerd))?;
    let found = compare(store, &before, &after)?;
    // A host on which neither starts a container is none that it is for.
    let is_lone = |host: &NotCompared| hosts.len() == 1 || host.old.is_some() != host.new.is_some();
    match found.is_same_policy() && !found.not_compared.iter().any(is_lone) {
        true => Ok(result),
        false => Err(FixedError::NotProved(host)),
    }
}

/// A fixed profile as the Security Profiles Operator's `SeccompProfile`.
///
/// # Errors
/// [`FixedError::DefaultErrno`]
pub fn operator_yaml(profile: &Profile, name: &str) -> Result<String, FixedError> {
    let default = profile.default_action.as_ref().map_or(ActionName::Allow, |d| d.value);
    let errno = profile.default_errno_ret.as_ref().map_or(1, |errno| errno.value as u16);
    if errno != 1 && matches!(default, ActionName::Errno | ActionName::Trace) {
        return Err(FixedError::DefaultErrno(errno));
    }
    let mut out = String::new();
    // Writing to a String cannot fail; every word below is plain in YAML.
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line("apiVersion: security-profiles-operator.x-k8s.io/v1beta1".into());
    line("kind: SeccompProfile".into());
    line("metadata:".into());
    line(format!("  name: {}", yaml_name(name)));
    line("spec:".into());
    line(format!("  defaultAction: {}", default.written_name()));
    let list =
        |line: &mut dyn FnMut(String), key: &str, items: &[Spanned<String>], indent: &str| {
            if !items.is_empty() {
                line(format!("{indent}{key}:"));
                for item in items {
                    // Quoted: a name can be a word that YAML takes for something else.
                    line(format!("{indent}- {}", serde_json::Value::from(item.value.as_str())));
                }
            }
        };
    list(&mut line, "architectures", &profile.architectures, "  ");
    list(&mut line, "flags", &profile.flags, "  ");
    for (key, value) in
        [("listenerPath", &profile.listener_path), ("listenerMetadata", &profile.listener_metadata)]
    {
        if let Some(value) = value {
            line(format!("  {key}: {}", serde_json::Value::from(value.as_str())));
        }
    }
    if !profile.rules.is_empty() {
        line("  syscalls:".into());
    }
    for rule in &profile.rules {
        line(format!("  - action: {}", rule.action.value.written_name()));
        if let Some(errno) = &rule.errno_ret {
            line(format!("    errnoRet: {}", errno.value));
        }
        list(&mut line, "names", &rule.names, "    ");
        if !rule.args.is_empty() {
            line("    args:".into());
        }
        for arg in &rule.args {
            line(format!("    - index: {}", arg.index));
            line(format!("      value: {}", arg.value));
            if arg.op == Op::MaskedEq {
                line(format!("      valueTwo: {}", arg.value_two));
            }
            line(format!("      op: {}", arg.op.oci_name()));
        }
    }
    Ok(out)
}

/// A name as Kubernetes takes it: lower case letters, digits, `-` and `.`.
fn yaml_name(name: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || c == '.' => c,
        _ => '-',
    };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "profile".to_owned() } else { serde_json::Value::from(name).to_string() }
}
