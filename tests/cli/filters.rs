//! `bpf:FILE`, `sdiff disasm`, `sdiff verify`.

use super::*;
use serde_json::Value;

/// What crun loads on amd64 for a profile that allows `write` alone, as a disassembler prints it.
pub(super) const WRITE_ALONE: &str = "\
 line  CODE  JT   JF      K
=================================
 0000: 0x20 0x00 0x00 0x00000004  A = arch
 0001: 0x15 0x00 0x05 0xc000003e  if (A != ARCH_X86_64) goto 0007
 0002: 0x20 0x00 0x00 0x00000000  A = sys_number
 0003: 0x35 0x00 0x01 0x40000000  if (A < 0x40000000) goto 0005
 0004: 0x15 0x01 0x02 0xffffffff  if (A == 0xffffffff) goto 0006 else goto 0007
 0005: 0x15 0x02 0x00 0x00000001  if (A == write) goto 0008
 0006: 0x06 0x00 0x00 0x00050001  return ERRNO(1)
 0007: 0x06 0x00 0x00 0x00000000  return KILL
 0008: 0x06 0x00 0x00 0x7fff0000  return ALLOW
";

/// A program that lets everything through but `ptrace`.
pub(super) const NO_PTRACE: &str = "\
 0000: 0x20 0x00 0x00 0x00000000  A = sys_number
 0001: 0x15 0x00 0x01 0x00000065  if (A != ptrace) goto 0003
 0002: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS
 0003: 0x06 0x00 0x00 0x7fff0000  return ALLOW
";

/// A table as the bytes of a little-endian kernel.
pub(super) fn bytes(table: &str) -> Vec<u8> {
    let number = |word: &str| u32::from_str_radix(&word[2..], 16).expect("a number");
    let lines = table.lines().filter(|line| line.contains(": 0x"));
    lines
        .flat_map(|line| {
            let mut words = line.split_whitespace().skip(1).map(number);
            let mut next = || words.next().expect("four columns").to_le_bytes();
            let (code, jt, jf, k) = (next(), next(), next(), next());
            [code[0], code[1], jt[0], jf[0], k[0], k[1], k[2], k[3]]
        })
        .collect()
}

fn test(arguments: &str) -> Test {
    sdiff(arguments)
        .file("a.json", &profile(&allow("write", "")))
        .file("write.txt", WRITE_ALONE)
        .file("ptrace.txt", NO_PTRACE)
}

#[track_caller]
fn valid(ran: &Ran, schema: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&report).map(|f| f.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let mut wrong = report.clone();
    wrong["version"] = Value::from(0);
    assert!(!validator.is_valid(&wrong));
    report
}

#[test]
fn a_filter_is_the_profile_that_it_was_made_of() {
    let ran = test("verify a.json bpf:write.txt --runtime crun").run().status(0);
    assert!(
        ran.stdout.starts_with("yes: bpf:write.txt is a.json on amd64, under docker with crun")
    );
    test("a.json bpf:write.txt --runtime crun").run().status(0).stdout_has("the same policy");
    let fingerprint = |profile: &str| {
        test(&format!("fingerprint {profile} --host amd64 --runtime crun")).run().status(0).stdout
    };
    assert_eq!(fingerprint("a.json"), fingerprint("bpf:write.txt"));
    assert_ne!(fingerprint("a.json"), fingerprint("bpf:ptrace.txt"));
}

#[test]
fn bytes_and_a_table_are_one_program() {
    let test = test("bpf:write.txt bpf:write.bpf");
    fs::write(test.folder.path().join("write.bpf"), bytes(WRITE_ALONE)).expect("writes");
    test.run().status(0).stdout("bpf:write.bpf is bpf:write.txt: the same policy\n");
}

#[test]
fn where_a_filter_is_another_s_the_reason_is_given_with_a_call() {
    let ran = test("verify a.json bpf:write.txt --runtime runc").run().status(1);
    let ran = ran.stdout_has("no: bpf:write.txt is not a.json on amd64").stdout_has("proof: ");
    assert!(ran.stdout.contains("why: it is what crun"), "{}", ran.stdout);

    let ran = test("verify a.json bpf:ptrace.txt --host amd64").run().status(1);
    let ran =
        ran.stdout_has("EPERM → ALLOW").stdout_has("why: no known engine, runtime and libseccomp");
    ran.stdout_has("nearest: docker with ").stdout_has("places differ\n");

    let only = ", \"includes\": {\"caps\": [\"CAP_SYS_PTRACE\"]}";
    let ran = test("verify b.json bpf:write.txt --runtime crun --caps none")
        .file("b.json", &profile(&allow("write", only)));
    let ran = ran.run().status(1).stdout_has("why: it is what containerd makes of it");
    ran.stdout_has("as containerd reads it: `includes` ignored");

    let ran = test("verify a.json bpf:write.txt,ptrace.txt --runtime crun --host amd64").run();
    ran.status(1)
        .stdout_has("why: a filter of its own on top: ptrace.txt\n")
        .stdout_has("without it write.txt alone is a.json under docker with crun");
}

#[test]
fn environments_in_which_a_filter_is_the_profile_are_named() {
    let more = ", \"includes\": {\"caps\": [\"CAP_SYS_PTRACE\"]}";
    let rules = allow("write", "") + ",\n" + &allow("ptrace", more);
    let test = |arguments| test(arguments).file("a.json", &profile(&rules));
    let ran = test("verify a.json bpf:write.txt --runtime crun").run().status(0);
    ran.stdout_has("in containers without CAP_SYS_PTRACE\n");
    test("verify a.json bpf:write.txt --runtime crun --caps all").run().status(1);
    test("verify a.json bpf:write.txt --runtime crun --caps none").run().status(0);
}

#[test]
fn the_answer_is_json_as_its_schema_says() {
    let schema = include_str!("../../docs/verify.schema.json");
    let answer = |arguments: &str, status| {
        let ran = test(&format!("verify --format json {arguments}")).run().status(status);
        valid(&ran, schema)
    };
    let yes = answer("a.json bpf:write.txt --runtime crun", 0);
    assert_eq!(yes["equal"], true);
    assert_eq!(yes["findings"].as_array().map(Vec::len), Some(0));
    let no = answer("a.json bpf:write.txt --runtime runc", 1);
    assert_eq!(no["equal"], false);
    assert_eq!(no["elsewhere"][0]["machine"]["runtime"], "crun");
    assert!(no["findings"][0]["id"].is_string());
    let alone = answer("a.json bpf:write.txt,ptrace.txt --runtime crun --host amd64", 1);
    assert_eq!(alone["alone"]["filter"], "write.txt");
    assert_eq!(alone["besides"], "a filter of its own on top: ptrace.txt");
    let nearest = answer("a.json bpf:ptrace.txt --host amd64", 1);
    assert!(nearest["nearest"]["places"].as_u64() > Some(100), "{nearest:#}");
}

#[test]
fn a_disassembly_names_calls_and_can_be_read_again() {
    let ran = test("disasm bpf:write.txt").run().status(0);
    let ran = ran.stdout_has("if A == 0xc000003e (x86_64) goto 2 else 7");
    let ran = ran.stdout_has("if A == 1 (write) goto 8 else 6").stdout_has("return EPERM");
    assert_eq!(bytes(&ran.stdout), bytes(WRITE_ALONE));
    let schema = include_str!("../../docs/disasm.schema.json");
    let report = valid(&test("disasm --format json bpf:write.txt").run().status(0), schema);
    assert_eq!(report["filters"][0]["instructions"].as_array().map(Vec::len), Some(9));
}

#[test]
fn a_stack_is_what_all_of_its_filters_are_together() {
    let ran = test("bpf:write.txt bpf:write.txt,ptrace.txt --host amd64").run().status(1);
    let ran = ran.stdout_has("~ tightened  ptrace").stdout_has("EPERM → KILL_PROCESS");
    assert!(!ran.stdout.contains("weakened"), "{}", ran.stdout);
    test("--within bpf:write.txt bpf:write.txt,ptrace.txt --host amd64").run().status(0);
}

#[test]
fn the_word_wins_over_a_file_and_a_comma_is_written_twice() {
    let test = |arguments| {
        test(arguments).file("bpf:a.json", &profile(&allow("write", ""))).file("x,y", WRITE_ALONE)
    };
    test("bpf:a.json a.json").run().status(2).stderr_has("a.json: the JSON has no annotation");
    test("./bpf:a.json a.json").run().status(0);
    test("bpf:x,,y bpf:write.txt").run().status(0);
    test("bpf:x,y bpf:write.txt").run().status(2).stderr_has("x: cannot be read");
}

#[test]
fn what_is_no_filter_says_so() {
    let mut short = bytes(WRITE_ALONE);
    short.truncate(70);
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty", Vec::new(), "bad: it is empty"),
        ("odd", short, "bad: 70 bytes are no filter"),
        ("text", b"hello\n".to_vec(), "bad: it is text without an instruction"),
        ("line", b" 0000: 0x20 0x00\n".to_vec(), "bad: line 1: expected four columns"),
        ("end", bytes(" 0: 0x20 0x0 0x0 0x0"), "bad: instruction 0: is the last and does not"),
        ("jump", bytes(" 0: 0x5 0x0 0x0 0x9\n 1: 0x6 0x0 0x0 0x0"), "bad: instruction 0: jumps to"),
        (
            "code",
            bytes(" 0: 0x28 0x0 0x0 0x0\n 1: 0x6 0x0 0x0 0x0"),
            "bad: instruction 0: 0x0028 is",
        ),
        ("long", bytes(" 0: 0x6 0x0 0x0 0x0").repeat(4097), "this one has 4097"),
    ];
    for (name, content, expected) in cases {
        let test = sdiff("disasm bpf:bad");
        fs::write(test.folder.path().join("bad"), content).expect("writes");
        let ran = test.run().status(2).stdout("").stderr_has(expected);
        assert!(ran.stderr.starts_with("error: "), "{name}: {}", ran.stderr);
    }
    test("disasm a.json").run().status(2).stderr_has("a.json is no filter: write bpf:FILE");
    test("review bpf:write.txt").run().status(2);
    test("lineage bpf:write.txt")
        .run()
        .status(2)
        .stderr_has("it names a filter, which is not taken");
    test("a.json bpf:write.txt --format unified").run().status(2).stderr_has("no text");
    test("a.json bpf:write.txt --host s390x").run().status(2).stderr_has("other byte order");
}

/// Nothing in a file says on which machine it was loaded: what is guessed against its bytes is told.
#[test]
fn a_filter_whose_bytes_are_not_those_of_its_architecture_is_told_so() {
    let table = WRITE_ALONE.replace("0xc000003e", "0x80000016");
    let test = |name: &str| {
        let test = test(&format!("disasm bpf:{name}")).file("text.txt", &table);
        for (name, table) in [("swapped.bpf", &*table), ("own.bpf", WRITE_ALONE)] {
            fs::write(test.folder.path().join(name), bytes(table)).expect("writes");
        }
        test.run().status(0)
    };
    test("swapped.bpf")
        .stderr_has("its bytes are little-endian, and it asks for big-endian machines");
    for name in ["text.txt", "own.bpf"] {
        let ran = test(name);
        assert_eq!(ran.stderr, "", "{name}");
    }
}

/// What one filter asks for is not what the other asks for: they can be of one machine all the same.
#[test]
fn filters_of_other_hosts_are_compared_where_one_is_named() {
    let arm = WRITE_ALONE.replace("0xc000003e", "0xc00000b7");
    let test = |arguments: &str| test(arguments).file("arm.txt", &arm);
    for command in ["bpf:write.txt bpf:arm.txt", "merge --strategy stack bpf:write.txt bpf:arm.txt"]
    {
        let ran = test(command).run().status(2).stdout("");
        ran.stderr_has("bpf:write.txt is for amd64; bpf:arm.txt is for arm64");
        assert_ne!(test(&format!("{command} --host arm64")).run().stdout, "");
    }
}

#[test]
fn crun_s_annotation_is_read() {
    // The four instructions of NO_PTRACE in base64.
    let data = "IAAAAAAAAAAVAAABZQAAAAYAAAAAAACABgAAAAAA/38=";
    let config = format!("{{\"annotations\": {{\"run.oci.seccomp_bpf_data\": \"{data}\"}}}}");
    let ran = test("bpf:config.json bpf:ptrace.txt").file("config.json", &config).run();
    ran.status(0).stdout("bpf:ptrace.txt is bpf:config.json: the same policy\n");
}

/// Both as libseccomp 2.6.1 writes them: loongarch64 has no `arch_prctl`, whose block would have loaded the
/// number.
#[test]
fn pseudo_filter_code_without_the_first_call_is_the_program_that_never_loads_the_number() {
    let code = "\
# pseudo filter code start
#
# filter for arch loongarch64 (3221225730)
if ($arch == 3221225730)
  # filter for syscall \"arch_prctl\" (4294957295) [priority: 65535]
  if ($syscall == 4294957295)
    action ALLOW;
  # filter for syscall \"prctl\" (167) [priority: 65533]
  if ($syscall == 167)
    if ($a0.hi32 == 0)
      if ($a0.lo32 == 15)
        action ALLOW;
  # default action
  action ERRNO(1);
# invalid architecture action
action KILL;
";
    let program = "\
 0000: 0x20 0x00 0x00 0x00000004
 0001: 0x15 0x00 0x07 0xc0000102
 0002: 0x15 0x00 0x04 0x000000a7
 0003: 0x20 0x00 0x00 0x00000014
 0004: 0x15 0x00 0x02 0x00000000
 0005: 0x20 0x00 0x00 0x00000010
 0006: 0x15 0x01 0x00 0x0000000f
 0007: 0x06 0x00 0x00 0x00050001
 0008: 0x06 0x00 0x00 0x7fff0000
 0009: 0x06 0x00 0x00 0x00000000
";
    let same = |code: &str| sdiff("bpf:a.pfc bpf:b").file("a.pfc", code).file("b", program).run();
    same(code).status(0).stdout("bpf:b is bpf:a.pfc: the same policy\n");
    // Were it a call of the architecture, its block would load the number.
    same(&code.replace("4294957295", "100")).status(1);
}

#[test]
fn a_mark_of_byte_order_before_a_text_is_no_part_of_it() {
    let table = format!("\u{feff}{NO_PTRACE}");
    let ran = test("bpf:marked.txt bpf:ptrace.txt").file("marked.txt", &table).run();
    ran.status(0).stdout("bpf:ptrace.txt is bpf:marked.txt: the same policy\n");
}

/// What most calls get needs no list, also where it hangs on something.
#[test]
fn an_answer_of_most_calls_is_told_once() {
    let table = "\
 0000: 0x20 0x00 0x00 0x00000008
 0001: 0x15 0x00 0x01 0x00001000
 0002: 0x06 0x00 0x00 0x00050001
 0003: 0x20 0x00 0x00 0x00000000
 0004: 0x15 0x00 0x01 0x00000001
 0005: 0x06 0x00 0x00 0x7fff0000
 0006: 0x06 0x00 0x00 0x80000000
";
    let ran = sdiff("normalize bpf:place").file("place", table).run().status(0);
    assert_eq!(ran.stdout.lines().count(), 8, "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("every other call").count(), 2, "{}", ran.stdout);
}

/// Everything but the calls from one place in the program.
#[test]
fn numbers_that_are_let_through_on_a_condition_are_unbounded_too() {
    let table = "\
 0000: 0x20 0x00 0x00 0x00000008
 0001: 0x15 0x00 0x01 0x00001000
 0002: 0x06 0x00 0x00 0x00050001
 0003: 0x06 0x00 0x00 0x7fff0000
";
    let ran =
        sdiff("check bpf:place --host amd64 --width 200").file("place", table).run().status(1);
    ran.stdout_has("is let through, on a condition that calls can fulfil")
        .stdout_has("[unbounded-numbers]");
}

#[test]
fn explain_says_which_filter_decides_and_by_which_instructions() {
    let ran = test("explain bpf:write.txt,ptrace.txt ptrace(0)").run().status(0);
    ran.stdout_has("by ptrace.txt (filter 2 of 2, the newest), instruction 2")
        .stdout_has("alone, write.txt: EPERM")
        .stdout_has("alone, ptrace.txt: KILL_PROCESS")
        .stdout_has("0001: if A == 101 goto 2 else 3");
    let ran = test("explain bpf:write.txt write(1) --in a.json").run().status(0);
    ran.stdout_has("by instruction 8").stdout_has("by the rule at a.json:4:12");
    let ran = test("explain bpf:write.txt,ptrace.txt write --format json").run().status(0);
    let report = valid(&ran, include_str!("../../docs/explain.schema.json"));
    let answers = report["profiles"][0]["answers"].as_array().expect("answers");
    let allow = answers.iter().find(|answer| answer["action"] == "ALLOW").expect("one");
    let filters = &allow["filters"];
    assert_eq!(filters[0]["answer"], "ALLOW", "{report:#}");
    assert_eq!(filters[1]["decides"], true);
    assert_eq!(filters[0]["path"].as_array().map(Vec::len), Some(6));
    test("explain bpf:write.txt --trace - --suggest").stdin("read").run().status(2);
    let ran = test("explain bpf:write.txt --trace -").stdin("read\nwrite\n").run().status(1);
    ran.stdout_has("stops 1 of 2 recorded calls on amd64");
}

#[test]
fn check_finds_what_only_a_program_can_have() {
    let ran = test("check bpf:ptrace.txt --host amd64").run().status(1);
    let ran =
        ran.stdout_has("[unchecked-architecture]").stdout_has("x86 programs on amd64 can\n  call");
    ran.stdout_has("[open-x32]").stdout_has("[unbounded-numbers]");
    let ran = test("check bpf:write.txt").run().status(0);
    ran.stdout("nothing found\n");
    let ran = test("check bpf:ptrace.txt --format json --host amd64").run().status(1);
    valid(&ran, include_str!("../../docs/check.schema.json"));
    let rules = test("check bpf:ptrace.txt --format sarif --host amd64").run().status(1);
    rules.stdout_has("\"ruleId\": \"open-x32\"");
    test("check a.json bpf:ptrace.txt --host amd64 --fail-on never").run().status(0);
}

#[test]
fn normalize_prints_the_decisions_as_rules() {
    let ran = test("normalize bpf:write.txt").run().status(0);
    ran.stdout(
        "x86_64 (0xc000003e)\n  ALLOW\n    write\n  EPERM\n    every other call\n  KILL_THREAD\n    \
         numbers 2147483648 to 4294967294\n\nx32 (0xc000003e, numbers with bit 30)\n  KILL_THREAD\n    \
         every call\n\nevery other architecture\n  KILL_THREAD\n    every call\n",
    );
    test("normalize bpf:write.txt --write").run().status(2);
    // As git has it convert a file.
    let test = test("normalize --textconv x.bpf");
    fs::write(test.folder.path().join("x.bpf"), bytes(NO_PTRACE)).expect("writes");
    test.run().status(0).stdout_has("every architecture\n  ALLOW\n    every other call\n");
}

#[test]
fn recover_makes_a_profile_that_is_the_filter() {
    let ran = test("recover bpf:write.txt --runtime crun -o found.json").run().status(0);
    ran.stdout("").stderr_has("proved equal on amd64 under docker with crun");
    let ran = test("recover bpf:write.txt --runtime crun").run().status(0);
    let again =
        test("verify found.json bpf:write.txt --runtime crun").file("found.json", &ran.stdout);
    again.run().status(0);
    // runc would answer ENOSYS above: crun is found.
    test("recover bpf:write.txt").run().status(0).stderr_has("under docker with crun");
    // It blocks the number of another call for x86 programs, and of an x32 call none.
    let ran = test("recover bpf:ptrace.txt --host amd64").run().status(1);
    ran.stderr_has("no profile can say it: on amd64, `ioperm(")
        .stderr_has("is not the same in all");
}

/// What OpenSSH's sandbox says of `mmap`: a rule for each bit that a flag may not have, and libseccomp's
/// tree of most ways to write them takes the whole budget. A way with less work is found all the same, and
/// `write` is not lost.
#[test]
fn recover_goes_another_way_where_one_takes_too_long() {
    const MMAP: &str = "\
 0000: 0x20 0x00 0x00 0x00000004  A = arch
 0001: 0x15 0x00 0x0f 0xc000003e  if (A != ARCH_X86_64) goto 0017
 0002: 0x20 0x00 0x00 0x00000000  A = sys_number
 0003: 0x15 0x0c 0x00 0x00000001  if (A == write) goto 0016
 0004: 0x15 0x00 0x0c 0x00000009  if (A != mmap) goto 0017
 0005: 0x20 0x00 0x00 0x0000002c  A = flags >> 32
 0006: 0x15 0x00 0x08 0x00000000  if (A != 0) goto 0015
 0007: 0x20 0x00 0x00 0x00000028  A = flags
 0008: 0x45 0x06 0x00 0xffefffcd  if (A & 0xffefffcd) goto 0015
 0009: 0x20 0x00 0x00 0x00000024  A = prot >> 32
 0010: 0x15 0x00 0x06 0x00000000  if (A != 0) goto 0017
 0011: 0x20 0x00 0x00 0x00000020  A = prot
 0012: 0x45 0x04 0x00 0xfffffffc  if (A & 0xfffffffc) goto 0017
 0013: 0x06 0x00 0x00 0x7fff0000  return ALLOW
 0014: 0x06 0x00 0x00 0x7fff0000  return ALLOW
 0015: 0x06 0x00 0x00 0x00050016  return ERRNO(22)
 0016: 0x06 0x00 0x00 0x7fff0000  return ALLOW
 0017: 0x06 0x00 0x00 0x00000000  return KILL
";
    let ran = test("recover bpf:mmap.txt -o found.json").file("mmap.txt", MMAP).run().status(0);
    let found = ran.stderr_has("proved equal on amd64").read("found.json");
    assert!(found.contains("\"write\"") && found.contains("\"errnoRet\": 22"), "{found}");
}

#[test]
fn a_stack_with_filters_is_merged_to_one_profile() {
    let more = profile(&(allow("write", "") + ",\n" + &allow("read", "")));
    let merge = |arguments: &str| test(arguments).file("b.json", &more);
    let ran =
        merge("merge --strategy stack b.json bpf:write.txt -v --runtime crun").run().status(0);
    let ran = ran.stderr_has("proved equal on amd64");
    assert!(ran.stdout.contains("\"write\"") && !ran.stdout.contains("\"read\""), "{}", ran.stdout);
    merge("merge b.json bpf:write.txt").run().status(2).stderr_has("give --strategy stack");
    let ran = merge("merge --strategy stack b.json bpf:write.txt --format patch").run();
    ran.status(2).stderr_has("no --diff, --apply or --format patch");
}
