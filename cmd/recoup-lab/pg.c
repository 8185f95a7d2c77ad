/* recoup-lab pg: a payment gateway to talk to. */
#include "cmd/recoup-lab/verb.h"
#include "lab/pg/server.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "NAME\n"
    "    recoup-lab pg - a payment gateway to talk to\n"
    "\n"
    "SYNOPSIS\n"
    "    recoup-lab pg [--port N] [--seed S] [--fail-rate P] [--late P] [--no-faults]\n"
    "                  [--rate FAULT[@SITE]=N/M]... [--settle MIN..MAX] [--patience MS]\n"
    "                  [--callback-url-allowed PREFIX] [--callbacks-anywhere]\n"
    "                  [--callback-key-file FILE] [--no-refunds] [--room N]\n"
    "                  [--ledger FILE]\n"
    "\n"
    "DESCRIPTION\n"
    "    Serves the simulator's model of the PG on 127.0.0.1, over the documented HTTP API: POST "
    "and\n"
    "    GET /api/v1/payments, and our extension POST /api/v1/payments/KEY/refund. What it does "
    "to\n"
    "    a call, to a transaction and to its callback is drawn by the seed; without options as "
    "the\n"
    "    documented PG does it: 40 % of all payments are answered 500 before anything exists, the\n"
    "    others end after 1 to 5 s: 70 % SUCCESS, 20 % over the limit, 10 % a bad card.\n"
    "\n"
    "OPTIONS\n"
    "    --port N         where to listen (8082); 0 takes any free port\n"
    "    --seed S         of everything drawn (1)\n"
    "    --fail-rate P    so many percent of payments are answered 500, and not made (40)\n"
    "    --late P         so many percent of payments are made after the caller has given up (0)\n"
    "    --no-faults      nothing fails that no later option asks for\n"
    "    --rate FAULT[@SITE]=N/M\n"
    "                     how often a fault strikes, by its name in scenarios; `recoup list "
    "faults`\n"
    "                     names them. Sites: pg_pay pg_list pg_get pg_refund pg_result callback.\n"
    "                     Drawn in the order given, each of what the earlier ones have left\n"
    "    --settle MIN..MAX\n"
    "                     milliseconds from PENDING to the end (1000..5000)\n"
    "    --patience MS    how long callers are taken to wait: what is late comes later (1000)\n"
    "    --callback-url-allowed PREFIX\n"
    "                     what a callback URL has to begin with (http://localhost:8080)\n"
    "    --callbacks-anywhere\n"
    "                     also to other machines\n"
    "    --callback-key-file FILE\n"
    "                     sign callbacks, which the documented PG does not: X-PG-SIGNATURE is the\n"
    "                     hex of HMAC-SHA256 under this key, over the body\n"
    "    --no-refunds     without our extension, as the documented PG is\n"
    "    --room N         orders and transactions that it has room for (65536)\n"
    "    --ledger FILE    every transaction is written here before anybody hears of it, a line of "
    "JSON\n"
    "                     each time that it changes; what the file has at the start is there "
    "again\n"
    "\n"
    "FOR TESTS\n"
    "    GET /lab/ledger     all transactions, the faults that struck, the callbacks\n"
    "    GET /lab/rates      the rates as they are\n"
    "    POST /lab/rates     {\"clear\": true, \"rates\": [\"pg_stuck=1/1\"], \"silent\": false}\n"
    "\n"
    "EXIT STATUS\n"
    "    0    served until SIGTERM or SIGINT\n"
    "    1    could not serve\n"
    "    2    bad usage\n"
    "\n"
    "EXAMPLES\n"
    "    recoup-lab pg --port 8082 --seed 7\n"
    "    recoup-lab pg --no-faults --rate callback_lost=1/2 --rate pg_stuck=1/10\n";

static bool usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool usage(const char *format, ...)
{
    va_list values;
    fputs("recoup-lab pg: ", stderr);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputs("; see recoup-lab pg --help\n", stderr);
    return false;
}

/* A whole number from least to most. */
static bool read_number(
    const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *number >= least &&
        *number <= most)
        return true;
    return usage("--%s is a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
                 option,
                 least,
                 most,
                 text);
}

static bool read_percent(const char *option,
                         const char *text,
                         enum rcp_fault fault,
                         struct rcp_rates *rates)
{
    uint64_t percent = 0;
    return read_number(option, text, 0, 100, &percent) &&
           rcp_rates_set(rates, fault, RCP_SITE_PG_PAY, (uint32_t)percent);
}

static bool read_settle(const char *text, uint32_t settles_ms[2])
{
    char *dots = NULL;
    char *end = NULL;
    unsigned long least = strtoul(text, &dots, 10);
    bool split = dots != text && strncmp(dots, "..", 2) == 0;
    unsigned long most = split ? strtoul(dots + 2, &end, 10) : 0;
    if (!split || end == dots + 2 || *end != '\0' || least > most || most > 3600000u)
        return usage("--settle is MIN..MAX in milliseconds, at most an hour, not '%s'", text);
    settles_ms[0] = (uint32_t)least;
    settles_ms[1] = (uint32_t)most;
    return true;
}

enum flag {
    PORT = 1,
    SEED,
    FAIL_RATE,
    LATE,
    NO_FAULTS,
    RATE,
    SETTLE,
    PATIENCE,
    CALLBACK_URL_ALLOWED,
    CALLBACKS_ANYWHERE,
    CALLBACK_KEY_FILE,
    NO_REFUNDS,
    ROOM,
    LEDGER,
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, PORT},
    {"seed", required_argument, NULL, SEED},
    {"fail-rate", required_argument, NULL, FAIL_RATE},
    {"late", required_argument, NULL, LATE},
    {"no-faults", no_argument, NULL, NO_FAULTS},
    {"rate", required_argument, NULL, RATE},
    {"settle", required_argument, NULL, SETTLE},
    {"patience", required_argument, NULL, PATIENCE},
    {"callback-url-allowed", required_argument, NULL, CALLBACK_URL_ALLOWED},
    {"callbacks-anywhere", no_argument, NULL, CALLBACKS_ANYWHERE},
    {"callback-key-file", required_argument, NULL, CALLBACK_KEY_FILE},
    {"no-refunds", no_argument, NULL, NO_REFUNDS},
    {"room", required_argument, NULL, ROOM},
    {"ledger", required_argument, NULL, LEDGER},
    {NULL, 0, NULL, 0},
};

static bool read_rate(const char *text, struct rcp_rates *rates)
{
    const char *why = NULL;
    return rcp_rates_read(rates, text, &why) || usage("--rate '%s': %s", text, why);
}

static bool read_prefix(const char *text, const char **prefix)
{
    if (strlen(text) >= RCP_BANK_URL_MAX)
        return usage("--callback-url-allowed is too long");
    *prefix = text;
    return true;
}

/* As recoupd reads its own: the line break at its end is none of the key. */
static bool read_key(const char *path, struct rcp_callback_options *callbacks)
{
    unsigned char bytes[RCP_CALLBACK_KEY_MAX + 2u];
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    if (file != NULL)
        fclose(file);
    if (size > 0 && bytes[size - 1u] == '\n')
        size--;
    if (size == 0 || size > RCP_CALLBACK_KEY_MAX)
        return usage(
            "--callback-key-file '%s' holds no key of 1 to %u bytes", path, RCP_CALLBACK_KEY_MAX);
    callbacks->key_size = (uint32_t)size;
    memcpy(callbacks->key, bytes, size);
    return true;
}

/* One option. False where its value is none. */
static bool read_option(int flag, const char *value, struct rcp_pg_server_options *options)
{
    uint64_t number = 0;
    switch ((enum flag)flag) {
    case PORT:
        if (!read_number("port", value, 0, UINT16_MAX, &number))
            return false;
        options->port = (uint16_t)number;
        return true;
    case SEED:
        return read_number("seed", value, 0, UINT64_MAX, &options->bank.seed);
    case FAIL_RATE:
        return read_percent("fail-rate", value, RCP_FAULT_PG_500_BEFORE, &options->rates);
    case LATE:
        return read_percent("late", value, RCP_FAULT_PG_LATE_REQUEST, &options->rates);
    case NO_FAULTS:
        options->rates.count = 0;
        return true;
    case RATE:
        return read_rate(value, &options->rates);
    case SETTLE:
        return read_settle(value, options->bank.settles_ms);
    case PATIENCE:
        if (!read_number("patience", value, 1, 60000, &number))
            return false;
        options->bank.patience_ms = (uint32_t)number;
        return true;
    case CALLBACK_URL_ALLOWED:
        return read_prefix(value, &options->callback_prefix);
    case CALLBACKS_ANYWHERE:
        options->callbacks.anywhere = true;
        return true;
    case CALLBACK_KEY_FILE:
        return read_key(value, &options->callbacks);
    case NO_REFUNDS:
        options->bank.refunds = false;
        return true;
    case ROOM:
        if (!read_number("room", value, 2048, RCP_BANK_ROOM_MAX, &number))
            return false;
        options->bank.room = (uint32_t)number;
        return true;
    case LEDGER:
        options->ledger = value;
        return true;
    }
    return false;
}

static bool read_options(int argc, char **argv, struct rcp_pg_server_options *options)
{
    int option = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option == ':')
            return usage("%s wants a value", argv[optind - 1]);
        if (option == '?')
            return usage("'%s' is no option", argv[optind - 1]);
        if (!read_option(option, optarg, options))
            return false;
    }
    return optind == argc || usage("'%s' is no option", argv[optind]);
}

/* What a signal stops. */
static struct rcp_pg_server *serving;

static void on_signal(int number)
{
    (void)number;
    rcp_pg_server_stop(serving);
}

static void serve(struct rcp_pg_server *server)
{
    struct sigaction action = {.sa_handler = on_signal};
    serving = server;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    printf("recoup-lab pg: http://127.0.0.1:%u\n", rcp_pg_server_port(server));
    fflush(stdout);
    rcp_pg_server_run(server);
}

static enum rcp_lab_exit run(int argc, char **argv)
{
    struct rcp_pg_server_options options;
    rcp_pg_server_defaults(&options);
    if (!read_options(argc, argv, &options))
        return RCP_LAB_EXIT_BAD_USAGE;
    const char *why = NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct rcp_pg_server *server = rcp_pg_server_open(&options, &why);
    if (server == NULL) {
        fprintf(stderr, "recoup-lab pg: cannot serve on port %u: %s\n", options.port, why);
        return RCP_LAB_EXIT_FAILED;
    }
    serve(server);
    rcp_pg_server_free(server);
    curl_global_cleanup();
    return RCP_LAB_EXIT_AS_EXPECTED;
}

const struct rcp_lab_verb rcp_lab_verb_pg = {
    .name = "pg",
    .summary = "a payment gateway to talk to, with its faults at given rates",
    .help = help,
    .run = run,
};
