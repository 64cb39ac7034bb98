//! The protocol: who may say what when, and what is answered.

use super::document::{Document, path_of};
use super::hover::hover;
use super::judge::judge;
use super::wire::{self, Incoming};
use crate::cli::arguments::options::Question;
use lsp_types::{
    ClientCapabilities, CodeAction, CodeActionKind, CodeActionParams, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentChanges, HoverParams,
    InitializeParams, MarkupKind, OneOf, OptionalVersionedTextDocumentIdentifier,
    PublishDiagnosticsParams, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Why the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The editor said so: 0 after `shutdown`, else 1.
    Exit(u8),
    /// Nobody reads what is written.
    Closed,
}

/// Where the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
}

/// What is wrong with a request, as the protocol numbers it.
type Refusal = (i32, String);

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;
const NOT_INITIALIZED: i32 = -32002;

/// The documents that are open, and what the editor can do.
pub(super) struct Server<'a, W: Write> {
    asked: &'a Question,
    output: W,
    state: State,
    client: ClientCapabilities,
    /// The folders that the editor has opened.
    roots: Vec<PathBuf>,
    documents: BTreeMap<String, Document>,
}

impl<'a, W: Write> Server<'a, W> {
    pub fn new(asked: &'a Question, output: W) -> Server<'a, W> {
        let (client, state) = (ClientCapabilities::default(), State::New);
        Server { asked, output, state, client, roots: Vec::new(), documents: BTreeMap::new() }
    }

    /// Whether a document is to be judged.
    pub fn has_changes(&self) -> bool {
        self.documents.values().any(|document| document.is_changed)
    }

    /// Answers a message.
    pub fn take(&mut self, message: Incoming) -> Result<(), Ended> {
        let value = match message {
            Incoming::Malformed(why) => {
                return self.refuse(&Value::Null, (PARSE_ERROR, format!("no JSON: {why}")));
            }
            Incoming::Value(value) => value,
        };
        let Some(method) = value.get("method").and_then(Value::as_str) else {
            // What has no method is an answer to us, or nothing.
            let is_answer = value.get("result").is_some() || value.get("error").is_some();
            return match is_answer {
                true => Ok(()),
                false => self.refuse(&Value::Null, (INVALID_REQUEST, "no method".to_owned())),
            };
        };
        let params = value.get("params").cloned().unwrap_or_default();
        match value.get("id") {
            Some(id) => match self.request(method, params) {
                Ok(result) => self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result })),
                Err(refusal) => self.refuse(id, refusal),
            },
            None => self.notification(method, params),
        }
    }

    fn request(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        match (self.state, method) {
            (State::New, "initialize") => {
                let params: InitializeParams = read(params)?;
                Ok(self.initialize(params))
            }
            (State::New, _) => Err((NOT_INITIALIZED, "`initialize` comes first".to_owned())),
            (State::ShutDown, _) => Err((INVALID_REQUEST, "the server is shut down".to_owned())),
            (State::Running, "initialize") => {
                Err((INVALID_REQUEST, "`initialize` comes once".to_owned()))
            }
            (State::Running, "shutdown") => {
                self.state = State::ShutDown;
                Ok(Value::Null)
            }
            (State::Running, "textDocument/hover") => {
                let HoverParams { text_document_position_params: at, .. } = read(params)?;
                let formats = self.client.text_document.as_ref().and_then(|client| {
                    client.hover.as_ref().and_then(|hover| hover.content_format.as_ref())
                });
                let markdown = formats.is_some_and(|all| all.contains(&MarkupKind::Markdown));
                let (asked, roots) = (self.asked, &self.roots);
                let found = self
                    .documents
                    .get(at.text_document.uri.as_str())
                    .and_then(|document| hover(document, at.position, asked, roots, markdown));
                Ok(json!(found))
            }
            (State::Running, "textDocument/codeAction") => Ok(json!(self.actions(read(params)?))),
            (State::Running, method) => {
                let method: String = method.chars().take(100).collect();
                Err((METHOD_NOT_FOUND, format!("no method `{method}`")))
            }
        }
    }

    fn initialize(&mut self, params: InitializeParams) -> Value {
        #[allow(deprecated)] // what older editors say
        let old = params.root_uri;
        let folders = params.workspace_folders.unwrap_or_default();
        let folders: Vec<Uri> = folders.into_iter().map(|folder| folder.uri).chain(old).collect();
        self.roots = folders.iter().filter_map(path_of).collect();
        self.client = params.capabilities;
        self.state = State::Running;
        json!({
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": { "openClose": true, "change": 1, "save": {} },
                "hoverProvider": true,
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            },
            "serverInfo": { "name": "sdiff", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// What is wrong with a notification nobody can be told.
    fn notification(&mut self, method: &str, params: Value) -> Result<(), Ended> {
        if method == "exit" {
            return Err(Ended::Exit(u8::from(self.state != State::ShutDown)));
        }
        if self.state != State::Running {
            return Ok(());
        }
        match method {
            "initialized" => self.watch()?,
            "textDocument/didOpen" => {
                if let Ok(DidOpenTextDocumentParams { text_document: item }) = read(params) {
                    let key = item.uri.as_str().to_owned();
                    let document =
                        Document::new(item.uri, &item.language_id, item.version, item.text);
                    self.documents.insert(key, document);
                }
            }
            "textDocument/didChange" => {
                let Ok(DidChangeTextDocumentParams { text_document: of, content_changes }) =
                    read(params)
                else {
                    return Ok(());
                };
                let Some(document) = self.documents.get_mut(of.uri.as_str()) else {
                    return Ok(());
                };
                for change in content_changes {
                    document.change(of.version, change.range, &change.text);
                }
            }
            "textDocument/didClose" => {
                if let Ok(DidCloseTextDocumentParams { text_document: of }) = read(params)
                    && let Some(document) = self.documents.remove(of.uri.as_str())
                    && !document.told.is_empty()
                {
                    // What is not open is the editor's no more.
                    self.publish(PublishDiagnosticsParams::new(of.uri, Vec::new(), None))?;
                }
            }
            // What one file says can hang on others: its base, the settings.
            "textDocument/didSave"
            | "workspace/didChangeWatchedFiles"
            | "workspace/didChangeConfiguration" => {
                self.documents.values_mut().for_each(|document| document.is_changed = true);
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks to be told when settings are changed elsewhere.
    fn watch(&mut self) -> Result<(), Ended> {
        let can = self.client.workspace.as_ref().and_then(|client| {
            client.did_change_watched_files.as_ref().and_then(|watch| watch.dynamic_registration)
        });
        if can != Some(true) {
            return Ok(());
        }
        self.send(&json!({
            "jsonrpc": "2.0",
            "id": "sdiff.toml",
            "method": "client/registerCapability",
            "params": { "registrations": [{
                "id": "sdiff.toml",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": [{ "globPattern": "**/sdiff.toml" }] },
            }] },
        }))
    }

    /// Judges one document that was changed.
    pub fn judge_next(&mut self) -> Result<(), Ended> {
        let changed = self.documents.iter().find(|(_, document)| document.is_changed);
        match changed.map(|(key, _)| key.clone()) {
            Some(key) => self.judge(&key),
            None => Ok(()),
        }
    }

    fn judge(&mut self, key: &str) -> Result<(), Ended> {
        let Some(document) = self.documents.get_mut(key) else { return Ok(()) };
        document.is_changed = false;
        let told = judge(document, self.asked, &self.roots);
        // Of what is no profile nothing is said, but that what was said does not hold any more.
        let is_news = !(told.is_empty() && document.told.is_empty());
        document.told = told;
        if !is_news {
            return Ok(());
        }
        let diagnostics = document.told.iter().map(|told| told.diagnostic.clone()).collect();
        let (uri, version) = (document.uri.clone(), document.version);
        self.publish(PublishDiagnosticsParams::new(uri, diagnostics, Some(version)))
    }

    /// The mends of what was found in a stretch of a document.
    fn actions(&mut self, params: CodeActionParams) -> Vec<CodeAction> {
        let key = params.text_document.uri.as_str();
        let client = self.client.text_document.as_ref();
        let takes_actions = client
            .and_then(|client| client.code_action.as_ref())
            .is_some_and(|client| client.code_action_literal_support.is_some());
        let wanted = params.context.only.as_ref().is_none_or(|kinds| {
            kinds.iter().any(|kind| kind.as_str().is_empty() || *kind == CodeActionKind::QUICKFIX)
        });
        if !takes_actions || !wanted {
            return Vec::new();
        }
        let takes_versions = self.client.workspace.as_ref().is_some_and(|client| {
            let edit = client.workspace_edit.as_ref();
            edit.and_then(|edit| edit.document_changes) == Some(true)
        });
        let Some(document) = self.documents.get(key) else { return Vec::new() };
        // Mends of an older text would be put into the wrong places.
        let told = match document.is_changed {
            true => &judge(document, self.asked, &self.roots),
            false => &document.told,
        };
        let mut actions = Vec::new();
        for told in told {
            let (at, asked) = (told.diagnostic.range, params.range);
            if at.end < asked.start || asked.end < at.start {
                continue;
            }
            for (title, range, text) in &told.mends {
                let edits = vec![TextEdit { range: *range, new_text: text.clone() }];
                actions.push(CodeAction {
                    title: title.clone(),
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: Some(vec![told.diagnostic.clone()]),
                    edit: Some(edit(document, edits, takes_versions)),
                    is_preferred: Some(told.mends.len() == 1 && title.starts_with("Write `")),
                    ..CodeAction::default()
                });
            }
        }
        actions
    }

    fn publish(&mut self, params: PublishDiagnosticsParams) -> Result<(), Ended> {
        let method = "textDocument/publishDiagnostics";
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    fn refuse(&mut self, id: &Value, (code, message): Refusal) -> Result<(), Ended> {
        let error = json!({ "code": code, "message": message });
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }))
    }

    fn send(&mut self, message: &Value) -> Result<(), Ended> {
        wire::write(&mut self.output, message).map_err(|_| Ended::Closed)
    }
}

fn edit(document: &Document, edits: Vec<TextEdit>, takes_versions: bool) -> WorkspaceEdit {
    let uri = document.uri.clone();
    if !takes_versions {
        #[allow(clippy::mutable_key_type)] // the type of the protocol; nothing changes a key
        let changes = [(uri, edits)].into_iter().collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let version = Some(document.version);
    let text_document = OptionalVersionedTextDocumentIdentifier { uri, version };
    let edits = edits.into_iter().map(OneOf::Left).collect();
    let changes = DocumentChanges::Edits(vec![TextDocumentEdit { text_document, edits }]);
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| (INVALID_PARAMS, error.to_string()))
}
