//! Entries: what a rule says for one name.

use crate::profile::{ActionName, Filter, Op, Profile, Rule, Spanned};
use crate::syscall::{errno_name, errno_number};
use std::fmt;

/// What every errno is that no file gives: `EPERM`.
const DEFAULT_ERRNO: u64 = 1;

/// A name, and what a rule says of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The system call, as written.
    pub name: String,
    /// What happens to it.
    pub body: Body,
    /// For whom.
    pub condition: Condition,
}

/// The action of a rule and the arguments that it asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Body {
    /// The action and its value.
    pub action: Answer,
    /// Argument, comparison, operand and, for a mask, datum; sorted.
    pub args: Vec<(u8, Op, u64, u64)>,
}

/// An action with its errno (or the tracer's value); the default one is `EPERM`, written or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Answer {
    /// The action.
    pub name: ActionName,
    /// Its value; 0 where it has none.
    pub value: u64,
}

/// `includes` and `excludes`: hosts, capabilities and the kernel of each, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// What has to hold.
    pub includes: Terms,
    /// What must not.
    pub excludes: Terms,
}

/// One of the two sides of a [`Condition`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// Tokens of hosts.
    pub arches: Vec<String>,
    /// Capabilities.
    pub caps: Vec<String>,
    /// `minKernel`; an empty one is none.
    pub min_kernel: Option<String>,
}

impl Answer {
    /// Whether the call runs.
    fn lets_through(&self) -> bool {
        lets_through(self.name)
    }

    /// As a rule or a profile says it.
    fn of(
        name: ActionName,
        number: Option<&Spanned<u64>>,
        text: Option<&Spanned<String>>,
    ) -> Answer {
        let has_value = matches!(name, ActionName::Errno | ActionName::Trace);
        let text = text.map(|text| text.value.as_str()).filter(|text| !text.is_empty());
        let of_text = |text: &str| text.parse().ok().or(errno_number(text).map(u64::from));
        let value = text.and_then(of_text).or(number.map(|number| number.value));
        Answer { name, value: if has_value { value.unwrap_or(DEFAULT_ERRNO) } else { 0 } }
    }

    /// The default action of a profile, if it has one.
    pub(super) fn of_profile(profile: &Profile) -> Option<Answer> {
        let default = profile.default_action.as_ref()?.value;
        let (number, text) = (&profile.default_errno_ret, &profile.default_errno);
        Some(Answer::of(default, number.as_ref(), text.as_ref()))
    }
}

impl Body {
    /// Whether the calls that it is for run.
    pub(super) fn lets_through(&self) -> bool {
        self.action.lets_through()
    }

    pub(super) fn of(rule: &Rule) -> Body {
        let two = |op, value| if op == Op::MaskedEq { value } else { 0 };
        let args = rule.args.iter();
        let mut args: Vec<_> =
            args.map(|arg| (arg.index, arg.op, arg.value, two(arg.op, arg.value_two))).collect();
        args.sort();
        let action = Answer::of(rule.action.value, rule.errno_ret.as_ref(), rule.errno.as_ref());
        Body { action, args }
    }
}

impl Condition {
    pub(super) fn of(rule: &Rule) -> Condition {
        Condition { includes: Terms::of(&rule.includes), excludes: Terms::of(&rule.excludes) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Condition::default()
    }

    /// Whether it holds on the host of that token, for who has these capabilities, on a new kernel.
    pub(super) fn holds(&self, token: &str, has: &dyn Fn(&str) -> bool) -> bool {
        let Condition { includes, excludes } = self;
        let on = |terms: &Terms| terms.arches.iter().any(|arch| arch == token);
        (includes.arches.is_empty() || on(includes))
            && !on(excludes)
            && includes.caps.iter().all(|cap| has(cap))
            && !excludes.caps.iter().any(|cap| has(cap))
            && excludes.min_kernel.is_none()
    }
}

impl Terms {
    fn of(filter: &Filter) -> Terms {
        let sorted = |list: &[Spanned<String>]| {
            let mut list: Vec<String> = list.iter().map(|item| item.value.clone()).collect();
            list.sort();
            list.dedup();
            list
        };
        let min_kernel = filter.min_kernel.as_ref().map(|version| version.value.clone());
        Terms {
            arches: sorted(&filter.arches),
            caps: sorted(&filter.caps),
            min_kernel: min_kernel.filter(|version| !version.is_empty()),
        }
    }

    fn words(&self) -> Vec<String> {
        let kernel = self.min_kernel.iter().map(|version| format!("kernel {version}"));
        let caps = self.caps.iter().cloned();
        let arches = (!self.arches.is_empty()).then(|| self.arches.join("/"));
        caps.chain(arches).chain(kernel).collect()
    }
}

/// Whether the calls with an action run.
pub(super) fn lets_through(action: ActionName) -> bool {
    matches!(action, ActionName::Allow | ActionName::Log)
}

/// Every entry of a profile, in the order of the file.
pub(super) fn entries(profile: &Profile) -> impl Iterator<Item = (&str, &Rule)> {
    profile.rules.iter().flat_map(|rule| {
        let single = rule.name.iter().filter(|_| rule.names.is_empty());
        rule.names.iter().chain(single).map(move |name| (&*name.value, rule))
    })
}

/// Short, as [`Action`](crate::profile::Action): `ALLOW`, `EPERM`.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = u16::try_from(self.value).ok().and_then(errno_name);
        match (self.name, known) {
            (ActionName::Errno, Some(errno)) => f.write_str(errno),
            (ActionName::Errno | ActionName::Trace, _) => {
                write!(
                    f,
                    "{}({})",
                    self.name.oci_name().trim_start_matches("SCMP_ACT_"),
                    self.value
                )
            }
            (name, _) => f.write_str(name.oci_name().trim_start_matches("SCMP_ACT_")),
        }
    }
}

/// `clone ALLOW if arg0 & 0x7e020000 == 0, without CAP_SYS_ADMIN`; what lets through all of it is the
/// name alone.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { name, body, condition } = self;
        write!(f, "{}", name.escape_debug())?;
        if body.action.name != ActionName::Allow {
            write!(f, " {}", body.action)?;
        }
        for (at, (index, op, value, two)) in body.args.iter().enumerate() {
            write!(f, "{} arg{index} ", if at == 0 { " if" } else { " and" })?;
            match op {
                Op::Ne => write!(f, "!= {value}")?,
                Op::Lt => write!(f, "< {value}")?,
                Op::Le => write!(f, "<= {value}")?,
                Op::Eq => write!(f, "== {value}")?,
                Op::Ge => write!(f, ">= {value}")?,
                Op::Gt => write!(f, "> {value}")?,
                Op::MaskedEq => write!(f, "& {value:#x} == {two}")?,
            }
        }
        for (word, terms) in [("with", &condition.includes), ("without", &condition.excludes)] {
            let words = terms.words();
            if !words.is_empty() {
                write!(f, " {word} {}", words.join(", ").escape_debug())?;
            }
        }
        Ok(())
    }
}
