/* A 32-bit process with one filter, without any library: call 1000 is errno 100, all else passes. */
struct filter { unsigned short code; unsigned char jt, jf; unsigned k; };
struct program { unsigned short count; struct filter *code; };

static int call(int number, int a, int b, int c) {
    int result;
    __asm__ volatile("xor %%esi, %%esi\n\txor %%edi, %%edi\n\tint $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c)
                     : "esi", "edi", "memory");
    return result;
}

void _start(void) {
    static struct filter code[] = {
        {0x20, 0, 0, 4}, {0x15, 0, 0, 0x80000016}, {0x20, 0, 0, 0},
        {0x15, 0, 1, 1000}, {0x06, 0, 0, 0x00050064}, {0x06, 0, 0, 0x7fff0000}};
    static struct program program = {6, code};
    call(172, 38, 1, 0);                 /* prctl(PR_SET_NO_NEW_PRIVS, 1) */
    call(172, 22, 2, (int)&program);     /* prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ...) */
    call(4, 1, (int)"ready\n", 6);       /* write */
    for (;;) call(29, 0, 0, 0);          /* pause */
}
