/* Lines and what they are kept as: each kind of line has a section (its keys) and a store (its array
 * in the scenario, and the way there and back). A scenario is valid where each of its items turns
 * into a line that turns into the same item again. */
#ifndef RCP_SIM_SCENARIO_STORE_H
#define RCP_SIM_SCENARIO_STORE_H

#include "sim/scenario/section.h"

/* An array of the scenario. */
struct rcp_store {
    size_t items; /* offsets in struct rcp_scenario */
    size_t count;
    size_t item_size;
    uint32_t max;
    bool (*owns)(const void *item); /* NULL: every item of the array */
    void (*to_line)(const struct rcp_scenario *scenario, const void *item, void *line);
    /* item is zeroed. The world, the heal and all that stands before the list are read already. */
    bool (*from_line)(const struct rcp_scenario *scenario,
                      const void *line,
                      void *item,
                      struct rcp_flaw *flaw);
};

/* A key whose value is a list of lines. */
struct rcp_list {
    const struct rcp_section *section;
    const struct rcp_store *stores[2];      /* [1] may be NULL */
    uint32_t (*store_of)(const void *line); /* NULL: always stores[0] */
};

extern const struct rcp_section rcp_scenario_section; /* the whole file */
extern const struct rcp_section rcp_world_section;
extern const struct rcp_section rcp_shop_section;  /* of the world */
extern const struct rcp_section rcp_buyer_section; /* of a line of the workload */
extern const struct rcp_section rcp_diagram_section;
extern const struct rcp_list rcp_workload_list;
extern const struct rcp_list rcp_faults_list;
extern const struct rcp_list rcp_takes_list;
extern const struct rcp_list rcp_order_list;
extern const struct rcp_list rcp_expect_list;
extern const struct rcp_list rcp_tape_list;

struct rcp_limits_line {
    struct rcp_line head;
    struct rcp_limits limits;
};

struct rcp_shop_line {
    struct rcp_line head;
    struct rcp_world_config config; /* the second document's part of it */
    uint32_t refund_port;
    uint32_t callback_mac;
};

struct rcp_world_line {
    struct rcp_line head;
    struct rcp_limits_line limits;
    struct rcp_shop_line shop;
    struct rcp_world_config config; /* but for its limits and its shop */
};

struct rcp_diagram_line {
    struct rcp_line head;
    struct rcp_diagram drawn;
};

struct rcp_scenario_line {
    struct rcp_line head;
    uint32_t policy;
    struct rcp_turned knobs;
    uint64_t seeds[2];
    struct rcp_world_line world;
    uint64_t heal_ms;
    uint64_t drain_ms;
    uint32_t chaos[2];
    uint32_t slow[2];
    struct rcp_diagram_line diagram;
    uint64_t invariants;
    uint32_t tape_only;
};

/* What narrows a rule, an order or an expectation; 0 matches all. */
struct rcp_selector {
    uint32_t node;
    uint32_t activity;
    uint32_t user;
    uint32_t purchase;
};

/* Whom a line of the workload is about. */
struct rcp_whom_line {
    struct rcp_line head;
    uint32_t activity;
    uint32_t user;
    uint64_t users[2];
    uint32_t by;
};

/* Which purchase it is about, and what is ordered. */
struct rcp_buyer_line {
    struct rcp_line head;
    uint32_t user;
    uint64_t users[2];
    uint32_t purchase;
    uint32_t point_percent;
    uint32_t coupon;
    struct rcp_order_item items[RCP_ORDER_ITEMS_MAX];
};

struct rcp_work_line {
    struct rcp_line head;
    struct rcp_whom_line whom;
    struct rcp_buyer_line buyer;
    uint64_t at_ms;
    uint64_t every_ms;
};

struct rcp_fault_line {
    struct rcp_line head;
    uint32_t fault;
    uint32_t site;
    uint32_t activity;
    uint32_t user;
    uint32_t purchase;
    uint32_t node;
    uint32_t partition;
    uint32_t chance[2];
    uint32_t may_not_fire;
    uint64_t nth[2];
    uint64_t at_ms;
    uint64_t for_ms;
    uint64_t by_ms;
    uint64_t from_ms;
    uint64_t until_ms;
    struct rcp_length takes;
};

/* An effect by its meaning: of a tape or an order. */
struct rcp_key_line {
    struct rcp_line head;
    uint32_t site;
    uint32_t activity;
    uint32_t user;
    uint32_t purchase;
    uint32_t subject; /* of a kind that is no payment, and no purchase */
    uint32_t node;
    uint32_t nth;
    uint32_t phase;
    uint32_t copy;
};

struct rcp_order_line {
    struct rcp_line head;
    struct rcp_key_line first;
    struct rcp_key_line then;
    uint32_t may_not_fire;
};

struct rcp_expect_line {
    struct rcp_line head;
    uint32_t number;
    uint32_t cause;
    uint32_t activity;
    uint32_t user;
    uint32_t every;
    uint64_t count[2];
    uint64_t within_ms;
    uint64_t after_ms;
};

struct rcp_tape_line {
    struct rcp_line head;
    struct rcp_key_line key;
    struct rcp_key_line first;
    uint32_t fault;
    struct rcp_length takes;
};

/* Room for any line of a list. */
union rcp_list_line {
    struct rcp_line head;
    struct rcp_work_line work;
    struct rcp_fault_line fault;
    struct rcp_order_line order;
    struct rcp_expect_line expect;
    struct rcp_tape_line tape;
};

/* The scenario but for its lists, as a line and back. */
void rcp_scenario_to_line(const struct rcp_scenario *scenario, struct rcp_scenario_line *line);
bool rcp_scenario_from_line(const struct rcp_scenario_line *line,
                            struct rcp_scenario *scenario,
                            struct rcp_flaw *flaw);

/* What a world with these activities, users and products gets where nothing else is said: capacity,
 * room, and a shop's stock, money and limits. Of buyers and purchases only those that are 0. */
void rcp_world_derive(struct rcp_world_config *world);

/* The world as a line and back. */
void rcp_world_to_line(const struct rcp_world_config *world, struct rcp_world_line *line);
void rcp_world_from_line(const struct rcp_world_line *line, struct rcp_world_config *world);

/* The shop's part of each. */
void rcp_shop_derive(struct rcp_world_config *world); /* after its pending and exchanges */
void rcp_shop_clear(struct rcp_world_config *world);
void rcp_shop_to_line(const struct rcp_world_config *world, struct rcp_shop_line *line);
void rcp_shop_from_line(const struct rcp_shop_line *line, struct rcp_world_config *world);

/* Holds that the shop is whole, or that there is nothing of one. */
bool rcp_shop_is_whole(const struct rcp_world_config *world, struct rcp_flaw *flaw);

/* Holds that a node with these limits can be laid out. */
bool rcp_limits_are_whole(const struct rcp_limits *limits, struct rcp_flaw *flaw);

/* Holds that these exist in the world; 0 is always there. */
bool rcp_in_world(const struct rcp_scenario *scenario,
                  uint32_t node,
                  uint32_t activity,
                  uint32_t user,
                  struct rcp_flaw *flaw);

/* The same for what selects a payment or a purchase: the user is a buyer as well, and alone either. */
bool rcp_in_world_or_shop(const struct rcp_scenario *scenario,
                          const struct rcp_selector *selector,
                          struct rcp_flaw *flaw);

/* A line of the workload that is about a purchase, and back. */
void rcp_buyer_to_line(const struct rcp_work *work, struct rcp_buyer_line *line);
bool rcp_buyer_from_line(const struct rcp_scenario *scenario,
                         const struct rcp_buyer_line *line,
                         struct rcp_work *work,
                         struct rcp_flaw *flaw);

static inline const void *rcp_store_item(const struct rcp_store *store,
                                         const struct rcp_scenario *scenario,
                                         uint32_t index)
{
    return rcp_at(scenario, store->items + index * store->item_size);
}

static inline uint32_t rcp_store_count(const struct rcp_store *store,
                                       const struct rcp_scenario *scenario)
{
    return *(const uint32_t *)rcp_at(scenario, store->count);
}

static inline bool rcp_store_owns(const struct rcp_store *store, const void *item)
{
    return store->owns == NULL || store->owns(item);
}

#endif
