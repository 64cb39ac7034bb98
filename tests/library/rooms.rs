//! The rooms of the house have an order: files and folders that stand beside each other never need each other,
//! neither straight nor by way of others. So it is at every level of `src/`; a folder's head and what is in it
//! are one room, from outside.
//!
//! It is read from the source: `use`, and paths in code. A name that is handed on (`pub use`) is looked for
//! where it is defined.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, UseTree, Visibility};

type Name = Vec<String>;

/// What a file says of others.
#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    defines: BTreeSet<String>,
    /// A path, the name that it gets, and whether it is handed on.
    uses: Vec<(Name, String, bool)>,
    /// Paths in code.
    paths: BTreeSet<Name>,
}

#[derive(Default)]
struct House {
    modules: BTreeMap<Name, Module>,
}

fn is_of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text: String = attribute.to_token_stream().to_string().split_whitespace().collect();
        text.contains("cfg(test)")
    })
}

/// The name of an item, and what stands before it.
fn named(item: &Item) -> (Option<String>, &[Attribute]) {
    match item {
        Item::Const(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Enum(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Fn(item) => (Some(item.sig.ident.to_string()), &item.attrs),
        Item::Macro(item) => (item.ident.as_ref().map(ToString::to_string), &item.attrs),
        Item::Mod(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Static(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Struct(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Trait(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Type(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Union(item) => (Some(item.ident.to_string()), &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        Item::Use(item) => (None, &item.attrs),
        _ => (None, &[]),
    }
}

impl House {
    fn read(&mut self, file: &Path, folder: PathBuf, name: Name) {
        let text = std::fs::read_to_string(file).unwrap_or_else(|_| panic!("{}", file.display()));
        let mut module = Module::default();
        for item in syn::parse_file(&text).expect("Rust").items {
            let (own, attributes) = named(&item);
            if is_of_tests(attributes) {
                continue;
            }
            match &item {
                Item::Use(item) => {
                    let is_handed_on = !matches!(item.vis, Visibility::Inherited);
                    let mut uses = Vec::new();
                    leaves(&item.tree, Vec::new(), &mut uses);
                    module
                        .uses
                        .extend(uses.into_iter().map(|(path, as_)| (path, as_, is_handed_on)));
                }
                Item::Mod(item) if item.content.is_none() => {
                    let child = item.ident.to_string();
                    let (flat, deep) =
                        (folder.join(format!("{child}.rs")), folder.join(&child).join("mod.rs"));
                    let file = if flat.exists() { flat } else { deep };
                    // Another file stands in the place of the tracer where there is none.
                    if file.exists() && module.children.insert(child.clone()) {
                        let path = name.iter().cloned().chain([child.clone()]).collect();
                        self.read(&file, folder.join(child), path);
                    }
                }
                item => module.paths.extend(paths(&item.to_token_stream().to_string())),
            }
            module.defines.extend(own.filter(|own| !module.children.contains(own)));
        }
        self.modules.insert(name, module);
    }

    /// Where what a path names is defined.
    fn find(
        &self,
        from: &Name,
        path: &[String],
        seen: &mut BTreeSet<(Name, String)>,
    ) -> Option<Name> {
        let first = path.first()?;
        let (mut at, mut rest) = (from.clone(), path);
        match first.as_str() {
            "crate" => (at, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child if self.modules[from].children.contains(child) => {}
            // A name that is brought in.
            name => {
                if !seen.insert((from.clone(), name.to_owned())) {
                    return None;
                }
                let uses = self.modules[from].uses.iter();
                let mut brought = uses.filter(|(used, as_, _)| as_ == name && used[0] != name);
                return brought.find_map(|(used, ..)| {
                    let whole: Vec<String> = used.iter().chain(&path[1..]).cloned().collect();
                    self.find(from, &whole, seen)
                });
            }
        }
        self.below(at, rest, seen)
    }

    fn below(
        &self,
        at: Name,
        rest: &[String],
        seen: &mut BTreeSet<(Name, String)>,
    ) -> Option<Name> {
        let (Some(word), Some(module)) = (rest.first(), self.modules.get(&at)) else {
            return self.modules.contains_key(&at).then_some(at);
        };
        if module.children.contains(word) {
            let below = at.into_iter().chain([word.clone()]).collect();
            return self.below(below, &rest[1..], seen);
        }
        if module.defines.contains(word) || !seen.insert((at.clone(), word.clone())) {
            return Some(at);
        }
        let handed_on =
            module.uses.iter().filter(|(_, as_, _)| as_ == word).find_map(|(used, ..)| {
                let whole: Vec<String> = used.iter().chain(&rest[1..]).cloned().collect();
                self.find(&at, &whole, seen)
            });
        handed_on.or(Some(at))
    }

    /// Which file needs which, and by what name.
    fn needs(&self) -> BTreeMap<(Name, Name), Name> {
        let mut needs = BTreeMap::new();
        for (name, module) in &self.modules {
            let used = module.uses.iter().filter(|(.., is_handed_on)| !is_handed_on);
            for path in used.map(|(path, ..)| path).chain(&module.paths) {
                if let Some(of) =
                    self.find(name, path, &mut BTreeSet::new()).filter(|of| of != name)
                {
                    needs.entry((name.clone(), of)).or_insert_with(|| path.clone());
                }
            }
        }
        needs
    }
}

/// The paths of a `use`, and the names that they get.
fn leaves(tree: &UseTree, mut path: Name, into: &mut Vec<(Name, String)>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            leaves(&part.tree, path, into);
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|item| leaves(item, path.clone(), into));
        }
        UseTree::Name(name) => leaf(path, &name.ident.to_string(), None, into),
        UseTree::Rename(name) => {
            leaf(path, &name.ident.to_string(), Some(name.rename.to_string()), into);
        }
        UseTree::Glob(_) => leaf(path, "*", None, into),
    }
}

fn leaf(mut path: Name, name: &str, as_: Option<String>, into: &mut Vec<(Name, String)>) {
    if name != "self" {
        path.push(name.to_owned());
    }
    let last = path.last().cloned().unwrap_or_default();
    into.push((path, as_.unwrap_or(last)));
}

/// The paths of several words in tokens.
fn paths(tokens: &str) -> BTreeSet<Name> {
    let is_sign = |c: char| "(){}[]<>,;&*!?.=|+-/\"'#".contains(c);
    let tokens: String = tokens.chars().map(|c| if is_sign(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = tokens.split_whitespace().collect();
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < words.len() {
        let mut path = vec![words[at].to_owned()];
        let first = at;
        while words.get(at + 1) == Some(&"::") && at + 2 < words.len() {
            path.push(words[at + 2].to_owned());
            at += 2;
        }
        // `pub(in crate::diff)` says who may, and not who does.
        let is_scope = first >= 2 && words[first - 2..first] == ["pub", "in"];
        if path.len() > 1 && !is_scope {
            found.insert(path);
        }
        at += 1;
    }
    found
}

/// The names that lead back to themselves.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let reach = |from: &String| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(at) = left.pop() {
            left.extend(
                edges.get(at).into_iter().flatten().filter(|to| seen.insert((*to).clone())),
            );
        }
        seen
    };
    edges.keys().filter(|name| reach(name).contains(*name)).cloned().collect()
}

#[test]
fn rooms_beside_each_other_have_an_order() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut house = House::default();
    house.read(&source.join("lib.rs"), source, Vec::new());
    let needs = house.needs();
    let is_needed = |from: &str, to: &str| {
        needs.keys().any(|(a, b)| {
            a.first().is_some_and(|room| room == from) && b.first().is_some_and(|room| room == to)
        })
    };
    assert!(is_needed("diff", "semantics") && !is_needed("semantics", "diff"));
    let mut found = Vec::new();
    for head in house.modules.keys() {
        let level = head.len();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let beside = |name: &Name| name.starts_with(head).then(|| name.get(level).cloned())?;
        let pairs: Vec<_> = needs
            .iter()
            .filter_map(|((from, to), by)| Some((beside(from)?, beside(to)?, from, to, by)))
            .filter(|(from, to, ..)| from != to)
            .collect();
        for (from, to, ..) in &pairs {
            edges.entry(from.clone()).or_default().insert(to.clone());
        }
        let bad = circles(&edges);
        for (from, to, file, of, by) in pairs {
            if bad.contains(&from) && bad.contains(&to) {
                found.push(format!("{} needs {}: {}", file.join("/"), of.join("/"), by.join("::")));
            }
        }
    }
    assert!(found.is_empty(), "circles:\n{}", found.join("\n"));
}

#[test]
fn circles_are_found() {
    let edges = |pairs: &[(&str, &str)]| {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            edges.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        edges
    };
    assert!(circles(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    assert_eq!(circles(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])), ["b", "c"]);
    let words = "pub (in crate :: load) fn f () { super :: a :: B :: c (crate :: d :: E) }";
    let found = paths(words);
    assert_eq!(
        found.iter().map(|path| path.join("::")).collect::<Vec<_>>(),
        ["crate::d::E", "super::a::B::c"]
    );
}
