#!/usr/bin/env bash
# A MariaDB server of its own for tests: loopback, a free port, data in DIR, durable as production is.
#
#   tests/services/mariadb.sh start DIR    starts one (again, where DIR has its data); prints its port
#   tests/services/mariadb.sh stop DIR     ends it, and nothing else
#   tests/services/mariadb.sh freeze DIR   SIGSTOP: it is there, and says nothing
#   tests/services/mariadb.sh thaw DIR     SIGCONT
#   tests/services/mariadb.sh kill DIR     SIGKILL
#   tests/services/mariadb.sh sql DIR ...  the client, as root over its unix socket
#
# User `recoup`, password `recoup`, database `recoup`. RCP_MARIADB_PORT picks the port.
set -euo pipefail

say() { echo "mariadb.sh: $*" >&2; }

[ $# -ge 2 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2

pid() { cat "$dir/mariadb.pid" 2>/dev/null || true; }
alive() { [ -n "$(pid)" ] && kill -0 "$(pid)" 2>/dev/null; }
client() { mariadb --no-defaults --protocol=socket --socket="$dir/mariadb.sock" --user=root "$@"; }

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# mariadbd refuses to run as root unless it is told to.
as_user=()
[ "$(id -u)" -ne 0 ] || as_user=(--user=root)

install() {
    mariadb-install-db --no-defaults "${as_user[@]}" --datadir="$dir/data" --skip-test-db \
        --auth-root-authentication-method=normal >"$dir/install.log" 2>&1 ||
        { say "mariadb-install-db failed: $dir/install.log"; exit 1; }
}

run() {
    local port=$1
    mariadbd --no-defaults "${as_user[@]}" --datadir="$dir/data" --tmpdir="$dir" \
        --socket="$dir/mariadb.sock" --pid-file="$dir/server.pid" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve \
        --innodb-flush-log-at-trx-commit=1 --sync-binlog=1 --log-bin="$dir/data/binlog" \
        --binlog-format=ROW --server-id=1 --expire-logs-days=1 --max-binlog-size=64M \
        --innodb-buffer-pool-size="${RCP_MARIADB_POOL:-128M}" --innodb-log-file-size=256M \
        --max-connections=64 --performance-schema=OFF \
        >"$dir/server.log" 2>&1 </dev/null &
    echo $! >"$dir/mariadb.pid"
    disown
}

wait_until_up() {
    local tries=0
    until client -e 'SELECT 1' >/dev/null 2>&1; do
        alive || { say "the server ended at once: $dir/server.log"; tail -5 "$dir/server.log" >&2; exit 1; }
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { say "no answer after 30 s: $dir/server.log"; exit 1; }
        sleep 0.1
    done
}

start() {
    if alive; then
        cat "$dir/port"
        return
    fi
    [ -d "$dir/data/mysql" ] || install
    [ -s "$dir/port" ] || { [ -n "${RCP_MARIADB_PORT:-}" ] && echo "$RCP_MARIADB_PORT" || free_port; } >"$dir/port"
    run "$(cat "$dir/port")"
    wait_until_up
    client -e "CREATE DATABASE IF NOT EXISTS recoup CHARACTER SET utf8mb4;
        CREATE USER IF NOT EXISTS recoup@'127.0.0.1' IDENTIFIED BY 'recoup';
        CREATE USER IF NOT EXISTS recoup@localhost IDENTIFIED BY 'recoup';
        GRANT ALL ON recoup.* TO recoup@'127.0.0.1';
        GRANT ALL ON recoup.* TO recoup@localhost;"
    cat "$dir/port"
}

# Waits for the process to be gone: data files are not to be touched by two.
wait_until_gone() {
    local tries=0
    while alive; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { say "still there after 30 s; killed"; kill -KILL "$(pid)"; sleep 0.2; break; }
        sleep 0.1
    done
    rm -f "$dir/mariadb.pid"
}

end_with() {
    alive || return 0
    kill -CONT "$(pid)"
    kill "-$1" "$(pid)"
    wait_until_gone
}

case $verb in
start) start ;;
stop) end_with TERM ;;
kill)
    alive || exit 0
    kill -KILL "$(pid)"
    wait_until_gone
    ;;
freeze) kill -STOP "$(pid)" ;;
thaw) kill -CONT "$(pid)" ;;
sql) client "$@" ;;
*) say "no such verb: $verb"; exit 2 ;;
esac
