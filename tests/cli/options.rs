//! What is asked: hosts, capabilities, kernel, engines, runtime, format.

use super::*;

fn with(filter: &str) -> Test {
    let rules = allow("mount", &format!(", \"includes\": {{{filter}}}"));
    sdiff("old.json new.json").file("old.json", &profile("")).file("new.json", &profile(&rules))
}

#[test]
fn hosts_can_be_chosen() {
    let on_arm = || with("\"arches\": [\"arm64\"]");
    on_arm().run().status(1).stdout_has("on arm64");
    on_arm().argument("--host=amd64").run().status(0);
    on_arm().argument("--host=amd64,aarch64").run().status(1).stdout_has("amd64, arm64, every");
    on_arm().argument("--host=amd64").argument("--host=arm64").run().status(1);
}

#[test]
fn capabilities_can_be_given() {
    let with_admin = || with("\"caps\": [\"CAP_SYS_ADMIN\"]");
    with_admin().run().status(1).stdout_has("with CAP_SYS_ADMIN");
    with_admin().argument("--caps=none").run().status(0);
    with_admin().argument("--caps=docker-default").run().status(0);
    with_admin().argument("--caps=all").run().status(1).stdout_has("all capabilities");
    let ran = with_admin().argument("--caps=CAP_SYS_ADMIN").run().status(1);
    let ran = ran.stdout_has("on amd64, CAP_SYS_ADMIN\n");
    assert!(!ran.stdout.contains("ALLOW  with"), "{}", ran.stdout);
    with_admin()
        .argument("--caps=docker-default,sys_admin")
        .argument("--within")
        .run()
        .stdout_has("on amd64, Docker's default capabilities+CAP_SYS_ADMIN: EPERM → ALLOW");
}

/// `--caps "$CAPS"` with the variable unset.
#[test]
fn no_capabilities_have_to_be_asked_for_by_word() {
    sdiff("default default").argument("--caps=").run().status(2).stderr_has("write `none`");
    sdiff("default default").argument("--caps=,").run().status(2);
}

#[test]
fn the_kernel_can_be_given() {
    let since_5_10 = || with("\"minKernel\": \"5.10\"");
    since_5_10().run().status(1).stdout_has("on kernel ≥ 5.10");
    since_5_10().argument("--kernel=5.9").run().status(0);
    since_5_10().argument("--kernel=6.1").run().status(1).stdout_has("kernel 6.1");
    since_5_10().argument("--kernel=5.10.0-28-amd64").run().status(1);
}

#[test]
fn engines_read_differently() {
    let with_admin = || with("\"caps\": [\"CAP_SYS_ADMIN\"]").argument("--host=amd64");
    let ran = with_admin().argument("--engine=containerd").run().status(1);
    ran.stdout_has("EPERM → ALLOW  new.json:4\n");
    sdiff("default default --new-engine containerd --host amd64 --caps docker-default")
        .run()
        .status(1)
        .stdout_has(
            "default (docker 29.7.2) under docker  →  default (docker 29.7.2) under containerd",
        )
        .stdout_has("default under containerd lets through");
    sdiff("default default --old-engine containerd --host amd64 -q").run().status(1);
    sdiff("default default --engine containerd --host amd64").run().status(0);
}

#[test]
fn the_runtime_can_be_left_out() {
    let errno = |name: &str| allow(name, "").replace("ALLOW", "ERRNO");
    let test = || {
        sdiff("old.json new.json --host amd64")
            .file("old.json", &listed(&errno("write")))
            .file("new.json", &listed(&errno("open")))
    };
    test().run().status(1).stdout_has("the ENOSYS boundary moves from 1 to 2");
    test().argument("--runtime=none").run().status(0);
}

#[test]
fn the_format_can_be_said() {
    let text = "{\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\"}}}";
    let test = || sdiff("a.json a.json").file("a.json", text);
    test().run().status(0).stderr("");
    test().argument("--input-format=docker").run().status(0).stderr_has("unknown field `linux`");
}

#[test]
fn a_host_where_only_one_of_them_starts() {
    let architectures = "\"architectures\": [\"SCMP_ARCH_S390X\"],\n\"syscalls\"";
    let text = profile(&allow("read", ""));
    let test = || {
        sdiff("old.json new.json --host amd64,s390x")
            .file("old.json", &text.replace("\"syscalls\"", architectures))
            .file("new.json", &text)
    };
    let ran = test().run().status(1);
    ran.stdout_has("? not compared on amd64: no container starts with old.json");
    test()
        .argument("--within")
        .run()
        .status(1)
        .stdout("no\non amd64 a container starts with new.json, and none does with old.json\n");
    test().argument("--fail-on=weakened").run().status(1);
}

#[test]
fn the_format_is_that_of_files_and_not_of_what_is_built_in() {
    let ran = sdiff("--input-format oci default default --new-engine docker").run();
    ran.status(0).stdout("same policy\n").stderr("");
}

#[test]
fn profiles_of_one_file_are_told_apart() {
    let document = |name: &str, calls: &str| {
        format!(
            "kind: SeccompProfile\nmetadata:\n  name: {name}\nspec:\n  defaultAction: \
             SCMP_ACT_ERRNO\n  syscalls:\n  - action: SCMP_ACT_ALLOW\n    names: [{calls}]\n"
        )
    };
    let text = format!("{}---\n{}", document("web", "read, write"), document("db", "read"));
    let ran = sdiff("two.yaml#db two.yaml#web").file("two.yaml", &text).run().status(1);
    ran.stdout_has("two.yaml#web lets through one kind of calls that two.yaml#db blocks.");
}
