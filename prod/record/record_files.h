/* The files of a flight recorder: their names, and which of them have to go. */
#ifndef RCP_PROD_RECORD_RECORD_FILES_H
#define RCP_PROD_RECORD_RECORD_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_RECORD_PATH_MAX 4096u

/* FOLDER/node00001-0000000007-000000.recording: by name they are in the order in which they were written. */
void rcp_record_path(char path[RCP_RECORD_PATH_MAX],
                     const char *folder,
                     uint32_t node,
                     uint32_t incarnation,
                     uint32_t sequence);

/* Deletes this node's oldest files until at most `files` are left, and `bytes` in them. */
void rcp_record_prune(const char *folder, uint32_t node, uint32_t files, uint64_t bytes);

#endif
