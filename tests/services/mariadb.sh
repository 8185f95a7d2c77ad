#!/usr/bin/env bash
# A MariaDB server of its own for tests: on loopback and on DIR/mariadb.sock, a free port, data in DIR/data,
# durable as production is.
#
#   tests/services/mariadb.sh start DIR [tls] [OPTION...]   prints its port; options are mariadbd's. Where DIR
#                                           has a server's data it goes on with it, on the same port
#   tests/services/mariadb.sh restart DIR   ends it as kill does; starts it again with its data, same port
#   tests/services/mariadb.sh stop DIR      ends it as an operator would
#   tests/services/mariadb.sh kill DIR      ends it as a power cut would
#   tests/services/mariadb.sh freeze DIR    it keeps its connections and says nothing
#   tests/services/mariadb.sh thaw DIR      and goes on
#   tests/services/mariadb.sh sql DIR ...   the client, as root over its unix socket
#
# User `recoup`, password `recoup`, database `recoup`. RCP_MARIADB_PORT picks the port, RCP_MARIADB_POOL the
# size of its buffer pool, RCP_MARIADB_LOG that of its redo log, RCP_MARIADB_BINLOG that of a binary log.
# With tls it takes TLS alone from `recoup`, and its certificate is by an authority made for it, DIR/ca.pem.
# With RCP_MYSQL_SERVER=oracle it is Oracle's server (mysqld.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/services/process.sh
. "$here/process.sh"

usage() {
    sed -n '5,12s/^#   //p' "$0" >&2
    exit 2
}

[ $# -ge 2 ] || usage
verb=$1
mkdir -p "$2"
home=$(readlink -f "$2") # `dir` is what process.sh calls its own
data=$home/data # where mariadbd lives, and so where process.sh finds it
shift 2

client() { mariadb --no-defaults --protocol=socket --socket="$home/mariadb.sock" --user=root "$@"; }

# mariadbd refuses to run as root unless it is told to.
as_user=()
[ "$(id -u)" -ne 0 ] || as_user=(--user=root)

# Whose server it is, and what makes its first data.
case ${RCP_MYSQL_SERVER:-mariadb} in
mariadb)
    server=(mariadbd --no-defaults)
    first=(mariadb-install-db --no-defaults --skip-test-db --auth-root-authentication-method=normal)
    ;;
oracle)
    mysqld=$("$here/mysqld.sh")
    server=("$mysqld" --no-defaults --mysqlx=OFF)
    first=("$mysqld" --no-defaults --initialize-insecure)
    ;;
*) usage ;;
esac

install() {
    "${first[@]}" "${as_user[@]}" --datadir="$data" >"$home/install.log" 2>&1 || {
        echo "$0: ${first[0]} failed; the end of $home/install.log:" >&2
        tail -n 20 "$home/install.log" >&2
        exit 1
    }
}

# An authority, another one that has nothing to do with it, and the server's certificate.
make_certificates() {
    local name
    (
        cd "$home"
        for name in ca other; do
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=recoup test $name" \
                -keyout "$name.key" -out "$name.pem"
        done
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout mariadb.key -out mariadb.csr
        openssl x509 -req -in mariadb.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out mariadb.pem
    ) 2>>"$home/install.log"
}

# With the port and the options that stand in DIR.
launch() {
    local options
    mapfile -t options <"$home/options"
    rm -f "$home/mariadb.sock.lock" # a killed mysqld leaves it, and its number may be another's by now
    process_start "$data" "${server[@]}" "${as_user[@]}" --datadir="$data" --tmpdir="$home" \
        --socket="$home/mariadb.sock" --pid-file="$home/mariadb.pid" \
        --bind-address=127.0.0.1 --port="$(cat "$home/port")" --skip-name-resolve \
        --innodb-flush-log-at-trx-commit=1 --sync-binlog=1 --log-bin="$data/binlog" \
        --binlog-format=ROW --server-id=1 --max-binlog-size="${RCP_MARIADB_BINLOG:-64M}" \
        --innodb-buffer-pool-size="${RCP_MARIADB_POOL:-128M}" --innodb-log-file-size="${RCP_MARIADB_LOG:-256M}" \
        --max-connections=64 --performance-schema=OFF "${options[@]}"
    process_wait "$data" 60 client -e 'SELECT 1'
}

make_user() {
    local how=
    [ ! -e "$home/mariadb.pem" ] || how="REQUIRE SSL"
    client -e "CREATE DATABASE IF NOT EXISTS recoup CHARACTER SET utf8mb4;
        CREATE USER IF NOT EXISTS recoup@'127.0.0.1' IDENTIFIED BY 'recoup' $how;
        CREATE USER IF NOT EXISTS recoup@localhost IDENTIFIED BY 'recoup';
        GRANT ALL ON recoup.* TO recoup@'127.0.0.1';
        GRANT ALL ON recoup.* TO recoup@localhost;"
}

start() {
    if process_is_ours "$data"; then
        cat "$home/port"
        return
    fi
    if [ "${1:-}" = tls ]; then
        shift
        [ -e "$home/mariadb.pem" ] || make_certificates
        set -- --ssl-ca="$home/ca.pem" --ssl-cert="$home/mariadb.pem" --ssl-key="$home/mariadb.key" "$@"
    fi
    [ -d "$data/mysql" ] || install
    if [ $# -gt 0 ] || [ ! -e "$home/options" ]; then
        printf '%s\n' "${@:---skip-symbolic-links}" >"$home/options"
    fi
    # Another may take the port between our look and our bind.
    local tries=0
    [ -s "$home/port" ] || echo "${RCP_MARIADB_PORT:-$(free_port)}" >"$home/port"
    until launch; do
        process_end "$data" KILL 0
        tries=$((tries + 1))
        [ $tries -lt 3 ] || exit 1
        grep -q "port.*already in use\|Address already in use" "$data/server.log" || exit 1
        free_port >"$home/port"
    done
    make_user
    cat "$home/port"
}

case $verb in
start) start "$@" ;;
sql) client "$@" ;;
*) process_obey "$verb" "$data" 30 5 launch || usage ;;
esac
