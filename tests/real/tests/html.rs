//! The HTML report in a real Chromium: what a reader can do with it, that nothing leaves it, and
//! that nothing of a profile runs in it.

use sdiff::decision::Store;
use sdiff::diff::{Kind, compare};
use sdiff::load::{LoadOptions, load};
use sdiff::report::account::{Accepted, Account, Level, diff_account, table};
use sdiff::report::faces::html;
use sdiff::report::{Report, Side};
use sdiff::semantics::{Engine, Policy, Settings};
use sdiff_real::browser::Browser;
use sdiff_real::knobs;
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;

/// Docker's default of an old release against that of a newer one, with the table.
fn account() -> Account {
    let [old, new] = ["docker@20.10.0", "docker@29.4.3"]
        .map(|spec| load(spec, &LoadOptions::default()).expect("is built in"));
    let mut store = Store::default();
    let settings = Settings::new(Engine::Docker);
    let [old_policy, new_policy] = [&old, &new].map(|loaded| {
        Policy::build(&mut store, &loaded.profile, &settings).expect("has a meaning")
    });
    let comparison = compare(&mut store, &old_policy, &new_policy).expect("within bounds");
    let report = Report {
        old: Side { loaded: &old, policy: &old_policy },
        new: Side { loaded: &new, policy: &new_policy },
        comparison: &comparison,
        only: &Kind::ALL,
        hints: None,
        accepted: &[],
    };
    let mut account = diff_account(&report, true);
    let table = table(&mut store, Some(&old_policy), &new_policy).expect("within bounds");
    account.entries[0].table = Some(table);
    account
}

/// A browser, and a folder for pages.
struct Test {
    browser: Browser,
    folder: tempfile::TempDir,
}

impl Test {
    fn new(name: &str) -> Option<Test> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Some(browser) = Browser::start() else {
            knobs::skip(name, "no Chromium");
            return None;
        };
        Some(Test { browser, folder })
    }

    fn open(&mut self, page: &str) -> PathBuf {
        let file = self.folder.path().join("page.html");
        std::fs::write(&file, page).expect("writes");
        self.browser.open(&file);
        file
    }

    /// Fails if the page asked for anything but itself, or anything complained.
    fn is_quiet(&self, file: &std::path::Path) {
        let own = format!("file://{}", file.display());
        let foreign: Vec<_> =
            self.browser.loaded.iter().filter(|url| **url != own && *url != "data:,").collect();
        assert!(self.browser.loaded.contains(&own), "requests are seen");
        assert!(foreign.is_empty(), "{foreign:?}");
        assert!(self.browser.complaints.is_empty(), "{:?}", self.browser.complaints);
    }

    /// How many findings can be seen.
    fn shown(&mut self) -> u64 {
        self.browser.number(
            "[...document.querySelectorAll('.finding')].filter(n => n.checkVisibility()).length",
        )
    }

    fn rows(&mut self) -> u64 {
        self.browser.number("[...document.querySelectorAll('.calls tbody tr')].filter(n => n.checkVisibility()).length")
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.browser.press(&c.to_string());
        }
    }

    fn text_of(&mut self, selector: &str) -> String {
        let text = self.browser.value(&format!("document.querySelector({selector:?}).textContent"));
        text.as_str().unwrap_or_default().to_owned()
    }

    fn focused(&mut self) -> String {
        let id = self.browser.value("document.activeElement.closest('[id]')?.id ?? ''");
        id.as_str().unwrap_or_default().to_owned()
    }
}

/// That the tests below can fail: what is no part of the page is blocked and complained of, and a
/// request is seen.
#[test]
fn the_browser_sees_what_is_wrong() {
    let Some(mut test) = Test::new("the_browser_sees_what_is_wrong") else { return };
    let page = html(&account());
    test.open(&page.replace("\"use strict\";", "\"use strict\"; "));
    assert!(!test.browser.complaints.is_empty(), "a script with another hash does not run");
    assert_eq!(test.browser.value("document.querySelector('.controls').hidden"), json!(true));
    test.open(&page.replace("<main>", "<main><img src=\"http://127.0.0.1:9/x\">"));
    assert!(!test.browser.complaints.is_empty(), "an image is not allowed");
    test.open("<!DOCTYPE html><script>console.log(1)</script><img src=\"http://127.0.0.1:9/x\">");
    assert!(test.browser.loaded.iter().any(|url| url.contains("127.0.0.1")));
    assert!(!test.browser.complaints.is_empty());
}

#[test]
fn search_and_filters() {
    let Some(mut test) = Test::new("search_and_filters") else { return };
    let account = account();
    let file = test.open(&html(&account));
    let all = account.items().count() as u64;
    assert_eq!(test.shown(), all);
    assert_eq!(test.text_of("#count"), format!("{all} of {all} findings shown"));

    test.browser.press("/");
    assert_eq!(test.focused(), "search");
    test.type_text("Clone3");
    let found = account.items().filter(|(_, item)| item.message.contains("clone3")).count() as u64;
    assert!(found > 0 && found < all);
    assert_eq!(test.shown(), found);
    assert_eq!(test.rows(), 1, "the table has it too");
    let count = test.text_of("#count");
    assert!(count.starts_with(&format!("{found} of {all} findings shown")), "{count}");
    test.type_text(" nowhere");
    assert_eq!(test.shown(), 0);
    test.browser.press("Escape");
    assert_eq!(test.shown(), all);

    // A condition is found as well as a name.
    let in_words = |item: &sdiff::report::account::Item| {
        let effects = &mut item.effects.iter();
        effects.any(|effect| effect.words.contains("CAP_SYS_ADMIN"))
    };
    let expected = account.items().filter(|(_, item)| in_words(item)).count() as u64;
    test.browser.press("/");
    test.type_text("cap_sys_admin");
    assert!(expected > 0 && expected < all);
    assert!(test.shown() >= expected && test.shown() < all);
    test.browser.click("#reset");
    assert_eq!(test.shown(), all);

    for level in [Level::Error, Level::Warning, Level::Note] {
        let of = account.items().filter(|(_, item)| item.level == level).count() as u64;
        if of == 0 {
            continue;
        }
        let button = format!(".levels [data-level={}]", level.name());
        test.browser.click(&button);
        assert_eq!(test.shown(), all - of, "{}", level.name());
        test.browser.click(&button);
        assert_eq!(test.shown(), all);
    }
    for kind in ["added", "weakened", "removed"] {
        let of = account.items().filter(|(_, item)| item.rule == kind).count() as u64;
        assert!(of > 0, "{kind}");
        test.browser.value(&format!(
            "(() => {{ const kind = document.getElementById('kind'); kind.value = {kind:?}; \
             kind.dispatchEvent(new Event('change')); }})()"
        ));
        assert_eq!(test.shown(), of, "{kind}");
    }
    test.is_quiet(&file);
}

#[test]
fn profiles_are_filtered() {
    let Some(mut test) = Test::new("profiles_are_filtered") else { return };
    let mut account = account();
    let mut second = account.entries[0].clone();
    second.items.truncate(3);
    let accepted = second.items.pop().expect("three");
    second.accepted.push(Accepted { item: accepted, reason: "known and wanted".to_owned() });
    account.entries.push(second);
    let file = test.open(&html(&account));
    test.browser.value(
        "(() => { const entry = document.getElementById('entry'); entry.value = '1'; \
         entry.dispatchEvent(new Event('change')); })()",
    );
    assert_eq!(test.shown(), 2, "what is accepted is not among them");
    assert!(test.text_of(".accepted .reason").contains("known and wanted"));
    test.is_quiet(&file);
}

#[test]
fn the_keyboard_does_all() {
    let Some(mut test) = Test::new("the_keyboard_does_all") else { return };
    let account = account();
    let file = test.open(&html(&account));
    let ids: Vec<&str> = account.items().map(|(_, item)| &*item.id).collect();
    for (key, at) in
        [("j", 0), ("j", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("k", 0), ("k", 0), ("j", 1)]
    {
        test.browser.press(key);
        assert_eq!(test.focused(), ids[at], "{key}");
    }
    let is_open = format!("document.querySelector('#{} > details').open", ids[1]);
    assert_eq!(test.browser.value(&is_open), json!(true));
    test.browser.press("Enter");
    assert_eq!(test.browser.value(&is_open), json!(false));
    let outline = test.browser.value("getComputedStyle(document.activeElement).outlineStyle");
    assert_eq!(outline, json!("solid"), "the focus is seen");
    let open = "document.querySelectorAll('.finding > details[open]').length";
    test.browser.press("o");
    assert_eq!(test.browser.number(open), ids.len() as u64);
    test.browser.press("c");
    assert_eq!(test.browser.number(open), 0);

    let dialog = "document.getElementById('keys').open";
    test.browser.press("?");
    assert_eq!(test.browser.value(dialog), json!(true));
    test.browser.press("Escape");
    assert_eq!(test.browser.value(dialog), json!(false));
    // A letter that is typed is text.
    test.browser.press("/");
    test.type_text("jkt");
    assert_eq!(test.browser.value("document.getElementById('search').value"), json!("jkt"));
    test.is_quiet(&file);
}

#[test]
fn light_dark_and_contrast() {
    let Some(mut test) = Test::new("light_dark_and_contrast") else { return };
    let file = test.open(&html(&account()));
    let ground = "getComputedStyle(document.body).backgroundColor";
    test.browser.view(1280, "light", "");
    let light = test.browser.value(ground);
    test.browser.view(1280, "dark", "");
    let dark = test.browser.value(ground);
    assert_ne!(light, dark);
    test.browser.click("#theme");
    assert_eq!(test.browser.value(ground), light, "the button is stronger than the system");
    test.browser.press("t");
    assert_eq!(test.browser.value(ground), dark);
    test.browser.value("document.querySelector('.levels button').click()");
    for theme in ["light", "dark"] {
        test.browser.value(&format!("document.documentElement.dataset.theme = {theme:?}"));
        let faint = test.browser.value(CONTRAST);
        assert_eq!(faint, json!([]), "{theme}");
        assert!(test.browser.number("window.looked") > 100);
    }
    // The same on a page that a reader cannot read.
    test.browser.value("document.documentElement.style.setProperty('--dim', '#778')");
    assert_ne!(test.browser.value(CONTRAST), json!([]));
    drop(file);
}

/// The texts that stand out from what is behind them by less than 4.5:1.
const CONTRAST: &str = r#"(() => {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = parts(color).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      const [, , , alpha] = parts(color);
      if (alpha === undefined || alpha === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = new Set();
  window.looked = 0;
  const walker = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || node.closest("script")) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
    window.looked += 1;
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.add(`${node.localName}.${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...faint];
})()"#;

#[test]
fn rows_of_the_table() {
    let Some(mut test) = Test::new("rows_of_the_table") else { return };
    let account = account();
    let file = test.open(&html(&account));
    let table = account.entries[0].table.as_ref().expect("filled");
    let differs = |row: &&sdiff::report::account::TableRow| {
        row.cells.iter().flatten().any(|cell| cell.direction.is_some())
    };
    let changed = table.rows.iter().filter(differs).count() as u64;
    let all = table.rows.len() as u64;
    assert!(changed > 0 && changed < all);
    assert_eq!(test.rows(), changed);
    test.browser.click(".all button");
    assert_eq!(test.rows(), all);
    test.browser.click(".all button");
    assert_eq!(test.rows(), changed);
    // A call that does not differ is found all the same.
    test.browser.press("/");
    test.type_text("getppid");
    assert_eq!(test.rows(), 1);
    test.is_quiet(&file);
}

#[test]
fn nothing_overflows() {
    let Some(mut test) = Test::new("nothing_overflows") else { return };
    let mut account = account();
    account.entries[0].path = "a-very-long-name".repeat(20);
    account.verdict.sentence = "NoSpaceInIt".repeat(30);
    account.entries[0].items[0].message = "x".repeat(500);
    account.entries[0].notes.push("y".repeat(500));
    let file = test.open(&html(&account));
    for width in [320, 400, 768, 1280, 2560] {
        test.browser.view(width, "light", "");
        let wide = test.browser.number("document.documentElement.scrollWidth");
        assert!(wide <= u64::from(width), "{wide} in {width}");
    }
    test.is_quiet(&file);
}

#[test]
fn it_prints_and_needs_no_script() {
    let Some(mut test) = Test::new("it_prints_and_needs_no_script") else { return };
    let account = account();
    let page = html(&account);
    let file = test.open(&page);
    let printed = test.browser.call("Page.printToPDF", json!({ "printBackground": true }));
    let length = printed["data"].as_str().map_or(0, str::len);
    assert!(length > 100_000, "{length}");
    test.is_quiet(&file);

    // The same without the script: all can be seen, and nothing that does nothing.
    test.browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    test.open(&page);
    assert_eq!(test.shown(), account.items().count() as u64);
    assert_eq!(test.rows(), account.entries[0].table.as_ref().map_or(0, |t| t.rows.len()) as u64);
    let useless = "[...document.querySelectorAll('button, input, select')].filter(n => n.checkVisibility()).length";
    assert_eq!(test.browser.number(useless), 0);
    // Folded findings are unfolded on paper.
    let folded =
        "[...document.querySelectorAll('.finding .body')].filter(n => !n.checkVisibility()).length";
    assert!(test.browser.number(folded) > 0);
    test.browser.view(800, "dark", "print");
    assert_eq!(test.browser.number(folded), 0);
    assert_eq!(
        test.browser.value("getComputedStyle(document.querySelector('.finding')).backgroundColor"),
        json!("rgb(255, 255, 255)"),
        "paper is light"
    );
}

#[test]
fn hostile_text_stays_text() {
    let Some(mut test) = Test::new("hostile_text_stays_text") else { return };
    let mut account = account();
    let hostile = "</title></style></script><script>alert(1)</script>\
                   <img src=\"http://127.0.0.1:9/\" onerror=\"alert(1)\">\" onfocus=\"alert(1)\" autofocus=\"\
                   <meta http-equiv=\"refresh\" content=\"0;url=http://127.0.0.1:9/\">\u{202e}";
    let entry = &mut account.entries[0];
    entry.path = hostile.to_owned();
    entry.against = hostile.to_owned();
    entry.notes = vec![hostile.to_owned()];
    for item in &mut entry.items {
        item.id = format!("{hostile}{}", item.id);
        item.message = hostile.to_owned();
        item.proof = Some(hostile.to_owned());
        item.help = Some(hostile.to_owned());
        item.dangers = vec![hostile.to_owned()];
    }
    account.verdict.sentence = hostile.to_owned();
    account.scope = hostile.to_owned();
    let file = test.open(&html(&account));
    test.browser.press("o");
    let text = hostile.replace('\u{202e}', "\\u{202e}");
    assert_eq!(test.browser.value("document.title"), json!(format!("sdiff diff: {text}")));
    for part in ["h1", "h2", ".facts dd", ".notes li", ".finding h3", ".danger span", ".help span"]
    {
        assert_eq!(test.text_of(part), text, "{part}");
    }
    assert_eq!(test.browser.number("document.querySelectorAll('img, script').length"), 1);
    assert_eq!(test.browser.number("document.querySelectorAll('meta').length"), 5);
    test.is_quiet(&file);
}

#[test]
fn a_thousand_findings_are_quick() {
    let Some(mut test) = Test::new("a_thousand_findings_are_quick") else { return };
    let mut account = account();
    let few = Instant::now();
    test.open(&html(&account));
    let few = few.elapsed().as_millis();
    let entry = &mut account.entries[0];
    let items = entry.items.clone();
    for at in 0..1000_usize.saturating_sub(items.len()) {
        let mut item = items[at % items.len()].clone();
        item.id = format!("{}-{at}", item.id);
        entry.items.push(item);
    }
    let page = html(&account);
    let start = Instant::now();
    let file = test.open(&page);
    let loading = start.elapsed().as_millis();
    assert_eq!(test.shown(), 1000);
    let searching = test.browser.number(
        "(() => { const start = performance.now(); const search = document.getElementById('search'); \
         search.value = 'clone3'; search.dispatchEvent(new Event('input')); \
         document.body.offsetHeight; return Math.round(performance.now() - start); })()",
    );
    assert!(test.shown() < 1000);
    println!("{} kB: loaded in {loading} ms, searched in {searching} ms", page.len() / 1000);
    // Twenty times the findings; a search costs less than to load the page.
    assert!(loading < 40 * few.max(20), "{few} ms for some, {loading} ms for a thousand");
    assert!(u128::from(searching) < loading.max(20), "{searching} ms of {loading} ms");
    test.is_quiet(&file);
}
