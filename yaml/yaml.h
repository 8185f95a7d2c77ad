/* YAML as a tree with positions: the subset that our files use. No aliases, tags or second document,
 * no keys that are not words, no deep nesting. */
#ifndef RCP_YAML_YAML_H
#define RCP_YAML_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rcp_yaml_kind {
    RCP_YAML_SCALAR,
    RCP_YAML_SEQUENCE,
    RCP_YAML_MAPPING,
};

#define RCP_YAML_NO_NODE UINT32_MAX

struct rcp_yaml_node {
    enum rcp_yaml_kind kind;
    uint32_t text;   /* SCALAR: offset of its text, which ends with NUL */
    uint32_t child;  /* first item; a mapping's are key, value, key, value */
    uint32_t next;   /* item of the same parent */
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1 */
};

/* What is wrong, and where. */
struct rcp_yaml_error {
    uint32_t line;
    uint32_t column;
    char text[256];
};

/* Node 0 is the root. */
struct rcp_yaml {
    struct rcp_yaml_node *nodes;
    char *texts;
    uint32_t node_count;
    uint32_t node_room;
    uint32_t text_size;
};

/* Parses size bytes. On false error says why and yaml needs no freeing. */
bool rcp_yaml_parse(const char *text,
                    size_t size,
                    struct rcp_yaml *yaml,
                    struct rcp_yaml_error *error);

void rcp_yaml_free(struct rcp_yaml *yaml);

static inline const char *rcp_yaml_text(const struct rcp_yaml *yaml, uint32_t node)
{
    return yaml->texts + yaml->nodes[node].text;
}

#endif
