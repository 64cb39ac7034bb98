//! Containers by name, asked of the engines' own programs: which process is its first, and which
//! profile the engine believes it gave it.

use super::ask::{ask, ask_what_is_known};
use super::container::{Container, Manager, is_name};
use super::error::{Asked, LiveError};
use super::tool::Tool;
use crate::baseline::UNCONFINED;
use crate::load::{LoadOptions, Loaded, load, parse};
use serde_json::Value;
use std::thread;

/// A container that runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Who knows it.
    pub tool: Tool,
    /// Its name there.
    pub name: String,
    /// Its whole number.
    pub id: String,
    /// The image that it was made of.
    pub image: Option<String>,
    /// Its first process.
    pub process: u32,
    /// What the engine believes that it gave it; nothing where its words are not understood.
    pub believed: Option<Loaded>,
}

impl Tool {
    /// The running container of that name or number; or why there is none, in words.
    fn find(self, name: &str) -> Result<Running, String> {
        match self {
            Tool::Docker | Tool::Podman => {
                let text = ask(self.name(), &["inspect", "--type", "container", name])?;
                let said = json(&text)?;
                let first = said.get(0).ok_or("no container of that name")?;
                let image = ["/ImageName", "/Config/Image"].iter().find_map(|at| words(first, at));
                let is_named = words(first, "/Name").unwrap_or_default();
                Ok(Running {
                    tool: self,
                    name: is_named.trim_start_matches('/').to_owned(),
                    id: words(first, "/Id").unwrap_or_default(),
                    image,
                    process: process(first, "/State/Pid")?,
                    believed: parse("inspect", text.as_bytes(), &LoadOptions::default()).ok(),
                })
            }
            Tool::Ctr => {
                let said = json(&ctr(&["containers", "info", name])?)?;
                let tasks = ctr(&["tasks", "ls"])?;
                let process = task(&tasks, name).ok_or("it is not running")?;
                Ok(of_object(self, name, &said, process))
            }
            Tool::Nerdctl => {
                let native = ["container", "inspect", "--mode", "native", name];
                let said = json(&ask("nerdctl", &native)?)?;
                let first = said.get(0).ok_or("no container of that name")?;
                let named = first.pointer("/Labels").and_then(|all| all.get("nerdctl/name"));
                let named = named.and_then(Value::as_str).unwrap_or(name);
                Ok(of_object(self, named, first, process(first, "/Process/Pid")?))
            }
            Tool::Crictl => {
                // It takes numbers; a name is a pattern to it.
                let pattern = format!("^{}$", name.replace('.', "\\."));
                let ids = ask("crictl", &["ps", "--quiet", "--name", &pattern])?;
                let mut ids = ids.split_whitespace();
                let id = ids.next().unwrap_or(name);
                if ids.next().is_some() {
                    return Err("several pods have a container of that name: give its number, as \
                                `crictl ps` prints it"
                        .to_owned());
                }
                let said = json(&ask("crictl", &["inspect", "--output", "json", id])?)?;
                let images = ["/status/image/userSpecifiedImage", "/status/image/image"];
                let image = images.iter().find_map(|at| words(&said, at));
                let spec = said.pointer("/info/runtimeSpec");
                Ok(Running {
                    tool: self,
                    name: words(&said, "/status/metadata/name").unwrap_or_else(|| name.to_owned()),
                    id: words(&said, "/status/id").unwrap_or_else(|| id.to_owned()),
                    image: image.filter(|image| !image.is_empty()),
                    process: process(&said, "/info/pid")?,
                    believed: spec.and_then(of_spec),
                })
            }
        }
    }
}

/// `ctr` waits ten seconds for a daemon that is not there.
fn ctr(arguments: &[&str]) -> Result<String, String> {
    let address = std::env::var("CONTAINERD_ADDRESS");
    let address = address.unwrap_or_else(|_| "/run/containerd/containerd.sock".to_owned());
    if !std::path::Path::new(&address).exists() {
        return Err(format!("containerd does not run: there is no {address}"));
    }
    let mut all = vec!["--connect-timeout", "2s"];
    all.extend(arguments);
    ask("ctr", &all)
}

/// What containerd keeps of a container.
fn of_object(tool: Tool, name: &str, said: &Value, process: u32) -> Running {
    Running {
        tool,
        name: name.to_owned(),
        id: words(said, "/ID").unwrap_or_else(|| name.to_owned()),
        image: words(said, "/Image").filter(|image| !image.is_empty()),
        process,
        believed: said.pointer("/Spec").and_then(of_spec),
    }
}

/// The profile in a runtime's `config.json`.
fn of_spec(spec: &Value) -> Option<Loaded> {
    if spec.get("linux")?.get("seccomp").is_none_or(Value::is_null) {
        return load(UNCONFINED, &LoadOptions::default()).ok();
    }
    parse("config.json", spec.to_string().as_bytes(), &LoadOptions::default()).ok()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("what it says is no JSON: {error}"))
}

fn words(value: &Value, at: &str) -> Option<String> {
    Some(value.pointer(at)?.as_str()?.to_owned())
}

fn process(value: &Value, at: &str) -> Result<u32, String> {
    let Some(said) = value.pointer(at) else {
        return Err("it names no running process".to_owned());
    };
    match said.as_u64().map(u32::try_from) {
        Some(Ok(0)) => Err("it is not running".to_owned()),
        Some(Ok(process)) => Ok(process),
        _ => Err("what it names as its process is no number of one".to_owned()),
    }
}

/// The process of a task in the table of `ctr tasks ls`: name, process, state.
fn task(table: &str, name: &str) -> Option<u32> {
    table.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        (fields.next() == Some(name)).then(|| fields.next()?.parse().ok()).flatten()
    })
}

/// The running container of that name, or of `TOOL/NAME`. All programs that are installed are asked;
/// several may know the same one.
///
/// # Errors
/// [`LiveError`]: nobody knows it, with what each said, or several know different ones.
pub fn find(spec: &str) -> Result<Running, LiveError> {
    let wrong = || LiveError::Name(spec.to_owned());
    let (tools, name) = match spec.split_once('/') {
        Some((tool, name)) => {
            let tool =
                Tool::ALL.into_iter().find(|known| known.name() == tool).ok_or_else(wrong)?;
            (vec![tool], name)
        }
        None => (Tool::ALL.to_vec(), spec),
    };
    if !is_name(name) {
        return Err(wrong());
    }
    let answers = all(tools, |tool| tool.find(name));
    let (mut running, mut asked) = (Vec::new(), Vec::new());
    for (tool, answer) in answers {
        match answer {
            Ok(found) => running.push(found),
            Err(said) => asked.push(Asked { tool, said }),
        }
    }
    let processes = || running.iter().map(|found: &Running| (found.tool, found.process));
    match running.first().map(|first| first.process) {
        Some(first) if processes().all(|(_, process)| process == first) => {}
        Some(_) => {
            return Err(LiveError::Several { name: name.to_owned(), found: processes().collect() });
        }
        None => return Err(LiveError::NoContainer { name: name.to_owned(), asked }),
    }
    Ok(running.swap_remove(0))
}

/// Asks each at the same time.
fn all<K: Copy + Send, A: Send>(keys: Vec<K>, ask: impl Fn(K) -> A + Sync) -> Vec<(K, A)> {
    let ask = &ask;
    thread::scope(|scope| {
        let started: Vec<_> =
            keys.into_iter().map(|key| (key, scope.spawn(move || ask(key)))).collect();
        // One that panics has no answer.
        started.into_iter().filter_map(|(key, thread)| Some((key, thread.join().ok()?))).collect()
    })
}

/// Names and images of containers that processes were found in, by their number. What cannot be asked stays
/// without.
pub(super) fn name_all(containers: &mut [Container]) {
    let of = |manager: &Manager| match manager {
        Manager::Docker => Some(Tool::Docker),
        Manager::Podman => Some(Tool::Podman),
        Manager::Kubernetes | Manager::CriO => Some(Tool::Crictl),
        Manager::Containerd => None,
    };
    let mut tools: Vec<Tool> = containers.iter().filter_map(|c| of(&c.manager)).collect();
    tools.sort_unstable();
    tools.dedup();
    let answers = all(tools, |tool| {
        let ids = containers.iter().filter(|c| of(&c.manager) == Some(tool));
        names(tool, &ids.map(|c| c.id.as_str()).collect::<Vec<_>>())
    });
    for (tool, known) in answers {
        for container in containers.iter_mut().filter(|c| of(&c.manager) == Some(tool)) {
            let found = known.iter().find(|(id, ..)| *id == container.id);
            if let Some((_, name, image)) = found {
                (container.name, container.image) = (name.clone(), image.clone());
            }
        }
    }
}

type Named = (String, Option<String>, Option<String>);

/// Number, name and image of each.
fn names(tool: Tool, ids: &[&str]) -> Vec<Named> {
    let or_none = |text: Option<String>| text.filter(|text| !text.is_empty());
    match tool {
        Tool::Crictl => {
            let said = ask("crictl", &["ps", "--output", "json"]).and_then(|text| json(&text));
            let said = said.unwrap_or_default();
            let all = said.pointer("/containers").and_then(Value::as_array);
            let named = all.into_iter().flatten().filter_map(|container| {
                let images = ["/image/userSpecifiedImage", "/image/image"];
                let image = images.iter().find_map(|at| or_none(words(container, at)));
                Some((words(container, "/id")?, words(container, "/metadata/name"), image))
            });
            named.collect()
        }
        tool => {
            let mut arguments = vec!["inspect", "--type", "container"];
            arguments.extend(ids);
            // One that it does not know, of another daemon or gone by now, leaves the others known.
            let said = ask_what_is_known(tool.name(), &arguments).and_then(|text| json(&text));
            let said = said.unwrap_or_default();
            let named = said.as_array().into_iter().flatten().filter_map(|container| {
                let images = ["/ImageName", "/Config/Image"];
                let image = images.iter().find_map(|at| or_none(words(container, at)));
                let name = words(container, "/Name");
                let name = name.map(|name| name.trim_start_matches('/').to_owned());
                Some((words(container, "/Id")?, name, image))
            });
            named.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_found_by_its_whole_name() {
        let table = "TASK    PID     STATUS    \nweb2    7    RUNNING\nweb     42      RUNNING\nold 9 STOPPED\n";
        assert_eq!(task(table, "web"), Some(42));
        assert_eq!(task(table, "we"), None);
        assert_eq!(task(table, "TASK"), None);
    }

    #[test]
    fn what_is_no_name_is_asked_of_nobody() {
        for name in ["", "-f", "a b", "../x", "docker/", "docker/-f", "lxc/web", "a/b/c"] {
            assert!(matches!(find(name), Err(LiveError::Name(_))), "{name}");
        }
    }
}
