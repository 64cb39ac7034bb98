//! The main crate's reading of filters against the plain machine of `bpf.rs` and the kernel.

use sdiff::decision::{Assignment, Limits, Store};
use sdiff::filter::{
    Answer, ByteOrder, Filter, FilterError, Instruction, Program, ReadError, decode, judge, read,
};
use sdiff_real::bpf::{self, Action, Data, Insn};
use sdiff_real::kernel;
use sdiff_real::knobs;
use sdiff_real::programs;
use sdiff_real::rng::Rng;
use std::fmt::Write;
use std::path::PathBuf;

/// Eighteen times what the worst of the real filters needs, and quick to reach.
const LIMITS: Limits = Limits { work: 250_000_000, memory: 100 << 20 };

/// Those of generated programs multiply what they please.
const FEW: Limits = Limits { work: 35_000_000, memory: 10 << 20 };

/// The bytes of a program, as its machines keep them.
fn bytes(program: &bpf::Program) -> Vec<u8> {
    let mut bytes = Vec::new();
    for &Insn { code, jt, jf, k } in &program.insns {
        let (code, k) = match program.big_endian {
            true => (code.to_be_bytes(), k.to_be_bytes()),
            false => (code.to_le_bytes(), k.to_le_bytes()),
        };
        bytes.extend(code.into_iter().chain([jt, jf]).chain(k));
    }
    bytes
}

fn instruction(insn: &Insn) -> Instruction {
    let Insn { code, jt, jf, k } = *insn;
    Instruction { code, jt, jf, k }
}

fn insn(instruction: &Instruction) -> Insn {
    let Instruction { code, jt, jf, k } = *instruction;
    Insn { code, jt, jf, k }
}

fn point(data: &Data) -> Assignment {
    Assignment {
        architecture: data.arch,
        number: data.nr,
        instruction_pointer: data.instruction_pointer,
        args: data.args,
        ..Assignment::default()
    }
}

/// What counts of an answer, from either side: the action, and the data of a trap.
fn told(answer: Answer) -> (Action, u16) {
    let action = sdiff_real::main_crate::translate(answer.action());
    (action, if action == Action::Trap { answer.data() } else { 0 })
}

fn machine(program: &bpf::Program, data: &Data) -> (Action, u16) {
    let value = program.run(data).expect("a program that the kernel would load");
    let action = Action::from_return(value);
    (action, if action == Action::Trap { value as u16 } else { 0 })
}

/// Both opinions of a program on many calls. How many, `None` where it is too complex.
fn compare(
    name: &str,
    program: &bpf::Program,
    read: &Program,
    count: usize,
    limits: Limits,
) -> Option<usize> {
    let mut store = Store::new(limits);
    let filter = match Filter::new(&mut store, std::slice::from_ref(read)) {
        Ok(filter) => filter,
        Err(FilterError::TooComplex { .. } | FilterError::Ranges) => return None,
        Err(error) => panic!("{name}: {error}"),
    };
    let calls = programs::calls(program, count, &mut Rng::new(count as u64));
    for call in &calls {
        let theirs = machine(program, call);
        let ours = told(filter.answer(&store, &point(call)));
        assert_eq!(ours, theirs, "{name}: {call:x?}\n{:x?}", program.insns);
        // What `explain` runs on one call.
        let judged = judge(std::slice::from_ref(read), &point(call));
        let followed = judged.answer().map(told);
        assert_eq!(followed, Some(theirs), "{name}: {call:x?}\n{:x?}", program.insns);
    }
    Some(calls.len())
}

/// The filters of real programs, where they are.
fn real() -> Option<Vec<(String, Vec<u8>)>> {
    let folder: PathBuf = knobs::shared()?.join("filters");
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder).ok()? {
        let path = file.ok()?.path();
        if path.extension().is_some_and(|ext| ext == "bpf") {
            let name = path.file_name()?.to_string_lossy().into_owned();
            files.push((name, std::fs::read(path).ok()?));
        }
    }
    files.sort();
    Some(files)
}

#[test]
fn filters_of_real_programs() {
    let Some(files) = real() else {
        return knobs::skip("filters_of_real_programs", "no folder with filters (SDIFF_SHARED)");
    };
    let count = knobs::number("SDIFF_FILTER_CALLS", 10_000) as usize;
    let (mut big, mut same) = (0, 0);
    for (name, raw) in &files {
        let program = read(raw).unwrap_or_else(|error| panic!("{name}: {error}"));
        let is_big = program.byte_order() == ByteOrder::Big;
        big += usize::from(is_big);
        let plain = bpf::Program::decode(raw, is_big).unwrap();
        let ours: Vec<Insn> = program.instructions().iter().map(insn).collect();
        assert_eq!(ours, plain.insns, "{name}");
        let asked = compare(name, &plain, &program, count, LIMITS);
        assert_eq!(asked, Some(count), "{name}: too complex");
        // Its bytes swapped: the architecture that it asks for says how arguments lie all the same.
        let other = bpf::Program { big_endian: !is_big, ..plain };
        let swapped = read(&bytes(&other)).unwrap();
        same += usize::from(swapped == program);
        // The same instructions on a machine of the other byte order.
        let order = ByteOrder::of(other.big_endian);
        let program = Program::check(program.instructions().to_vec(), order).unwrap();
        let count = count / 5;
        let asked = compare(name, &other, &program, count, LIMITS);
        assert_eq!(asked, Some(count), "{name}: too complex");
    }
    println!(
        "{} filters, {big} of them big-endian, {same} the same with swapped bytes",
        files.len()
    );
    assert!(files.len() >= 100 && big > 0 && same >= 95);
}

/// Whatever is in a file: an error, or an answer within the meter of work.
#[test]
fn random_files_are_errors_or_answers() {
    let count = knobs::number("SDIFF_RANDOM_FILES", 20_000);
    let limits = Limits { work: 5_000_000, memory: 4 << 20 };
    let (mut errors, mut answers, mut complex) = (0, 0, 0);
    for seed in 0..count {
        let mut rng = Rng::new(seed);
        let mut bytes = match seed % 4 {
            0 => (0..rng.below(400)).map(|_| rng.bits() as u8).collect(),
            1 => bytes(&bpf::Program { insns: programs::spoiled(&mut rng), big_endian: false }),
            2 => bytes(&programs::program(&mut rng, seed % 8 == 2)),
            _ => programs::text(&mut rng).into_bytes(),
        };
        if rng.one_in(6) {
            bytes.truncate(rng.below(bytes.len() + 1));
        }
        match read(&bytes) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                errors += 1;
            }
            Ok(program) => {
                let mut store = Store::new(limits);
                match Filter::new(&mut store, &[program]) {
                    Ok(_) => answers += 1,
                    Err(FilterError::TooComplex { .. } | FilterError::Ranges) => complex += 1,
                    Err(error) => panic!("seed {seed}: {error}"),
                }
                // What went beyond is the last that was asked for.
                assert!(store.meter().memory() <= 2 * limits.memory, "seed {seed}");
            }
        }
    }
    println!("{count} files: {errors} errors, {answers} answers, {complex} too complex");
    assert!(errors * 10 > count && answers * 20 > count, "{errors} {answers}");
    let all = |end: &[u8]| read(&[0x06, 0, 0, 0, 0, 0, 0xff, 0x7f].repeat(4_097)[end.len()..]);
    assert!(matches!(all(&[]), Err(ReadError::Unloadable(_))), "4,097 instructions");
    assert!(all(&[0; 8]).is_ok(), "4,096 instructions");
    assert!(matches!(all(&[0; 3]), Err(ReadError::Length(_))), "an odd length");
}

#[test]
fn filters_as_tables_are_the_same_programs() {
    let Some(files) = real() else {
        return knobs::skip("filters_as_tables", "no folder with filters (SDIFF_SHARED)");
    };
    for (name, raw) in &files {
        let program = read(raw).unwrap();
        let mut table =
            " line  CODE  JT   JF      K\n=================================\n".to_owned();
        for (at, Instruction { code, jt, jf, k }) in program.instructions().iter().enumerate() {
            writeln!(table, " {at:04}: {code:#04x} {jt:#04x} {jf:#04x} {k:#010x}  words").unwrap();
        }
        let again = read(table.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again, program, "{name}");
        let (mut braced, mut decimal) = (String::new(), program.instructions().len().to_string());
        for Instruction { code, jt, jf, k } in program.instructions() {
            writeln!(braced, "{{ {code:#x}, {jt}, {jf}, {k:#010x} }},").unwrap();
            write!(decimal, "\n{code} {jt} {jf} {k}").unwrap();
        }
        let string: String = raw.iter().map(|byte| format!("\\x{byte:02X}")).collect();
        let list: Vec<String> = raw.iter().map(u8::to_string).collect();
        let array = format!("unsigned char bpf[] = {{{}}};\n", list.join(","));
        for text in [braced, decimal, format!("\"{string}\"\n"), array] {
            let again = read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(again, program, "{name}");
        }
    }
}

#[test]
fn generated_programs() {
    let count = knobs::number("SDIFF_FILTER_PROGRAMS", 5_000);
    let first = knobs::number("SDIFF_ORACLE_SEED", 1);
    let (mut complex, mut codes) = (0, std::collections::BTreeSet::new());
    for seed in first..first + count {
        let mut rng = Rng::new(seed);
        let plain = programs::program(&mut rng, seed % 4 == 0);
        let name = format!("seed {seed}");
        let raw = bytes(&plain);
        let program = decode(&raw, ByteOrder::of(plain.big_endian))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // A file does not say the byte order: its reader may take that of an architecture.
        let of_file = read(&raw).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(of_file.instructions(), program.instructions(), "{name}");
        match compare(&name, &plain, &program, 300, FEW) {
            Some(_) => codes.extend(plain.insns.iter().map(|insn| insn.code)),
            None => complex += 1,
        }
    }
    println!("{count} programs, {complex} too complex");
    assert!(complex * 3 < count, "{complex} of {count} are too complex");
    assert_eq!(codes.len(), programs::CODES.len(), "every code was followed");
}

/// The kernel counts instructions as it converts them, of every kind.
#[test]
fn so_many_filters_fit_in_one_process() {
    if let Some(why) = kernel::missing() {
        return knobs::skip("so_many_filters_fit_in_one_process", &why);
    }
    let insn = |code, jt, jf, k| Insn { code, jt, jf, k };
    let allow = insn(0x06, 0, 0, 0x7fff_0000);
    let mut programs = vec![("a return", vec![allow; 300])];
    for (name, code, k) in
        [("loads", 0x20, 0), ("adds", 0x04, 1), ("stores", 0x02, 3), ("jumps", 0x05, 0)]
    {
        programs.push((name, vec![insn(code, 0, 0, k); 700]));
    }
    for code in [0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d] {
        for (jt, jf) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            for k in [5, 0x8000_0005] {
                programs.push(("branches", vec![insn(code, jt, jf, k); 500]));
            }
        }
    }
    let mut divides = vec![insn(0x01, 0, 0, 7)];
    divides.extend([insn(0x3c, 0, 0, 0); 400]);
    programs.push(("divides by X", divides));
    for (name, mut insns) in programs {
        insns.extend([allow; 3]);
        let ours = Program::check(insns.iter().map(instruction).collect(), ByteOrder::Little);
        let ours = ours.unwrap_or_else(|error| panic!("{name}: {error}"));
        let times = kernel::loads_times(&insns).unwrap() as usize;
        let counted = |times| Program::counted(&vec![ours.clone(); times]);
        let what = (name, insns[1], times, counted(times), counted(times + 1));
        assert!(counted(times) <= sdiff::filter::MOST_IN_STACK, "{what:x?}");
        assert!(counted(times + 1) > sdiff::filter::MOST_IN_STACK, "{what:x?}");
    }
}

/// Programs that gather bits of the call have more states than can be told apart.
#[test]
fn states_are_joined_where_there_are_too_many() {
    let insn = |code, jt, jf, k| Insn { code, jt, jf, k };
    // M[0] = 0; for 16 bits of an argument: if (arg0 & 1 << bit) M[0] |= 1 << bit; return M[0]
    let mut insns = vec![insn(0x00, 0, 0, 0), insn(0x02, 0, 0, 0)];
    for bit in 0..16 {
        insns.push(insn(0x20, 0, 0, 16));
        insns.push(insn(0x45, 0, 3, 1 << bit));
        insns.push(insn(0x60, 0, 0, 0));
        insns.push(insn(0x44, 0, 0, 1 << bit));
        insns.push(insn(0x02, 0, 0, 0));
    }
    insns.extend([insn(0x60, 0, 0, 0), insn(0x44, 0, 0, 0x0005_0000), insn(0x16, 0, 0, 0)]);
    let plain = bpf::Program { insns, big_endian: false };
    let program = read(&bytes(&plain)).unwrap();
    assert_eq!(compare("gathered", &plain, &program, 5_000, LIMITS), Some(5_000));
}

#[test]
fn what_the_kernel_loads() {
    if let Some(why) = kernel::missing() {
        return knobs::skip("what_the_kernel_loads", &why);
    }
    let count = knobs::number("SDIFF_LOADED_PROGRAMS", 1_500);
    let (mut loaded, mut problems) = (0, std::collections::BTreeSet::new());
    let mut judge = |name: &str, insns: &[Insn]| {
        let ours = Program::check(insns.iter().map(instruction).collect(), ByteOrder::Little);
        let theirs = kernel::loads(insns);
        if let Err(error) = &theirs {
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{name}: {error}");
        }
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{name}: {ours:?}, {theirs:?}\n{insns:x?}");
        match ours {
            Ok(_) => loaded += 1,
            Err(error) => {
                let problem = format!("{:?}", error.problem);
                problems.insert(problem.split('(').next().unwrap_or_default().to_owned());
            }
        }
    };
    for seed in 0..count {
        let mut rng = Rng::new(seed);
        match seed % 3 {
            0 => judge(&format!("seed {seed}"), &programs::program(&mut rng, false).insns),
            _ => judge(&format!("seed {seed}"), &programs::spoiled(&mut rng)),
        }
    }
    let end = Insn { code: 0x06, jt: 0, jf: 0, k: 0x7fff_0000 };
    judge("no instruction", &[]);
    judge("as many as there may be", &[end; 4096]);
    judge("one too many", &[end; 4097]);
    for code in 0..=0x1ff {
        judge(&format!("code {code:#x}"), &[Insn { code, jt: 0, jf: 0, k: 1 }, end]);
        judge(&format!("code {code:#x} at the end"), &[Insn { code, jt: 0, jf: 0, k: 0 }]);
        judge(&format!("code {code:#x} of 0"), &[Insn { code, jt: 0, jf: 0, k: 0 }, end]);
    }
    println!("{loaded} loaded, and refused for {problems:?}");
    assert_eq!(problems.len(), 10, "every problem was met: {problems:?}");
}
