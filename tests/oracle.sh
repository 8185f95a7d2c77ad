#!/usr/bin/env bash
# Runs integration tests with recoupd and the tests linked with Oracle's libmysqlclient: against MariaDB, then against
# Oracle's own server.
#
#   tests/oracle.sh [PART...]                  those whose path has PART, one PART after another
#   ./zigw build test:oracle -- [PART...]
#
# Everything is built in zig-out/oracle, a folder of links to what stands here: zig-out/bin stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
zig=${ZIG:-$root/zigw}
if [ $# -eq 0 ]; then
    set -- test_mysql test_payments.c
fi

PKG_CONFIG_PATH=$(build/mysql_client.sh)
export PKG_CONFIG_PATH

mkdir -p zig-out/oracle
for entry in * .zig-cache; do
    [ "$entry" = zig-out ] || ln -sfn "$root/$entry" "zig-out/oracle/$entry"
done

cd zig-out/oracle
for server in mariadb oracle; do
    for part in "$@"; do
        echo "test:oracle: $part, the server is $server's"
        RCP_MYSQL_SERVER=$server "$zig" build test:integration -Dmysql-client=oracle -Dtest-filter="$part"
    done
done
