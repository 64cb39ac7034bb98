use super::*;
use crate::filter::{ByteOrder, Program};
use crate::live::{Container, LiveError, Manager, Member};
use crate::profile::Environment;
use crate::semantics::{Engine, Given, Machine, Runtime};

fn member(id: u32, name: &str, container: Option<usize>) -> Member {
    let capabilities = Some(Given::docker_default() | 1 << 19);
    let environment = Environment { capabilities, ..Environment::default() };
    Member { id, name: name.to_owned(), container, environment }
}

fn found() -> Found {
    let container = |manager, id: &str, name: Option<&str>, image: Option<&str>| {
        let (name, image) = (name.map(str::to_owned), image.map(str::to_owned));
        Container { manager, id: id.to_owned(), name, image }
    };
    let program = Program::allowing(ByteOrder::Little);
    let long = "0123456789abcdef".repeat(4);
    let survey = Survey {
        processes: 40,
        containers: vec![
            container(Manager::Docker, &long, Some("web"), Some("nginx:1.29")),
            container(Manager::Podman, &long, None, None),
            container(Manager::Containerd, "cache", None, Some("redis:7")),
        ],
        groups: vec![
            Group {
                stack: Vec::new(),
                members: vec![member(1, "init", None), member(70, "redis\u{1b}[2J", Some(2))],
            },
            Group {
                stack: vec![program.clone(), program.clone()],
                members: (0..6).map(|at| member(100 + at, "nginx", Some(0))).collect(),
            },
            Group { stack: vec![program.clone()], members: vec![member(9, "sshd", None)] },
            Group { stack: vec![program], members: vec![member(50, "sleep", Some(1))] },
        ],
        unread: vec![(member(60, "gdb", None), LiveError::Traced { id: 60, tracer: 61 })],
    };
    let newest = Machine::newest(Engine::Docker);
    let nearest = |differs, alone| Nearest { candidate: 0, machine: newest, differs, alone };
    let subjects = (0..20).map(|at| (format!("call_number_{at}"), Kind::Added)).collect();
    let older = Machine { runtime: Runtime::CRUN, ..newest };
    let exact = Nearest { machine: older, ..nearest(0, Some(0)) };
    let judged = vec![
        Judged::default(),
        Judged {
            fingerprint: Some("sd1-0".to_owned()),
            nearest: Some(("docker@20.10.25".to_owned(), exact)),
            beyond: Some(Beyond { profile: "docker@29.7.2".to_owned(), subjects }),
        },
        Judged { fingerprint: Some("sd1-1".to_owned()), ..Judged::default() },
        Judged {
            fingerprint: Some("sd1-2".to_owned()),
            nearest: Some(("podman@5.8.1".to_owned(), nearest(3, None))),
            beyond: Some(Beyond { profile: "podman@5.8.1".to_owned(), subjects: Vec::new() }),
        },
    ];
    Found { survey, judged }
}

#[test]
fn unconfined_containers_come_first_and_each_group_says_what_it_is() {
    let Machine { library, .. } = Machine::newest(Engine::Docker);
    let crun = Runtime::CRUN;
    let expected = format!(
        "\
! in a container without a filter: 1 process
    cache (containerd, redis:7): 70 redis\\u{{1b}}[2J

2 filters, the oldest of them docker@20.10.25 as {crun} with libseccomp {library} makes it: 6 processes
    web (docker, nginx:1.29): 100 nginx, 101 nginx, 102 nginx, 103 nginx, … 2 more
  with Docker's default capabilities+CAP_SYS_PTRACE
  lets through beyond docker@29.7.2: call_number_0, call_number_1, call_number_2, call_number_3,
    call_number_4, call_number_5, call_number_6, call_number_7, call_number_8, call_number_9,
    call_number_10, call_number_11, … 8 more

of no known profile: 1 process
    in no container: 9 sshd

nearest to podman@5.8.1: 3 calls differ: 1 process
    0123456789ab (podman): 50 sleep
  with Docker's default capabilities+CAP_SYS_PTRACE
  lets nothing through beyond podman@5.8.1

not read: 1 process
  60 gdb: process 60 is traced by process 61 (a debugger, strace), and a process has one tracer at a \
time: end that one, or wait for it

40 processes: 8 with filters (3 different); 3 containers, 1 process in them without a filter
"
    );
    let text = ps_text(&found(), false);
    assert_eq!(text, expected);
    colored::control::set_override(true);
    let colored = ps_text(&found(), true);
    assert!(colored.contains("\u{1b}[1;31m! in a container without"), "{colored}");
}

#[test]
fn the_json_has_all_of_it() {
    let json: serde_json::Value = serde_json::from_str(&ps_json(&found())).unwrap();
    assert_eq!(json["unconfined"], serde_json::json!([70]));
    assert_eq!(json["groups"][1]["nearest"]["equal"], true);
    assert_eq!(json["groups"][1]["nearest"]["filter"], 0);
    assert_eq!(json["groups"][1]["beyond"]["changes"].as_array().unwrap().len(), 20);
    assert_eq!(json["groups"][2]["nearest"], serde_json::Value::Null);
    assert_eq!(json["unread"][0]["pid"], 60);
    assert_eq!(json["containers"][1]["name"], serde_json::Value::Null);
    let schema = include_str!("../../../../docs/ps.schema.json");
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&json), "{json:#}");
}
