//! `sdiff lsp`, as an editor meets it: messages over pipes.

#![cfg(feature = "lsp")]

use super::{allow, profile, sdiff};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use tempfile::TempDir;

/// An editor with one server.
struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    folder: TempDir,
    requests: u32,
    /// What came while an answer was waited for.
    waiting: Vec<Value>,
    /// What came while other diagnostics were waited for.
    passed: Vec<Value>,
}

impl Editor {
    /// One that has said hello.
    fn open() -> Editor {
        let mut editor = Editor::silent("lsp");
        let answer = editor.ask("initialize", &capable());
        assert_eq!(answer["result"]["capabilities"]["positionEncoding"], "utf-16");
        editor.tell("initialized", &json!({}));
        editor
    }

    fn silent(arguments: &str) -> Editor {
        let test = sdiff(arguments);
        let mut command = test.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("a pipe"));
        let output = BufReader::new(output);
        let folder = test.folder;
        Editor {
            child,
            input,
            output,
            folder,
            requests: 0,
            waiting: Vec::new(),
            passed: Vec::new(),
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("open");
        // A server that has ended has closed the pipe.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The answer to a request.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.waiting.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).expect("reads") > 0, "the server has ended");
            match line.trim_end() {
                "" => break,
                line => {
                    let value = line.strip_prefix("Content-Length: ").expect("a length");
                    length = value.parse().expect("a number");
                }
            }
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).expect("a message");
        let message: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(message["jsonrpc"], "2.0");
        message
    }

    /// The next diagnostics of a document, of this version.
    fn diagnostics(&mut self, uri: &str, version: i64) -> Vec<Value> {
        loop {
            let message = match self.waiting.is_empty() {
                true => self.receive(),
                false => self.waiting.remove(0),
            };
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"] == version
            {
                return params["diagnostics"].as_array().expect("a list").clone();
            }
            self.passed.push(message);
        }
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}/{name}", self.folder.path().display())
    }

    fn show(&mut self, name: &str, text: &str) -> String {
        let uri = self.uri(name);
        let item = json!({ "uri": uri, "languageId": "json", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        uri
    }

    fn change(&mut self, uri: &str, version: i64, changes: &Value) {
        let params = json!({
            "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
        self.tell("textDocument/didChange", &params);
    }

    fn hover(&mut self, uri: &str, line: u32, character: u32) -> Value {
        let params = json!({ "textDocument": { "uri": uri },
            "position": { "line": line, "character": character } });
        self.ask("textDocument/hover", &params)["result"].clone()
    }

    fn actions(&mut self, uri: &str, range: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
        let answer = self.ask("textDocument/codeAction", &params);
        answer["result"].as_array().expect("a list").clone()
    }

    /// The status, and whatever was said that nobody has looked at.
    fn end(mut self) -> (i32, Vec<Value>) {
        self.ask("shutdown", &Value::Null);
        self.tell("exit", &Value::Null);
        let status = self.status();
        (status, [self.passed, self.waiting].concat())
    }

    fn status(&mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().expect("ends").code().expect("no signal")
    }

    fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
        text
    }
}

/// What an editor of today can do.
fn capable() -> Value {
    let literals = json!({ "codeActionKind": { "valueSet": ["quickfix"] } });
    json!({ "processId": null, "rootUri": null, "capabilities": {
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": {
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "codeAction": { "codeActionLiteralSupport": literals },
        },
    } })
}

/// Line and column, as JavaScript counts them, of the first place where a part stands.
fn place(text: &str, part: &str) -> Value {
    let before = text.split(part).next().expect("a part");
    let line = before.rsplit('\n').next().expect("a line");
    json!({ "line": before.matches('\n').count(), "character": line.encode_utf16().count() })
}

fn of<'a>(diagnostics: &'a [Value], code: &str) -> &'a Value {
    let found = diagnostics.iter().find(|diagnostic| diagnostic["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {diagnostics:#?}"))
}

const TYPO: &str = "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n\
    {\"comment\": \"\u{1f600}\u{e4}\", \"names\": [\"read\", \"chwon\"], \"action\": \"SCMP_ACT_ALLOW\"}]}\n";

#[test]
fn findings_stand_where_they_are_and_can_be_mended() {
    let mut editor = Editor::open();
    let uri = editor.show("mine.json", TYPO);
    let found = editor.diagnostics(&uri, 1);
    let typo = of(&found, "unknown-syscall");
    assert_eq!(typo["range"]["start"], place(TYPO, "\"chwon\""));
    assert_eq!(typo["range"]["end"], place(TYPO, "], \"action\""));
    assert_eq!(typo["severity"], 2);
    assert_eq!(typo["source"], "sdiff");
    let href = typo["codeDescription"]["href"].as_str().expect("a link");
    assert!(href.ends_with("docs/lints.md#unknown-syscall"), "{href}");
    assert!(typo["message"].as_str().expect("text").contains("did you mean `chown`?"));

    // What is offered is put in, and the finding is gone.
    let actions = editor.actions(&uri, &typo["range"]);
    let mend = actions.iter().find(|action| action["title"] == "Write `chown`").expect("a mend");
    assert_eq!(mend["kind"], "quickfix");
    assert_eq!(mend["diagnostics"][0]["code"], "unknown-syscall");
    let change = &mend["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": uri, "version": 1 }));
    let edit = &change["edits"][0];
    assert_eq!(edit["range"]["start"], place(TYPO, "chwon"));
    let changed = json!([{ "range": edit["range"], "text": edit["newText"] }]);
    editor.change(&uri, 2, &changed);
    let found = editor.diagnostics(&uri, 2);
    assert!(found.iter().all(|found| found["code"] != "unknown-syscall"), "{found:#?}");
    // As the file says it now.
    let hover =
        editor.hover(&uri, 1, place(TYPO, "chwon")["character"].as_u64().unwrap_or(0) as u32);
    let text = hover["contents"]["value"].as_str().expect("text");
    assert!(text.contains("chown") && text.contains("ALLOW"), "{text}");
    assert_eq!(editor.end().0, 0);
}

/// The program itself says the same of the same file.
#[test]
fn what_is_said_is_what_check_and_explain_say() {
    let text = profile(&allow("read write openat socket mount", ""));
    let ran = sdiff("check mine.json --format json").file("mine.json", &text).run();
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let mut expected: Vec<String> = report["profiles"][0]["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| {
            let line = finding["place"]["line"].as_u64().map_or(0, |line| line - 1);
            format!("{} {line} {}", finding["lint"].as_str().expect("text"), finding["severity"])
        })
        .collect();
    let mut editor = Editor::open();
    let uri = editor.show("mine.json", &text);
    let mut found: Vec<String> = editor
        .diagnostics(&uri, 1)
        .iter()
        .map(|found| {
            let words = ["", "error", "warning", "info"];
            let severity = words[found["severity"].as_u64().expect("a number") as usize];
            let line = &found["range"]["start"]["line"];
            format!("{} {line} {severity:?}", found["code"].as_str().expect("text"))
        })
        .collect();
    expected.sort();
    found.sort();
    assert!(!found.is_empty());
    assert_eq!(found, expected);

    let explained = sdiff("explain mine.json socket --width 1000")
        .file("mine.json", &text)
        .run()
        .status(0)
        .stdout;
    let at = place(&text, "socket");
    let number = |key: &str| at[key].as_u64().expect("a number") as u32;
    let hover = editor.hover(&uri, number("line"), number("character") + 2);
    assert_eq!(hover["contents"]["value"], format!("```text\n{explained}```\n"));
    assert_eq!(hover["range"]["start"]["line"], at["line"]);
    // Beside names nothing is said.
    assert_eq!(editor.hover(&uri, 0, 0), Value::Null);
    assert_eq!(editor.end().0, 0);
}

#[test]
fn a_text_that_does_not_load_is_told_with_its_place() {
    let mut editor = Editor::open();
    let text = profile(&allow("read", "")).replace("SCMP_ACT_ALLOW", "SCMP_ACT_ALOW");
    let uri = editor.show("mine.json", &text);
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("does-not-load"), &json!(1)));
    assert_eq!(found[0]["range"]["start"], place(&text, "\"SCMP_ACT_ALOW\""));
    let mends = editor.actions(&uri, &found[0]["range"]);
    assert_eq!(mends[0]["edit"]["documentChanges"][0]["edits"][0]["newText"], "SCMP_ACT_ALLOW");
    // Half typed.
    let text = profile(&allow("read", ",")).replace("]}", "],}");
    editor.change(&uri, 2, &json!([{ "text": text }]));
    let found = editor.diagnostics(&uri, 2);
    assert_eq!(found[0]["code"], "does-not-load");
    let base = "{\"extends\": \"none-such.json\", \"syscalls\": []}";
    editor.change(&uri, 3, &json!([{ "text": base }]));
    let found = editor.diagnostics(&uri, 3);
    assert!(found[0]["message"].as_str().expect("text").contains("none-such.json"), "{found:#?}");
    assert_eq!(found[0]["range"]["start"], place(base, "\"none-such.json\""));
    assert_eq!(editor.end().0, 0);
}

#[test]
fn of_what_is_no_profile_nothing_is_said() {
    let mut editor = Editor::open();
    let others = [
        ("package.json", "{\"name\": \"x\", \"syscalls\": 1}"),
        ("tsconfig.json", "{\"extends\": \"./base.json\", // a remark\n}"),
        ("broken.json", "{\"a\": "),
        ("main.rs", "const A: &str = \"SCMP_ACT_ERRNO\";"),
        ("empty.json", ""),
        ("config.json", "{\"ociVersion\": \"1.0\", \"linux\": {}}"),
    ];
    for (name, text) in others {
        editor.show(name, text);
    }
    let uri = editor.show("z.json", TYPO);
    // In the order of their names documents are judged so, and `z.json` is the last.
    editor.diagnostics(&uri, 1);
    // One that is none any more has no findings left.
    editor.change(&uri, 2, &json!([{ "text": "{}" }]));
    assert_eq!(editor.diagnostics(&uri, 2), [Value::Null; 0]);
    let (status, said) = editor.end();
    assert_eq!((status, said), (0, Vec::new()));
}

#[test]
fn settings_are_those_of_the_nearest_file() {
    let mut editor = Editor::open();
    let root = editor.folder.path().to_owned();
    fs::create_dir_all(root.join(".git")).expect("a folder");
    fs::create_dir_all(root.join("a/b")).expect("a folder");
    let accepted = |rule: &str| format!("[[accept]]\nrule = \"{rule}\"\nreason = \"known\"\n");
    fs::write(root.join("sdiff.toml"), accepted("unknown-syscall")).expect("writes");
    let uri = editor.show("a/b/mine.json", TYPO);
    let codes = |found: Vec<Value>| -> Vec<String> {
        found.iter().map(|found| found["code"].as_str().unwrap_or("").to_owned()).collect()
    };
    let found = codes(editor.diagnostics(&uri, 1));
    assert!(!found.contains(&"unknown-syscall".to_owned()), "{found:?}");
    // A nearer one counts alone, once it is there.
    fs::write(root.join("a/sdiff.toml"), accepted("no-start")).expect("writes");
    editor.tell("workspace/didChangeWatchedFiles", &json!({ "changes": [] }));
    let found = codes(editor.diagnostics(&uri, 1));
    assert!(found.contains(&"unknown-syscall".to_owned()), "{found:?}");
    assert!(!found.contains(&"no-start".to_owned()), "{found:?}");
    // One that cannot be read is no reason to find nothing.
    fs::write(root.join("a/sdiff.toml"), "accept = 1").expect("writes");
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    let found = editor.diagnostics(&uri, 1);
    assert!(found[0]["message"].as_str().expect("text").contains("sdiff.toml:1"), "{found:#?}");
    let settings = editor.show("a/sdiff.toml", "accept = 1");
    assert_eq!(editor.diagnostics(&settings, 1)[0]["range"]["end"]["character"], 10);
    // What is passed over is not judged.
    fs::write(root.join("a/sdiff.toml"), "exclude = [\"b/**\"]").expect("writes");
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    assert_eq!(editor.diagnostics(&uri, 1), [Value::Null; 0]);
    assert_eq!(editor.end().0, 0);
}

#[test]
fn profiles_inside_other_files_have_their_places_there() {
    let mut editor = Editor::open();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  seccomp.json: |\n    {\"defaultAction\": \"SCMP_ACT_ERRNO\",\n     \"syscalls\": [{\"names\": [\"chwon\"], \"action\": \"SCMP_ACT_ALLOW\"}]}\n";
    let uri = editor.show("map.yaml", text);
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(of(&found, "unknown-syscall")["range"]["start"]["line"], 6, "{found:#?}");
    assert_eq!(editor.end().0, 0);
}

#[test]
fn the_conversation_follows_the_protocol() {
    // Before `initialize`.
    let mut editor = Editor::silent("lsp --stdio");
    assert_eq!(editor.ask("textDocument/hover", &json!({}))["error"]["code"], -32002);
    editor.ask("initialize", &capable());
    assert_eq!(editor.ask("initialize", &capable())["error"]["code"], -32600);
    assert_eq!(editor.ask("no/such", &json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", &json!({ "a": 1 }))["error"]["code"], -32602);
    editor.tell("$/setTrace", &json!({ "value": "off" }));
    assert_eq!(editor.ask("shutdown", &Value::Null)["result"], Value::Null);
    assert_eq!(editor.ask("textDocument/hover", &json!({}))["error"]["code"], -32600);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.status(), 0);
    // Without `shutdown`, and without a word.
    let mut editor = Editor::open();
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.status(), 1);
    assert_eq!(Editor::open().status(), 1);
}

#[test]
fn hostile_messages_end_in_an_answer_or_an_error() {
    let mut editor = Editor::open();
    // What is read, and is no message.
    for (body, code) in
        [("{", -32700), ("[]", -32600), ("\u{fffd}", -32700), ("{\"id\": 1}", -32600)]
    {
        editor.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        let answer = editor.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(code)));
    }
    let deep = "[".repeat(100_000);
    editor.raw(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    assert_eq!(editor.receive()["error"]["code"], -32700);
    // Documents that nobody has opened, places that there are not, what is no path.
    editor.change("file:///none.json", 7, &json!([{ "text": "x" }]));
    let uri = editor.show("mine.json", TYPO);
    let far = json!({ "line": u32::MAX, "character": u32::MAX });
    let none = json!({ "line": 0, "character": 0 });
    editor.change(&uri, 2, &json!([{ "range": { "start": far, "end": none }, "text": "x" }]));
    assert_eq!(editor.hover(&uri, u32::MAX, u32::MAX), Value::Null);
    assert!(!editor.actions(&uri, &json!({ "start": none, "end": far })).is_empty());
    for uri in
        ["untitled:Untitled-1", "file:relative", "file:///%00.json", "file:///%ff.json", "x:"]
    {
        let item = json!({ "uri": uri, "languageId": "json", "version": 1, "text": TYPO });
        editor.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        of(&editor.diagnostics(uri, 1), "unknown-syscall");
    }
    assert_eq!(editor.end().0, 0);
    // Where the next message begins nobody knows.
    for header in [
        "Content-Length: 99999999999999\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "\r\n",
        "x\r\n\r\n",
    ] {
        let mut editor = Editor::open();
        editor.raw(header.as_bytes());
        let stderr = editor.stderr();
        assert!(stderr.starts_with("error: no message of the protocol: "), "{stderr}");
        assert_eq!(editor.status(), 2);
    }
}
