/* Open addressing by handle. A sweep rebuilds the table, so that nothing need be deleted in place. */
#include "prod/loop/handles.h"

#include "core/check.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t handle; /* 0: free */
    uint32_t round;  /* of the sweep that last knew it, or under which it came */
    struct rcp_bytes bytes;
};

struct rcp_handles {
    uint32_t mask;
    uint32_t used;
    uint32_t round;
    EVP_MAC_CTX *mac; /* keyed once: that costs more than a token's bytes do */
    struct entry *entries;
    struct entry *spare; /* what a sweep rebuilds into */
};

/* HMAC-SHA256 under this secret; NULL where memory is short. */
static EVP_MAC_CTX *open_mac(const void *secret, uint32_t secret_size)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    if (mac != NULL && EVP_MAC_init(mac, secret, secret_size, parameters) == 1)
        return mac;
    EVP_MAC_CTX_free(mac);
    return NULL;
}

struct rcp_handles *rcp_handles_open(uint32_t entries, const void *secret, uint32_t secret_size)
{
    rcp_check(entries != 0 && (entries & (entries - 1u)) == 0, "handles_power_of_two");
    struct rcp_handles *handles = calloc(1, sizeof *handles);
    if (handles == NULL)
        return NULL;
    rcp_check(secret_size <= RCP_HANDLE_SECRET_MAX, "handles_secret_fits");
    handles->mac = open_mac(secret, secret_size);
    handles->mask = entries - 1u;
    handles->entries = calloc(entries, sizeof *handles->entries);
    handles->spare = calloc(entries, sizeof *handles->spare);
    if (handles->mac == NULL || handles->entries == NULL || handles->spare == NULL) {
        rcp_handles_free(handles);
        return NULL;
    }
    return handles;
}

static void wipe(struct entry *entries, uint32_t mask)
{
    if (entries != NULL)
        explicit_bzero(entries, ((size_t)mask + 1u) * sizeof *entries);
    free(entries);
}

void rcp_handles_free(struct rcp_handles *handles)
{
    if (handles == NULL)
        return;
    wipe(handles->entries, handles->mask);
    wipe(handles->spare, handles->mask);
    EVP_MAC_CTX_free(handles->mac); /* which wipes its key */
    free(handles);
}

/* Without a key, init begins anew under the one that is there. */
static uint64_t handle_of(const struct rcp_handles *handles, const char *bytes, uint32_t size)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t mac_size = 0;
    uint64_t handle = 0;
    if (EVP_MAC_init(handles->mac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(handles->mac, (const unsigned char *)bytes, size) != 1 ||
        EVP_MAC_final(handles->mac, mac, &mac_size, sizeof mac) != 1)
        return 0;
    memcpy(&handle, mac, sizeof handle);
    return handle;
}

/* The entry of this handle, or the free one where it would go. */
static struct entry *find(struct entry *entries, uint32_t mask, uint64_t handle)
{
    uint32_t at = (uint32_t)handle & mask;
    while (entries[at].handle != 0 && entries[at].handle != handle)
        at = (at + 1u) & mask;
    return &entries[at];
}

uint64_t rcp_handles_put(struct rcp_handles *handles, const char *bytes, uint32_t size)
{
    if (size == 0 || size > RCP_HANDLE_BYTES_MAX)
        return 0;
    uint64_t handle = handle_of(handles, bytes, size);
    if (handle == 0)
        return 0;
    struct entry *entry = find(handles->entries, handles->mask, handle);
    if (entry->handle == handle) {
        bool same = entry->bytes.size == size && memcmp(entry->bytes.at, bytes, size) == 0;
        entry->round = handles->round;
        return same ? handle : 0;
    }
    if (handles->used == handles->mask)
        return 0;
    handles->used++;
    entry->handle = handle;
    entry->round = handles->round;
    entry->bytes.size = (uint8_t)size;
    memcpy(entry->bytes.at, bytes, size);
    return handle;
}

bool rcp_handles_get(const struct rcp_handles *handles, uint64_t handle, struct rcp_bytes *bytes)
{
    const struct entry *entry = find(handles->entries, handles->mask, handle);
    if (handle == 0 || entry->handle != handle) {
        memset(bytes, 0, sizeof *bytes);
        return false;
    }
    *bytes = entry->bytes;
    return true;
}

/* --- Sweeps --- */

bool rcp_handles_crowded(const struct rcp_handles *handles)
{
    return handles->used > handles->mask / 2u;
}

void rcp_handles_sweep_begin(struct rcp_handles *handles)
{
    handles->round++;
}

void rcp_handles_keep(struct rcp_handles *handles, uint64_t handle)
{
    struct entry *entry = find(handles->entries, handles->mask, handle);
    if (handle != 0 && entry->handle == handle)
        entry->round = handles->round;
}

void rcp_handles_sweep_end(struct rcp_handles *handles)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i <= handles->mask; i++) {
        const struct entry *old = &handles->entries[i];
        if (old->handle == 0 || old->round != handles->round)
            continue;
        *find(handles->spare, handles->mask, old->handle) = *old;
        used++;
    }
    explicit_bzero(handles->entries, ((size_t)handles->mask + 1u) * sizeof *handles->entries);
    struct entry *swept = handles->entries;
    handles->entries = handles->spare;
    handles->spare = swept;
    handles->used = used;
}
