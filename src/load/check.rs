//! From decoded fields to the model: actions, operators and architectures are looked up, and
//! names that nothing answers to get a warning.
//!
//! Only what every engine and runtime refuses is an error here. What depends on the engine
//! (`name` beside `names`, `minKernel`, `archMap`, ...) is judged where the engine is known.

use super::decode::{RawArg, RawProfile, RawRule};
use super::error::LoadErrorKind;
use super::known::names;
use super::values::tree::{Parsed, fault};
use super::warning::{WarningKind, Warnings};
use crate::profile::{
    ActionName, ArgCmp, Capability, Filter, Format, Generation, Op, Profile, Rule, Spanned,
};
use crate::syscall::nearest_of;

pub(super) fn profile(raw: RawProfile, format: Format, warnings: &mut Warnings) -> Parsed<Profile> {
    for name in &raw.architectures {
        if !names::means_architecture(&name.value) {
            let nearest = names::nearest_architecture(&name.value);
            let name_text = name.value.clone();
            let kind = LoadErrorKind::UnknownArchitecture { name: name_text, nearest };
            return fault(kind, name.span);
        }
        if !names::is_architecture(&name.value) {
            warnings.add(name.span, || WarningKind::UnknownArchitecture(name.value.clone()));
        }
    }
    for entry in &raw.arch_map {
        for name in std::iter::once(&entry.architecture).chain(&entry.sub_architectures) {
            if !names::is_architecture(&name.value) {
                let kind = || WarningKind::UnknownArchitecture(name.value.clone());
                warnings.add(name.span, kind);
            }
        }
    }
    Ok(Profile {
        format,
        generation: Generation::default(),
        extends: raw.extends,
        strategy: raw.strategy,
        default_action: raw.default_action.map(action).transpose()?,
        default_errno_ret: raw.default_errno_ret,
        default_errno: raw.default_errno,
        architectures: raw.architectures,
        arch_map: raw.arch_map,
        flags: raw.flags,
        listener_path: raw.listener_path.map(|path| path.value),
        listener_metadata: raw.listener_metadata.map(|data| data.value),
        rules: raw.rules.into_iter().map(|raw| rule(raw, warnings)).collect::<Parsed<_>>()?,
    })
}

fn rule(raw: RawRule, warnings: &mut Warnings) -> Parsed<Rule> {
    for name in raw.name.iter().chain(&raw.names) {
        if !name.value.is_empty() && !names::is_syscall(&name.value) {
            warnings.add(name.span, || WarningKind::UnknownSyscall(name.value.clone()));
        }
    }
    for filter in [&raw.includes, &raw.excludes] {
        check_filter(filter, warnings);
    }
    let Some(written) = raw.action else { return fault(LoadErrorKind::NoAction, raw.span) };
    Ok(Rule {
        span: raw.span,
        name: raw.name,
        names: raw.names,
        action: action(written)?,
        errno_ret: raw.errno_ret,
        errno: raw.errno,
        args: raw.args.into_iter().map(arg).collect::<Parsed<_>>()?,
        comment: raw.comment.map(|comment| comment.value),
        includes: raw.includes,
        excludes: raw.excludes,
    })
}

fn check_filter(filter: &Filter, warnings: &mut Warnings) {
    for cap in &filter.caps {
        if Capability::from_name(&cap.value).is_none() {
            warnings.add(cap.span, || WarningKind::UnknownCapability(cap.value.clone()));
        }
    }
    for host in &filter.arches {
        if !names::is_host(&host.value) {
            warnings.add(host.span, || WarningKind::UnknownHost(host.value.clone()));
        }
    }
}

fn action(written: Spanned<String>) -> Parsed<Spanned<ActionName>> {
    match ActionName::from_oci_name(&written.value) {
        Some(action) => Ok(Spanned::new(action, written.span)),
        None => {
            let known = ActionName::ALL.map(ActionName::oci_name);
            let full = format!("SCMP_ACT_{}", written.value.to_uppercase());
            let same = known.into_iter().find(|known| *known == full);
            let nearest = same.or_else(|| nearest_of(&written.value, known));
            fault(LoadErrorKind::UnknownAction { name: written.value, nearest }, written.span)
        }
    }
}

fn arg(raw: RawArg) -> Parsed<ArgCmp> {
    let Some(written) = raw.op else { return fault(LoadErrorKind::NoOperator, raw.span) };
    let Some(op) = Op::from_oci_name(&written.value) else {
        let known = Op::ALL.map(Op::oci_name);
        let full = format!("SCMP_CMP_{}", written.value.to_uppercase());
        let same = known.into_iter().find(|known| *known == full);
        let nearest = same.or_else(|| nearest_of(&written.value, known));
        return fault(
            LoadErrorKind::UnknownOperator { name: written.value, nearest },
            written.span,
        );
    };
    let number = |field: &Option<Spanned<u64>>| field.as_ref().map_or(0, |number| number.value);
    let index = number(&raw.index);
    if index > 5 {
        let span = raw.index.map_or(raw.span, |index| index.span);
        return fault(LoadErrorKind::IndexTooLarge(index), span);
    }
    Ok(ArgCmp {
        index: index as u8,
        op,
        value: number(&raw.value),
        value_two: number(&raw.value_two),
        span: raw.span,
    })
}
