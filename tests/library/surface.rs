//! The public surface of the library, read from the source and held in a snapshot: what is added, taken away or
//! changed shows in the diff. `INSTA_UPDATE=always cargo test --test library surface` writes it.
//!
//! It is what the source says: items that are reached by `pub mod` and `pub use`, their public fields, variants
//! and methods, and which traits they have. What only a compiler knows (auto traits) is not in it.

// Clippy takes only the functions marked as tests for tests.
#![allow(clippy::expect_used, clippy::panic)]

use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Type, UseTree, Visibility};

type Name = Vec<String>;

/// The modules by their paths, with what stands in each.
#[derive(Default)]
struct Crate {
    modules: BTreeMap<Name, Vec<Item>>,
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = words(attribute);
        text.contains("cfg(test)") || text.contains("doc(hidden)")
    })
}

/// Tokens, with the space between them that a person would put.
fn words(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" :", ":"),
        (" ;", ";"),
        ("[ ", "["),
        (" ]", "]"),
        (" [", "["),
        ("-> ", " -> "),
        (" -  >", " ->"),
        ("->", " ->"),
        ("  ", " "),
        ("  ", " "),
    ] {
        text = text.replace(from, to);
    }
    text
}

impl Crate {
    fn read(&mut self, file: &Path, folder: PathBuf, path: Name) {
        let text = std::fs::read_to_string(file).unwrap_or_else(|_| panic!("{}", file.display()));
        let items = syn::parse_file(&text).expect("Rust").items;
        for item in &items {
            let Item::Mod(module) = item else { continue };
            if module.content.is_some() || is_hidden(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            // Another file in the place of the tracer where there is none.
            let (flat, deep) =
                (folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs"));
            let file = if flat.exists() { flat } else { deep };
            if file.exists() {
                let path = path.iter().cloned().chain([name.clone()]).collect();
                self.read(&file, folder.join(&name), path);
            }
        }
        self.modules.insert(path, items);
    }

    /// Where the thing of a path is defined, as seen from a module.
    fn resolve(&self, from: &Name, path: &[String], depth: usize) -> Option<(Name, String)> {
        let (first, rest) = path.split_first()?;
        if depth > 20 {
            return None;
        }
        let (module, rest): (Name, &[String]) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (from.clone(), rest),
            "super" => (from[..from.len().saturating_sub(1)].to_vec(), rest),
            _ => (from.clone(), path),
        };
        let (name, rest) = rest.split_first()?;
        if name == "super" {
            let path = [vec!["super".to_owned()], rest.to_vec()].concat();
            return self.resolve(&module, &path, depth + 1);
        }
        let child: Name = module.iter().cloned().chain([name.clone()]).collect();
        if !rest.is_empty() && self.modules.contains_key(&child) {
            let path = [vec!["self".to_owned()], rest.to_vec()].concat();
            return self.resolve(&child, &path, depth + 1);
        }
        for item in self.modules.get(&module)? {
            if rest.is_empty() && defined(item).as_ref() == Some(name) {
                return Some((module, name.clone()));
            }
            let Item::Use(item) = item else { continue };
            for (known, path) in leaves(&item.tree, Vec::new()) {
                if &known == name {
                    let path = [path, rest.to_vec()].concat();
                    return self.resolve(&module, &path, depth + 1);
                }
            }
        }
        None
    }

    /// Every line of the surface.
    fn surface(&self) -> Vec<String> {
        let mut shown: BTreeMap<(Name, String), BTreeSet<String>> = BTreeMap::new();
        let mut lines = BTreeSet::new();
        self.module(&Vec::new(), &mut shown, &mut lines);
        // What belongs to a type, wherever it stands.
        for (module, items) in &self.modules {
            for item in items {
                let Item::Impl(item) = item else { continue };
                let Type::Path(of) = &*item.self_ty else { continue };
                let path: Name =
                    of.path.segments.iter().map(|part| part.ident.to_string()).collect();
                let names = self.resolve(module, &path, 0).and_then(|key| shown.get(&key));
                for name in names.into_iter().flatten() {
                    if let Some((_, of, _)) = &item.trait_ {
                        lines.insert(format!("{name}: {}", words(of)));
                    }
                    for method in &item.items {
                        match method {
                            ImplItem::Fn(f) if is_public(&f.vis) && !is_hidden(&f.attrs) => {
                                lines.insert(format!("{name}::{}", words(&f.sig)));
                            }
                            ImplItem::Const(c) if is_public(&c.vis) => {
                                lines.insert(format!(
                                    "{name}::const {}: {}",
                                    c.ident,
                                    words(&c.ty)
                                ));
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        lines.into_iter().collect()
    }

    fn module(
        &self,
        path: &Name,
        shown: &mut BTreeMap<(Name, String), BTreeSet<String>>,
        lines: &mut BTreeSet<String>,
    ) {
        let at = [vec!["sdiff".to_owned()], path.clone()].concat().join("::");
        for item in &self.modules[path] {
            match item {
                Item::Mod(module) if is_public(&module.vis) && !is_hidden(&module.attrs) => {
                    let child: Name =
                        path.iter().cloned().chain([module.ident.to_string()]).collect();
                    lines.insert(format!("{at}::{} (module)", module.ident));
                    self.module(&child, shown, lines);
                }
                Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                    for (name, leaf) in leaves(&item.tree, Vec::new()) {
                        let whole: Name =
                            leaf.iter().skip_while(|part| *part == "crate").cloned().collect();
                        if self.modules.contains_key(&whole) && leaf[0] == "crate" {
                            // A room under a second name.
                            lines.insert(format!("{at}::{name} = crate::{}", whole.join("::")));
                            continue;
                        }
                        let key = self.resolve(path, &leaf, 0);
                        let key = key.unwrap_or_else(|| panic!("{at}::{name}: nothing there"));
                        self.defined(&key, &format!("{at}::{name}"), lines);
                        shown.entry(key).or_default().insert(format!("{at}::{name}"));
                    }
                }
                item => {
                    let Some(name) = defined(item).filter(|_| is_public(visibility(item))) else {
                        continue;
                    };
                    let key = (path.clone(), name.clone());
                    self.defined(&key, &format!("{at}::{name}"), lines);
                    shown.entry(key).or_default().insert(format!("{at}::{name}"));
                }
            }
        }
    }

    /// The lines of an item itself.
    fn defined(&self, (module, name): &(Name, String), at: &str, lines: &mut BTreeSet<String>) {
        for item in self.modules[module].iter().filter(|item| defined(item).as_ref() == Some(name))
        {
            match item {
                Item::Fn(item) => _ = lines.insert(format!("{at} = {}", words(&item.sig))),
                Item::Const(item) => _ = lines.insert(format!("{at}: {} (const)", words(&item.ty))),
                Item::Static(item) => {
                    _ = lines.insert(format!("{at}: {} (static)", words(&item.ty)))
                }
                Item::Type(item) => _ = lines.insert(format!("{at} = {} (type)", words(&item.ty))),
                Item::Struct(item) => {
                    lines.insert(format!(
                        "{at}{} (struct){}",
                        words(&item.generics),
                        marks(&item.attrs)
                    ));
                    fields(&item.fields, at, true, lines);
                }
                Item::Enum(item) => {
                    lines.insert(format!(
                        "{at}{} (enum){}",
                        words(&item.generics),
                        marks(&item.attrs)
                    ));
                    for variant in &item.variants {
                        lines.insert(format!("{at}::{} (variant)", variant.ident));
                        fields(&variant.fields, &format!("{at}::{}", variant.ident), false, lines);
                    }
                }
                Item::Trait(item) => {
                    lines.insert(format!("{at} (trait)"));
                    for method in &item.items {
                        if let TraitItem::Fn(method) = method {
                            lines.insert(format!("{at}::{}", words(&method.sig)));
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn fields(all: &Fields, at: &str, only_public: bool, lines: &mut BTreeSet<String>) {
    for (number, field) in all.iter().enumerate() {
        if !only_public || is_public(&field.vis) {
            let name = field.ident.as_ref().map_or(number.to_string(), ToString::to_string);
            lines.insert(format!("{at}.{name}: {}", words(&field.ty)));
        }
    }
}

/// What is derived, and whether more can come.
fn marks(attributes: &[Attribute]) -> String {
    let texts = attributes.iter().map(words);
    texts.filter(|text| text.contains("derive") || text.contains("non_exhaustive")).collect()
}

fn defined(item: &Item) -> Option<String> {
    Some(match item {
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        _ => return None,
    })
}

fn visibility(item: &Item) -> &Visibility {
    match item {
        Item::Fn(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Const(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Type(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        _ => &Visibility::Inherited,
    }
}

/// The names that a `use` brings, each with its path.
fn leaves(tree: &UseTree, before: Name) -> Vec<(String, Name)> {
    let with = |name: &dyn ToString| [before.clone(), vec![name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, with(&path.ident)),
        UseTree::Name(name) if name.ident == "self" => {
            vec![(before.last().cloned().unwrap_or_default(), before)]
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), with(&name.ident))],
        UseTree::Rename(name) => vec![(name.rename.to_string(), with(&name.ident))],
        UseTree::Group(group) => {
            group.items.iter().flat_map(|tree| leaves(tree, before.clone())).collect()
        }
        UseTree::Glob(_) => Vec::new(),
    }
}

#[test]
fn the_public_surface_is_what_the_snapshot_says() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut whole = Crate::default();
    whole.read(&src.join("lib.rs"), src, Vec::new());
    let surface = whole.surface();
    assert!(surface.len() > 500, "{}", surface.len());
    insta::assert_snapshot!(surface.join("\n"));
}
