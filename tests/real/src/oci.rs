//! The `linux.seccomp` object of the OCI runtime specification: what engines give to runtimes.

use serde_json::{Value, json};

/// The object. Names are not yet looked up: the runtime does that, and refuses what it does not
/// know.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Oci {
    pub default_action: String,
    pub default_errno_ret: Option<u64>,
    pub architectures: Vec<String>,
    pub flags: Vec<String>,
    pub listener_path: String,
    pub syscalls: Vec<Syscall>,
}

/// An entry of `syscalls`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Syscall {
    pub names: Vec<String>,
    pub action: String,
    pub errno_ret: Option<u64>,
    pub args: Vec<Arg>,
}

/// A condition.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Arg {
    pub index: u64,
    pub value: u64,
    pub value_two: u64,
    pub op: String,
}

impl Oci {
    /// The object as JSON, for a `config.json`.
    pub fn to_json(&self) -> Value {
        let syscalls: Vec<Value> = self.syscalls.iter().map(Syscall::to_json).collect();
        let mut object = json!({ "defaultAction": self.default_action, "syscalls": syscalls });
        if let Some(errno) = self.default_errno_ret {
            object["defaultErrnoRet"] = json!(errno);
        }
        if !self.architectures.is_empty() {
            object["architectures"] = json!(self.architectures);
        }
        if !self.flags.is_empty() {
            object["flags"] = json!(self.flags);
        }
        if !self.listener_path.is_empty() {
            object["listenerPath"] = json!(self.listener_path);
        }
        object
    }
}

impl Syscall {
    fn to_json(&self) -> Value {
        let arg = |a: &Arg| json!({ "index": a.index, "value": a.value, "valueTwo": a.value_two, "op": a.op });
        let mut object = json!({ "names": self.names, "action": self.action });
        if let Some(errno) = self.errno_ret {
            object["errnoRet"] = json!(errno);
        }
        if !self.args.is_empty() {
            object["args"] = self.args.iter().map(arg).collect();
        }
        object
    }
}
