//! What stands around a profile in a runtime's `config.json` and in what an engine says of a
//! container: capabilities, `no_new_privs`, the host.

use crate::load::error::LoadErrorKind;
use crate::load::known::names;
use crate::load::values::tree::{Node, Parsed, Value, fault, same_folded};
use crate::profile::{Capability, Environment};
use crate::syscall::Abi;

/// The last member of that name, as Go finds it; none where it is `null`.
pub(in crate::load) fn field<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    let members = node.members().iter().rev();
    let found = members.into_iter().find(|member| same_folded(&member.key, name));
    found.map(|member| &member.value).filter(|value| !matches!(value.value, Value::Null))
}

/// The same of an object.
pub(in crate::load) fn object<'n, 'a>(
    node: &'n Node<'a>,
    name: &'static str,
) -> Parsed<Option<&'n Node<'a>>> {
    match field(node, name) {
        Some(found) if !matches!(found.value, Value::Object(_)) => wrong(found, name, "an object"),
        found => Ok(found),
    }
}

/// The same of a boolean.
pub(in crate::load) fn boolean(node: &Node, name: &'static str) -> Parsed<Option<bool>> {
    match field(node, name) {
        None => Ok(None),
        Some(Node { value: Value::Bool(value), .. }) => Ok(Some(*value)),
        Some(found) => wrong(found, name, "a boolean"),
    }
}

/// The same of an array of strings; empty where it is not there.
pub(in crate::load) fn strings<'n, 'a>(
    node: &'n Node<'a>,
    name: &'static str,
) -> Parsed<Vec<(&'n str, &'n Node<'a>)>> {
    let items = match field(node, name) {
        None => return Ok(Vec::new()),
        Some(Node { value: Value::Array(items), .. }) => items,
        Some(found) => return wrong(found, name, "an array of strings"),
    };
    let text = |item: &'n Node<'a>| match item.as_str() {
        Some(text) => Ok((text, item)),
        None => wrong(item, name, "an array of strings"),
    };
    items.iter().map(text).collect()
}

fn wrong<T>(node: &Node, field: &'static str, expected: &'static str) -> Parsed<T> {
    fault(LoadErrorKind::Type { field, expected, found: node.what() }, node.span)
}

/// A capability, however it is written: `CAP_SYS_ADMIN`, `sys_admin`.
pub(in crate::load) fn capability(name: &str, node: &Node) -> Parsed<u64> {
    let upper = name.to_uppercase();
    let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
    match Capability::from_name(&full) {
        Some(capability) => Ok(1 << capability.bit()),
        None => {
            let nearest = names::nearest_capability(name);
            fault(LoadErrorKind::UnknownCapability { name: name.to_owned(), nearest }, node.span)
        }
    }
}

/// What a runtime's `config.json` says. Without `capabilities` runc and crun give none.
pub(in crate::load) fn of_bundle(root: &Node, architectures: &[Abi]) -> Parsed<Environment> {
    let Some(process) = object(root, "process")? else { return Ok(Environment::default()) };
    let capabilities = match object(process, "capabilities")? {
        None => None,
        Some(sets) => {
            let mut bounding = 0;
            for (name, node) in strings(sets, "bounding")? {
                bounding |= capability(name, node)?;
            }
            Some(bounding)
        }
    };
    Ok(Environment {
        capabilities,
        no_new_privileges: boolean(process, "noNewPrivileges")?,
        hosts: Environment::hosts_of(architectures),
        kernel: None,
    })
}
