//! A real Chromium without a window, spoken to over the DevTools protocol.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer can take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One browser with one page.
pub struct Browser {
    child: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last: u64,
    /// What the page asked the network for, as addresses.
    pub loaded: Vec<String>,
    /// What the console and the policy complained of, and dialogs that opened.
    pub complaints: Vec<String>,
    is_loaded: bool,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts one, if Chromium is installed.
    ///
    /// # Panics
    /// Where it is installed and does not start.
    pub fn start() -> Option<Browser> {
        let is_there = |name: &&str| Command::new(name).arg("--version").output().is_ok();
        let program =
            ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there)?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Chromium reads requests from descriptor 3 and writes answers to 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>&2", "sh", program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let requests = child.stdin.take().expect("is piped");
        let mut answers = child.stdout.take().expect("is piped");
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let (mut kept, mut piece) = (Vec::new(), [0; 65536]);
            while let Ok(count @ 1..) = answers.read(&mut piece) {
                for &byte in &piece[..count] {
                    if byte != 0 {
                        kept.push(byte);
                        continue;
                    }
                    let message = serde_json::from_slice(&kept).expect("messages are JSON");
                    kept.clear();
                    if sender.send(message).is_err() {
                        return;
                    }
                }
            }
        });
        let mut browser = Browser {
            child,
            requests,
            messages,
            session: None,
            last: 0,
            loaded: Vec::new(),
            complaints: Vec::new(),
            is_loaded: false,
            _folder: folder,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let how = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", how);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Shows a file and waits until it is loaded.
    ///
    /// # Panics
    /// Where that takes too long.
    pub fn open(&mut self, file: &Path) {
        self.open_address(&format!("file://{}", file.display()));
    }

    /// Shows a page and waits until it is loaded.
    ///
    /// # Panics
    /// Where that takes too long.
    pub fn open_address(&mut self, address: &str) {
        self.is_loaded = false;
        self.loaded.clear();
        self.complaints.clear();
        self.call("Page.navigate", json!({ "url": address }));
        while !self.is_loaded {
            let message = self.messages.recv_timeout(PATIENCE).expect("the page loads");
            self.note(&message);
        }
    }

    /// Calls a method of the protocol.
    ///
    /// # Panics
    /// Where the browser refuses it or is silent.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut request = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.requests.write_all(format!("{request}\0").as_bytes()).expect("the browser listens");
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
            if message["id"] != self.last {
                self.note(&message);
                continue;
            }
            assert!(message["error"].is_null(), "{method}: {message}");
            return message["result"].clone();
        }
    }

    fn note(&mut self, message: &Value) {
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Page.loadEventFired" => self.is_loaded = true,
            "Network.requestWillBeSent" => {
                self.loaded.push(params["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            "Log.entryAdded"
            | "Runtime.exceptionThrown"
            | "Runtime.consoleAPICalled"
            | "Page.javascriptDialogOpening" => self.complaints.push(params.to_string()),
            _ => {}
        }
    }

    /// The value of an expression in the page.
    ///
    /// # Panics
    /// Where it throws.
    pub fn value(&mut self, expression: &str) -> Value {
        let how = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
            "userGesture": true,
        });
        let result = self.call("Runtime.evaluate", how);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// A number in the page.
    ///
    /// # Panics
    /// Where it is none.
    pub fn number(&mut self, expression: &str) -> u64 {
        let value = self.value(expression);
        value.as_u64().unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    /// Presses a key that has a name (`Enter`, `ArrowDown`), or types a character.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            _ => 0,
        };
        let mut event = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if code == 0 {
            event["text"] = json!(key);
        } else if code == 13 {
            event["text"] = json!("\r");
        }
        self.call("Input.dispatchKeyEvent", event);
        let event = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Clicks into the middle of what a selector finds.
    ///
    /// # Panics
    /// Where it finds nothing.
    pub fn click(&mut self, selector: &str) {
        let place = self.value(&format!(
            "(() => {{ const node = document.querySelector({selector:?}); \
             node.scrollIntoView({{ block: 'center' }}); const at = node.getBoundingClientRect(); \
             return [at.x + at.width / 2, at.y + at.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// What a reader sees: the width of the window, `light` or `dark`, `screen` or `print`.
    pub fn view(&mut self, width: u32, scheme: &str, media: &str) {
        let size = json!({
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "media": media, "features": features }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
