//! From values to the fields of a profile, as Go's `encoding/json` decodes into moby's and
//! containers-common's structs.
//!
//! Everything is decoded *in place*: where a key appears again, Go decodes into what the first
//! one left. A string or number is replaced, an object merged, an array overwritten element by
//! element, and `null` leaves a plain value alone.

use super::error::LoadErrorKind;
use super::known::fields::{
    ARCH_MAP, ARG, FILTER, Fields, PROFILE, PROFILE_OCI, PROFILE_OPERATOR, RULE, RULE_OCI,
};
use super::values::tree::{MAX_NAMES, MAX_RULES, Node, Parsed, Value, fault, same_folded};
use super::warning::{WarningKind, Warnings};
use crate::profile::{ArchMapEntry, Filter, Span, Spanned};

/// Who reads the profile, hence which fields exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// moby and containers-common.
    Docker,
    /// The runtime specification.
    Oci,
    /// The Security Profiles Operator; the API server minds the case of keys.
    Operator,
}

/// A profile whose words are not yet looked up.
#[derive(Debug, Default)]
pub(super) struct RawProfile {
    pub extends: Vec<Spanned<String>>,
    pub strategy: Option<Spanned<String>>,
    pub default_action: Option<Spanned<String>>,
    pub default_errno_ret: Option<Spanned<u64>>,
    pub default_errno: Option<Spanned<String>>,
    pub architectures: Vec<Spanned<String>>,
    pub arch_map: Vec<ArchMapEntry>,
    pub flags: Vec<Spanned<String>>,
    pub listener_path: Option<Spanned<String>>,
    pub listener_metadata: Option<Spanned<String>>,
    pub rules: Vec<RawRule>,
    /// `baseProfileName` of the operator.
    pub base: Option<Spanned<String>>,
}

#[derive(Debug, Default)]
pub(super) struct RawRule {
    pub span: Span,
    pub name: Option<Spanned<String>>,
    pub names: Vec<Spanned<String>>,
    pub action: Option<Spanned<String>>,
    pub errno_ret: Option<Spanned<u64>>,
    pub errno: Option<Spanned<String>>,
    pub args: Vec<RawArg>,
    pub comment: Option<Spanned<String>>,
    pub includes: Filter,
    pub excludes: Filter,
}

#[derive(Debug, Default)]
pub(super) struct RawArg {
    pub span: Span,
    pub index: Option<Spanned<u64>>,
    pub value: Option<Spanned<u64>>,
    pub value_two: Option<Spanned<u64>>,
    pub op: Option<Spanned<String>>,
}

impl RawArg {
    /// The same with every place elsewhere.
    pub fn at(self, place: Span) -> RawArg {
        let number = |field: Option<Spanned<u64>>| field.map(|n| Spanned::new(n.value, place));
        RawArg {
            span: place,
            index: number(self.index),
            value: number(self.value),
            value_two: number(self.value_two),
            op: self.op.map(|op| Spanned::new(op.value, place)),
        }
    }
}

/// Whether the object says something in containers-common's words.
pub(super) fn is_containers_common(profile: &Node) -> bool {
    let has = |node: &Node, field| node.members().iter().any(|m| same_folded(&m.key, field));
    let rules = profile.members().iter().filter(|m| same_folded(&m.key, "syscalls"));
    has(profile, "defaultErrno")
        || rules.into_iter().any(|member| match &member.value.value {
            Value::Array(rules) => rules.iter().any(|rule| has(rule, "errno")),
            _ => false,
        })
}

pub(super) struct Decoder<'w> {
    pub dialect: Dialect,
    pub warnings: &'w mut Warnings,
    /// Names and conditions so far.
    items: usize,
}

impl<'w> Decoder<'w> {
    pub fn new(dialect: Dialect, warnings: &'w mut Warnings) -> Self {
        Decoder { dialect, warnings, items: 0 }
    }

    /// Decodes a profile into what is there already.
    pub fn profile(&mut self, node: &Node, into: &mut RawProfile) -> Parsed<()> {
        let fields = match self.dialect {
            Dialect::Docker => PROFILE,
            Dialect::Oci => PROFILE_OCI,
            Dialect::Operator => PROFILE_OPERATOR,
        };
        self.object(node, "profile", fields, |this, field, node| match field {
            "defaultAction" => string(node, field, &mut into.default_action),
            "defaultErrnoRet" => number(node, field, &mut into.default_errno_ret),
            "defaultErrno" => string(node, field, &mut into.default_errno),
            "extends" => one_or_more(node, field, &mut into.extends),
            "strategy" => string(node, field, &mut into.strategy),
            "architectures" => strings(node, field, &mut into.architectures),
            "flags" => strings(node, field, &mut into.flags),
            "listenerPath" => string(node, field, &mut into.listener_path),
            "listenerMetadata" => string(node, field, &mut into.listener_metadata),
            "archMap" => array(node, field, &mut into.arch_map, |node, entry| {
                this.arch_map_entry(node, entry)
            }),
            "syscalls" => {
                if let Value::Array(rules) = &node.value
                    && let Some(first_beyond) = rules.get(MAX_RULES)
                {
                    return fault(LoadErrorKind::TooManyRules(MAX_RULES), first_beyond.span);
                }
                array(node, field, &mut into.rules, |node, rule| this.rule(node, rule))
            }
            "baseProfileName" => string(node, field, &mut into.base),
            _ => Ok(()),
        })
    }

    fn rule(&mut self, node: &Node, into: &mut RawRule) -> Parsed<()> {
        if let (Value::Null, Dialect::Docker) = (&node.value, self.dialect) {
            // moby and containers-common hold a pointer to each rule, runc the rule itself.
            *into = RawRule::default();
        }
        into.span = node.span;
        let fields = if self.dialect == Dialect::Docker { RULE } else { RULE_OCI };
        self.object(node, "syscalls", fields, |this, field, node| match field {
            "names" => {
                this.count(node)?;
                strings(node, field, &mut into.names)
            }
            "name" => string(node, field, &mut into.name),
            "action" => string(node, field, &mut into.action),
            "errnoRet" => number(node, field, &mut into.errno_ret),
            "errno" => string(node, field, &mut into.errno),
            "args" => {
                this.count(node)?;
                array(node, field, &mut into.args, |node, arg| this.arg(node, arg))
            }
            "comment" => string(node, field, &mut into.comment),
            "includes" => this.filter(node, field, &mut into.includes),
            "excludes" => this.filter(node, field, &mut into.excludes),
            _ => Ok(()),
        })
    }

    fn arg(&mut self, node: &Node, into: &mut RawArg) -> Parsed<()> {
        into.span = node.span;
        self.object(node, "args", ARG, |_, field, node| match field {
            "index" => plain_number(node, field, &mut into.index),
            "value" => plain_number(node, field, &mut into.value),
            "valueTwo" => plain_number(node, field, &mut into.value_two),
            _ => string(node, field, &mut into.op),
        })
    }

    fn arch_map_entry(&mut self, node: &Node, into: &mut ArchMapEntry) -> Parsed<()> {
        self.object(node, "archMap", ARCH_MAP, |_, field, node| match field {
            "architecture" => plain_string(node, field, &mut into.architecture),
            _ => strings(node, field, &mut into.sub_architectures),
        })
    }

    /// moby holds a pointer here: `null` takes back what an earlier key said.
    fn filter(&mut self, node: &Node, name: &'static str, into: &mut Filter) -> Parsed<()> {
        if let Value::Null = node.value {
            *into = Filter::default();
        }
        self.object(node, name, FILTER, |_, field, node| match field {
            "arches" => strings(node, field, &mut into.arches),
            "caps" => strings(node, field, &mut into.caps),
            _ => min_kernel(node, &mut into.min_kernel),
        })
    }

    /// Calls `each` for every known field of an object; warns about the others. `null` has none.
    pub fn object(
        &mut self,
        node: &Node,
        name: &'static str,
        fields: Fields,
        mut each: impl FnMut(&mut Self, &'static str, &Node) -> Parsed<()>,
    ) -> Parsed<()> {
        let members = match &node.value {
            Value::Object(members) => members,
            Value::Null => return Ok(()),
            _ => return wrong_type(node, name, "an object"),
        };
        let mut seen = 0u32;
        for member in members {
            let exact = fields.iter().position(|field| *field == member.key);
            let folding = self.dialect != Dialect::Operator;
            let folded = || fields.iter().position(|field| same_folded(&member.key, field));
            let Some(at) = exact.or_else(|| folding.then(folded)?) else {
                let key = || member.key.clone().into_owned();
                let unknown = || WarningKind::UnknownField { key: key(), known: fields };
                self.warnings.add(member.key_span, unknown);
                continue;
            };
            let Some(&field) = fields.get(at) else { continue };
            if exact.is_none() {
                let key = || member.key.clone().into_owned();
                self.warnings.add(member.key_span, || WarningKind::FoldedKey { key: key(), field });
            }
            if seen & (1 << at) != 0 {
                self.warnings.add(member.key_span, || WarningKind::DuplicateKey(field));
            }
            seen |= 1 << at;
            each(self, field, &member.value)?;
        }
        Ok(())
    }

    fn count(&mut self, node: &Node) -> Parsed<()> {
        if let Value::Array(items) = &node.value {
            self.items += items.len();
        }
        match self.items > MAX_NAMES {
            true => fault(LoadErrorKind::TooManyNames(MAX_NAMES), node.span),
            false => Ok(()),
        }
    }
}

fn wrong_type<T>(node: &Node, field: &'static str, expected: &'static str) -> Parsed<T> {
    fault(LoadErrorKind::Type { field, expected, found: node.what() }, node.span)
}

fn array<T: Default>(
    node: &Node,
    field: &'static str,
    into: &mut Vec<T>,
    mut each: impl FnMut(&Node, &mut T) -> Parsed<()>,
) -> Parsed<()> {
    let items = match &node.value {
        Value::Array(items) => items,
        Value::Null => {
            into.clear();
            return Ok(());
        }
        _ => return wrong_type(node, field, "an array"),
    };
    into.resize_with(items.len(), T::default);
    items.iter().zip(into).try_for_each(|(item, slot)| each(item, slot))
}

fn strings(node: &Node, field: &'static str, into: &mut Vec<Spanned<String>>) -> Parsed<()> {
    array(node, field, into, |item, slot| {
        // A null among the names is an empty name.
        slot.span = item.span;
        plain_string(item, field, slot)
    })
}

/// A string or several.
fn one_or_more(node: &Node, field: &'static str, into: &mut Vec<Spanned<String>>) -> Parsed<()> {
    match &node.value {
        Value::Array(_) | Value::Null => strings(node, field, into),
        Value::String(text) => {
            *into = vec![Spanned::new(text.clone().into_owned(), node.span)];
            Ok(())
        }
        _ => wrong_type(node, field, "a string or an array of strings"),
    }
}

fn plain_string(node: &Node, field: &'static str, into: &mut Spanned<String>) -> Parsed<()> {
    match &node.value {
        Value::String(text) => *into = Spanned::new(text.clone().into_owned(), node.span),
        Value::Null => {}
        _ => return wrong_type(node, field, "a string"),
    }
    Ok(())
}

/// A string whose zero value, the empty string, means absence.
fn string(node: &Node, field: &'static str, into: &mut Option<Spanned<String>>) -> Parsed<()> {
    match &node.value {
        Value::String(text) if text.is_empty() => *into = None,
        Value::String(text) => *into = Some(Spanned::new(text.clone().into_owned(), node.span)),
        Value::Null => {}
        _ => return wrong_type(node, field, "a string"),
    }
    Ok(())
}

/// A pointer to a value of moby's own type: the empty string is a version, but not in place of one
/// that an earlier key gave; `null` is none.
fn min_kernel(node: &Node, into: &mut Option<Spanned<String>>) -> Parsed<()> {
    match &node.value {
        Value::String(text) if text.is_empty() && into.is_some() => {}
        Value::String(text) => *into = Some(Spanned::new(text.clone().into_owned(), node.span)),
        Value::Null => *into = None,
        _ => return wrong_type(node, "minKernel", "a string like \"4.8\""),
    }
    Ok(())
}

/// A number behind a pointer: `null` takes it back.
fn number(node: &Node, field: &'static str, into: &mut Option<Spanned<u64>>) -> Parsed<()> {
    if let Value::Null = node.value {
        *into = None;
    }
    plain_number(node, field, into)
}

fn plain_number(node: &Node, field: &'static str, into: &mut Option<Spanned<u64>>) -> Parsed<()> {
    match &node.value {
        Value::Number(text) => match text.parse() {
            Ok(value) => *into = Some(Spanned::new(value, node.span)),
            Err(_) => {
                let found = text.chars().take(40).collect();
                return fault(LoadErrorKind::Number { field, found }, node.span);
            }
        },
        Value::Null => {}
        _ => return wrong_type(node, field, "a whole number"),
    }
    Ok(())
}
