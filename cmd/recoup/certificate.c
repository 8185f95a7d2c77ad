/* What exploring came to, and what a complete one proves, strike by strike. */
#include "cmd/recoup/certificate.h"

#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"

#include <inttypes.h>
#include <jansson.h>
#include <libxml/xmlwriter.h>
#include <string.h>

/* --- The catalogue: effect site x outcome x phase --- */

/* What the node hears of the effect that is struck, and at which point of its way that happens. */
struct meaning {
    const char *outcome;
    const char *phase;
};

static const struct meaning meanings[RCP_FAULT_COUNT] = {
    [RCP_FAULT_REQUEST_LOST] = {"nothing", "issue"},
    [RCP_FAULT_REQUEST_DUPLICATED] = {"done twice", "apply"},
    [RCP_FAULT_REPLY_LOST] = {"nothing", "answer"},
    [RCP_FAULT_REDIS_REQUEST_LOST] = {"unknown, not done", "issue"},
    [RCP_FAULT_REDIS_ANSWER_LOST] = {"unknown, done", "answer"},
    [RCP_FAULT_REDIS_SLOW] = {"done, slowly", "answer"},
    [RCP_FAULT_MYSQL_REFUSED] = {"refused", "issue"},
    [RCP_FAULT_MYSQL_DEADLOCK] = {"refused", "apply"},
    [RCP_FAULT_MYSQL_LOCK_TIMEOUT] = {"refused", "apply"},
    [RCP_FAULT_MYSQL_LOST_STATEMENT] = {"refused, locks stay", "apply"},
    [RCP_FAULT_MYSQL_LOST_COMMIT] = {"unknown, not done", "commit"},
    [RCP_FAULT_MYSQL_LOST_ANSWER] = {"unknown, done", "answer"},
    [RCP_FAULT_MYSQL_LATE_COMMIT] = {"unknown, done later", "late"},
    [RCP_FAULT_MYSQL_SLOW] = {"done, slowly", "apply"},
    [RCP_FAULT_KAFKA_SEND_REFUSED] = {"refused", "issue"},
    [RCP_FAULT_KAFKA_RECORD_LOST] = {"unknown, not done", "issue"},
    [RCP_FAULT_KAFKA_ACK_LOST] = {"unknown, done", "answer"},
    [RCP_FAULT_KAFKA_LATE_RECORD] = {"unknown, done later", "late"},
    [RCP_FAULT_KAFKA_DUPLICATED] = {"done twice", "apply"},
    [RCP_FAULT_KAFKA_OFFSET_GAP] = {"done, with a gap", "apply"},
    [RCP_FAULT_KAFKA_DELIVERY_SLOW] = {"done, slowly", "apply"},
    [RCP_FAULT_KAFKA_OFFSET_LOST] = {"refused", "issue"},
    [RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST] = {"unknown, done", "answer"},
    [RCP_FAULT_PG_NOT_CONNECTED] = {"refused", "issue"},
    [RCP_FAULT_PG_REQUEST_LOST] = {"unknown, not done", "issue"},
    [RCP_FAULT_PG_ANSWER_LOST] = {"unknown, done", "answer"},
    [RCP_FAULT_PG_LATE_REQUEST] = {"unknown, done later", "late"},
    [RCP_FAULT_PG_RESET_BEFORE] = {"reset, not done", "issue"},
    [RCP_FAULT_PG_RESET_AFTER] = {"reset, done", "answer"},
    [RCP_FAULT_PG_500_BEFORE] = {"500, not done", "apply"},
    [RCP_FAULT_PG_500_AFTER] = {"500, done", "answer"},
    [RCP_FAULT_PG_500_LATE] = {"500, done later", "late"},
    [RCP_FAULT_PG_BAD_GATEWAY] = {"502, done", "answer"},
    [RCP_FAULT_PG_TOO_MANY] = {"refused", "apply"},
    [RCP_FAULT_PG_UNAUTHORIZED] = {"refused", "apply"},
    [RCP_FAULT_PG_UNREADABLE] = {"unreadable, done", "answer"},
    [RCP_FAULT_PG_SLOW] = {"done, slowly", "answer"},
    [RCP_FAULT_PG_OVER_LIMIT] = {"fails", "apply"},
    [RCP_FAULT_PG_BAD_CARD] = {"fails", "apply"},
    [RCP_FAULT_PG_STUCK] = {"stays pending", "apply"},
    [RCP_FAULT_PG_OTHER_AMOUNT] = {"another amount", "apply"},
    [RCP_FAULT_CALLBACK_LOST] = {"nothing", "issue"},
    [RCP_FAULT_CALLBACK_DOUBLED] = {"done twice", "apply"},
    [RCP_FAULT_CALLBACK_EARLY] = {"done, too early", "apply"},
    [RCP_FAULT_CALLBACK_CONTRADICTS] = {"says the opposite", "apply"},
    [RCP_FAULT_CALLBACK_SLOW] = {"done, slowly", "apply"},
    [RCP_FAULT_CRASH_BEFORE_ISSUE] = {"dies, not issued", "issue"},
    [RCP_FAULT_CRASH_ISSUED] = {"dies, issued", "issue"},
    [RCP_FAULT_CRASH_APPLIED] = {"dies, done", "apply"},
    [RCP_FAULT_CRASH_ANSWERED] = {"dies, done", "answer"},
};

static bool is_crash(uint32_t fault)
{
    return fault >= RCP_FAULT_CRASH_BEFORE_ISSUE && fault <= RCP_FAULT_CRASH_ANSWERED;
}

/* Where something of this world may be struck: one without a shop has no orders, and a node that serves
 * orders alone has no payments. */
static uint64_t sites_of(const struct rcp_world_config *world)
{
    uint64_t sites = UINT64_MAX;
    if (!rcp_world_has_shop(world))
        sites &= ~RCP_AT_SHOP;
    if (world->limits.requests == 0)
        sites &= ~RCP_AT_PAYMENTS;
    return sites;
}

static bool in_catalogue(const struct rcp_certificate *certificate, uint32_t site, uint32_t fault)
{
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)fault);
    uint64_t sites = info->sites & sites_of(&certificate->scenario->world);
    return info->class == RCP_FAULT_CLASS_FATE && (sites & RCP_AT(site)) != 0;
}

/* --- What became of a strike, or of a pair of them --- */

enum fate {
    HELD,         /* reached, and all that follows held */
    NEVER_ISSUED, /* the effect is never issued while faults last */
    EXCLUDES,     /* after the first, the second's effect is never issued any more */
    OUTSIDE,      /* more faults or crashes than were explored */
    UNREACHABLE,  /* proved: everything was seen */
    FATE_COUNT
};

static const char *const fate_names[FATE_COUNT] = {
    [HELD] = "reached and held",
    [NEVER_ISSUED] = "never issued while faults last",
    [EXCLUDES] = "excludes its partner",
    [OUTSIDE] = "outside the bounds explored",
    [UNREACHABLE] = "proved unreachable",
};

static bool within(const struct rcp_certificate *certificate, uint32_t first, uint32_t second)
{
    uint32_t crashes = (uint32_t)is_crash(first) + (second != 0 && is_crash(second));
    uint32_t faults = (uint32_t)!is_crash(first) + (second != 0 && !is_crash(second));
    return crashes <= certificate->bounds.crashes && faults <= certificate->bounds.faults;
}

static enum fate single(const struct rcp_certificate *certificate, uint32_t site, uint32_t fault)
{
    const struct rcp_explore_seen *seen = certificate->seen;
    if (seen->struck[rcp_strike((enum rcp_site)site, fault)] > 0)
        return HELD;
    if (!within(certificate, fault, 0))
        return OUTSIDE;
    return seen->issued[site] == 0 ? NEVER_ISSUED : UNREACHABLE;
}

struct pair {
    uint32_t site[2], fault[2];
};

static enum fate pair_fate(const struct rcp_certificate *certificate, const struct pair *pair)
{
    const struct rcp_explore_seen *seen = certificate->seen;
    uint32_t first = rcp_strike((enum rcp_site)pair->site[0], pair->fault[0]);
    uint32_t second = rcp_strike((enum rcp_site)pair->site[1], pair->fault[1]);
    if ((seen->pairs[first][second / 64u] >> (second % 64u) & 1u) != 0)
        return HELD;
    if (!within(certificate, pair->fault[0], pair->fault[1]))
        return OUTSIDE;
    for (uint32_t i = 0; i < 2; i++)
        if (seen->issued[pair->site[i]] == 0)
            return NEVER_ISSUED;
    return (seen->issued_after[first] & RCP_AT(pair->site[1])) == 0 ? EXCLUDES : UNREACHABLE;
}

/* Counts of each fate. */
struct counts {
    uint64_t all;
    uint64_t fates[FATE_COUNT];
};

static struct counts count_singles(const struct rcp_certificate *certificate)
{
    struct counts counts = {0};
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if (in_catalogue(certificate, site, fault)) {
                counts.all++;
                counts.fates[single(certificate, site, fault)]++;
            }
    return counts;
}

/* All pairs whose first strike this is. */
static struct counts count_after(const struct rcp_certificate *certificate,
                                 uint32_t first_site,
                                 uint32_t first_fault)
{
    struct counts counts = {0};
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if (in_catalogue(certificate, site, fault)) {
                struct pair pair = {{first_site, site}, {first_fault, fault}};
                counts.all++;
                counts.fates[pair_fate(certificate, &pair)]++;
            }
    return counts;
}

static struct counts count_pairs(const struct rcp_certificate *certificate)
{
    struct counts all = {0};
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if (in_catalogue(certificate, site, fault)) {
                struct counts after = count_after(certificate, site, fault);
                all.all += after.all;
                for (uint32_t i = 0; i < FATE_COUNT; i++)
                    all.fates[i] += after.fates[i];
            }
    return all;
}

/* --- What the exploration took for granted --- */

static const char *const reductions[] = {
    "dead_letters: a completion that nobody awaits, a timer of a dead process and a client's "
    "patience "
    "after its answer change nothing and are dropped",
    "local_first: a step that no other event of its instant can meet, for it alone is about its "
    "payment and its node, comes before them; both orders lead to the same state",
};

static const char *const bounds_kept[] = {
    "a message that nothing slows takes no time; time passes when nothing is under way",
    "a long way is a fault of its own: slow, late",
    "the jitter is the seed's",
    "a row's parking by age (24 hours) lies further ahead than anything explored",
    "pairs are told apart where the first strike came alone",
};

static uint32_t reduction_count(const struct rcp_certificate *certificate)
{
    return certificate->bounds.unreduced ? 0 : (uint32_t)(sizeof reductions / sizeof reductions[0]);
}

/* --- For a person --- */

static void print_counts(const char *what, const struct counts *counts, FILE *out)
{
    char number[RCP_GROUPED_SIZE];
    fprintf(out, "  %s: %s in the catalogue\n", what, rcp_grouped(counts->all, number));
    for (uint32_t i = 0; i < FATE_COUNT; i++)
        if (counts->fates[i] > 0)
            fprintf(out, "    %12s %s\n", rcp_grouped(counts->fates[i], number), fate_names[i]);
}

static bool has_strikes(const struct rcp_certificate *certificate, uint32_t site)
{
    for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
        if (in_catalogue(certificate, site, fault))
            return true;
    return false;
}

static void print_site(const struct rcp_certificate *certificate, uint32_t site, FILE *out)
{
    char number[RCP_GROUPED_SIZE];
    if (!has_strikes(certificate, site))
        return;
    fprintf(out, "  %s\n", rcp_site_name((enum rcp_site)site));
    for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++) {
        if (!in_catalogue(certificate, site, fault))
            continue;
        enum fate fate = single(certificate, site, fault);
        uint64_t struck = certificate->seen->struck[rcp_strike((enum rcp_site)site, fault)];
        fprintf(out,
                "    %-22s %-8s %-28s %s",
                meanings[fault].outcome,
                meanings[fault].phase,
                rcp_fault_info((enum rcp_fault)fault)->name,
                fate_names[fate]);
        if (fate == HELD)
            fprintf(out, ", %s times", rcp_grouped(struck, number));
        fputc('\n', out);
    }
}

void rcp_certificate_print(const struct rcp_certificate *certificate, FILE *out)
{
    struct counts singles = count_singles(certificate);
    struct counts pairs = count_pairs(certificate);
    char states[RCP_GROUPED_SIZE];
    char transitions[RCP_GROUPED_SIZE];
    fprintf(out,
            "\ncertificate of %s: faults %" PRIu32 ", crashes %" PRIu32 ", the heal at every "
            "point, %s\n"
            "  %s states, %s transitions, depth %" PRIu64 "\n",
            certificate->scenario->name,
            certificate->bounds.faults,
            certificate->bounds.crashes,
            certificate->verdict,
            rcp_grouped(certificate->search->states, states),
            rcp_grouped(certificate->search->transitions, transitions),
            certificate->search->depth);
    print_counts("single strikes", &singles, out);
    print_counts("ordered pairs", &pairs, out);
    for (uint32_t i = 0; i < reduction_count(certificate); i++)
        fprintf(out, "  reduction  %s\n", reductions[i]);
    for (size_t i = 0; i < sizeof bounds_kept / sizeof bounds_kept[0]; i++)
        fprintf(out, "  bound      %s\n", bounds_kept[i]);
    fprintf(out,
            "  bound      two states were taken for one with a chance of at most 2^%" PRId32 "\n",
            certificate->collision_log2);
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
        print_site(certificate, site, out);
}

/* --- JSON --- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *json_counts(const struct counts *counts)
{
    json_t *json = json_object();
    json_object_set_new(json, "catalogue", number(counts->all));
    for (uint32_t i = 0; i < FATE_COUNT; i++)
        json_object_set_new(json, fate_names[i], number(counts->fates[i]));
    return json;
}

static json_t *json_single(const struct rcp_certificate *certificate, uint32_t site, uint32_t fault)
{
    struct counts after = count_after(certificate, site, fault);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}",
                     "site",
                     rcp_site_name((enum rcp_site)site),
                     "fault",
                     rcp_fault_info((enum rcp_fault)fault)->name,
                     "outcome",
                     meanings[fault].outcome,
                     "phase",
                     meanings[fault].phase,
                     "fate",
                     fate_names[single(certificate, site, fault)],
                     "times",
                     number(certificate->seen->struck[rcp_strike((enum rcp_site)site, fault)]),
                     "pairs_after_it",
                     json_counts(&after));
}

static json_t *strings(const char *const texts[], uint32_t count)
{
    json_t *json = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(json, json_string(texts[i]));
    return json;
}

/* What a complete search proves. */
static void add_proof(json_t *json, const struct rcp_certificate *certificate)
{
    struct counts singles = count_singles(certificate);
    struct counts pairs = count_pairs(certificate);
    json_t *strikes = json_array();
    for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if (in_catalogue(certificate, site, fault))
                json_array_append_new(strikes, json_single(certificate, site, fault));
    json_object_set_new(json, "singles", json_counts(&singles));
    json_object_set_new(json, "pairs", json_counts(&pairs));
    json_object_set_new(json, "strikes", strikes);
}

static void add_violation(json_t *json, const struct rcp_certificate *certificate)
{
    const struct rcp_result *run = certificate->violation;
    json_object_set_new(json, "events", number(certificate->search->path_count));
    json_object_set_new(json, "tape", json_string(run->tape));
    json_object_set_new(json, "replay", json_string(run->replay));
    if (run->violation_count == 0)
        return;
    json_object_set_new(json, "violated", json_string(run->violations[0].invariant));
    json_object_set_new(json, "fingerprint", json_string(run->violations[0].fingerprint));
    json_object_set_new(json, "detail", json_string(run->violations[0].detail));
}

static bool is_complete(const struct rcp_certificate *certificate)
{
    return certificate->search->verdict == RCP_SEARCH_COMPLETE;
}

static json_t *json_of(const struct rcp_certificate *certificate)
{
    const struct rcp_search_result *search = certificate->search;
    json_t *json = json_object();
    json_object_set_new(json, "version", number(1));
    json_object_set_new(json, "scenario", json_string(certificate->scenario->name));
    json_object_set_new(json, "faults", number(certificate->bounds.faults));
    json_object_set_new(json, "crashes", number(certificate->bounds.crashes));
    json_object_set_new(json, "verdict", json_string(certificate->verdict));
    json_object_set_new(json, "complete", json_boolean(is_complete(certificate)));
    json_object_set_new(json, "as_expected", json_boolean(certificate->as_expected));
    json_object_set_new(json, "states", number(search->states));
    json_object_set_new(json, "transitions", number(search->transitions));
    json_object_set_new(json, "depth", number(search->depth));
    json_object_set_new(json, "collision_log2", json_integer(certificate->collision_log2));
    json_object_set_new(json, "reductions", strings(reductions, reduction_count(certificate)));
    json_object_set_new(
        json, "bounds", strings(bounds_kept, sizeof bounds_kept / sizeof bounds_kept[0]));
    if (is_complete(certificate))
        add_proof(json, certificate);
    if (certificate->violation != NULL)
        add_violation(json, certificate);
    return json;
}

bool rcp_certificate_write_json(const struct rcp_certificate *certificate, const char *path)
{
    json_t *json = json_of(certificate);
    bool good = json_dump_file(json, path, JSON_INDENT(1)) == 0;
    json_decref(json);
    if (!good)
        perror(path);
    return good;
}

/* --- JUnit: a strike a test case; what was not reached is skipped, with its reason --- */

static void junit_case(xmlTextWriterPtr xml,
                       const struct rcp_certificate *certificate,
                       uint32_t site,
                       uint32_t fault)
{
    enum fate fate = single(certificate, site, fault);
    struct counts after = count_after(certificate, site, fault);
    xmlTextWriterStartElement(xml, BAD_CAST "testcase");
    xmlTextWriterWriteFormatAttribute(xml,
                                      BAD_CAST "classname",
                                      "%s.%s",
                                      certificate->scenario->name,
                                      rcp_site_name((enum rcp_site)site));
    xmlTextWriterWriteAttribute(
        xml, BAD_CAST "name", BAD_CAST rcp_fault_info((enum rcp_fault)fault)->name);
    if (fate == HELD) {
        xmlTextWriterWriteFormatElement(xml,
                                        BAD_CAST "system-out",
                                        "%" PRIu64 " pairs after it reached and held",
                                        after.fates[HELD]);
    } else {
        xmlTextWriterStartElement(xml, BAD_CAST "skipped");
        xmlTextWriterWriteAttribute(xml, BAD_CAST "message", BAD_CAST fate_names[fate]);
        xmlTextWriterEndElement(xml);
    }
    xmlTextWriterEndElement(xml);
}

/* The search as a whole: what was violated fails, what was stopped is skipped. */
static void junit_search(xmlTextWriterPtr xml, const struct rcp_certificate *certificate)
{
    const struct rcp_result *run = certificate->violation;
    const char *element = certificate->as_expected ? "system-out" : "failure";
    if (run == NULL && !is_complete(certificate))
        element = "skipped";
    xmlTextWriterStartElement(xml, BAD_CAST "testcase");
    xmlTextWriterWriteAttribute(xml, BAD_CAST "classname", BAD_CAST certificate->scenario->name);
    xmlTextWriterWriteFormatAttribute(xml,
                                      BAD_CAST "name",
                                      "faults %" PRIu32 ", crashes %" PRIu32,
                                      certificate->bounds.faults,
                                      certificate->bounds.crashes);
    xmlTextWriterStartElement(xml, BAD_CAST element);
    if (strcmp(element, "system-out") != 0)
        xmlTextWriterWriteAttribute(xml, BAD_CAST "message", BAD_CAST certificate->verdict);
    xmlTextWriterWriteFormatString(xml,
                                   "%s, %" PRIu64 " states, %" PRIu64 " transitions",
                                   certificate->verdict,
                                   certificate->search->states,
                                   certificate->search->transitions);
    if (run != NULL && run->violation_count > 0)
        xmlTextWriterWriteFormatString(xml,
                                       "\n%s: %s\n%s",
                                       run->violations[0].invariant,
                                       run->violations[0].detail,
                                       run->replay);
    xmlTextWriterEndElement(xml);
    xmlTextWriterEndElement(xml);
}

/* Attributes come before the cases, so they are counted first. */
static void junit_counts(xmlTextWriterPtr xml, const struct rcp_certificate *certificate)
{
    struct counts singles = count_singles(certificate);
    bool proved = is_complete(certificate);
    bool skipped = !proved && certificate->violation == NULL;
    bool failed = !skipped && !certificate->as_expected;
    uint64_t unreached = singles.all - singles.fates[HELD];
    xmlTextWriterWriteAttribute(xml, BAD_CAST "name", BAD_CAST certificate->scenario->name);
    xmlTextWriterWriteFormatAttribute(
        xml, BAD_CAST "tests", "%" PRIu64, 1 + (proved ? singles.all : 0));
    xmlTextWriterWriteFormatAttribute(
        xml, BAD_CAST "skipped", "%" PRIu64, (uint64_t)skipped + (proved ? unreached : 0));
    xmlTextWriterWriteFormatAttribute(xml, BAD_CAST "failures", "%d", failed);
}

bool rcp_certificate_write_junit(const struct rcp_certificate *certificate, const char *path)
{
    xmlTextWriterPtr xml = xmlNewTextWriterFilename(path, 0);
    if (xml == NULL) {
        perror(path);
        return false;
    }
    xmlTextWriterSetIndent(xml, 1);
    xmlTextWriterStartDocument(xml, NULL, "UTF-8", NULL);
    xmlTextWriterStartElement(xml, BAD_CAST "testsuite");
    junit_counts(xml, certificate);
    junit_search(xml, certificate);
    for (uint32_t site = 1; is_complete(certificate) && site < RCP_SITE_COUNT; site++)
        for (uint32_t fault = 1; fault < RCP_FAULT_COUNT; fault++)
            if (in_catalogue(certificate, site, fault))
                junit_case(xml, certificate, site, fault);
    xmlTextWriterEndElement(xml);
    bool good = xmlTextWriterEndDocument(xml) >= 0;
    xmlFreeTextWriter(xml);
    return good;
}
