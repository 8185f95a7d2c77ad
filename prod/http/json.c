/* jansson recurses with the nesting, so the nesting is measured before it is asked. */
#include "prod/http/json.h"

#include <string.h>

/* True where brackets outside of strings are never deeper than RCP_JSON_DEPTH_MAX. */
static bool is_shallow(const char *bytes, size_t size)
{
    bool in_text = false;
    unsigned depth = 0;
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && (c == '{' || c == '['))
            depth++;
        else if (!in_text && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > RCP_JSON_DEPTH_MAX)
            return false;
    }
    return true;
}

json_t *rcp_json_object(const char *bytes, size_t size)
{
    json_error_t error;
    if (!is_shallow(bytes, size))
        return NULL;
    json_t *value = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (value != NULL && !json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

bool rcp_json_only(json_t *object, const char *const names[], size_t count)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(object, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(name, names[i]) == 0;
        if (!known)
            return false;
    }
    return true;
}

bool rcp_json_number(json_t *object,
                     const char *name,
                     uint64_t least,
                     uint64_t most,
                     const uint64_t *absent,
                     uint64_t *number)
{
    const json_t *value = json_object_get(object, name);
    if (absent != NULL && (value == NULL || json_is_null(value))) {
        *number = *absent;
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return *number >= least && *number <= most;
}

const char *rcp_json_text(json_t *object, const char *name, size_t most, size_t *size)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value) || json_string_length(value) > most)
        return NULL;
    const char *text = json_string_value(value);
    *size = json_string_length(value);
    for (size_t i = 0; i < *size; i++) {
        if ((unsigned char)text[i] < 0x20u || text[i] == 0x7f)
            return NULL;
    }
    return text;
}
