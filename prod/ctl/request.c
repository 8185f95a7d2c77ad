/* Both spellings say the same few things; what they say is then held to the verb's row. */
#include "prod/ctl/request.h"

#include "prod/ctl/answer.h"
#include "prod/http/json.h"
#include "yaml/value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64u /* bytes of a name */

/* What was said, not yet what it means. Texts are the line's, or the words. */
struct said {
    const char *verb;
    const char *object;
    const char *reason;
    const char *set;
    uint64_t limit;
    uint64_t node;
    uint32_t given; /* enum rcp_ctl_option */
    char *wrong;
};

enum kind { TEXT, NUMBER, FLAG };

static const struct member {
    const char *name; /* of the JSON's member, and behind "--" of the word */
    uint32_t option;  /* enum rcp_ctl_option; 0: the verb */
    enum kind kind;
    size_t most; /* bytes of a text */
    size_t at;   /* in struct said: a text or a number */
} members[] = {
    {"verb", 0, TEXT, WORD_MAX, offsetof(struct said, verb)},
    {"object", RCP_CTL_OPTION_OBJECT, TEXT, WORD_MAX, offsetof(struct said, object)},
    {"reason", RCP_CTL_OPTION_REASON, TEXT, RCP_CTL_REASON_MAX, offsetof(struct said, reason)},
    {"set", RCP_CTL_OPTION_SET, TEXT, WORD_MAX, offsetof(struct said, set)},
    {"node", RCP_CTL_OPTION_NODE, NUMBER, 0, offsetof(struct said, node)},
    {"limit", RCP_CTL_OPTION_LIMIT, NUMBER, 0, offsetof(struct said, limit)},
    {"parked", RCP_CTL_OPTION_PARKED, FLAG, 0, 0},
    {"pending", RCP_CTL_OPTION_PENDING, FLAG, 0, 0},
    {"orders", RCP_CTL_OPTION_ORDERS, FLAG, 0, 0},
};

#define MEMBERS (sizeof members / sizeof members[0])

static bool complain(const struct said *said, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(const struct said *said, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(said->wrong, RCP_CTL_WRONG_MAX, format, values);
    va_end(values);
    return false;
}

static const struct member *find_member(const char *name)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static void set_text(struct said *said, const struct member *member, const char *text)
{
    *(const char **)((char *)said + member->at) = text;
}

static void set_number(struct said *said, const struct member *member, uint64_t number)
{
    *(uint64_t *)((char *)said + member->at) = number;
}

/* --- Names --- */

static const char *const workers[RCP_WORKER_COUNT + 1] = {
    [RCP_WORKER_SCHEDULER] = "scheduler",
    [RCP_WORKER_CONSUMER] = "consumer",
    [RCP_WORKER_SWEEP] = "sweep",
    [RCP_WORKER_RECONCILE] = "reconcile",
    [RCP_WORKER_COUNT] = "",
};

static const char *const circuits[RCP_CIRCUIT_COUNT + 1] = {
    [RCP_CIRCUIT_PAY] = "pay",
    [RCP_CIRCUIT_QUERY] = "query",
    [RCP_CIRCUIT_COUNT] = "",
};

static const struct {
    const char *name;
    enum rcp_operation operation;
} positions[] = {
    {"open", RCP_OPERATE_FORCE_OPEN},
    {"closed", RCP_OPERATE_FORCE_CLOSED},
    {"auto", RCP_OPERATE_AUTOMATIC},
};

/* The place of a name among `count`; `count` where it is none of them. */
static uint32_t find_name(const char *const names[], uint32_t count, const char *name)
{
    uint32_t i = 0;
    while (i < count && strcmp(names[i], name) != 0)
        i++;
    return i;
}

const char *rcp_ctl_worker_name(enum rcp_worker worker)
{
    return workers[worker];
}

const char *rcp_ctl_circuit_name(enum rcp_circuit circuit)
{
    return circuits[circuit];
}

void rcp_ctl_object_name(const struct rcp_ctl_request *request, char name[RCP_CTL_NAME_MAX])
{
    uint64_t activity = request->activity_id, user = request->user_id;
    switch (request->object) {
    case RCP_CTL_NOTHING:
    case RCP_CTL_OBJECT_COUNT:
        name[0] = '\0';
        return;
    case RCP_CTL_PAYMENT:
        snprintf(name, RCP_CTL_NAME_MAX, "%" PRIu64 "/%" PRIu64, activity, user);
        return;
    case RCP_CTL_ORDER:
        snprintf(name, RCP_CTL_NAME_MAX, "%" PRIu64, request->order_id);
        return;
    case RCP_CTL_WORKER:
        snprintf(name, RCP_CTL_NAME_MAX, "%s", workers[request->operate.worker]);
        return;
    case RCP_CTL_CIRCUIT:
        snprintf(name, RCP_CTL_NAME_MAX, "%s", circuits[request->operate.circuit]);
        return;
    }
}

/* --- What it means --- */

/* A number as the tables keep it. */
static bool read_id(const char *text, uint64_t *id)
{
    return rcp_parse_number(text, id) && *id > 0 && *id <= INT64_MAX;
}

/* Only verbs about the one take it for a name; payments and orders are told apart by their spelling. What it does not
 * name stays as it is: the core is told of workers and circuits that there are, and recordings of no others. */
static enum rcp_ctl_object read_object(const char *text, struct rcp_ctl_request *request)
{
    char activity[WORD_MAX + 1u] = "";
    const uint32_t worker = find_name(workers, RCP_WORKER_COUNT, text);
    const uint32_t circuit = find_name(circuits, RCP_CIRCUIT_COUNT, text);
    if (worker < RCP_WORKER_COUNT) {
        request->operate.worker = (enum rcp_worker)worker;
        return RCP_CTL_WORKER;
    }
    if (circuit < RCP_CIRCUIT_COUNT) {
        request->operate.circuit = (enum rcp_circuit)circuit;
        return RCP_CTL_CIRCUIT;
    }
    const char *slash = strchr(text, '/');
    if (slash == NULL)
        return read_id(text, &request->order_id) ? RCP_CTL_ORDER : RCP_CTL_NOTHING;
    if ((size_t)(slash - text) > WORD_MAX)
        return RCP_CTL_NOTHING;
    memcpy(activity, text, (size_t)(slash - text));
    bool read = read_id(activity, &request->activity_id) && read_id(slash + 1, &request->user_id);
    return read ? RCP_CTL_PAYMENT : RCP_CTL_NOTHING;
}

/* True where every option that was given is one that the verb takes. */
static bool takes_all(const struct said *said, enum rcp_ctl_verb verb)
{
    uint32_t strange = said->given & ~rcp_ctl_verb_options(verb);
    for (size_t i = 0; i < MEMBERS; i++)
        if ((strange & members[i].option) != 0)
            return complain(said, "%s takes no %s", said->verb, members[i].name);
    return true;
}

static bool take_object(const struct said *said, struct rcp_ctl_request *request)
{
    const struct rcp_ctl_verb_row *row = &rcp_ctl_verbs[request->verb];
    if (row->objects == 0)
        return true;
    if (said->object != NULL)
        request->object = read_object(said->object, request);
    if ((row->objects & 1u << request->object) != 0)
        return true;
    return complain(said, "%s what? It goes on: %s", row->name, row->words);
}

static bool take_operation(const struct said *said, struct rcp_ctl_request *request)
{
    const uint32_t options = rcp_ctl_verb_options(request->verb);
    if ((said->given & RCP_CTL_OPTION_NODE) != 0 &&
        (said->node == 0 || said->node > RCP_CTL_NODE_MAX))
        return complain(said, "node is 1 to %u", RCP_CTL_NODE_MAX);
    request->node = (uint32_t)said->node;
    if (request->verb == RCP_CTL_PAUSE)
        request->operate.operation = RCP_OPERATE_PAUSE;
    if (request->verb == RCP_CTL_RESUME)
        request->operate.operation = RCP_OPERATE_RESUME;
    if ((options & RCP_CTL_OPTION_SET) == 0)
        return true;
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++)
        if (said->set != NULL && strcmp(positions[i].name, said->set) == 0) {
            request->operate.operation = positions[i].operation;
            request->setting = positions[i].name;
            return true;
        }
    return complain(said, "%s %s to what? open, closed or auto", said->verb, said->object);
}

static bool take_reason(const struct said *said, struct rcp_ctl_request *request)
{
    if (!rcp_ctl_verbs[request->verb].changes)
        return true;
    if (said->reason == NULL || said->reason[strspn(said->reason, " ")] == '\0')
        return complain(said, "%s needs --reason TEXT: it is written down", said->verb);
    snprintf(request->reason, sizeof request->reason, "%s", said->reason);
    return true;
}

static bool take_list(const struct said *said, struct rcp_ctl_request *request)
{
    const uint32_t both = RCP_CTL_OPTION_PARKED | RCP_CTL_OPTION_PENDING;
    if ((said->given & both) == both)
        return complain(said, "parked or pending, not both");
    request->pending = (said->given & RCP_CTL_OPTION_PENDING) != 0;
    request->orders = (said->given & RCP_CTL_OPTION_ORDERS) != 0;
    if ((rcp_ctl_verb_options(request->verb) & RCP_CTL_OPTION_LIMIT) == 0)
        return true;
    bool given = (said->given & RCP_CTL_OPTION_LIMIT) != 0;
    if (given && (said->limit == 0 || said->limit > RCP_CTL_LIMIT_MAX))
        return complain(said, "limit is 1 to %u", RCP_CTL_LIMIT_MAX);
    request->limit = given ? (uint32_t)said->limit : RCP_CTL_LIMIT_NORMAL;
    return true;
}

static bool understand(const struct said *said, struct rcp_ctl_request *request)
{
    *request = (struct rcp_ctl_request){.setting = ""};
    if (said->verb == NULL)
        return complain(said, "a verb is missing; see `recoupd ctl help`");
    request->verb = rcp_ctl_verb_find(said->verb);
    if (request->verb == RCP_CTL_VERB_COUNT)
        return complain(said, "there is no verb \"%s\"; see `recoupd ctl help`", said->verb);
    return takes_all(said, request->verb) && take_object(said, request) &&
           take_reason(said, request) && take_operation(said, request) && take_list(said, request);
}

/* --- As a line --- */

static bool take_member(struct said *said, json_t *object, const struct member *member)
{
    const json_t *value = json_object_get(object, member->name);
    uint64_t number = 0;
    size_t size = 0;
    if (value == NULL)
        return true;
    said->given |= member->option;
    switch (member->kind) {
    case TEXT:
        set_text(said, member, rcp_json_text(object, member->name, member->most, &size));
        return *(const char **)((char *)said + member->at) != NULL ||
               complain(said,
                        "%s is a text of up to %zu bytes, on one line",
                        member->name,
                        member->most);
    case NUMBER:
        if (!rcp_json_number(object, member->name, 0, INT64_MAX, NULL, &number))
            return complain(said, "%s is a whole number", member->name);
        set_number(said, member, number);
        return true;
    case FLAG:
        return json_is_true(value) || complain(said, "%s is true, or not there", member->name);
    }
    return false;
}

bool rcp_ctl_request_read(const char *line,
                          size_t size,
                          struct rcp_ctl_request *request,
                          char wrong[RCP_CTL_WRONG_MAX])
{
    struct said said = {.wrong = wrong};
    json_t *object = size <= RCP_CTL_LINE_MAX ? rcp_json_object(line, size) : NULL;
    if (object == NULL)
        return complain(&said, "a request is one line of JSON, an object");
    bool good = true;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value)
    {
        const struct member *member = find_member(name);
        good = member == NULL ? complain(&said, "a request has no such member")
                              : take_member(&said, object, member);
        if (!good)
            break;
    }
    good = good && understand(&said, request);
    json_decref(object);
    return good;
}

/* --- As words --- */

/* What a word without a name is: verb, object, and what to set it to. */
static const char *next_unnamed(const json_t *object)
{
    if (json_object_get(object, "verb") == NULL)
        return "verb";
    return json_object_get(object, "object") == NULL ? "object" : "set";
}

/* Puts one word, or two, into the object; how many, or 0 where they are wrong. */
static int put_words(const struct said *said, json_t *object, int count, char **words)
{
    const uint32_t unnamed = RCP_CTL_OPTION_OBJECT | RCP_CTL_OPTION_SET;
    const char *word = words[0];
    bool named = strncmp(word, "--", 2) == 0;
    const struct member *member = find_member(named ? word + 2 : next_unnamed(object));
    if (member == NULL || (named && (member->option & ~unnamed) == 0))
        return complain(said, "there is no option \"%s\"; see `recoupd ctl help`", word);
    if (json_object_get(object, member->name) != NULL)
        return complain(said, "one %s too many: \"%s\"", member->name, word);
    if (member->kind == FLAG)
        return json_object_set_new(object, member->name, json_true()) == 0;
    if (named && count < 2)
        return complain(said, "%s wants a word behind it", word);
    const char *text = named ? words[1] : word;
    uint64_t number = 0;
    if (member->kind == NUMBER && (!rcp_parse_number(text, &number) || number > INT64_MAX))
        return complain(said, "%s is a whole number", member->name);
    json_t *value = member->kind == NUMBER ? json_integer((json_int_t)number) : json_string(text);
    if (value == NULL || json_object_set_new(object, member->name, value) != 0)
        return complain(said, "%s is no text in UTF-8", member->name);
    return named ? 2 : 1;
}

char *rcp_ctl_request_line(int count, char **words, char wrong[RCP_CTL_WRONG_MAX])
{
    struct said said = {.wrong = wrong};
    struct rcp_ctl_request request;
    json_t *object = json_object();
    int taken = 1;
    for (int i = 0; i < count && taken > 0; i += taken)
        taken = put_words(&said, object, count - i, words + i);
    char *line = taken > 0 ? rcp_ctl_line(object) : NULL;
    json_decref(object);
    if (line == NULL || rcp_ctl_request_read(line, strlen(line), &request, wrong))
        return line;
    free(line);
    return NULL;
}
