//! What another machine makes of a profile, told by the policy of one machine: where the two differ in
//! runc's stub or in the names that libseccomp knows alone, no rule has to be compiled again.

use super::build::Policy;
use super::stub::Stub;
use crate::decision::{Assignment, Decision, Part, Set, Store, TooLarge};
use crate::machine::Machine;
use crate::profile::{Action, Profile};
use crate::semantics::code;
use crate::semantics::libseccomp::is_mended;
use crate::semantics::resolve::rules;
use crate::syscall::{Abi, Host, Library, Multiplexer, Syscall};

/// What the native programs of a host get on another machine.
pub(crate) struct Elsewhere<'a> {
    policy: &'a Policy,
    host: Host,
    library: Library,
    stub: Option<Stub>,
}

impl Policy {
    /// The native programs of a host on another machine; `None` where the profile has to be read anew for
    /// that, which it is not if
    ///
    /// - the runtimes differ in their stub and in the order in which they ask for calls alone;
    /// - the library knows no name that this one's does not, and compiles the rules of each call alike;
    /// - no call hangs on another one, and the filter still looks at the number first.
    ///
    /// # Errors
    /// A bound of the store.
    pub(crate) fn elsewhere(
        &self,
        store: &mut Store,
        profile: &Profile,
        host: Host,
        machine: Machine,
    ) -> Result<Option<Elsewhere<'_>>, TooLarge> {
        let own = self.settings().machine;
        let (runtime, library) = (machine.runtime, machine.library);
        let is_alike = !self.is_filter()
            && !self.is_off()
            && self.is_by_call()
            && profile.flags.is_empty()
            && machine.engine == own.engine
            && runtime.reads_alike_but_for_stub(own.runtime, profile)
            && library <= own.library
            && !host.native().has_multiplexers()
            && self.abi(host, host.native()).is_some_and(|abi| abi.in_filter && !abi.is_blind);
        store.meter().spend(Part::Names, Syscall::count());
        if !is_alike
            || library != own.library && !self.compiles_alike(host, own.library, library)
            || !self.has_certain(profile, host, library)
        {
            return Ok(None);
        }
        let Ok(architectures) = rules::architectures(profile, machine, host) else {
            return Ok(None);
        };
        let is_listed = || architectures.listed.contains(&host.native());
        let has_stub = runtime.has_stub() && (runtime.stub_has_native() || is_listed());
        let stub = match has_stub && !self.without_stub {
            true => {
                let named = self.highest(profile, host, library);
                let default = self.default_action();
                Stub::of(store, machine, host.native(), (default, named))?
            }
            false => None,
        };
        Ok(Some(Elsewhere { policy: self, host, library, stub }))
    }

    /// Whether two libraries make the same programs of the rules for calls that both know.
    fn compiles_alike(&self, host: Host, own: Library, other: Library) -> bool {
        let multiplexers = [Multiplexer::Socketcall, Multiplexer::Ipc];
        let spreads = |library: Library| {
            host.abis().iter().map(move |&abi| library.spreads_to_multiplexers(abi))
        };
        // The actions of each call's rules, those behind one multiplexer together.
        let mut behind = [None; 2];
        let mut is_one_action = true;
        for syscall in Syscall::all() {
            let mut mentions = self.mentions(syscall).iter().map(|mention| mention.action);
            let Some(first) = mentions.next() else { continue };
            is_one_action &= mentions.all(|action| action == first);
            for (multiplexer, action) in multiplexers.into_iter().zip(&mut behind) {
                let inside = syscall.multiplexer().is_some_and(|(of, _)| of == multiplexer);
                if inside || multiplexer.syscall() == Some(syscall) {
                    if !syscall.is_known_to(other) {
                        return false;
                    }
                    is_one_action &= *action.get_or_insert(first) == first;
                }
            }
        }
        spreads(own).eq(spreads(other)) && (is_mended(own) == is_mended(other) || is_one_action)
    }

    /// Whether a call that the library knows is sure to have an entry without a test on the host's native
    /// ABI, so that the filter looks at the number first.
    fn has_certain(&self, profile: &Profile, host: Host, library: Library) -> bool {
        Syscall::all().any(|syscall| {
            let Some(first) = self.mentions(syscall).first() else { return false };
            let number = syscall.number(host.native());
            number.is_some()
                && first.kept.is_all()
                && first.is_on(host)
                && first.action != self.default_action()
                && profile.rules.get(first.rule).is_some_and(|rule| rule.args.is_empty())
                && syscall.is_known_to(library)
                && syscall.number_in(host.native(), library) == number
        })
    }

    /// The highest number that each rule names on the native ABI of a host that keeps it, where it is
    /// above 0, with where it is kept.
    fn highest(&self, profile: &Profile, host: Host, library: Library) -> Vec<(u32, Set)> {
        let mut highest = vec![(0, Set::EMPTY); profile.rules.len()];
        for syscall in Syscall::all().filter(|call| call.is_known_to(library)) {
            let Some(number) = syscall.number_in(host.native(), library) else { continue };
            for mention in self.mentions(syscall).iter().filter(|mention| mention.is_on(host)) {
                if let Some(of_rule) = highest.get_mut(mention.rule) {
                    *of_rule = (number.max(of_rule.0), mention.kept);
                }
            }
        }
        highest.retain(|(number, _)| *number > 0);
        highest
    }
}

impl Elsewhere<'_> {
    /// What a call gets without the stub, and where the stub answers; `None` for one that the ABI lacks.
    fn parts(&self, syscall: Syscall) -> Option<(Decision, Set)> {
        let native: Abi = self.host.native();
        let number = syscall.number(native)?;
        let abi = self.policy.abi(self.host, native)?;
        let is_known = syscall.is_known_to(self.library)
            && syscall.number_in(native, self.library) == Some(number);
        let bare = if is_known { abi.bare_decision(number)? } else { abi.default() };
        Some((bare, self.stub.as_ref().map_or(Set::EMPTY, |stub| stub.answers(number))))
    }

    /// The decision for a call; `None` for one that the ABI lacks.
    ///
    /// # Errors
    /// A bound of the store.
    pub fn decision(
        &self,
        store: &mut Store,
        syscall: Syscall,
    ) -> Result<Option<Decision>, TooLarge> {
        let Some((bare, stub)) = self.parts(syscall) else { return Ok(None) };
        let enosys = Decision::leaf(code::leaf(Action::Errno(Stub::ERRNO)));
        store.choose(stub, enosys, bare).map(Some)
    }

    /// The action for one call.
    pub fn action(&self, store: &Store, syscall: Syscall, point: &Assignment) -> Option<Action> {
        let (bare, stub) = self.parts(syscall)?;
        match store.evaluate(stub.decision(), point) {
            1 => Some(Action::Errno(Stub::ERRNO)),
            _ => Some(code::action(store.evaluate(bare, point))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{LoadOptions, load, parse};
    use crate::machine::{Engine, Runtime};
    use crate::semantics::Settings;

    /// Conditions, contradicting actions behind a multiplexer, a filter that need not look at the number,
    /// a default action that leaves the stub out, and one that lets it be told by the errno.
    const TEXTS: [&str; 5] = [
        r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["read", "mseal", "statmount", "memfd_secret"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args":
                [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]}]}"#,
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 16, "op": "SCMP_CMP_GE"}]},
            {"names": ["accept4"], "action": "SCMP_ACT_KILL", "args": [{"index": 3, "value": 38, "op": "SCMP_CMP_EQ"}]},
            {"names": ["cachestat"], "action": "SCMP_ACT_KILL"}]}"#,
        r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["read", "chown32", "futex_wait"], "action": "SCMP_ACT_ALLOW", "args":
                [{"index": 1, "value": 7, "op": "SCMP_CMP_LE"}]}]}"#,
        r#"{"defaultAction": "SCMP_ACT_LOG", "syscalls": [
            {"names": ["openat2", "mseal"], "action": "SCMP_ACT_ERRNO"}]}"#,
        r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures":
            ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [
            {"names": ["read", "write", "riscv_hwprobe"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["mseal"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#,
    ];

    #[test]
    fn it_is_what_the_machine_makes_of_the_profile() {
        let named = ["docker@20.10.0", "default", "podman"];
        let named = named.map(|name| load(name, &LoadOptions::default()).unwrap());
        let texts =
            TEXTS.map(|text| parse("a.json", text.as_bytes(), &LoadOptions::default()).unwrap());
        let runtimes = ["runc@1.0.0-rc93", "runc@1.1.5", "runc@1.3.6"];
        let runtimes = runtimes.map(|name| Runtime::parse(name).unwrap());
        let (mut told, mut calls) = (0, 0);
        for loaded in named.iter().chain(&texts) {
            let settings = Settings::new(Engine::of_loaded(loaded));
            let mut store = Store::default();
            let own = Policy::build(&mut store, &loaded.profile, &settings).unwrap();
            for host in [Host::Amd64, Host::Arm64, Host::S390x, Host::Mips64] {
                for library in Library::ALL {
                    let runtime = runtimes[library as usize % runtimes.len()];
                    let machine = Machine { library, runtime, ..settings.machine };
                    let there = own.elsewhere(&mut store, &loaded.profile, host, machine).unwrap();
                    let Some(there) = there else { continue };
                    let anew = Settings { hosts: vec![host], machine, ..settings.clone() };
                    let anew = Policy::build(&mut store, &loaded.profile, &anew).unwrap();
                    told += 1;
                    for (_, syscall, decision) in anew.abi(host, host.native()).unwrap().calls() {
                        let found = there.decision(&mut store, syscall).unwrap();
                        assert_eq!(found, Some(decision), "{syscall} {host:?} {library:?}");
                        calls += usize::from(
                            found
                                != own.abi(host, host.native()).and_then(|abi| {
                                    abi.bare_decision(syscall.number(host.native())?)
                                }),
                        );
                    }
                }
            }
        }
        assert!(told > 50 && calls > 1000, "{told} {calls}");
    }
}
