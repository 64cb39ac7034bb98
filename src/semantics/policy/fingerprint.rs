//! A hash of a whole function.

use super::abi::AbiPolicy;
use super::build::Policy;
use crate::decision::var::{self, Group};
use crate::decision::{Decision, Leaf, Store};
use crate::semantics::code;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::fmt;

/// A hash of a policy's function: equal for two policies exactly when no call on any of their
/// hosts, in no environment, gets another action.
///
/// It hangs on nothing else: not on the text of the profile, not on the machine, not on what else
/// is in the store. As text it is `sd2:` and 64 hexadecimal digits; the digit would change with the
/// way of hashing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(Hash);

type Hash = [u8; 32];

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sd2:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Policy {
    /// The hash of the function, which was built in that store.
    pub fn fingerprint(&self, store: &Store) -> Fingerprint {
        let mut memo = FxHashMap::default();
        let mut hosts: Vec<_> = self.hosts().iter().collect();
        hosts.sort_by_key(|policy| policy.host.name());
        hosts.dedup_by_key(|policy| policy.host);
        let mut hasher = Sha256::new_with_prefix(b"sdiff policy 2\n");
        for policy in hosts {
            text(&mut hasher, policy.host.name());
            match &policy.abis {
                Ok(abis) => {
                    hasher.update((abis.len() as u32).to_le_bytes());
                    for abi in abis {
                        text(&mut hasher, abi.abi.name());
                        hasher.update(of_abi(store, abi, &mut memo));
                    }
                }
                // No container starts there.
                Err(_) => hasher.update(u32::MAX.to_le_bytes()),
            }
        }
        Fingerprint(hasher.finalize().into())
    }
}

/// Which numbers have a name is no part of the function, nor is whether the filter has the ABI.
fn of_abi(store: &Store, policy: &AbiPolicy, memo: &mut FxHashMap<Decision, Hash>) -> Hash {
    let mut hasher = Sha256::new();
    for (upto, decision) in policy.runs() {
        hasher.update(upto.to_le_bytes());
        hasher.update(store.fold(decision, memo, &leaf, &node));
    }
    hasher.finalize().into()
}

fn leaf(leaf: Leaf) -> Hash {
    let mut hasher = Sha256::new_with_prefix(b"leaf");
    text(&mut hasher, code::action(leaf).name().oci_name());
    hasher.update((leaf as u16).to_le_bytes());
    hasher.finalize().into()
}

fn node(var: u16, low: Hash, high: Hash) -> Hash {
    let group = var::group(var);
    let bit = group.range().1 - 1 - var;
    let (kind, index) = match group {
        Group::Architecture => (b'h', 0),
        Group::Number => (b'n', 0),
        Group::Capability(capability) => (b'c', capability),
        Group::Kernel => (b'k', 0),
        Group::Arg(index) => (b'a', index),
    };
    let mut hasher = Sha256::new_with_prefix([kind, index, bit as u8]);
    hasher.update(low);
    hasher.update(high);
    hasher.finalize().into()
}

/// A text with its length before it, so that two texts in a row cannot be split otherwise.
fn text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u32).to_le_bytes());
    hasher.update(text);
}
