//! A plain second opinion on what an engine makes of a profile for one host, one bounding set and
//! one kernel. Sources: `seccomp/seccomp_linux.go` in moby/profiles, `pkg/seccomp` in
//! containers/common, containerd's decoding into `specs.LinuxSeccomp`.

use crate::arch::Host;
use crate::oci::{Arg, Oci, Syscall};
use serde_json::Value;

/// Who reads the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Engine {
    Docker,
    Podman,
    Containerd,
}

/// What a profile is resolved for.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// Who reads it.
    pub engine: Engine,
    /// The machine.
    pub host: &'static Host,
    /// The bounding set.
    pub caps: &'a [String],
    /// The kernel's version.
    pub kernel: (u8, u8),
}

/// What is wrong with a profile, in the engine's view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wrong {
    /// A value that Go's decoder does not take.
    Decode(String),
    ArchitecturesAndArchMap,
    NameAndNames,
    KernelVersion(String),
    Errno(String),
}

type Result<T> = std::result::Result<T, Wrong>;

/// The OCI object that the engine hands to the runtime; `None`: the container runs without
/// seccomp.
pub fn resolve(profile: &Value, place: &Place) -> Result<Option<Oci>> {
    if !profile.is_object() {
        return Err(Wrong::Decode("the profile".into()));
    }
    let rules = list(profile, "syscalls")?;
    let mut oci = Oci {
        default_action: string(profile, "defaultAction")?,
        default_errno_ret: unsigned(profile, "defaultErrnoRet")?,
        architectures: strings(profile, "architectures")?,
        flags: strings(profile, "flags")?,
        listener_path: string(profile, "listenerPath")?,
        syscalls: Vec::new(),
    };
    if oci.default_action.is_empty() && rules.is_empty() {
        return Ok(None);
    }
    if place.engine == Engine::Containerd {
        for rule in rules {
            let names = strings(rule, "names")?;
            oci.syscalls.push(syscall(rule, names, unsigned(rule, "errnoRet")?)?);
        }
        return Ok(Some(oci));
    }
    let map = list(profile, "archMap")?;
    if !oci.architectures.is_empty() && !map.is_empty() {
        return Err(Wrong::ArchitecturesAndArchMap);
    }
    let in_table = match place.engine {
        Engine::Docker => place.host.docker_arch_map,
        _ => place.host.podman_arch_map,
    };
    for entry in map {
        let architecture = string(entry, "architecture")?;
        let others = strings(entry, "subArchitectures")?;
        if in_table && architecture == place.host.native().oci() && oci.architectures.is_empty() {
            oci.architectures.push(architecture);
            oci.architectures.extend(others);
        }
    }
    if place.engine == Engine::Podman {
        oci.default_errno_ret = errno(profile, "defaultErrno", oci.default_errno_ret)?;
    }
    for rule in rules {
        let name = string(rule, "name")?;
        let mut names = strings(rule, "names")?;
        let both = !name.is_empty() && !names.is_empty();
        if both && place.engine == Engine::Docker {
            return Err(Wrong::NameAndNames); // moby looks before it asks the filters
        }
        if !kept(rule, place)? {
            continue;
        }
        if both {
            return Err(Wrong::NameAndNames);
        }
        if !name.is_empty() {
            names = vec![name];
        }
        let mut value = unsigned(rule, "errnoRet")?;
        if place.engine == Engine::Podman {
            value = errno(rule, "errno", value)?;
        }
        oci.syscalls.push(syscall(rule, names, value)?);
    }
    Ok(Some(oci))
}

/// Whether the filters let a rule in.
fn kept(rule: &Value, place: &Place) -> Result<bool> {
    let token = match place.engine {
        Engine::Docker => place.host.docker,
        _ => place.host.podman,
    };
    let has_cap = |cap: &String| place.caps.contains(cap);
    let reaches = |filter: &Value| match get(filter, "minKernel") {
        Some(version) if place.engine == Engine::Docker => {
            let text = version.as_str().ok_or_else(|| Wrong::Decode("minKernel".into()))?;
            Ok(Some(place.kernel >= version_of(text)?))
        }
        _ => Ok(None),
    };
    let none = Value::Null;
    let excludes = get(rule, "excludes").unwrap_or(&none);
    if strings(excludes, "arches")?.iter().any(|arch| arch == token)
        || strings(excludes, "caps")?.iter().any(has_cap)
        || reaches(excludes)? == Some(true)
    {
        return Ok(false);
    }
    let includes = get(rule, "includes").unwrap_or(&none);
    let arches = strings(includes, "arches")?;
    if !arches.is_empty() && !arches.iter().any(|arch| arch == token)
        || !strings(includes, "caps")?.iter().all(has_cap)
        || reaches(includes)? == Some(false)
    {
        return Ok(false);
    }
    Ok(true)
}

/// moby's `KernelVersion`: two numbers of a byte each, of which the empty string has none.
fn version_of(text: &str) -> Result<(u8, u8)> {
    if text.is_empty() {
        return Ok((0, 0));
    }
    let wrong = || Wrong::KernelVersion(text.to_owned());
    let parts: Vec<&str> = text.split('.').collect();
    let digits = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        [a, b] if digits(a) && digits(b) => {
            let version = (a.parse().map_err(|_| wrong())?, b.parse().map_err(|_| wrong())?);
            if version == (0, 0) { Err(wrong()) } else { Ok(version) }
        }
        _ => Err(wrong()),
    }
}

fn syscall(rule: &Value, names: Vec<String>, errno_ret: Option<u64>) -> Result<Syscall> {
    let mut args = Vec::new();
    for arg in list(rule, "args")? {
        args.push(Arg {
            index: unsigned(arg, "index")?.unwrap_or(0),
            value: unsigned(arg, "value")?.unwrap_or(0),
            value_two: unsigned(arg, "valueTwo")?.unwrap_or(0),
            op: string(arg, "op")?,
        });
    }
    Ok(Syscall { names, action: string(rule, "action")?, errno_ret, args })
}

/// containers-common's `getErrno`: a name or a decimal number in a string, before the number in
/// the other field.
fn errno(of: &Value, key: &str, otherwise: Option<u64>) -> Result<Option<u64>> {
    let text = string(of, key)?;
    if text.is_empty() {
        return Ok(otherwise);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u32>().is_ok() {
        return Ok(text.parse().ok());
    }
    // The names that profiles and the generated cases use.
    let number = match text.as_str() {
        "EPERM" => libc::EPERM,
        "ENOENT" => libc::ENOENT,
        "ESRCH" => libc::ESRCH,
        "EACCES" => libc::EACCES,
        "EINVAL" => libc::EINVAL,
        "ENOSYS" => libc::ENOSYS,
        "ENOTSUP" | "EOPNOTSUPP" => libc::EOPNOTSUPP,
        "EAFNOSUPPORT" => libc::EAFNOSUPPORT,
        _ => return Err(Wrong::Errno(text)),
    };
    Ok(Some(number as u64))
}

/// A field as Go finds it: by its name without regard to case, the last one wins, `null` is none.
fn get<'a>(object: &'a Value, key: &str) -> Option<&'a Value> {
    let fields = object.as_object()?;
    let found = fields.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(key))?.1;
    (!found.is_null()).then_some(found)
}

fn string(object: &Value, key: &str) -> Result<String> {
    match get(object, key) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Wrong::Decode(key.into())),
    }
}

fn unsigned(object: &Value, key: &str) -> Result<Option<u64>> {
    match get(object, key) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| Wrong::Decode(key.into())),
    }
}

fn list<'a>(object: &'a Value, key: &str) -> Result<&'a [Value]> {
    match get(object, key) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Wrong::Decode(key.into())),
    }
}

fn strings(object: &Value, key: &str) -> Result<Vec<String>> {
    let text = |item: &Value| match item {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        _ => Err(Wrong::Decode(key.into())),
    };
    list(object, key)?.iter().map(text).collect()
}
