/* Bytes as a schedule. */
#include "fuzz/support/schedule.h"

#include <string.h>

#define OPCODE 0x80u /* bytes from here on begin an order */

/* How many opcodes each kind has, in the order of the enum: of the first document, and of a shop. */
static const uint8_t opcodes[2][SCHEDULE_KIND_COUNT] = {
    {
        [SCHEDULE_STRIKE] = SCHEDULE_PAYMENT_SITES,
        [SCHEDULE_DELAY] = SCHEDULE_PAYMENT_SITES,
        [SCHEDULE_RANK] = SCHEDULE_PAYMENT_SITES + SCHEDULE_OTHERS,
        [SCHEDULE_DROP] = SCHEDULE_PAYMENT_SITES + SCHEDULE_OTHERS,
    },
    {
        [SCHEDULE_STRIKE] = SCHEDULE_SHOP_SITES,
        [SCHEDULE_DELAY] = SCHEDULE_SHOP_SITES,
        [SCHEDULE_RANK] = SCHEDULE_SHOP_SITES,
        [SCHEDULE_DROP] = SCHEDULE_SHOP_SITES,
    },
};

static_assert(4u * SCHEDULE_PAYMENT_SITES + 2u * SCHEDULE_OTHERS <= SCHEDULE_SHOP - OPCODE,
              "an opcode is one byte");
static_assert(4u * SCHEDULE_SHOP_SITES <= OPCODE, "a shop's opcode is an operand");
static_assert(RCP_AT_SHOP == (RCP_AT(RCP_SITE_CALLBACK + 1) - 1u) - (RCP_AT(RCP_SITE_PLACE) - 1u),
              "the sites of a shop stand together");
static_assert(SCHEDULE_ORDERS_MAX < UINT8_MAX, "an order's index + 1 fits a byte");

#define OPERANDS 3u

/* --- Decoding --- */

/* Operands behind the opcode at bytes[at]; returns where the next order may begin. */
static size_t read_operands(
    const uint8_t *bytes, size_t size, size_t at, uint32_t most, uint8_t operands[OPERANDS + 1u])
{
    uint32_t count = 0;
    memset(operands, 0, OPERANDS + 1u);
    for (at++; at < size && bytes[at] < OPCODE && count < most; at++)
        operands[count++] = bytes[at];
    return at;
}

/* What, nth and node; a kind that has no use for one of them does not skip an operand for it. */
static struct schedule_order order_of(const struct schedule *schedule,
                                      enum schedule_kind kind,
                                      uint32_t of,
                                      const uint8_t operands[OPERANDS])
{
    struct schedule_order order = {.of = (uint8_t)of};
    if (kind != SCHEDULE_DROP)
        order.what = *operands++;
    if (kind != SCHEDULE_RANK)
        order.nth = (uint8_t)(*operands++ % SCHEDULE_EVERY + 1u);
    order.node = (uint8_t)(*operands % (schedule->nodes + 1u));
    return order;
}

/* Appends to its chain, so that the first order of several that match is the one that holds. */
static void add(struct schedule *schedule, enum schedule_kind kind, struct schedule_order order)
{
    uint8_t *link = &schedule->first[kind][order.of];
    while (*link != 0)
        link = &schedule->orders[*link - 1u].next;
    schedule->orders[schedule->count++] = order;
    *link = (uint8_t)schedule->count;
}

/* Ranks hold from the start: 1..64 go before, -1..-64 after, on one node or on all. */
static void set_rank(struct schedule *schedule, struct schedule_order order)
{
    for (uint32_t node = 0; node <= schedule->nodes; node++)
        if (order.node == 0 || order.node == node)
            schedule->rank[order.of][node] =
                (int16_t)(order.what < 64 ? order.what + 1 : 63 - order.what);
}

/* The source that is the nth of its half, from 0. */
static uint32_t source_at(bool shop, uint32_t nth)
{
    const uint32_t before = RCP_SITE_PLACE - 1u; /* the first document's, before those of a shop */
    if (shop)
        return before + nth;
    return nth < before ? nth : nth + SCHEDULE_SHOP_SITES;
}

static void add_opcode(struct schedule *schedule,
                       bool shop,
                       uint32_t opcode,
                       const uint8_t operands[OPERANDS])
{
    uint32_t kind = 0;
    while (kind < SCHEDULE_KIND_COUNT && opcode >= opcodes[shop][kind])
        opcode -= opcodes[shop][kind++];
    if (kind == SCHEDULE_KIND_COUNT)
        return;
    struct schedule_order order =
        order_of(schedule, (enum schedule_kind)kind, source_at(shop, opcode), operands);
    if (kind == SCHEDULE_RANK)
        set_rank(schedule, order);
    else
        add(schedule, (enum schedule_kind)kind, order);
    schedule->ranks |= kind == SCHEDULE_RANK || kind == SCHEDULE_DROP;
}

void schedule_decode(struct schedule *schedule, const uint8_t *bytes, size_t size, uint32_t nodes)
{
    memset(schedule, 0, sizeof *schedule);
    schedule->nodes = nodes;
    size_t at = 0;
    while (at < size && schedule->count < SCHEDULE_ORDERS_MAX) {
        uint8_t operands[OPERANDS + 1u];
        uint8_t byte = bytes[at];
        bool shop = byte == SCHEDULE_SHOP;
        if (byte < OPCODE) {
            at++;
            continue;
        }
        at = read_operands(bytes, size, at, shop ? OPERANDS + 1u : OPERANDS, operands);
        schedule->shop |= shop;
        add_opcode(schedule, shop, shop ? operands[0] : byte - OPCODE, operands + shop);
    }
}

/* --- Following --- */

/* The first order of this kind for whoever it is, at the nth time, on this node; NULL where none. */
static const struct schedule_order *order_for(const struct schedule *schedule,
                                              enum schedule_kind kind,
                                              uint32_t of,
                                              uint32_t nth,
                                              uint32_t node)
{
    if (nth > SCHEDULE_NTH_MAX)
        return NULL;
    for (uint8_t at = schedule->first[kind][of]; at != 0; at = schedule->orders[at - 1u].next) {
        const struct schedule_order *order = &schedule->orders[at - 1u];
        if ((order->nth == SCHEDULE_EVERY || order->nth == nth) &&
            (order->node == 0 || order->node == node))
            return order;
    }
    return NULL;
}

static uint32_t pick_for_effect(const struct schedule *schedule,
                                enum schedule_kind kind,
                                const struct rcp_key *key,
                                uint32_t count)
{
    const struct schedule_order *order =
        order_for(schedule, kind, key->site - 1u, key->nth, key->node);
    return order == NULL ? 0 : 1u + order->what % (count - 1u);
}

/* What the servers do by themselves, and what is no effect, has sources of its own. */
static uint32_t source_of(const struct rcp_key *key)
{
    bool effect = key->site != RCP_SITE_NONE && key->phase < RCP_PHASE_LATE;
    return effect ? key->site - 1u : SCHEDULE_SITES + (key->phase - RCP_PHASE_LATE);
}

/* The option whose source has the highest rank; among equals the first, so that zeros are dull. */
static uint32_t highest(const struct schedule *schedule,
                        const uint64_t options[],
                        uint32_t count,
                        struct rcp_key *winner)
{
    uint32_t best = 0;
    *winner = rcp_key_unpack(options[0]);
    int16_t best_rank = schedule->rank[source_of(winner)][winner->node];
    for (uint32_t i = 1; i < count; i++) {
        struct rcp_key key = rcp_key_unpack(options[i]);
        int16_t rank = schedule->rank[source_of(&key)][key.node];
        if (rank > best_rank) {
            best = i;
            best_rank = rank;
            *winner = key;
        }
    }
    return best;
}

static uint32_t pick_order(struct schedule *schedule, const uint64_t options[], uint32_t count)
{
    struct rcp_key winner;
    uint32_t best = highest(schedule, options, count, &winner);
    uint32_t source = source_of(&winner);
    uint16_t nth = ++schedule->going[source][winner.node];
    if (order_for(schedule, SCHEDULE_DROP, source, nth, winner.node) == NULL)
        return best;
    schedule->rank[source][winner.node] = (int16_t)(-100 - (int32_t)schedule->drops);
    if (schedule->drops < INT16_MAX - 200)
        schedule->drops++;
    return highest(schedule, options, count, &winner);
}

static uint32_t pick(void *context,
                     const struct rcp_key *key,
                     const uint64_t options[],
                     uint32_t count)
{
    struct schedule *schedule = context;
    switch ((enum rcp_why)key->why) {
    case RCP_WHY_FATE:
        return pick_for_effect(schedule, SCHEDULE_STRIKE, key, count);
    case RCP_WHY_TAKES:
        return pick_for_effect(schedule, SCHEDULE_DELAY, key, count);
    case RCP_WHY_ORDER:
        return pick_order(schedule, options, count);
    case RCP_WHY_NONE:
    case RCP_WHY_COUNT:
        break;
    }
    return 0;
}

/* Most choices no order is about: their options need not even be listed. */
static bool wants(void *context, const struct rcp_key *key)
{
    const struct schedule *schedule = context;
    if (key->why == RCP_WHY_ORDER)
        return schedule->ranks;
    enum schedule_kind kind = key->why == RCP_WHY_FATE ? SCHEDULE_STRIKE : SCHEDULE_DELAY;
    return schedule->first[kind][key->site - 1u] != 0;
}

struct rcp_picker schedule_picker(struct schedule *schedule)
{
    return (struct rcp_picker){.context = schedule, .wants = wants, .pick = pick};
}
