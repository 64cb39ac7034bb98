"""Judges pairs of BPF programs with Z3's bit-vectors: one JSON object a line on standard input,
{"programs": [[[code, jt, jf, k], ...], [...]], "big": false, "equal": true} or with "witness", a call for
which the two differ. Prints a line for each that is wrong, and how many were judged at the end."""

import json
import sys

import z3

ARCH, NR, IP = z3.BitVec("arch", 32), z3.BitVec("nr", 32), z3.BitVec("ip", 64)
ARGS = [z3.BitVec(f"arg{i}", 64) for i in range(6)]
KNOWN = [0x8000, 0x0000, 0x0003, 0x0005, 0x7FC0, 0x7FF0, 0x7FFC, 0x7FFF]


def num(value):
    return z3.BitVecVal(value, 32)


def word(offset, big):
    if offset == 0:
        return NR
    if offset == 4:
        return ARCH
    double = IP if offset < 16 else ARGS[(offset - 16) // 8]
    high = (offset // 4 % 2 == 1) != big
    return z3.Extract(63, 32, double) if high else z3.Extract(31, 0, double)


def answer(value):
    """What counts of a return value: the action, and its data where a program can tell them."""
    code, data = z3.Extract(31, 16, value), z3.Extract(15, 0, value)
    most = z3.BitVecVal(4095, 16)
    cut = z3.If(z3.ULT(most, data), most, data)
    none = z3.BitVecVal(0, 16)
    told = z3.If(code == 5, cut, z3.If(z3.Or(code == 3, code == 0x7FF0), data, none))
    return z3.Concat(code, told)


def run(program, big):
    """The answer as a term: instructions in order, where several ways meet a choice between them."""
    state = {0: (z3.BoolVal(True), num(0), num(0), [num(0)] * 16)}
    result = num(0)

    def arrive(at, when, a, x, mem):
        if at in state:
            w, a0, x0, m0 = state[at]
            pick = lambda new, old: old if new is old else z3.If(when, new, old)
            state[at] = (z3.Or(w, when), pick(a, a0), pick(x, x0), list(map(pick, mem, m0)))
        else:
            state[at] = (when, a, x, mem)

    for at, (code, jt, jf, k) in enumerate(program):
        if at not in state:
            continue
        when, a, x, mem = state[at]
        kind, source = code & 7, x if code & 8 else num(k)
        if code == 0x20:
            arrive(at + 1, when, word(k, big), x, mem)
        elif code in (0x00, 0x80):
            arrive(at + 1, when, num(k if code == 0 else 64), x, mem)
        elif code == 0x60:
            arrive(at + 1, when, mem[k], x, mem)
        elif code in (0x01, 0x81):
            arrive(at + 1, when, a, num(k if code == 1 else 64), mem)
        elif code == 0x61:
            arrive(at + 1, when, a, mem[k], mem)
        elif code in (0x02, 0x03):
            mem = list(mem)
            mem[k] = a if code == 2 else x
            arrive(at + 1, when, a, x, mem)
        elif code == 0x07:
            arrive(at + 1, when, a, a, mem)
        elif code == 0x87:
            arrive(at + 1, when, x, x, mem)
        elif code == 0x84:
            arrive(at + 1, when, -a, x, mem)
        elif kind == 4:
            what = code & 0xF0
            if what == 0x30 and code & 8:
                zero = z3.And(when, x == 0)
                result = z3.If(zero, answer(num(0)), result)
                when = z3.And(when, x != 0)
            by = source & num(31)
            made = {
                0x00: lambda: a + source,
                0x10: lambda: a - source,
                0x20: lambda: a * source,
                0x30: lambda: z3.UDiv(a, source),
                0x40: lambda: a | source,
                0x50: lambda: a & source,
                0x60: lambda: a << by,
                0x70: lambda: z3.LShR(a, by),
                0xA0: lambda: a ^ source,
            }[what]()
            arrive(at + 1, when, made, x, mem)
        elif code == 0x05:
            arrive(at + 1 + k, when, a, x, mem)
        elif kind == 5:
            test = {
                0x10: lambda: a == source,
                0x20: lambda: z3.UGT(a, source),
                0x30: lambda: z3.UGE(a, source),
                0x40: lambda: (a & source) != 0,
            }[code & 0xF0]()
            arrive(at + 1 + jt, z3.And(when, test), a, x, mem)
            arrive(at + 1 + jf, z3.And(when, z3.Not(test)), a, x, mem)
        elif code in (0x06, 0x16):
            result = z3.If(when, answer(num(k) if code == 6 else a), result)
        else:
            raise ValueError(f"code {code:#x}")
    return result


def main():
    judged = unknown = 0
    for line in sys.stdin:
        case = json.loads(line)
        first, second = (run(program, case["big"]) for program in case["programs"])
        solver = z3.Solver()
        solver.set("timeout", 20000)
        solver.add(first != second)
        if not case["equal"]:
            point = case["witness"]
            solver.add(ARCH == point["arch"], NR == point["nr"], IP == point["ip"])
            solver.add(*[arg == value for arg, value in zip(ARGS, point["args"])])
        found = solver.check()
        if found == z3.unknown:
            unknown += 1
            continue
        judged += 1
        if (found == z3.unsat) != case["equal"]:
            print("wrong:", line.strip())
    print(f"judged {judged}, unknown {unknown}")


main()
