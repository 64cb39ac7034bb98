/* What a program of 32 bits does as its C library does it: sockets by socketcall, semaphores by ipc, arguments
   of mmap in memory; and calls that 64 bits do not have. Each step that fails ends it with its number. */
static int call(int n, int a, int b, int c, int d, int e) {
    int r;
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
    return r;
}
static int sockets(int what, int a, int b, int c, int d) {
    int args[6] = {a, b, c, d, 0, 0};
    return call(102, what, (int)args, 0, 0, 0);
}
static void must(int step, int is_done) {
    if (!is_done) call(252, step, 0, 0, 0, 0);
}

void _start(void) {
    static char text[4096], said[] = "32 bits work\n";
    static int pair[2];
    static struct { unsigned short type; char path[8]; } name = {1, "\0old32"};
    int old[6] = {0, 4096, 3, 0x22, -1, 0};
    must(1, call(197, 0, (int)text, 0, 0, 0) == 0);                    /* fstat64 */
    must(2, call(13, 0, 0, 0, 0, 0) > 0);                              /* time */
    must(3, (unsigned)call(192, 0, 4096, 3, 0x22, -1) < -4096u);       /* mmap2 */
    must(4, (unsigned)call(90, (int)old, 0, 0, 0, 0) < -4096u);        /* mmap */
    must(5, sockets(8, 1, 1, 0, (int)pair) == 0);                      /* socketpair */
    must(6, sockets(9, pair[0], (int)said, 4, 0) == 4);                /* send */
    must(7, sockets(10, pair[1], (int)text, 4, 0) == 4);               /* recv */
    int server = sockets(1, 1, 1, 0, 0);                               /* socket */
    int client = sockets(1, 1, 1, 0, 0);
    must(8, sockets(2, server, (int)&name, 8, 0) == 0);                /* bind */
    must(9, sockets(4, server, 1, 0, 0) == 0);                         /* listen */
    must(10, sockets(3, client, (int)&name, 8, 0) == 0);               /* connect */
    must(11, sockets(5, server, 0, 0, 0) > 0);                         /* accept */
    int semaphore = call(117, 2, 0, 1, 0600, 0);                       /* semget */
    must(12, semaphore >= 0);
    must(13, call(117, 3, semaphore, 0, 0, (int)text) == 0);           /* semctl(IPC_RMID) */
    must(14, call(4, 1, (int)said, sizeof said - 1, 0, 0) > 0);        /* write */
    call(252, 0, 0, 0, 0, 0);                                          /* exit_group */
}
