//! A policy of one store, made once more in another: far cheaper than to build it there.

use super::abi::{AbiPolicy, HostPolicy};
use super::build::Policy;
use crate::decision::{Adoption, Decision, Store, TooLarge};

impl Policy {
    /// The same policy in another store.
    ///
    /// # Errors
    /// A bound of that store.
    pub(crate) fn adopted(&self, from: &Store, to: &mut Store) -> Result<Policy, TooLarge> {
        let mut adoption = Adoption::new(from, to);
        let mut hosts = Vec::with_capacity(self.hosts().len());
        for of_host in self.hosts() {
            let abis = match &of_host.abis {
                Ok(abis) => Ok(abis
                    .iter()
                    .map(|abi| adopted(&mut adoption, abi))
                    .collect::<Result<Vec<_>, _>>()?),
                Err(refused) => Err(refused.clone()),
            };
            hosts.push(HostPolicy { host: of_host.host, abis });
        }
        self.with(hosts, &mut |kept| adoption.set(kept))
    }
}

fn adopted(adoption: &mut Adoption, abi: &AbiPolicy) -> Result<AbiPolicy, TooLarge> {
    let mut all = |calls: &[Decision]| -> Result<Vec<Decision>, TooLarge> {
        let mut made = Vec::with_capacity(calls.len());
        for &call in calls {
            made.push(adoption.decision(call)?);
        }
        Ok(made)
    };
    let (calls, bare) = (all(&abi.calls)?, all(&abi.bare)?);
    let default = adoption.decision(abi.default)?;
    let others = abi.others.iter();
    let others = others.map(|&(upto, other)| Ok((upto, adoption.decision(other)?)));
    let others = others.collect::<Result<Vec<_>, TooLarge>>()?;
    let AbiPolicy { abi, in_filter, is_blind, boundary, .. } = *abi;
    Ok(AbiPolicy { abi, in_filter, is_blind, calls, bare, default, others, boundary })
}
