/* The same of 32 bits. */
__asm__(".globl _start\n_start: mov %esp, %eax\n push %eax\n call probe\n");
static int call(int n, int a) {
    int r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(0), "d"(0) : "memory");
    return r;
}
void probe(char **stack) {
    int n = 0;
    for (char *c = stack[2]; *c; c++) n = n * 10 + (*c - '0');
    int r = call(n, 0);
    call(252, r < 0 && r > -4096 ? -r : 0);
    for (;;);
}
