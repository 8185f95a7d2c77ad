/* The main of every target: loops under AFL++, and replays the files it is given.
 *
 *   fuzz-NAME [-o TAPE] FILE...    each file is one input; the first that shows something wrong aborts
 *   fuzz-NAME                      under afl-fuzz: inputs come through shared memory, one after the other
 *
 * The same files, compiled without afl-cc, only replay. */
#include "fuzz/afl_answer.h"
#include "fuzz/target.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX 1048576u /* bytes of one file; AFL++ makes none that is larger */

static const char *input_path; /* the file at work; NULL under AFL++ */
static const char *tape_path;
static FILE *said; /* standard error as it was: a target may have put it elsewhere */

const char *fuzz_tape_path(void)
{
    return tape_path;
}

void fuzz_fail(const char *format, ...)
{
    va_list arguments;
    fprintf(said, "fuzz-%s: ", fuzz_name);
    va_start(arguments, format);
    vfprintf(said, format, arguments);
    va_end(arguments);
    fputc('\n', said);
    fflush(said);
    abort();
}

/* Whoever aborts: a broken check of the core, or fuzz_fail. */
static void name_input(int number)
{
    static const char words[] = ": this input aborts\n";
    (void)number;
    if (write(STDERR_FILENO, input_path, strlen(input_path)) < 0 ||
        write(STDERR_FILENO, words, sizeof words - 1) < 0)
        _exit(2);
}

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_MAX);
    if (file == NULL || bytes == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(bytes, 1, INPUT_MAX, file);
    if (ferror(file) || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    /* A block that ends where the input ends, so that a sanitizer sees who reads past it. */
    uint8_t *input = malloc(size > 0 ? size : 1);
    if (input == NULL) {
        perror(path);
        exit(2);
    }
    memcpy(input, bytes, size);
    free(bytes);
    input_path = path;
    signal(SIGABRT, name_input);
    fuzz_one(input, size);
    free(input);
}

static int replay_all(int argc, char **argv)
{
    int option = 0;
    while ((option = getopt(argc, argv, "o:")) != -1) {
        if (option != 'o') {
            fprintf(stderr, "usage: fuzz-%s [-o TAPE] FILE...\n", fuzz_name);
            return 2;
        }
        tape_path = optarg;
    }
    fuzz_begin();
    for (int i = optind; i < argc; i++) {
        replay(argv[i]);
    }
    printf("fuzz-%s: nothing wrong with %d inputs\n", fuzz_name, argc - optind);
    return 0;
}

#ifdef __AFL_COMPILER

/* What afl-cc's macros expand to is not ours. */
#pragma clang diagnostic ignored "-Wgnu-statement-expression"
#pragma clang diagnostic ignored "-Wshorten-64-to-32"

__AFL_FUZZ_INIT()

#define RUNS_PER_PROCESS 100000 /* a fresh process now and then, in case something is left behind */

int main(int argc, char **argv)
{
    said = stderr;
    if (argc > 1) {
        return replay_all(argc, argv);
    }
    fuzz_begin();
    fuzz_answer_begin();
    __AFL_INIT();
    fuzz_answer_named();
    const uint8_t *bytes = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(RUNS_PER_PROCESS)) {
        fuzz_one(bytes, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    }
    return 0;
}

#else

int main(int argc, char **argv)
{
    said = stderr;
    return replay_all(argc, argv);
}

#endif
