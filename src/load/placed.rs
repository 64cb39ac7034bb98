//! What an overlay resolves to, with places in the overlay's own file.

use super::Loaded;
use crate::profile::{ArgCmp, Filter, Profile, Rule, Span, Spanned};

impl Loaded {
    /// The same profile, placed in the file that it was resolved from: what that file says itself
    /// where it does, and the rest where it names the files that say it. The text is that of the file
    /// as well, no longer that of the profile.
    pub fn placed_in(self, own: &Loaded) -> Loaded {
        let rest = own.profile.extends.last().map_or(Span::default(), |name| name.span);
        let profile = placed(self.profile, &Places { own: &own.profile, rest });
        Loaded { source: own.source.clone(), profile, warnings: own.warnings.clone(), ..self }
    }
}

struct Places<'a> {
    own: &'a Profile,
    /// Where the files are named that say what the file does not.
    rest: Span,
}

impl Places<'_> {
    /// The rule of the file, and the name in it, that say a rule of a name: the likest one.
    fn of(&self, rule: &Rule, name: &str) -> Option<(&Rule, Span)> {
        let named = self.own.rules.iter().filter_map(|own| {
            let span = own.name.iter().chain(&own.names).find(|own| own.value == name)?.span;
            Some((own, span))
        });
        let likeness = |own: &Rule| {
            let args = |rule: &Rule| -> Vec<(u8, u64, u64)> {
                rule.args.iter().map(|arg| (arg.index, arg.value, arg.value_two)).collect()
            };
            (own.action.value == rule.action.value, args(own) == args(rule))
        };
        // Of two alike the first.
        named.rev().max_by_key(|(own, _)| likeness(own))
    }

    fn moved<T>(&self, value: Option<Spanned<T>>, own: Option<Span>) -> Option<Spanned<T>> {
        value.map(|value| Spanned::new(value.value, own.unwrap_or(self.rest)))
    }

    fn all(&self, values: &mut [Spanned<String>], own: &[Spanned<String>]) {
        for value in values {
            let same = own.iter().find(|own| own.value == value.value);
            value.span = same.map_or(self.rest, |own| own.span);
        }
    }

    fn rule(&self, rule: &mut Rule) {
        let names = rule.name.iter().chain(&rule.names);
        let own = names.filter_map(|name| self.of(rule, &name.value)).next().map(|(own, _)| own);
        let spans: Vec<Span> = rule
            .name
            .iter()
            .chain(&rule.names)
            .map(|name| self.of(rule, &name.value).map_or(self.rest, |(_, span)| span))
            .collect();
        for (name, span) in rule.name.iter_mut().chain(&mut rule.names).zip(spans) {
            name.span = span;
        }
        rule.span = own.map_or(self.rest, |own| own.span);
        rule.action.span = own.map_or(self.rest, |own| own.action.span);
        rule.errno_ret = self.moved(rule.errno_ret.take(), own.map(|own| own.span));
        rule.errno = self.moved(rule.errno.take(), own.map(|own| own.span));
        for arg in &mut rule.args {
            let is_same = |own: &&ArgCmp| {
                (own.index, own.op, own.value, own.value_two)
                    == (arg.index, arg.op, arg.value, arg.value_two)
            };
            let same = own.and_then(|own| own.args.iter().find(is_same));
            arg.span = same.map_or(rule.span, |same| same.span);
        }
        for (filter, own) in [
            (&mut rule.includes, own.map(|own| &own.includes)),
            (&mut rule.excludes, own.map(|own| &own.excludes)),
        ] {
            let Filter { arches, caps, min_kernel } = filter;
            self.all(arches, own.map_or(&[], |own| &own.arches));
            self.all(caps, own.map_or(&[], |own| &own.caps));
            let own = own.and_then(|own| own.min_kernel.as_ref());
            *min_kernel = self.moved(min_kernel.take(), own.map(|own| own.span));
        }
    }
}

fn placed(mut profile: Profile, places: &Places) -> Profile {
    let own = places.own;
    let Profile { default_action, default_errno_ret, default_errno, .. } = &mut profile;
    // An overlay's own default action is not always the one that counts.
    let is_own = default_action.as_ref().map(|action| &action.value)
        == own.default_action.as_ref().map(|action| &action.value);
    let span = own.default_action.as_ref().map(|action| action.span).filter(|_| is_own);
    *default_action = places.moved(default_action.take(), span);
    *default_errno_ret = places.moved(default_errno_ret.take(), span);
    *default_errno = places.moved(default_errno.take(), span);
    places.all(&mut profile.architectures, &own.architectures);
    places.all(&mut profile.flags, &own.flags);
    for entry in &mut profile.arch_map {
        let same = own.arch_map.iter().find(|o| o.architecture.value == entry.architecture.value);
        entry.architecture.span = same.map_or(places.rest, |own| own.architecture.span);
        places.all(&mut entry.sub_architectures, same.map_or(&[], |own| &own.sub_architectures));
    }
    for rule in &mut profile.rules {
        places.rule(rule);
    }
    profile
}
