#!/usr/bin/env bash
# Every kind of fault strikes somewhere in scenarios/: one that never does is a claim nobody tested.
#
#   tests/faults_fire.sh [RECOUP]      RECOUP is zig-out/bin/recoup unless told
set -euo pipefail
cd "$(dirname "$0")/.."

recoup=${1:-zig-out/bin/recoup}
if [ ! -x "$recoup" ]; then
    echo "faults_fire: $recoup is not there; ./zigw build makes it" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Whether scenarios end as expected is not asked here: 1 is fine, 2 is not.
code=0
"$recoup" run scenarios --json "$work/all.json" >"$work/out" 2>&1 || code=$?
if [ "$code" -gt 1 ]; then
    echo "faults_fire: recoup run scenarios ended with $code" >&2
    tail -n 20 "$work/out" >&2
    exit 1
fi
"$recoup" list faults | awk '{ print $1 }' | sort >"$work/known"
python3 -c 'import json, sys
for result in json.load(open(sys.argv[1]))["results"]:
    print(*(kind for kind, times in result["faults"]["fired"].items() if times > 0), sep="\n")' \
    "$work/all.json" | sed '/^$/d' | sort -u >"$work/fired"

if ! [ -s "$work/known" ]; then
    echo 'faults_fire: recoup list faults lists none' >&2
    exit 1
fi
comm -23 "$work/known" "$work/fired" >"$work/never"
if [ -s "$work/never" ]; then
    echo 'faults_fire: these kinds never fired in scenarios/:' >&2
    sed 's/^/    /' "$work/never" >&2
    exit 1
fi
echo "faults_fire: all $(wc -l <"$work/known") kinds of fault fire"
