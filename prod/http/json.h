/* JSON from strangers, read strictly: no key twice, no deep nesting, nothing behind the end, and only members
 * that the caller knows. Parsing is jansson's. */
#ifndef RCP_PROD_HTTP_JSON_H
#define RCP_PROD_HTTP_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_JSON_DEPTH_MAX 4u /* objects and arrays inside each other */

/* The object in these bytes, to be given back by json_decref(); NULL where it is none. */
json_t *rcp_json_object(const char *bytes, size_t size);

/* True where every member of the object is one of `names`. */
bool rcp_json_only(json_t *object, const char *const names[], size_t count);

/* A whole number from `least` to `most`. An absent or null member is `absent`, where that is not NULL. */
bool rcp_json_number(json_t *object,
                     const char *name,
                     uint64_t least,
                     uint64_t most,
                     const uint64_t *absent,
                     uint64_t *number);

/* A string of up to `most` bytes without control characters: the object's, alive as long as it is. */
const char *rcp_json_text(json_t *object, const char *name, size_t most, size_t *size);

#endif
