#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "perf.h"

static int run_cases(const struct case_definition *definition, struct options *options)
{
    bool succeeded = true;
    for (int i = 0; i < options->size_count; i++) {
        options->size = options->sizes[i];
        succeeded &= run_case(definition, options);
    }
    return succeeded ? 0 : 1;
}

static int run_role(const char *role, struct options *options)
{
    if (!options->endpoint[0]) misuse("%s needs --endpoint.", role);
    if (options->mechanism == MECHANISM_CURVE && !options->secret_key[0])
        misuse("curve needs --secretkey, and --serverkey and --publickey at the client.");
    atomic_bool stop = false;
    struct half half = {.role = role, .options = *options, .link = {.from_other = -1, .to_other = -1, .stop = &stop}};
    alarm((unsigned)options->timeout);
    run_half(&half);
    print_line(&half.options, &half.outcome);
    return failed(&half.outcome) ? 1 : 0;
}

// In a signal handler: nothing but system calls.
static void time_out(int signal)
{
    static const char text[] = "timed out\n";
    (void)signal;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(2);
    _exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fputs(usage, stderr);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "info") == 0) {
        print_info();
        return 0;
    }
    if (strcmp(argv[1], "keygen") == 0) return print_new_keys();

    // Written into a pipe whose other end is gone: an error to report, not the end.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, time_out);
    struct options options;
    const struct case_definition *definition = find_case(argv[1]);
    if (!definition && !is_role(argv[1])) misuse("There is no case or role %s.\n%s", argv[1], usage);
    options_parse(&options, argc, argv);
    if (!definition) return run_role(argv[1], &options);
    if (strcmp(options.half, "both") == 0) return run_cases(definition, &options);
    options.mode = definition->mode;
    bool measures = strcmp(definition->sender, definition->measurer) == 0;
    const char *receiver = measures ? definition->other : definition->measurer;
    return run_role(strcmp(options.half, "sender") == 0 ? definition->sender : receiver, &options);
}
