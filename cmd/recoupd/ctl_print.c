/* The result's members, in their order: a value is a line, an object its own lines, an array of objects a table
 * with a column for each member of its first row, an array of texts so many lines. */
#include "cmd/recoupd/ctl_print.h"

#include <stdbool.h>
#include <string.h>

#define CELL_MAX   256u
#define COLUMN_MIN 4

static void to_text(const json_t *value, char text[CELL_MAX])
{
    if (json_is_integer(value))
        snprintf(text, CELL_MAX, "%lld", (long long)json_integer_value(value));
    else if (json_is_string(value))
        snprintf(text, CELL_MAX, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(text, CELL_MAX, "%s", json_is_true(value) ? "yes" : "no");
    else
        snprintf(text, CELL_MAX, "-");
}

static int width_of(const json_t *rows, const char *name)
{
    char text[CELL_MAX];
    size_t i = 0, width = strlen(name);
    json_t *row = NULL;
    json_array_foreach(rows, i, row)
    {
        to_text(json_object_get(row, name), text);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return width < COLUMN_MIN ? COLUMN_MIN : (int)width;
}

/* One line of a table: the names, or where there is a row, its values. */
static void print_row(FILE *out, const json_t *rows, const json_t *row)
{
    json_t *first = json_array_get(rows, 0);
    const char *name = NULL;
    json_t *value = NULL;
    fputs(" ", out);
    json_object_foreach(first, name, value)
    {
        char text[CELL_MAX];
        snprintf(text, sizeof text, "%s", name);
        if (row != NULL)
            to_text(json_object_get(row, name), text);
        fprintf(out, " %-*s", width_of(rows, name), text);
    }
    fputs("\n", out);
}

static void print_array(FILE *out, const char *title, const json_t *rows)
{
    bool table = json_is_object(json_array_get(rows, 0));
    size_t i = 0;
    json_t *row = NULL;
    fprintf(out, "%s%s\n", title, json_array_size(rows) == 0 ? ": none" : "");
    if (table)
        print_row(out, rows, NULL);
    json_array_foreach(rows, i, row)
    {
        char text[CELL_MAX];
        if (table) {
            print_row(out, rows, row);
        } else {
            to_text(row, text);
            fprintf(out, "  %s\n", text);
        }
    }
}

static void print_members(FILE *out, json_t *object, const char *indent)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value)
    {
        char text[CELL_MAX];
        if (json_is_array(value)) {
            print_array(out, name, value);
        } else if (json_is_object(value)) {
            fprintf(out, "%s%s\n", indent, name);
            print_members(out, value, "  ");
        } else {
            to_text(value, text);
            fprintf(out, "%s%-16s %s\n", indent, name, text);
        }
    }
}

void ctl_print(FILE *out, json_t *answer)
{
    const char *message = json_string_value(json_object_get(answer, "message"));
    if (message != NULL)
        fprintf(out, "%s: %s\n", json_string_value(json_object_get(answer, "outcome")), message);
    print_members(out, json_object_get(answer, "result"), "");
}
