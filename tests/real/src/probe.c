/* Makes the call of the number that it is given, and ends with its errno; it makes no other one. */
__asm__(".globl _start\n_start: mov %rsp, %rdi\n call probe\n");
static long call(long n, long a) {
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(0), "d"(0) : "rcx", "r11", "memory");
    return r;
}
void probe(char **stack) {
    long n = 0;
    for (char *c = stack[2]; *c; c++) n = n * 10 + (*c - '0');
    long r = call(n, 0);
    call(231, r < 0 ? -r : 0);
    for (;;);
}
