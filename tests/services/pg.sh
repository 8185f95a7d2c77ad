#!/usr/bin/env bash
# A payment gateway for tests: recoup-lab pg on loopback, owned by whoever starts it. What it knows it forgets when it
# ends, unless its options say where to keep it.
#
#   tests/services/pg.sh start DIR [OPTION...]   prints its port; options are those of `recoup-lab pg`
#   tests/services/pg.sh restart DIR     ends it as kill does; starts it again with its options, same port
#   tests/services/pg.sh stop DIR        ends it as an operator would
#   tests/services/pg.sh kill DIR        ends it as a power cut would
#   tests/services/pg.sh freeze DIR      it keeps its connections and says nothing
#   tests/services/pg.sh thaw DIR        and goes on
set -euo pipefail
# shellcheck source=tests/services/process.sh
. "$(dirname "$0")/process.sh"

usage() {
    sed -n '5,10s/^#   //p' "$0" >&2
    exit 2
}

lab=$(readlink -f zig-out/bin/recoup-lab)

# is_up PORT
is_up() { (: <"/dev/tcp/127.0.0.1/$1"); }

# launch DIR: with the port and the options that stand in DIR.
launch() {
    local options
    mapfile -t options <"$1/options"
    process_start "$1" "$lab" pg --port "$(cat "$1/port")" "${options[@]}"
    process_wait "$1" 10 is_up "$(cat "$1/port")"
}

start() {
    local dir=$1
    shift
    mkdir -p "$dir"
    printf '%s\n' "${@:---no-faults}" >"$dir/options"
    # Another may take the port between our look and our bind.
    for _ in 1 2 3; do
        free_port >"$dir/port"
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
