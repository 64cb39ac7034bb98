//! The steps of `action.yml` as GitHub's runner would run them: real shells, a real repository with
//! a hostile pull request, and a server that takes GitHub's place for comments.

use saphyr::{LoadableYamlNode, Yaml};
use sdiff_real::shipped;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};

/// Comments of one pull request.
#[derive(Default)]
struct Comments {
    comments: Vec<Value>,
    /// Method, path and token of each request.
    asked: Vec<(String, String, String)>,
    is_forbidden: bool,
    /// What is to be downloaded, by path; all is below `/owner/sdiff`.
    files: BTreeMap<String, Vec<u8>>,
}

struct Server {
    address: String,
    state: Arc<Mutex<Comments>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(Comments::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared);
            }
        });
        Server { address, state }
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<Comments>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("a request");
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().expect("a method"), words.next().expect("a path"));
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).expect("a header");
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.parse().expect("a number"),
            "authorization" => value.clone_into(&mut token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let mut state = state.lock().expect("a lock");
    if path.starts_with("/owner/sdiff") {
        let file = state.files.get(path.split('?').next().unwrap_or_default());
        let status = if file.is_some() { "200 OK" } else { "404 Not Found" };
        let body = file.map_or(&[][..], Vec::as_slice);
        let length = body.len();
        let kind = "Content-Type: text/plain\r\nConnection: close";
        let _ = write!(stream, "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n");
        let _ = stream.write_all(body);
        return;
    }
    state.asked.push((method.clone(), path.clone(), token));
    let (status, reply) = match (&*method, state.is_forbidden) {
        ("GET", _) => {
            let page = if path.contains("&page=1") { state.comments.clone() } else { Vec::new() };
            (200, Value::Array(page))
        }
        (_, true) => (403, json!({ "message": "Resource not accessible by integration" })),
        ("POST", _) => {
            let sent: Value = serde_json::from_slice(&body).expect("JSON");
            let id = 100 + state.comments.len();
            let comment = json!({ "id": id, "user": { "type": "Bot" }, "body": sent["body"] });
            state.comments.push(comment.clone());
            (201, comment)
        }
        ("PATCH", _) => {
            let sent: Value = serde_json::from_slice(&body).expect("JSON");
            let id: u64 = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
            let comment = state.comments.iter_mut().find(|comment| comment["id"] == id);
            comment.expect("a comment")["body"] = sent["body"].clone();
            (200, json!({}))
        }
        other => panic!("{other:?}"),
    };
    let reply = reply.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        reply.len()
    );
    let _ = stream.write_all((head + &reply).as_bytes());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// A runner between two jobs.
struct Runner<'a> {
    folder: &'a Path,
    repository: PathBuf,
    server: &'a Server,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    /// What the steps printed.
    log: String,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

const OLD: &str = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"],
    "action": "SCMP_ACT_ALLOW"}]}"#;

/// A pull request whose every text wants to be run.
fn hostile(folder: &Path) -> PathBuf {
    let repository = folder.join("work tree");
    fs::create_dir_all(&repository).expect("a folder");
    git(&repository, &["init", "-q", "-b", "main"]);
    let name = "$(touch pwned) `touch pwned` ; touch pwned #.json";
    fs::write(repository.join(name), OLD).expect("writes");
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-q", "-m", "base"]);
    git(&repository, &["checkout", "-q", "-b", "pr"]);
    let names =
        "\"read\", \"keyctl\", \"$(touch pwned)\\n::set-output name=status::0\\n::error::x\"";
    fs::write(repository.join(name), OLD.replace("\"read\"", names)).expect("writes");
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-q", "-m", "$(touch pwned)\n::error::y"]);
    repository
}

impl Runner<'_> {
    /// Runs the steps up to the first that fails; says whether all went well.
    fn run(&mut self) -> bool {
        let text = fs::read_to_string(root().join("action.yml")).expect("action.yml");
        let documents = Yaml::load_from_str(&text).expect("YAML");
        let action = &documents[0];
        for (name, input) in action["inputs"].as_mapping().expect("inputs") {
            let name = name.as_str().expect("a name").to_owned();
            let default = input.as_mapping_get("default").and_then(Yaml::as_str).unwrap_or("");
            self.inputs.entry(name).or_insert_with(|| default.to_owned());
        }
        for step in action["runs"]["steps"].as_vec().expect("steps") {
            let get = |name: &str| step.as_mapping_get(name).and_then(Yaml::as_str);
            if get("if").is_some_and(|condition| !self.holds(condition)) {
                continue;
            }
            let Some(script) = get("run") else {
                let uses = get("uses").expect("a step runs or uses");
                self.log += &format!("uses {uses}\n");
                continue;
            };
            // The one way in for a stranger's text.
            assert!(!script.contains("${{"), "{script}");
            let mut environment = Vec::new();
            if let Some(variables) = step.as_mapping_get("env").and_then(Yaml::as_mapping) {
                for (name, value) in variables {
                    let value = self.expanded(value.as_str().expect("a text"));
                    environment.push((name.as_str().expect("a name").to_owned(), value));
                }
            }
            let output = self.step(script, &environment);
            self.log += &String::from_utf8_lossy(&output.stdout);
            self.log += &String::from_utf8_lossy(&output.stderr);
            let written = fs::read_to_string(self.folder.join("output")).unwrap_or_default();
            for line in written.lines() {
                let (name, value) = line.split_once('=').expect("NAME=VALUE");
                let id = get("id").expect("a step with outputs has an id");
                self.outputs.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
            if !output.status.success() {
                return false;
            }
        }
        true
    }

    fn step(&self, script: &str, environment: &[(String, String)]) -> Output {
        let file = |name: &str| self.folder.join(name);
        fs::write(file("step.sh"), script).expect("writes");
        fs::write(file("output"), "").expect("writes");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(file("step.sh"))
            .current_dir(&self.repository)
            .env_clear();
        for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_API_URL", &self.server.address)
            .env("GITHUB_EVENT_PATH", file("event.json"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_PATH", file("path"))
            .env("GITHUB_REPOSITORY", "owner/name")
            .env("GITHUB_SERVER_URL", &self.server.address)
            .env("GITHUB_STEP_SUMMARY", file("summary.md"))
            .env("GITHUB_WORKSPACE", &self.repository)
            .env("RUNNER_TEMP", file("temp"))
            .envs(environment.iter().cloned());
        command.output().expect("bash runs")
    }

    fn holds(&self, condition: &str) -> bool {
        condition.split(" && ").all(|part| {
            let (left, right) = part.split_once(" == ").expect("A == B");
            self.value(left) == right.trim_matches('\'')
        })
    }

    fn value(&self, expression: &str) -> String {
        match (expression.trim(), expression.trim().strip_prefix("inputs.")) {
            ("github.action_repository", _) => "owner/sdiff".to_owned(),
            ("github.action_ref", _) => format!("v{}", version()),
            (_, Some(input)) => self.inputs[input].clone(),
            _ => self.outputs.get(expression.trim()).cloned().unwrap_or_default(),
        }
    }

    fn expanded(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").expect("an end");
        format!("{before}{}{}", self.value(expression), self.expanded(after))
    }
}

/// The version that the main crate has.
fn version() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    line.expect("a version").trim_end_matches('"').to_owned()
}

const COMMIT: &str = "1111111111111111111111111111111111111111";
const TAG: &str = "2222222222222222222222222222222222222222";

/// The files of a release, by name, as release/build makes them; it is built twice, into the same bytes.
fn release() -> &'static BTreeMap<String, Vec<u8>> {
    static RELEASE: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    let build = || {
        let out = tempfile::tempdir().expect("a folder");
        let made = Command::new(root().join("release/build"))
            .arg(out.path())
            .args(["x86_64-linux", "sums"])
            .env("SDIFF_PROGRAM", shipped::sdiff().canonicalize().expect("the program"))
            .output()
            .expect("bash runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let files = fs::read_dir(out.path()).expect("a folder").map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("a file"))
        });
        files.collect::<BTreeMap<_, _>>()
    };
    RELEASE.get_or_init(|| {
        let (one, two) = (build(), build());
        assert_eq!(one.len(), 2);
        assert!(one == two, "two builds have other bytes");
        one
    })
}

/// Publishes it under a tag with a message, as git and curl find it.
fn publish(server: &Server) {
    let version = version();
    let mut state = server.state.lock().expect("a lock");
    for (name, bytes) in release() {
        let path = format!("/owner/sdiff/releases/download/v{version}/{name}");
        state.files.insert(path, bytes.clone());
    }
    let refs = format!("{TAG}\trefs/tags/v{version}\n{COMMIT}\trefs/tags/v{version}^{{}}\n");
    state.files.insert("/owner/sdiff/info/refs".to_owned(), refs.into_bytes());
    state.files.insert("/owner/sdiff/HEAD".to_owned(), b"ref: refs/heads/main\n".to_vec());
}

#[test]
fn cargo_binstall_finds_the_archive() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let said = |name: &str| {
        let line = manifest.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        let text = line.unwrap_or_else(|| panic!("no {name}")).trim_matches('"').to_owned();
        let known = [("version", &*version()), ("target", "x86_64-unknown-linux-gnu")];
        let known = known.into_iter().chain([("repo", "R"), ("bin", "sdiff"), ("binary-ext", "")]);
        known.fold(text, |text, (name, value)| text.replace(&format!("{{ {name} }}"), value))
    };
    let url = said("pkg-url");
    let prefix = format!("R/releases/download/v{}/", version());
    let archive = url.strip_prefix(&prefix).unwrap_or_else(|| panic!("{url}"));
    let archive = release().get(archive).unwrap_or_else(|| panic!("{url} is not built"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("archive"), archive).expect("writes");
    let mut tar = Command::new("tar");
    tar.args(["-xzf", "archive"]).current_dir(&folder);
    assert!(tar.status().expect("tar runs").success());
    let program = folder.path().join(said("bin-dir"));
    let output = Command::new(&program).arg("--version").output().expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), format!("sdiff {}", version()));
}

#[test]
fn a_release_is_taken_by_the_commit_that_it_is_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start();
    publish(&server);
    // In place of a build, which others try: what was asked for.
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).expect("a folder");
    let cargo = tools.join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho built: \"$*\"\n").expect("writes");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = std::env::var("PATH").expect("a path");
    let get = |url: &str, reference: &str| {
        let into = folder.path().join("into");
        let _ = fs::remove_dir_all(&into);
        let output = Command::new(root().join("action/get.sh"))
            .arg(&into)
            .args([url, reference])
            .env("PATH", format!("{}:{path}", tools.display()))
            .output()
            .expect("bash runs");
        let said =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
        (output.status.code(), said.concat(), into.join("bin/sdiff").exists())
    };
    let url = format!("{}/owner/sdiff", server.address);
    let version = version();
    for reference in [&format!("v{version}"), COMMIT, TAG] {
        let (status, said, is_there) = get(&url, reference);
        assert_eq!(status, Some(0), "{reference}: {said}");
        assert!(is_there && said.contains("from its release"), "{reference}: {said}");
    }
    // A later commit, a branch, another repository, a folder.
    let later = COMMIT.replace('1', "3");
    let other = format!("{}/owner/sdiff-none", server.address);
    for (url, reference) in
        [(&*url, &*later), (&url, "main"), (&url, ""), (&other, COMMIT), ("file:///x", COMMIT)]
    {
        let (status, said, is_there) = get(url, reference);
        assert_eq!((status, is_there), (Some(0), false), "{url} {reference}: {said}");
        assert!(said.contains("built: install --locked"), "{url} {reference}: {said}");
    }
    // A file that is not the one of the sums is no program, and nothing is built instead.
    {
        let mut state = server.state.lock().expect("a lock");
        let archive = state.files.iter_mut().find(|(name, _)| name.ends_with(".tar.gz"));
        archive.expect("an archive").1.push(0);
    }
    let (status, said, is_there) = get(&url, COMMIT);
    assert_eq!((status, is_there), (Some(2), false), "{said}");
    assert!(said.contains("is not the file that the release says"), "{said}");
}

#[test]
fn the_steps_of_the_action() {
    let folder = tempfile::tempdir().expect("a folder");
    let repository = hostile(folder.path());
    let server = Server::start();
    let base = git(&repository, &["rev-parse", "main"]);
    let event = json!({ "pull_request": { "number": 7, "base": { "sha": base } } });
    fs::write(folder.path().join("event.json"), event.to_string()).expect("writes");
    fs::create_dir(folder.path().join("temp")).expect("a folder");
    publish(&server);
    let run = |inputs: &[(&str, &str)]| {
        let mut runner = Runner {
            folder: folder.path(),
            repository: repository.clone(),
            server: &server,
            inputs: inputs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            outputs: BTreeMap::new(),
            log: String::new(),
        };
        runner.inputs.insert("token".to_owned(), "secret-token".to_owned());
        let is_well = runner.run();
        assert!(!runner.log.contains("secret-token"), "{}", runner.log);
        (is_well, runner.log, runner.outputs)
    };
    // Somebody's comment that looks like the bot's own is not touched.
    let stranger = json!({ "id": 1, "user": { "type": "User" }, "body": "<!-- sdiff --> hello" });
    server.state.lock().expect("a lock").comments.push(stranger.clone());

    let (is_well, log, outputs) = run(&[]);
    assert!(!is_well, "{log}");
    assert_eq!(outputs["steps.review.outputs.status"], "1", "{log}");
    assert_eq!(outputs["steps.key.outputs.key"].len(), 40, "{log}");
    assert!(log.contains("uses actions/cache@v4\n"), "{log}");
    assert!(log.contains("from its release"), "{log}");
    assert!(log.contains("uses github/codeql-action/upload-sarif@v3\n"), "{log}");
    let commands: Vec<&str> = log.lines().filter(|line| line.starts_with("::")).collect();
    assert!(commands.iter().any(|line| line.contains("keyctl is let through")), "{log}");
    assert!(!commands.iter().any(|line| line.starts_with("::set-output")), "{log}");
    assert!(!commands.iter().any(|line| line.starts_with("::error::")), "{log}");
    let summary = fs::read_to_string(folder.path().join("summary.md")).expect("a summary");
    assert!(summary.contains("lets through more than before"), "{summary}");
    {
        let state = server.state.lock().expect("a lock");
        let methods: Vec<&str> = state.asked.iter().map(|(method, ..)| &**method).collect();
        assert_eq!(methods, ["GET", "POST"]);
        assert!(state.asked.iter().all(|(.., token)| token == "Bearer secret-token"));
        assert_eq!(state.comments[0], stranger);
        let body = state.comments[1]["body"].as_str().expect("a text");
        assert_eq!(body, format!("<!-- sdiff -->\n{summary}"));
    }

    // The same comment is mended; the gate can be left open.
    let (is_well, log, _) = run(&[("fail-on", "never"), ("sarif", "false")]);
    assert!(is_well, "{log}");
    assert!(!log.contains("upload-sarif"), "{log}");
    {
        let mut state = server.state.lock().expect("a lock");
        assert_eq!(
            state.asked.last().map(|(method, path, _)| (&**method, &**path)),
            Some(("PATCH", "/repos/owner/name/issues/comments/101"))
        );
        assert_eq!(state.comments.len(), 2);
        state.is_forbidden = true;
    }

    // A fork's token may write nothing: that is said, and is no failure.
    let (is_well, log, _) = run(&[("fail-on", "never")]);
    assert!(is_well, "{log}");
    assert!(log.contains("::notice title=sdiff::no comment may be written"), "{log}");

    // A range is one word, whatever is in it.
    let (is_well, log, _) = run(&[("range", "main...HEAD $(touch pwned); --output=pwned")]);
    assert!(!is_well, "{log}");
    assert!(log.contains("git knows no commit"), "{log}");
    // What only installs reviews nothing.
    let (is_well, log, outputs) = run(&[("review", "false")]);
    assert!(is_well, "{log}");
    assert!(!outputs.contains_key("steps.review.outputs.status"));

    for place in [folder.path(), &repository, &root()] {
        assert!(!place.join("pwned").exists(), "{}", place.display());
    }

    // The schema is for the tests of the faces.
    let log = fs::read(folder.path().join("temp/sdiff-review/sdiff.sarif")).expect("a report");
    let log: Value = serde_json::from_slice(&log).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert!(!log["runs"][0]["results"].as_array().expect("results").is_empty());
}
