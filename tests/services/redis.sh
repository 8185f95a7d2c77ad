#!/usr/bin/env bash
# A real redis-server for tests: on loopback and on DIR/redis.sock, owned by whoever starts it, its data
# nowhere.
#
#   tests/services/redis.sh start DIR [tls] [OPTION...]   prints its port; options are redis-server's
#   tests/services/redis.sh restart DIR    ends it as kill does; starts it again, empty, on the same port
#   tests/services/redis.sh stop DIR       ends it as an operator would
#   tests/services/redis.sh kill DIR       ends it as a power cut would
#   tests/services/redis.sh freeze DIR     it keeps its connections and says nothing
#   tests/services/redis.sh thaw DIR       and goes on
#
# RCP_REDIS_PORT picks the port. With tls it speaks TLS alone, and its certificate is by an authority made for it, DIR/ca.pem.
set -euo pipefail
# shellcheck source=tests/services/process.sh
. "$(dirname "$0")/process.sh"

usage() {
    sed -n '5,10s/^#   //p' "$0" >&2
    exit 2
}

# make_certificates DIR: an authority, another one that has nothing to do with it, and the server's.
make_certificates() {
    local name
    (
        cd "$1"
        for name in ca other; do
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=recoup test $name" \
                -keyout "$name.key" -out "$name.pem"
        done
        openssl req -newkey rsa:2048 -nodes -subj "/CN=redis" -keyout redis.key -out redis.csr
        openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
            -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out redis.pem
    ) 2>>"$1/server.log"
}

# launch DIR: with the port and the options that stand in DIR.
launch() {
    local options port_option=--port
    if [ -e "$1/redis.pem" ]; then
        port_option=--tls-port
    fi
    mapfile -t options <"$1/options"
    process_start "$1" redis-server --dir "$1" --bind 127.0.0.1 "$port_option" "$(cat "$1/port")" \
        --unixsocket "$1/redis.sock" --unixsocketperm 700 --save "" --appendonly no \
        --daemonize no "${options[@]}"
    # The answer may be an error (NOAUTH): it is one all the same.
    process_wait "$1" 10 redis-cli -s "$1/redis.sock" ping
}

start() {
    local dir=$1
    shift
    mkdir -p "$dir"
    if process_is_ours "$dir"; then
        echo "$0: one is running in $dir" >&2
        exit 1
    fi
    if [ "${1:-}" = tls ]; then
        shift
        make_certificates "$dir"
        set -- --port 0 --tls-cert-file redis.pem --tls-key-file redis.key \
            --tls-ca-cert-file ca.pem --tls-auth-clients no "$@"
    fi
    : >"$dir/options"
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@" >"$dir/options"
    fi
    # Another may take the port between our look and our bind.
    for _ in 1 2 3; do
        echo "${RCP_REDIS_PORT:-$(free_port)}" >"$dir/port"
        if launch "$dir"; then
            cat "$dir/port"
            return
        fi
        process_end "$dir" KILL 0
    done
    exit 1
}

[ $# -ge 2 ] || usage
verb=$1
dir=$(readlink -m "$2")
shift 2
case $verb in
start) start "$dir" "$@" ;;
*) process_obey "$verb" "$dir" 10 5 launch "$dir" || usage ;;
esac
