/* The verdicts as JUnit XML. */
#include "reports/junit.h"

#include "reports/text.h"

#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <string.h>

/* libxml2 speaks of xmlChar; our texts are UTF-8 already. */
static const xmlChar *xml(const char *text)
{
    return (const xmlChar *)text;
}

static void attribute(xmlTextWriterPtr writer, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(writer, xml(name), xml(value));
}

static void attribute_number(xmlTextWriterPtr writer, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    attribute(writer, name, text);
}

static void attribute_seconds(xmlTextWriterPtr writer, const char *name, uint64_t us)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    attribute(writer, name, text);
}

/* XML 1.0 has no place for control characters; what a server once said may hold some. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') {
            *text = '?';
        }
    }
}

/* Everything that a person who reads the CI page needs to go on. */
static void write_words(xmlTextWriterPtr writer, const struct rcp_result *result)
{
    char bytes[8192];
    struct rcp_text text = rcp_text_in(bytes, sizeof bytes);
    rcp_text_add(
        &text, "%s\nseed: %" PRIu64 "\nreplay: %s\n", result->reason, result->seed, result->replay);
    if (result->tape[0] != '\0') {
        rcp_text_add(&text, "tape: %s\n", result->tape);
    }
    for (uint32_t i = 0; i < result->violation_count; i++) {
        const struct rcp_result_violation *violation = &result->violations[i];
        rcp_text_add(&text,
                     "%s: %s\n    seed %" PRIu64 " at %" PRIu64 " ms: %s\n    %s\n",
                     violation->invariant,
                     violation->sentence,
                     violation->seed,
                     violation->at_ms,
                     violation->detail,
                     violation->fingerprint);
    }
    for (uint32_t i = 0; i < result->story_count; i++) {
        rcp_text_add(&text, "    %s\n", result->story[i]);
    }
    for (uint32_t i = 0; i < result->not_fired_count; i++) {
        rcp_text_add(&text, "did not fire: %s\n", result->not_fired[i]);
    }
    replace_control_characters(bytes);
    xmlTextWriterWriteString(writer, xml(bytes));
}

static void write_case(xmlTextWriterPtr writer, const struct rcp_result *result)
{
    xmlTextWriterStartElement(writer, xml("testcase"));
    attribute(writer, "classname", result->policy);
    attribute(writer, "name", result->scenario);
    attribute(writer, "file", result->path);
    attribute_seconds(writer, "time", result->wall_us);
    if (result->outcome == RCP_RESULT_ERROR || !result->as_expected) {
        bool error = result->outcome == RCP_RESULT_ERROR;
        char reason[sizeof result->reason];
        memcpy(reason, result->reason, sizeof reason);
        replace_control_characters(reason);
        xmlTextWriterStartElement(writer, xml(error ? "error" : "failure"));
        attribute(writer, "message", reason);
        attribute(writer,
                  "type",
                  result->violation_count > 0 ? result->violations[0].invariant
                                              : rcp_result_outcome_name(result->outcome));
        write_words(writer, result);
        xmlTextWriterEndElement(writer);
    }
    xmlTextWriterEndElement(writer);
}

static void write_suite(xmlTextWriterPtr writer, const struct rcp_result *results, uint32_t count)
{
    struct rcp_result_summary summary = rcp_result_summary(results, count);
    xmlTextWriterStartElement(writer, xml("testsuites"));
    xmlTextWriterStartElement(writer, xml("testsuite"));
    attribute(writer, "name", "recoup");
    attribute_number(writer, "tests", count);
    attribute_number(writer, "failures", summary.not_as_expected);
    attribute_number(writer, "errors", summary.errors);
    attribute_seconds(writer, "time", summary.wall_us);
    for (uint32_t i = 0; i < count; i++) {
        write_case(writer, &results[i]);
    }
    xmlTextWriterEndElement(writer);
    xmlTextWriterEndElement(writer);
}

int rcp_junit_write(FILE *out, const struct rcp_result *results, uint32_t count)
{
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateFile(out, NULL); /* flushes, does not close */
    xmlTextWriterPtr writer = buffer == NULL ? NULL : xmlNewTextWriter(buffer);
    if (writer == NULL) {
        xmlOutputBufferClose(buffer);
        return -1;
    }
    xmlTextWriterSetIndent(writer, 1);
    xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
    write_suite(writer, results, count);
    int written = xmlTextWriterEndDocument(writer);
    xmlFreeTextWriter(writer); /* and the buffer with it */
    return written < 0 || fflush(out) != 0 || ferror(out) != 0 ? -1 : 0;
}
