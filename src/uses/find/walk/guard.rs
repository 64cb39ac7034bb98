//! What restricts which profile a Pod may ask for: Pod Security labels, OpenShift's
//! `SecurityContextConstraints`, `PodSecurityPolicy` of Kubernetes before 1.25.

use crate::uses::Guard;
use crate::uses::Switch;
use crate::uses::find::kubernetes::context::{first_of, switch};
use crate::uses::find::walk::Walker;
use crate::uses::find::{strings, text_of, value};
use crate::uses::read::Tree;

const ALL: [&str; 5] = ["nothing said", "RuntimeDefault", "Localhost", "Unconfined", "privileged"];

impl<'n> Walker<'n, '_> {
    /// Notes what an object restricts, if it is one that does.
    pub(in crate::uses::find) fn is_guard(
        &mut self,
        node: &'n Tree,
        kind: &str,
        object: &str,
    ) -> bool {
        let metadata = value(node, &["metadata"]);
        let of = |part: &str, key: &str| {
            metadata
                .and_then(|metadata| value(metadata, &[part]))
                .and_then(|part| value(part, &[key]))
        };
        let privileged = |key| {
            value(node, &[key]).or_else(|| value(value(node, &["spec"])?, &[key])).map(switch)
        };
        let guard = |allows: Vec<&'static str>, words: String, place: &Tree| Guard {
            name: object.to_owned(),
            allows,
            words,
            place: first_of(place.span),
        };
        match kind {
            "Namespace" => {
                if let Some(label) = of("labels", "pod-security.kubernetes.io/enforce") {
                    let level = text_of(label).unwrap_or("");
                    let allows = match level {
                        "restricted" => ALL[1..3].to_vec(),
                        "baseline" => ALL[..3].to_vec(),
                        "privileged" => ALL.to_vec(),
                        _ => Vec::new(),
                    };
                    self.found.guards.push(guard(allows, format!("enforce: {level}"), label));
                }
                false
            }
            "SecurityContextConstraints" => {
                let listed = value(node, &["seccompProfiles"]);
                let mut allows = allowed(&strings(listed));
                if privileged("allowPrivilegedContainer") == Some(Switch::On) {
                    allows.push("privileged");
                }
                let words = format!("seccompProfiles: {}", strings(listed).join(", "));
                self.found.guards.push(guard(allows, words, listed.unwrap_or(node)));
                true
            }
            "PodSecurityPolicy" => {
                let listed =
                    of("annotations", "seccomp.security.alpha.kubernetes.io/allowedProfileNames");
                let names = listed.and_then(text_of).unwrap_or("");
                let names: Vec<String> =
                    names.split(',').map(|name| name.trim().to_owned()).collect();
                let mut allows = allowed(&names);
                if privileged("privileged") == Some(Switch::On) {
                    allows.push("privileged");
                }
                let words = format!("allowedProfileNames: {}", names.join(", "));
                self.found.guards.push(guard(allows, words, listed.unwrap_or(node)));
                true
            }
            _ => false,
        }
    }
}

fn allowed(names: &[String]) -> Vec<&'static str> {
    let mut allows = vec![ALL[0]];
    for name in names {
        match name.as_str() {
            "*" => allows.extend(&ALL[1..4]),
            "runtime/default" | "docker/default" => allows.push(ALL[1]),
            "unconfined" => allows.push(ALL[3]),
            name if name.starts_with("localhost/") => allows.push(ALL[2]),
            _ => {}
        }
    }
    allows.sort_by_key(|word| ALL.iter().position(|known| known == word));
    allows.dedup();
    allows
}
