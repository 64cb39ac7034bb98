//! The page of `site/` in a real Chromium: what it answers is what the program answers, nothing is
//! sent, and the link holds no profile.

use sdiff_real::browser::Browser;
use sdiff_real::{knobs, shipped};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The folder of a page that is built, and what it lies in, which goes with it.
struct Site {
    folder: PathBuf,
    _built: Option<tempfile::TempDir>,
}

impl Site {
    /// `SDIFF_SITE`, or what site/build makes, which needs Rust's library for WebAssembly.
    fn new(test: &str) -> Option<Site> {
        if let Some(folder) = std::env::var_os("SDIFF_SITE") {
            return Some(Site { folder: folder.into(), _built: None });
        }
        let built = tempfile::tempdir().expect("a temporary folder");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../site/build");
        let output = Command::new(script)
            .arg(built.path())
            .arg("quick")
            .env("SDIFF", shipped::sdiff())
            .output()
            .expect("bash runs");
        match output.status.code() {
            Some(0) => Some(Site { folder: built.path().to_owned(), _built: Some(built) }),
            // No WebAssembly here.
            Some(2) => {
                knobs::skip(test, String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// Serves the folder for as long as the tests run.
    fn serve(&self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let (folder, asked) = (self.folder.clone(), Arc::<AtomicUsize>::default());
        let server = Server { address, asked: asked.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = respond(stream, &folder, &asked);
            }
        });
        server
    }
}

/// One that counts what it is asked.
struct Server {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn respond(mut stream: TcpStream, folder: &Path, asked: &AtomicUsize) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or(Ok(String::new()))?;
    // A browser opens connections ahead, too.
    asked.fetch_add(usize::from(!request.is_empty()), Ordering::SeqCst);
    for line in lines.by_ref() {
        if line?.is_empty() {
            break;
        }
    }
    let name = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (name, kind) = match name {
        "" => ("index.html", "text/html"),
        "site.css" => (name, "text/css"),
        "site.js" => (name, "text/javascript"),
        "sdiff.wasm" => (name, "application/wasm"),
        _ => return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    };
    let body = std::fs::read(folder.join(name))?;
    let head = "HTTP/1.1 200 OK\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

/// Published profiles that load, with their names.
fn published(count: usize) -> Vec<(String, String)> {
    let Some(shared) = knobs::shared() else { return Vec::new() };
    let folder = shared.join("corpus/json");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    let texts = files.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        Some((name, std::fs::read_to_string(path).ok()?))
    });
    // Every few files, so that all kinds are among them.
    let all: Vec<_> = texts.collect();
    let step = (all.len() / count).max(1);
    all.into_iter().step_by(step).take(count).collect()
}

/// What the program prints for a profile against Docker's default.
fn printed(program: &Path, name: &str, text: &str) -> Option<Value> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(name), text).expect("writes");
    let mut command = Command::new(program);
    command.args(["diff", "default", name, "--format", "json"]).current_dir(&folder);
    let output = command.output().expect("runs");
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
#[ignore = "needs Rust's library for WebAssembly: SDIFF_SITE or SDIFF_CROSS"]
fn the_page_answers_as_the_program() {
    let test = "the_page_answers_as_the_program";
    let Some(site) = Site::new(test) else { return };
    let Some(mut browser) = Browser::start() else {
        return knobs::skip(test, "no Chromium");
    };
    let packed = Command::new("gzip").arg("-9c").arg(site.folder.join("sdiff.wasm")).output();
    let packed = packed.expect("gzip runs").stdout.len();
    assert!((100_000..1_572_864).contains(&packed), "{packed} bytes with gzip");
    let server = site.serve();
    let address = server.address.clone();
    browser.open_address(&address);
    let ready = "new Promise(done => { const look = () => document.documentElement.dataset.ready \
                 ? done('yes') : setTimeout(look, 20); look(); })";
    assert_eq!(browser.value(ready), "yes");
    browser.value("import('/site.js').then(module => { window.asked = module.ask; })");

    let program = shipped::sdiff();
    let (mut same, mut refused) = (0, 0);
    for (name, text) in published(knobs::number("SDIFF_SITE_PAIRS", 50) as usize) {
        let side = json!({ "name": name, "text": text });
        let question = json!({ "ask": "diff", "old": { "builtin": "default" }, "new": side });
        let answer = browser.value(&format!("asked({question})"));
        match printed(&program, &name, &text) {
            Some(printed) => {
                assert_eq!(answer["json"], printed, "{name}");
                same += 1;
            }
            None => {
                assert!(answer["error"].is_string(), "{name}: {answer}");
                refused += 1;
            }
        }
    }
    println!("{same} pairs as the program, {refused} refused by both, {packed} bytes with gzip");
    assert!(knobs::shared().is_none() || same > refused, "{same}");

    // As a user does it.
    browser.value("document.querySelector('#new-builtin').value = 'docker@29.4.3'");
    browser.value("document.querySelector('#old-builtin').value = 'docker@20.10.0'");
    browser.click("#diff");
    let verdict = browser.value("document.querySelector('#verdict').textContent");
    assert!(verdict.as_str().is_some_and(|text| text.contains("lets through")), "{verdict}");
    let report = browser.value("document.querySelector('#report').srcdoc");
    assert!(report.as_str().is_some_and(|page| page.contains("clone3")));
    // A text that is no profile is told with its place.
    browser.value("document.querySelector('#new-text').value = '{ \"secret\": ]'");
    browser.click("#check");
    let verdict = browser.value("document.querySelector('#verdict').textContent");
    assert!(verdict.as_str().is_some_and(|text| text.contains("new.json:1:")), "{verdict}");
    // The link has the names and no text.
    browser.value("document.querySelector('#caps').value = 'docker-default'");
    browser.click("#link");
    let link = browser.value("location.href");
    let link = link.as_str().unwrap_or_default();
    assert!(
        link.contains("old=docker%4020.10.0") && link.contains("caps=docker-default"),
        "{link}"
    );
    assert!(!link.contains("secret"), "{link}");
    // What reads the link asks the same.
    browser.value("location.hash = '#ask=check&new=docker%4029.4.3'");
    browser.value("new Promise(done => setTimeout(done, 50))");
    let verdict = browser.value("document.querySelector('#verdict').textContent");
    assert!(verdict.as_str().is_some_and(|text| text.contains("info")), "{verdict}");
    // Nothing but the page itself was asked for, and its policy complained of nothing.
    let foreign: Vec<_> = browser.loaded.iter().filter(|url| !url.starts_with(&address)).collect();
    let foreign: Vec<_> = foreign
        .into_iter()
        .filter(|url| !url.starts_with("data:") && !url.starts_with("about:"))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
    nothing_can_be_sent(&mut browser, &server);
}

/// The policy stops whatever could carry a profile away, to the page's own server as well.
fn nothing_can_be_sent(browser: &mut Browser, server: &Server) {
    let asked = server.asked();
    for target in [format!("{}stolen", server.address), "http://127.0.0.1:9/stolen".to_owned()] {
        for way in [
            "fetch(to, { method: 'POST', body: 'x' }).then(() => 'sent', () => 'stopped')",
            "new Promise(done => { const image = new Image(); image.onload = () => done('sent'); \
             image.onerror = () => done('stopped'); image.src = to; })",
            "new Promise(done => { const script = document.createElement('script'); script.src = to; \
             script.onload = () => done('sent'); script.onerror = () => done('stopped'); \
             document.head.append(script); })",
            "new Promise(done => { const socket = new WebSocket(to.replace('http', 'ws')); \
             socket.onopen = () => done('sent'); socket.onerror = () => done('stopped'); })",
            "(navigator.sendBeacon(to, 'x'), new Promise(done => setTimeout(done, 100, 'stopped')))",
            "(() => { const form = document.createElement('form'); form.action = to; \
             form.target = '_blank'; document.body.append(form); form.submit(); \
             return new Promise(done => setTimeout(done, 100, 'stopped')); })()",
        ] {
            let code = format!("(to => {way})({})", json!(target));
            assert_eq!(browser.value(&code), "stopped", "{code}");
        }
    }
    // The server was asked for nothing.
    assert_eq!(server.asked(), asked);
    assert!(!browser.complaints.is_empty(), "the browser says what it stopped");
}
