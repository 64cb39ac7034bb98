//! A profile in Docker's terms, whatever engine reads it.

use crate::profile::{Filter, Format, Generation, KernelVersion, Profile, Spanned};
use crate::semantics::{Engine, Problem, Reader, SemanticsError};
use crate::syscall::{Host, errno_number};

/// What the engine reads, said so that Docker reads it alike.
pub(super) fn in_dockers_terms(
    profile: &Profile,
    engine: Engine,
) -> Result<Profile, SemanticsError> {
    let is_own_code = Reader::new(engine, profile).reads_filters() != engine.reads_filters();
    let reader = Reader::new(engine, profile);
    let mut profile = Profile {
        format: Format::Docker,
        // What is layered is the text, whatever release it came with.
        generation: Generation::default(),
        extends: Vec::new(),
        strategy: None,
        ..profile.clone()
    };
    // A default of some day (moby of November 2018) writes a kernel as only that day read it.
    for rule in &mut profile.rules {
        for filter in [&mut rule.includes, &mut rule.excludes] {
            if let Some(text) = &mut filter.min_kernel
                && !text.value.is_empty()
                && KernelVersion::parse(&text.value).is_none()
                && let Some(version) = reader.kernel_version(&text.value)
            {
                text.value = version.to_string();
            }
        }
    }
    match engine {
        // Its own default is written here in Docker's terms.
        Engine::Containerd if is_own_code => {}
        Engine::Docker | Engine::DockerNext => {
            profile.default_errno = None;
            for rule in &mut profile.rules {
                rule.errno = None;
            }
        }
        Engine::Podman | Engine::CriO => {
            number(&mut profile.default_errno, &mut profile.default_errno_ret)?;
            let known = |name: &str| {
                let mut keys = Host::ALL.into_iter().filter_map(|host| engine.arch_map_key(host));
                keys.any(|abi| abi.oci_name() == name)
            };
            profile.arch_map.retain(|entry| known(&entry.architecture.value));
            for rule in &mut profile.rules {
                number(&mut rule.errno, &mut rule.errno_ret)?;
                for filter in [&mut rule.includes, &mut rule.excludes] {
                    filter.min_kernel = None;
                    // The one host with two names; each engine has the other's for no host.
                    for arch in &mut filter.arches {
                        let swapped = match arch.value.as_str() {
                            "mipsel64n32" => "mips3l64n32",
                            "mips3l64n32" => "mipsel64n32",
                            _ => continue,
                        };
                        arch.value = swapped.to_owned();
                    }
                }
            }
        }
        Engine::Containerd => {
            profile.arch_map.clear();
            profile.default_errno = None;
            for rule in &mut profile.rules {
                rule.name = None;
                rule.errno = None;
                rule.includes = Filter::default();
                rule.excludes = Filter::default();
            }
        }
    }
    Ok(profile)
}

/// containers-common reads `errno`, a number or a name, before `errnoRet`.
fn number(
    text: &mut Option<Spanned<String>>,
    number: &mut Option<Spanned<u64>>,
) -> Result<(), SemanticsError> {
    let Some(text) = text.take().filter(|text| !text.value.is_empty()) else { return Ok(()) };
    let is_number = text.value.bytes().all(|b| b.is_ascii_digit());
    let plain = is_number.then(|| text.value.parse::<u32>().ok()).flatten();
    let value = plain.map(u64::from).or(errno_number(&text.value).map(u64::from));
    match value {
        Some(value) => *number = Some(Spanned::new(value, text.span)),
        None => {
            let kind = Problem::Errno(text.value);
            return Err(SemanticsError { kind, span: Some(text.span), other: None });
        }
    }
    Ok(())
}
