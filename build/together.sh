#!/usr/bin/env bash
# Runs programs side by side, and prints what each says in one piece, as it ends.
#
#   build/together.sh JOBS PROGRAM...
#
# JOBS at a time; "all": as many as there are cores. Fails where one fails, and names all that did.
set -euo pipefail

jobs=$1
shift
if [ "$jobs" = all ]; then
    jobs=$(nproc)
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export scratch

one() {
    local name said code=0
    name=$(basename "$1")
    said=$scratch/$name.said
    "$1" >"$said" 2>&1 </dev/null || code=$?
    flock "$scratch" cat "$said"
    if [ "$code" -ne 0 ]; then
        echo "$name ended with $code" >>"$scratch/failed"
    fi
}
export -f one

# shellcheck disable=SC2016 # the inner shell's own argument
printf '%s\0' "$@" | xargs -0 -n 1 -P "$jobs" bash -c 'one "$1"' one
if [ -s "$scratch/failed" ]; then
    echo "FAILED:"
    cat "$scratch/failed"
    exit 1
fi
