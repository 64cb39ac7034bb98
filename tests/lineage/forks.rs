//! Forks of known states, made by what people do to a copy.

use crate::rng::Rng;
use sdiff::origin::{State, states};
use sdiff::semantics::Engine;
use sdiff::syscall::{Abi, Host, Syscall};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How much was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Up to 10 edits.
    Few,
    /// 11 to 40.
    Many,
    /// 60 to 160 names cut, and up to 5 edits.
    Cut,
}

/// Of a later change up to so many entries are taken over by hand. A fork with more of a later state in it
/// than lies between the two is a fork of that state, and nothing in its text says otherwise: that is a
/// limit of what can be known, which docs/overlay.md tells.
const LATER: usize = 3;

/// A fork and where it came from.
pub struct Fork {
    pub origin: &'static State,
    pub size: Size,
    pub text: String,
    /// What was done, for messages.
    pub done: Vec<String>,
}

/// A name and what a rule says of it.
type Entry = (String, Value);

struct Copy {
    head: Value,
    entries: Vec<Entry>,
}

pub fn fork(seed: u64, size: Size) -> Fork {
    let mut rng = Rng::new(seed);
    let origin = rng.pick(states());
    let mut done = Vec::new();
    let mut copy = Copy::of(origin);
    // Of an engine's own code there is no text but what the engine makes of it.
    let is_flat = origin.is_own_code() || rng.is(25);
    if is_flat {
        done.push(copy.flatten(&mut rng));
    }
    if rng.is(15) {
        copy.keep(|name| Syscall::from_name(name).is_none_or(|c| c.number(Abi::X86_64).is_some()));
        done.push("names of amd64".into());
    }
    let (mut budget, cut) = match size {
        Size::Few => (rng.within(0, 10), 0),
        Size::Many => (rng.within(11, 40), 0),
        Size::Cut => (rng.within(0, 5), rng.within(60, 160)),
    };
    if rng.is(10)
        && let Some(count) = copy.later(origin, budget, is_flat, &mut rng)
    {
        budget -= count;
        done.push(format!("{count} of a later change"));
    }
    if cut > 0 {
        let mut names: Vec<String> = copy.names().into_iter().collect();
        rng.shuffle(&mut names);
        let gone: BTreeSet<String> = names.iter().take(cut.min(names.len() / 2)).cloned().collect();
        copy.keep(|name| !gone.contains(name));
        done.push(format!("{} names cut", gone.len()));
    }
    let bodies: Vec<Value> = copy.entries.iter().map(|(_, body)| body.clone()).collect();
    for _ in 0..budget {
        done.push(copy.edit(&bodies, &mut rng));
    }
    if rng.is(8) {
        copy.head["defaultAction"] = json!("SCMP_ACT_LOG");
        done.push("default action LOG".into());
    }
    let text = copy.written(&mut rng, is_flat, &mut done);
    Fork { origin, size, text, done }
}

/// A state as an engine makes it for a host and some capabilities, without some names.
pub fn flattened(state: &State, host: Host, caps: &str, without: &[&str]) -> String {
    let mut copy = Copy::of(state);
    copy.flatten_for(host, caps);
    copy.keep(|name| !without.contains(&name));
    copy.written(&mut Rng::new(1), true, &mut Vec::new())
}

impl Copy {
    fn of(state: &State) -> Copy {
        let mut head: Value = serde_json::from_str(&state.release().text()).unwrap();
        let rules = head["syscalls"].take();
        let mut entries = Vec::new();
        for rule in rules.as_array().unwrap() {
            let mut body = rule.clone();
            let names = body["names"].take();
            body.as_object_mut().unwrap().remove("names");
            for name in names.as_array().unwrap() {
                entries.push((name.as_str().unwrap().to_owned(), body.clone()));
            }
        }
        head.as_object_mut().unwrap().remove("syscalls");
        Copy { head, entries }
    }

    fn names(&self) -> BTreeSet<String> {
        self.entries.iter().map(|(name, _)| name.clone()).collect()
    }

    fn keep(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.entries.retain(|(name, _)| is_kept(name));
    }

    fn flatten(&mut self, rng: &mut Rng) -> String {
        let hosts =
            [Host::Amd64, Host::Amd64, Host::Amd64, Host::Arm64, Host::S390x, Host::Ppc64le];
        let host = *rng.pick(&hosts);
        let caps = *rng.pick(&["docker", "docker", "podman", "all", "none"]);
        self.flatten_for(host, caps);
        format!("flattened for {} with capabilities: {caps}", host.name())
    }

    /// For a host and some capabilities, as an engine does.
    fn flatten_for(&mut self, host: Host, caps: &str) {
        let token = Engine::Docker.token(host);
        let of_docker = [
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE",
        ];
        let of_podman = ["MKNOD", "NET_RAW", "AUDIT_WRITE"];
        let has = |cap: &str| {
            let cap = cap.trim_start_matches("CAP_");
            match caps {
                "docker" => of_docker.contains(&cap),
                "podman" => of_docker.contains(&cap) && !of_podman.contains(&cap),
                caps => caps == "all",
            }
        };
        let list = |value: &Value| -> Vec<String> {
            let items = value.as_array().into_iter().flatten();
            items.map(|item| item.as_str().unwrap().to_owned()).collect()
        };
        self.entries.retain(|(_, body)| {
            let (included, excluded) = (&body["includes"], &body["excludes"]);
            let (on, off) = (list(&included["arches"]), list(&excluded["arches"]));
            (on.is_empty() || on.iter().any(|arch| arch == token))
                && !off.iter().any(|arch| arch == token)
                && list(&included["caps"]).iter().all(|cap| has(cap))
                && !list(&excluded["caps"]).iter().any(|cap| has(cap))
        });
        for (_, body) in &mut self.entries {
            let body = body.as_object_mut().unwrap();
            body.remove("includes");
            body.remove("excludes");
        }
        let head = self.head.as_object_mut().unwrap();
        head.remove("archMap");
        let abis: Vec<&str> = host.abis().iter().map(|abi| abi.oci_name()).collect();
        head.insert("architectures".into(), json!(abis));
    }

    /// What one change of a later state did, if it is within the budget.
    fn later(
        &mut self,
        origin: &State,
        budget: usize,
        is_flat: bool,
        rng: &mut Rng,
    ) -> Option<usize> {
        let of_line = |state: &&State| {
            state.line() == origin.line() && state.is_own_code() == origin.is_own_code()
        };
        let line: Vec<&State> = states().iter().filter(of_line).collect();
        let later: Vec<_> = line.windows(2).filter(|two| two[1].date() > origin.date()).collect();
        let two = *later.get(rng.below(later.len()))?;
        let [before, after] = [Copy::of(two[0]), Copy::of(two[1])];
        let bare = |(name, body): &Entry| {
            let mut body = body.clone();
            if is_flat {
                body.as_object_mut()?.remove("includes");
                body.as_object_mut()?.remove("excludes");
            }
            Some((name.clone(), body))
        };
        let minus = |a: &Copy, b: &Copy| -> Vec<Entry> {
            let alone = a.entries.iter().filter(|entry| !b.entries.contains(entry));
            alone.filter_map(bare).collect()
        };
        let (added, gone) = (minus(&after, &before), minus(&before, &after));
        let added: Vec<_> =
            added.into_iter().filter(|entry| !self.entries.contains(entry)).collect();
        let gone: Vec<_> = gone.into_iter().filter(|entry| self.entries.contains(entry)).collect();
        let count = added.len() + gone.len();
        if count == 0 || count > budget.min(LATER) {
            return None;
        }
        self.entries.retain(|entry| !gone.contains(entry));
        self.entries.extend(added);
        Some(count)
    }

    /// One edit of a person: a name more, a name less, or a name to another rule.
    fn edit(&mut self, bodies: &[Value], rng: &mut Rng) -> String {
        let allow = json!({"action": "SCMP_ACT_ALLOW"});
        match rng.below(10) {
            0..=3 => {
                let all: Vec<Syscall> = Syscall::all().collect();
                let name = rng.pick(&all).name().to_owned();
                self.entries.push((name.clone(), allow));
                format!("+{name}")
            }
            4..=7 => {
                let names: Vec<String> = self.names().into_iter().collect();
                let name = rng.pick(&names).clone();
                self.keep(|other| other != name);
                format!("-{name}")
            }
            _ => {
                let at = rng.below(self.entries.len());
                self.entries[at].1 = rng.pick(bodies).clone();
                format!("moved {}", self.entries[at].0)
            }
        }
    }

    fn written(mut self, rng: &mut Rng, is_flat: bool, done: &mut Vec<String>) -> String {
        if rng.is(40) {
            rng.shuffle(&mut self.entries);
            done.push("re-sorted".into());
        }
        let by_name = rng.is(20);
        let mut rules: Vec<Value> = Vec::new();
        for (name, body) in self.entries {
            if by_name {
                let mut rule = json!({"name": name});
                rule.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                rules.push(rule);
                continue;
            }
            let is_of = |rule: &&mut Value| {
                let mut rule = (*rule).clone();
                rule.as_object_mut().unwrap().remove("names");
                rule == body
            };
            match rules.iter_mut().find(is_of) {
                Some(rule) => rule["names"].as_array_mut().unwrap().push(json!(name)),
                None => {
                    let mut rule = json!({"names": [name]});
                    rule.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
                    rules.push(rule);
                }
            }
        }
        if by_name {
            done.push("by name".into());
        } else if rng.is(30) {
            // A rule stands elsewhere, with a remark.
            let at = rng.below(rules.len());
            let mut rule = rules.remove(at);
            if !is_flat {
                rule["comment"] = json!("moved");
            }
            rules.push(rule);
            done.push("a rule moved".into());
        }
        self.head["syscalls"] = Value::Array(rules);
        match rng.below(10) {
            // The operator's objects have no conditions.
            0 | 1 if is_flat && !by_name => {
                done.push("YAML".into());
                let meta = "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\n\
                            kind: SeccompProfile\nmetadata:\n  name: fork\nspec:\n";
                format!("{meta}{}", yaml(&self.head, 1))
            }
            2..=4 => self.head.to_string(),
            _ => format!("{:#}", self.head),
        }
    }
}

/// Block style; a text of JSON is one of YAML.
fn yaml(value: &Value, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| match value {
                Value::Object(_) | Value::Array(_) => {
                    format!("{pad}{key}:\n{}", yaml(value, depth + 1))
                }
                value => format!("{pad}{key}: {value}\n"),
            };
            members.iter().map(member).collect()
        }
        Value::Array(items) => {
            let item = |item: &Value| match item {
                Value::Object(_) => {
                    let text = yaml(item, depth + 1);
                    format!("{pad}- {}", text.trim_start())
                }
                item => format!("{pad}- {item}\n"),
            };
            items.iter().map(item).collect()
        }
        value => format!("{pad}{value}\n"),
    }
}
