//! The forms of a program that other tools and people write.

use super::filters::{NO_PTRACE, bytes};
use super::*;

/// Whether a text is the program that blocks `ptrace`.
#[track_caller]
fn is_no_ptrace(text: impl AsRef<[u8]>) {
    let test = sdiff("disasm bpf:text");
    fs::write(test.folder.path().join("text"), text.as_ref()).expect("writes");
    let shown = String::from_utf8_lossy(text.as_ref()).into_owned();
    let ran = test.run();
    assert_eq!(ran.stderr, "", "{shown}");
    assert_eq!(bytes(&ran.status(0).stdout), bytes(NO_PTRACE), "{shown}");
}

#[track_caller]
fn is_refused(text: &str, expected: &str) {
    let ran = sdiff("disasm bpf:text --width 300").file("text", text).run().status(2).stdout("");
    ran.stderr_has(expected);
}

/// As hand-written sources of C have it.
const SOURCE: &str = "\
#include <linux/seccomp.h>
#define UNUSED(x) x, \\
  x

int main(void) {
  struct sock_filter filter[] = {
    /* Only the number counts. */
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), // {
    BPF_JUMP(BPF_JMP+BPF_JEQ+BPF_K, 0x65, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW | (0 & SECCOMP_RET_DATA)),
  };
  struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]), .filter = filter };
}
";

#[test]
fn sources_of_c_are_read() {
    is_no_ptrace(SOURCE);
    is_no_ptrace(SOURCE.replace("{\n    /*", "{\n# 12 \"a.c\"\n    /*"));
    is_no_ptrace(SOURCE.replace("0x65", "(unsigned int)(0145 << 1 >> 1)"));
    is_no_ptrace(SOURCE.replace("struct seccomp_data, nr)", "struct seccomp_data, args[1]) - 030"));
    let list = SOURCE.split_once("= {").expect("a list").1.split_once("  };").expect("ends").0;
    is_no_ptrace(list);
    // One line, several braces, as `tcpdump -dd` has them and not.
    is_no_ptrace(
        "{ 0x20, 0, 0, 0x00000000 }, { 0x15, 0, 1, 0x65 },{6,0,0,0x80000000},{6,0,0,0x7fff0000}",
    );
    is_no_ptrace(
        "{{32,0,0,0},{21,0,1,101},{(unsigned short)(0x06|0x00),0,0,0x80000000U},{6,0,0,2147418112}};",
    );
    is_no_ptrace(
        "[0] = { .code = 0x20 }, [1] = { .code = 0x15, .jf = 1, .k = 0x65 },\n\
        [2] = { .code = 6, .k = 0x80000000 }, [3] = { 6, 0, 0, ~0x8000ffff & 0x7fffffff }",
    );
}

#[test]
fn lists_of_other_tools_and_languages_are_read() {
    // strace -v
    is_no_ptrace(
        "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=4, filter=[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0), \
        BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x65, 0, 0x1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_KILL_PROCESS), \
        BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]}) = 0\n",
    );
    // minijail
    is_no_ptrace(
        "len == 4\nfilter:\n0: \t{ code=0x20, jt=0, jf=0, k=0 \t}\n1: \t{ code=0x15, jt=0, jf=1, k=0x65 \t}\n\
        2: \t{ code=0x6, jt=0, jf=0, k=0x80000000 \t}\n3: \t{ code=0x6, jt=0, jf=0, k=0x7fff0000 \t}\n",
    );
    // firejail
    is_no_ptrace(
        "FILE: x\n  line  OP JT JF    K\n ====\n  0000: 20 00 00 00000000   ld  data.syscall-number\n  \
        0001: 15 00 01 00000065   jeq ptrace 0002 (false 0003)\n  0002: 06 00 00 80000000   ret KILL_PROCESS\n  \
        0003: 06 00 00 7fff0000   ret ALLOW\n",
    );
    is_no_ptrace("[(32, 0, 0, 0), (21, 0, 1, 101), (6, 0, 0, 2147483648), (6, 0, 0, 2147418112)]");
    is_no_ptrace(
        "[{\"code\":32,\"jt\":0,\"jf\":0,\"k\":0},{\"code\":21,\"jt\":0,\"jf\":1,\"k\":101},\n\
        {\"code\":6,\"jt\":0,\"jf\":0,\"k\":2147483648},{\"code\":6,\"jt\":0,\"jf\":0,\"k\":2147418112}]",
    );
    is_no_ptrace(
        "[]unix.SockFilter{unix.SockFilter{Code:0x20, Jt:0x0, Jf:0x0, K:0x0}, \
        unix.SockFilter{Code:0x15, Jt:0x0, Jf:0x1, K:0x65}, unix.SockFilter{Code:0x6, Jt:0x0, Jf:0x0, K:0x80000000}, \
        {Code:0x6, Jt:0x0, Jf:0x0, K:0x7fff0000}}",
    );
    is_no_ptrace(
        "[sock_filter { code: 32, jt: 0, jf: 0, k: 0 }, sock_filter { code: 21, jt: 0, jf: 1, k: 101 }, \
        sock_filter { code: 6, jt: 0, jf: 0, k: 2147483648 }, sock_filter { code: 6, jt: 0, jf: 0, k: 2147418112 }]",
    );
}

#[test]
fn lists_that_a_name_is_given_are_read() {
    let list = "[(32, 0, 0, 0), (21, 0, 1, 101), (6, 0, 0, 2147483648), (6, 0, 0, 2147418112)]";
    for before in ["filter = ", "FILTER: list[tuple[int, int, int, int]] = ", "self.filter = "] {
        is_no_ptrace(format!("{before}{list}\n"));
    }
    let list = "[\n    sock_filter { code: 0x20, jt: 0, jf: 0, k: 0 },\n    \
        sock_filter { code: 0x15, jt: 0, jf: 1, k: 101 },\n    sock_filter { code: 6, jt: 0, jf: 0, k: 0x80000000 },\n    \
        sock_filter { code: 6, jt: 0, jf: 0, k: 0x7fff0000 },\n];\n";
    for before in
        ["let filter = vec!", "let f: Vec<sock_filter> = vec!", "const F: &[sock_filter] = &"]
    {
        is_no_ptrace(format!("{before}{list}"));
    }
    is_no_ptrace(
        "var filter = []unix.SockFilter{\n\t{Code: 0x20, Jt: 0, Jf: 0, K: 0},\n\t{Code: 0x15, Jt: 0, Jf: 1, K: 101},\n\
        \t{Code: 0x06, Jt: 0, Jf: 0, K: 0x80000000},\n\t{Code: 0x06, Jt: 0, Jf: 0, K: 0x7fff0000},\n}\n",
    );
}

#[test]
fn bytes_that_are_written_as_text_are_read() {
    let raw = bytes(NO_PTRACE);
    let hex: Vec<String> = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    is_no_ptrace(hex.concat());
    is_no_ptrace(format!("{}\n{}\n", hex[..20].join(" "), hex[20..].join(" ")));
    is_no_ptrace("IAAAAAAAAAAVAAABZQAAAAYAAAAAAACABgAAAAAA/38=");
    is_no_ptrace("IAAAAAAAAAAVAAABZQAAAAYAAAAAAACA\r\nBgAAAAAA_38\r\n");
    // xxd, with repeated lines left out (`xxd -a` and `hexdump -C` write `*`).
    is_no_ptrace(
        "00000000: 2000 0000 0000 0000 1500 0001 6500 0000   ...........e...\n\
        00000010: 0600 0000 0000 0080 0600 0000 0000 ff7f  ................\n",
    );
    is_no_ptrace(
        "00000000  20 00 00 00 00 00 00 00  15 00 00 01 65 00 00 00  | ...........e...|\n\
        00000010  06 00 00 00 00 00 00 80  06 00 00 00 00 00 ff 7f  |................|\n00000020\n",
    );
    is_no_ptrace(
        "0000000 20 00 00 00 00 00 00 00 15 00 00 01 65 00 00 00\n\
        0000020 06 00 00 00 00 00 00 80 06 00 00 00 00 00 ff 7f\n0000040\n",
    );
    let escaped: String = raw.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let (first, last) = escaped.split_at(64);
    is_no_ptrace(format!("b'{escaped}'"));
    is_no_ptrace(format!("  \"{first}\"\n  \"{last}\";\n"));
    is_no_ptrace(format!("_filter:\n.ascii \"{escaped}\"\n_filter_end:\n"));
    let list: Vec<String> = raw.iter().map(u8::to_string).collect();
    is_no_ptrace(format!("unsigned char x_bpf[32] = {{\n {}\n}};\n", list.join(", ")));
    for text in [format!("\u{feff}{NO_PTRACE}"), SOURCE.to_owned()] {
        is_no_ptrace(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        is_no_ptrace(text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    }
    // Lines that are the same.
    let line = " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    let text = format!("000000{line}\n*\n000030 06 00 00 00 00 00 ff 7f\n000038\n");
    let ran = sdiff("disasm bpf:text").file("text", &text).run().status(0);
    assert_eq!(ran.stdout.matches("A = 0").count(), 6, "{}", ran.stdout);
}

#[test]
fn sources_of_seccomp_tools_are_read() {
    is_no_ptrace(
        "# no ptrace\nA = sys_number\nA == 101 ? next : ok   # comment\nreturn KILL_PROCESS\nok: return ALLOW\n",
    );
    is_no_ptrace(
        "a = data[0] if (\n  A == 0x65\n)\n goto next else goto fine return KILL_PROCESS\nother:\nfine:\nreturn ALLOW",
    );
    // Without a label of that name it is how many are skipped.
    is_no_ptrace("A = SYS_NUMBER\nif (!(A == (101))) goto 1\nreturn 0x80000000\nreturn ALLOW");
    is_no_ptrace(
        "A = sys_number\nA != amd64.ptrace ? b : next\nreturn KILL_PROCESS\nb: return ALLOW",
    );
    // `disasm --asm-able`
    is_no_ptrace(
        "0000: A = sys_number\n0001: if (A != amd64.ptrace) goto 0003\n0002: return KILL_PROCESS\n0003: return ALLOW\n",
    );
    let codes = |text: &str| {
        let ran = sdiff("disasm bpf:text").file("text", text).run().status(0);
        let columns =
            |line: &str| line.split_whitespace().skip(1).take(4).collect::<Vec<_>>().join(" ");
        let lines = ran.stdout.lines().filter(|line| line.contains(": 0x"));
        lines.map(columns).map(|line| line.replace("0x", "")).collect::<Vec<String>>()
    };
    assert_eq!(
        codes(
            "A = 5\nX = A\nmem[15] = X\nA = X\nA = mem[15]\nX = mem[15]\nX = -1\nA = len\nA = -A\nA <<= 2\n\
            A += X\nA = args_h[5]\nA = args[5] >> 32\nA = instruction_pointer\nA & 0x10 ? 1 : 0\nif (A <= X) goto 0\n\
            goto end\n/* no-op */\nend: return ERRNO(13)\n"
        ),
        [
            "00 00 00 00000005",
            "07 00 00 00000000",
            "03 00 00 0000000f",
            "87 00 00 00000000",
            "60 00 00 0000000f",
            "61 00 00 0000000f",
            "01 00 00 ffffffff",
            "80 00 00 00000000",
            "84 00 00 00000000",
            "64 00 00 00000002",
            "0c 00 00 00000000",
            "20 00 00 0000003c",
            "20 00 00 0000003c",
            "20 00 00 00000008",
            "45 01 00 00000010",
            "05 00 00 00000000",
            "05 00 00 00000001",
            "05 00 00 00000000",
            "06 00 00 0005000d",
        ]
    );
    // The architecture that has no prefix is the one that the tool was told.
    let two = "A = arch\nif (A == ARCH_I386) goto x86\nif (A != ARCH_X86_64) goto no\nA = sys_number\n\
        if (A == open) goto no\nif (A == x32_open) goto no else goto ok\nx86: A = sys_number\n\
        if (A == i386.open) goto no\nok: return ALLOW\nno: return ERRNO(1)\n";
    let found = codes(two);
    assert_eq!(
        [&found[4], &found[5], &found[7]],
        ["15 04 00 00000002", "15 03 02 40000002", "15 01 00 00000005"]
    );
    // The names of arguments that a disassembly has are those of the call behind them.
    let named = "0000: A = arch\n0001: if (A != ARCH_S390X) goto 0004\n0002: A = len # getrandom(buf, len, flags)\n\
        0003: A = flags >> 32 # getrandom(buf, len, flags)\n0004: return ALLOW\n";
    assert_eq!(codes(named)[2..4], ["20 00 00 0000001c", "20 00 00 00000020"]);
    assert_eq!(codes(&named.replace("0002: ", ""))[2], "80 00 00 00000000");
}

#[test]
fn sources_in_the_words_of_the_machine_are_read() {
    // tcpdump -d
    is_no_ptrace(
        "(000) ld       [0]\n(001) jeq      #0x65            jt 2\tjf 3\n(002) ret      #2147483648\n(003) ret      #2147418112\n",
    );
    // bpf_dbg
    is_no_ptrace(
        "l0:\tld [0]\nl1:\tjeq #0x65, l2, l3\nl2:\tret #0x80000000\nl3:\tret #0x7fff0000\n",
    );
    // bpf_asm, bpfc
    is_no_ptrace(
        "; no ptrace\nld [0] /* number */\njne #101, next\n\nret #0x80000000\nnext: ret #0x7fff0000\n",
    );
    is_refused("ld [0]\njeq x, 1\nret a\n", "line 2: `1`: expected a label of this program");
    is_refused(
        "(000) ld [0]\n(002) ret #0\n",
        "line 2: `002`: expected the number of the instruction",
    );
    is_refused("l: ld [0]\nja l\nret #0\n", "line 2: expected a jump forwards");
    is_refused(
        "ld [0]\nldxb 4*([14]&0xf)\nret #0\n",
        "line 2: `ldxb 4*([14]&0xf)`: expected an instruction",
    );
    is_refused("ldh [12]\nret #0\n", "text: instruction 0");
}

#[test]
fn whose_call_a_name_is_is_no_guess() {
    let source = |compared: &str| {
        format!("{compared}A = sys_number\nA == read ? ok : next\nreturn KILL\nok: return ALLOW\n")
    };
    let whose = "`read`: expected a number, or the architecture with the name, as `amd64.read`";
    is_refused(&source(""), whose);
    let one = "A = arch\nA == ARCH_I386 ? next : ok\n";
    sdiff("disasm bpf:text")
        .file("text", &source(one))
        .run()
        .status(0)
        .stdout_has("if A == 3 (read)");
    let two = one.to_owned() + "A == ARCH_X86_64 ? next : ok\n";
    is_refused(&source(&two), whose);
    // Newer calls have one number everywhere, and only x86_64's table has x32's.
    let newer = source("").replace("read", "io_uring_setup");
    sdiff("disasm bpf:text").file("text", &newer).run().status(0).stdout_has("if A == 425 goto");
    let x32 = source(&two).replace("read ?", "x32_write ? ok : next\nA == read ?");
    let ran = sdiff("disasm bpf:text").file("text", &x32).run().status(0);
    ran.stdout_has("0x15 0x02 0x00 0x40000001").stdout_has("0x15 0x01 0x00 0x00000000");
    // The tool was told another one.
    is_refused(&source(&(one.to_owned() + "A == i386.write ? ok : next\n")), whose);
    let wrong =
        |from: &str, to: &str, expected: &str| is_refused(&source(one).replace(from, to), expected);
    wrong("== read", "== reed", "line 4: `reed`: expected a number, a call or an architecture");
    wrong("== read", "== stat64 ? ok : next\nA == fstatat", "`fstatat`: expected a number, a call");
    wrong(
        "== read",
        "== lookup_dcookie ? ok : next\nA == recv",
        "`recv`: expected a call that this",
    );
    wrong("? ok", "? okay", "line 4: `okay`: expected a label of this program");
    wrong("ok: ", "ok: ok: ", "line 6: `ok`: expected a label that is there once alone");
    wrong("return KILL", "return A\nreturn Allow", "`Allow`: expected a number, a call");
    wrong("return KILL", "goto A", "line 5: `A`: expected a label of this program");
    wrong("A = sys_number", "A = args[6]", "line 3: `6`: expected the number of an argument");
    wrong("A = sys_number", "A = data[2]", "`2`: expected the place of a word");
    wrong("A = sys_number", "A = fd # read(fd, buf)", "`fd`: expected a number, a call");
    wrong("A = sys_number", "A = INVALID", "`INVALID`: expected");
    let mixed = "A = arch\nA == ARCH_S390X ? next : ok\nA == ARCH_X86_64 ? next : ok\nA = args[0]\nok: return ALLOW\n";
    is_refused(mixed, "expected `data[N]`: which half of an argument comes first");
    let far = format!("A == 1 ? ok : next\n{}ok: return ALLOW\n", "A = 1\n".repeat(256));
    is_refused(&far, "line 1: expected a test that skips at most 255 instructions");
    is_refused("back: A = 1\ngoto back\nreturn ALLOW", "line 2: expected a jump forwards");
    is_refused("return ALLOW\nend:", "line 1: `end`: expected a statement behind the last label");
}

/// What is not certain is no guess.
#[test]
fn a_form_that_is_not_certain_is_refused_with_the_reason() {
    let source = |from: &str, to: &str| SOURCE.replace(from, to);
    let second = source("0, 1),", "0, 1),\n    ALLOW_SYSCALL(read),");
    is_refused(&second, "text: line 10: `ALLOW_SYSCALL`: expected an instruction");
    is_refused(&second, "give what `cc -E` makes");
    is_refused(
        &source("0, 1),", "0, 1),\n#ifdef X"),
        "line 10: `#ifdef X`: expected an instruction",
    );
    is_refused(
        &source("0x65", "__NR_ptrace"),
        "line 9: `__NR_ptrace`: expected a number: whose call",
    );
    is_refused(&source("0x65", "MINE"), "line 9: `MINE`: expected a number, or a constant");
    is_refused(&source("nr)", "sum)"), "`sum`: expected a field of `struct seccomp_data`");
    is_refused(&source("0, 1)", "0, 256)"), "line 9: expected a code of 16 bits, jumps of 8 bits");
    is_refused(&source("0, 1)", "0)"), "line 9: expected an instruction");
    is_refused(&source("0x65", "089"), "`089`: expected an expression of numbers");
    is_refused(
        &(SOURCE.to_owned() + SOURCE),
        "expected one program alone: a second one begins here",
    );
    is_refused("{ 0x20, 0, 0 }, { 6, 0, 0, 0 }", "expected four numbers between braces");
    is_refused("len == 1\nfilter:\n1: { code=6 }", "`1`: expected the number of the instruction");
    // Where the program says for which architecture it is, the names of its calls are certain.
    let checked =
        source("0x65", "AUDIT_ARCH_AARCH64, 1, 0),\n BPF_JUMP(BPF_JMP+BPF_JEQ+BPF_K, __NR_ptrace");
    let ran = sdiff("disasm bpf:text").file("text", &checked).run().status(0);
    ran.stdout_has("if A == 0xc00000b7 goto").stdout_has("if A == 117 goto");

    let words =
        "expected one byte after the other, as `xxd`, `hexdump -C` or `od -t x1` write them";
    is_refused("0000000 0020 0000 0000 0000 0015 0100 0065 0000\n0000010\n", words);
    is_refused("0000000 000040 000000 000000 000000\n0000010\n", words);
    is_refused("00000000: 00000020 00000000 01000015 00000065   ...........e...\n", words);
    is_refused("00000000: 0020 0000 0000 0000   .......\n", words);
    let missing = "00000000  06 00 00 00 00 00 ff 7f\n00000018  06 00 00 00 00 00 ff 7f\n";
    is_refused(missing, "line 2: expected the place of the line's first byte: a line is missing");
}

#[test]
fn a_filter_can_come_from_standard_input() {
    let ran = sdiff("bpf:- bpf:b").file("b", NO_PTRACE).stdin(SOURCE).run().status(0);
    ran.stdout("bpf:b is bpf:-: the same policy\n");
    sdiff("bpf:-,- default").stdin(SOURCE).run().status(2).stderr_has("holds one filter alone");
    sdiff("disasm bpf:./-").file("-", NO_PTRACE).stdin("").run().status(0);
}

/// Each action that the kernel does not know is an answer of its own, and there are 65,528.
#[test]
fn a_program_that_returns_a_word_of_the_call_has_an_exact_answer() {
    let program =
        |load: &str| format!(" 0000: 0x20 0x00 0x00 {load}\n 0001: 0x16 0x00 0x00 0x00000000\n");
    let test = |arguments: &str| sdiff(arguments).file("number", &program("0x00000000"));
    let ran = test("explain bpf:number read --host amd64").run().status(0);
    ran.stdout_has("KILL_THREAD on amd64 (x86_64 and x86 programs)");
    let ran = test("check bpf:number --host amd64 --width 300").run().status(1);
    ran.stdout_has(
        "some calls get 0x00010000 to 0x0002ffff, actions that the kernel does not know",
    );
    // The errno is in the lower half: of 16 bits, cut to 4095.
    let other = program("0x00000010").replace(
        "0001:",
        "0001: 0x44 0x00 0x00 0x00050000\n 0002: \
        0x54 0x00 0x00 0x0005ffff\n 0003:",
    );
    for (call, errno) in [("read(7)", "E2BIG"), ("read(0x1ffff)", "ERRNO(4095)")] {
        let ran = sdiff(&format!("explain bpf:other {call} --host amd64")).file("other", &other);
        ran.run().status(0).stdout_has(errno).stdout_has("by instruction 3");
    }
}
