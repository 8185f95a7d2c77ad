/* Which build this is: build.zig says so. */
#ifndef RCP_CMD_RECOUPD_BUILD_NAME_H
#define RCP_CMD_RECOUPD_BUILD_NAME_H

#ifndef RCP_COMMIT
#define RCP_COMMIT "unknown"
#endif

#endif
