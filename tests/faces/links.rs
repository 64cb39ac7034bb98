//! Every relative link of the pages leads somewhere, and the book has every page.

use comrak::nodes::NodeValue;
use comrak::{Anchorizer, Arena, Options, parse_document};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that are checked: those of the book, and those that stand beside it.
fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).expect("docs/").flatten();
    let docs = docs.map(|entry| entry.path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    for name in
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "tests/real/README.md"]
    {
        pages.push(root().join(name));
    }
    pages
}

/// Where a page's links lead, and what can be led to in it.
#[derive(Debug, Default)]
struct Page {
    links: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
}

fn read(path: &Path) -> Page {
    let text = std::fs::read_to_string(path).expect("a page");
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    let (mut page, mut anchors) = (Page::default(), Anchorizer::new());
    let mut heading: Option<String> = None;
    // A heading's text follows it, before the next block.
    let end = |heading: &mut Option<String>, page: &mut Page, anchors: &mut Anchorizer| {
        if let Some(text) = heading.take() {
            page.anchors.insert(anchors.anchorize(&text));
        }
    };
    for node in parse_document(&arena, &text, &options).descendants() {
        let data = node.data.borrow();
        if data.value.block() {
            end(&mut heading, &mut page, &mut anchors);
        }
        match &data.value {
            NodeValue::Heading(_) => heading = Some(String::new()),
            NodeValue::Link(link) | NodeValue::Image(link) => {
                page.links.push((data.sourcepos.start.line, link.url.clone()));
            }
            NodeValue::Text(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(text);
                }
            }
            NodeValue::Code(code) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&code.literal);
                }
            }
            _ => {}
        }
    }
    end(&mut heading, &mut page, &mut anchors);
    page
}

#[test]
fn every_link_leads_somewhere() {
    let mut known: BTreeMap<PathBuf, Page> = BTreeMap::new();
    let (mut broken, mut count) = (Vec::new(), 0);
    for path in pages() {
        let links = known.entry(path.clone()).or_insert_with(|| read(&path)).links.clone();
        for (line, url) in links {
            let own = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
            let (at, url) = match url.strip_prefix(own) {
                // What leads out of the book into the repository.
                Some(inside) => (root().to_owned(), inside.to_owned()),
                None if url.contains("://") || url.starts_with("mailto:") => continue,
                None => (path.parent().expect("a folder").to_owned(), url),
            };
            count += 1;
            let (file, anchor) = url.split_once('#').unwrap_or((&url, ""));
            let target = if file.is_empty() { path.clone() } else { at.join(file) };
            // What site/book puts there.
            let is_built = file == "page/index.html";
            let is_in_book = path.starts_with(root().join("docs"));
            let leaves = is_in_book && file.starts_with("../");
            if (!target.exists() && !is_built) || leaves {
                broken.push(format!("{}:{line}: {url}", path.display()));
            } else if !anchor.is_empty() {
                let target = std::fs::canonicalize(&target).expect("a page");
                let page = known.entry(target.clone()).or_insert_with(|| read(&target));
                if !page.anchors.contains(anchor) {
                    broken.push(format!("{}:{line}: {url}: no such heading", path.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(count > 100, "{count} links");
}

#[test]
fn the_book_has_every_page_once() {
    let summary = read(&root().join("docs/SUMMARY.md"));
    let mut listed: Vec<String> = summary.links.into_iter().map(|(_, url)| url).collect();
    listed.push("SUMMARY.md".to_owned());
    listed.sort();
    let name = |path: PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let docs = pages().into_iter().filter(|path| path.starts_with(root().join("docs")));
    let mut there: Vec<String> = docs.map(name).collect();
    there.sort();
    assert_eq!(listed, there);
}

/// Files and folders that a page for those who work on it names are there.
#[test]
fn every_named_path_is_there() {
    let (mut missing, mut count) = (Vec::new(), 0);
    // What was true of a release stays as it was said, and sources of others are not here.
    let others = ["CHANGELOG.md", "meaning.md"];
    for page in pages().into_iter().filter(|page| !others.iter().any(|other| page.ends_with(other)))
    {
        let text = std::fs::read_to_string(&page).expect("a page");
        let page = page.display();
        // Code in lines and in blocks, word by word.
        for word in text.split(|c: char| c.is_whitespace() || "`(),;:".contains(c)) {
            let word = word.trim_end_matches(['.', ':']);
            let is_path = ["src/", "docs/", "tests/", "examples/", "site/", "fuzz/", ".ci/"]
                .iter()
                .any(|start| word.starts_with(start));
            if !is_path || word.contains(['*', '#', '<', '$', '|']) {
                continue;
            }
            count += 1;
            if !root().join(word).exists() {
                missing.push(format!("{page}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count > 40, "{count} paths");
}
