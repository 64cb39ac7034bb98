//! `securityContext`, of a Pod or a container, in YAML's and in Terraform's names.

use crate::load::Value;
use crate::profile::Span;
use crate::uses::find::{capability, strings, text_of, value};
use crate::uses::read::{Tree, is_open};
use crate::uses::{Given, Switch};

const PROFILE: [&str; 2] = ["seccompProfile", "seccomp_profile"];
const PATH: [&str; 2] = ["localhostProfile", "localhost_profile"];

/// What a `securityContext` says.
#[derive(Clone, Debug, Default)]
pub(in crate::uses::find) struct Context {
    /// Its profile; `Nothing` where it says that there is none.
    pub given: Option<Given>,
    /// Whether that is said by `null`: in a patch it takes away, elsewhere it says nothing.
    pub is_null: bool,
    pub privileged: Option<Switch>,
    pub added: Vec<String>,
    pub dropped: Vec<String>,
    /// Where the profile stands, or else the rest.
    pub place: Option<Span>,
}

impl Context {
    pub fn read(node: Option<&Tree>) -> Context {
        let Some(node) = node else { return Context::default() };
        let mut context = Context { place: Some(first_of(node.span)), ..Context::default() };
        match &node.value {
            Value::Object(members) => {
                if is_deleted(node) {
                    context.given = Some(Given::Nothing);
                    return context;
                }
                let mut said: Vec<Given> = Vec::new();
                for member in members.iter().filter(|member| PROFILE.contains(&&*member.key)) {
                    said.push(profile(&member.value));
                    context.is_null = matches!(member.value.value, Value::Null);
                    context.place = Some(Span {
                        end: member.value.span.end.max(member.key_span.end),
                        ..member.key_span
                    });
                }
                said.dedup();
                let is_replaced = value(node, &["$patch"]).and_then(text_of) == Some("replace");
                context.given = match &said[..] {
                    // What it does not say is not said by what it patches either.
                    [] if is_replaced => Some(Given::Nothing),
                    [] => members
                        .iter()
                        .find(|member| member.key.starts_with("{{"))
                        .map(|member| Given::Open(member.key.to_string())),
                    [one] => Some(one.clone()),
                    _ => Some(Given::Open("one of two, as a template decides".to_owned())),
                };
                let privileged = value(node, &["privileged"]);
                context.privileged = privileged.map(switch);
                if let (Some(node), [], false) =
                    (privileged, &said[..], context.privileged == Some(Switch::Off))
                {
                    context.place = Some(node.span);
                }
                let capabilities = value(node, &["capabilities"]);
                let list = |name| strings(capabilities.and_then(|of| value(of, &[name])));
                context.added = list("add").iter().map(|name| capability(name)).collect();
                context.dropped = list("drop").iter().map(|name| capability(name)).collect();
            }
            Value::String(text) if is_open(text) => {
                context.given = Some(Given::Open(text.to_string()));
            }
            _ => {}
        }
        context
    }

    /// Whether it says anything that a use hangs on.
    pub fn is_silent(&self) -> bool {
        self.given.is_none() && self.privileged.is_none() && self.added.is_empty()
    }
}

/// Whether kustomize takes it away.
pub(in crate::uses::find) fn is_deleted(node: &Tree) -> bool {
    value(node, &["$patch"]).and_then(text_of) == Some("delete")
}

/// The value of `seccompProfile`.
pub(in crate::uses::find) fn profile(node: &Tree) -> Given {
    match &node.value {
        Value::Object(_) if is_deleted(node) => Given::Nothing,
        Value::Object(_) => {
            let path = value(node, &PATH).and_then(text_of).unwrap_or("");
            match value(node, &["type"]).map(|kind| text_of(kind).unwrap_or("")) {
                Some("RuntimeDefault") => Given::Default,
                Some("Unconfined") => Given::Unconfined,
                Some("Localhost") if is_open(path) => Given::Open(format!("Localhost {path}")),
                Some("Localhost") => Given::File(path.to_owned()),
                Some(words) if !words.is_empty() => Given::Open(words.to_owned()),
                _ if !path.is_empty() => {
                    Given::Open(format!("localhostProfile {path} without a type"))
                }
                _ => match node.members().iter().find(|member| member.key.starts_with("{{")) {
                    Some(member) => Given::Open(member.key.to_string()),
                    None => Given::Nothing,
                },
            }
        }
        Value::Null => Given::Nothing,
        _ => word(text_of(node).unwrap_or("")),
    }
}

/// A profile in one word, as annotations say it.
pub(in crate::uses::find) fn word(text: &str) -> Given {
    match text {
        "" => Given::Nothing,
        "runtime/default" | "docker/default" | "RuntimeDefault" | "runtimeDefault" => {
            Given::Default
        }
        "unconfined" | "Unconfined" => Given::Unconfined,
        _ if is_open(text) => Given::Open(text.to_owned()),
        _ => match text.strip_prefix("localhost/") {
            Some(path) => Given::File(path.to_owned()),
            None => Given::Open(text.to_owned()),
        },
    }
}

/// A boolean, or a variable that is one.
pub(in crate::uses::find) fn switch(node: &Tree) -> Switch {
    match &node.value {
        Value::Bool(true) => Switch::On,
        Value::String(text) if is_open(text) => Switch::Open(text.to_string()),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Switch::On,
            _ => Switch::Off,
        },
        _ => Switch::Off,
    }
}

/// The first bytes of a place that goes over lines.
pub(in crate::uses::find) fn first_of(span: Span) -> Span {
    Span { end: span.end.min(span.start + 1), ..span }
}
