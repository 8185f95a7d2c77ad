/* Two steps' effects, side by side, until they differ. */
#include "core/recording.h"

/* A field in which two objects differ, or NULL. */
static const struct rcp_field *differing(struct rcp_fields fields,
                                         const void *was,
                                         const void *is,
                                         struct rcp_recording_difference *difference)
{
    const struct rcp_field *end = fields.list + fields.count;
    for (const struct rcp_field *field = fields.list; field < end; field++) {
        difference->value_was = rcp_field_get(was, field);
        difference->value_is = rcp_field_get(is, field);
        if (difference->value_was != difference->value_is)
            return field;
    }
    return NULL;
}

/* Script and number of rows are equal: they are fields of the effect. */
static bool rows_differ(const struct rcp_event_rows *was,
                        const struct rcp_event_rows *is,
                        struct rcp_recording_difference *difference)
{
    for (uint32_t i = 0; i < was->count; i++) {
        const size_t at = (size_t)i * was->size;
        difference->field = differing(rcp_row_fields(was->kind),
                                      (const unsigned char *)was->at + at,
                                      (const unsigned char *)is->at + at,
                                      difference);
        if (difference->field == NULL)
            continue;
        difference->rows = was->kind;
        difference->row = i;
        return true;
    }
    return false;
}

static enum rcp_effect_kind kind_at(const struct rcp_effects *effects, uint32_t index)
{
    return index < effects->count ? effects->items[index].kind : RCP_EFFECT_NONE;
}

static bool effect_differs(const struct rcp_effects *was,
                           const struct rcp_effects *is,
                           uint32_t index,
                           struct rcp_recording_difference *difference)
{
    *difference = (struct rcp_recording_difference){
        .effect = index, .was = kind_at(was, index), .is = kind_at(is, index)};
    if (difference->was != difference->is)
        return true;
    const struct rcp_effect *left = &was->items[index];
    const struct rcp_effect *right = &is->items[index];
    difference->field = differing(rcp_effect_fields(left->kind), left, right, difference);
    if (difference->field != NULL)
        return true;
    struct rcp_event_rows rows_were = rcp_effect_rows(was, left);
    struct rcp_event_rows rows_are = rcp_effect_rows(is, right);
    return rows_differ(&rows_were, &rows_are, difference);
}

bool rcp_recording_differs(const struct rcp_effects *was,
                           const struct rcp_effects *is,
                           struct rcp_recording_difference *difference)
{
    uint32_t count = was->count > is->count ? was->count : is->count;
    for (uint32_t i = 0; i < count; i++)
        if (effect_differs(was, is, i, difference))
            return true;
    return false;
}
