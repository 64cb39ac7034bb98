/* Holds filters, and says that it lives.
 *
 *   hold FILTERS PROCESSES     loads FILTERS, becomes PROCESSES, and answers each line of its input with
 *                              the number of SIGRTMIN that it got; ends with its input
 *   hold FILTERS run CMD...    loads FILTERS and becomes CMD
 *
 * Filter i answers call 1000 + i with errno 100 + i and lets all else through.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void counted(int signal) { (void)signal; count++; }

int main(int argc, char **argv) {
    int filters = atoi(argv[1]);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int i = 0; i < filters; i++) {
        struct sock_filter code[] = {
            {0x20, 0, 0, 4},
            {0x15, 0, 0, 0x80000016},
            {0x20, 0, 0, 0},
            {0x15, 0, 1, 1000 + i},
            {0x06, 0, 0, 0x00050000 | (100 + i)},
            {0x06, 0, 0, 0x7fff0000},
        };
        struct sock_fprog program = {6, code};
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0)) return 3;
    }
    if (!strcmp(argv[2], "run")) {
        execvp(argv[3], argv + 3);
        return 4;
    }
    struct sigaction action = {.sa_handler = counted, .sa_flags = SA_RESTART};
    sigaction(SIGRTMIN, &action, 0);
    int processes = atoi(argv[2]), self = getpid();
    for (int i = 1; i < processes; i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            if (getppid() != self) return 0;
            for (;;) pause();
        }
    }
    puts("ready");
    fflush(stdout);
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        printf("%d\n", (int)count);
        fflush(stdout);
    }
    return argc < 0;
}
