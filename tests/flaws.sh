#!/usr/bin/env bash
# Holds scenarios/flaws/ to its word: two files of a pair differ in one thing alone, every knob has a
# pair, and every invariant is seen broken somewhere.
#
#   tests/flaws.sh [RECOUP]            RECOUP is zig-out/bin/recoup unless told
#
# NAME-documented.yaml and NAME-hardened.yaml are one world. Where NAME is a knob (with dashes), the
# documented one turns `NAME: its documented side` in `knobs:`, behind the knobs that both need for the
# flaw to show; elsewhere they differ in `policy:`. Comments and what is expected may differ, nothing else.
# Whether each ends as expected is for `recoup run`.
set -euo pipefail
cd "$(dirname "$0")/.."

recoup=${1:-zig-out/bin/recoup}
if [ ! -x "$recoup" ]; then
    echo "flaws: $recoup is not there; ./zigw build makes it" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cases=0
broken=0

fail() {
    broken=$((broken + 1))
    printf 'flaws: %s\n' "$1" >&2
    [ ! -s "$work/out" ] || sed 's/^/    /' "$work/out" >&2
}

# world_of FILE: without comments, without what it expects.
world_of() {
    awk '/^#/ || /^ *#/ { next }
         /^[a-z]/ { expecting = /^expect:/ }
         !expecting { print }' "$1"
}

# rest_of FILE PATTERN: the world without the one line that may differ; that line goes to $work/line.
rest_of() {
    world_of "$1" | grep -vE "$2" >"$work/rest" || true
    world_of "$1" | grep -E "$2" >"$work/line" || true
}

# ---- Pairs --------------------------------------------------------------------------------------

# name documented-side breaks, of every knob, from the table in core/knob_table.c
"$recoup" list knobs >"$work/knobs"
awk '/^[a-z0-9_]+( |$)/ { knob = $1 }
     $1 == "documented" { side = $2; breaks = ""
                          for (i = 3; i < NF; i++) if ($i == "breaks") breaks = $(i + 1)
                          if (breaks == "no") breaks = "" # no invariant
                          print knob, side, breaks }' "$work/knobs" >"$work/table"
if [ "$(wc -l <"$work/table")" -lt 38 ]; then
    cp "$work/knobs" "$work/out"
    fail 'recoup list knobs does not read as it used to'
fi

while read -r knob side breaks; do
    pair=scenarios/flaws/${knob//_/-}
    cases=$((cases + 1))
    : >"$work/out"
    if [ ! -f "$pair-documented.yaml" ] || [ ! -f "$pair-hardened.yaml" ]; then
        fail "$knob has no pair $pair-{documented,hardened}.yaml"
        continue
    fi
    for file in "$pair-documented.yaml" "$pair-hardened.yaml"; do
        world_of "$file" | grep -q '^policy: hardened$' || fail "$file: the base preset is not hardened"
    done
    rest_of "$pair-hardened.yaml" '^knobs:'
    mv "$work/rest" "$work/hardened"
    shared=$(sed 's/^knobs: { //; s/ }$/, /' "$work/line")
    rest_of "$pair-documented.yaml" '^knobs:'
    if [ "$(cat "$work/line")" != "knobs: { $shared$knob: $side }" ]; then
        fail "$pair-documented.yaml: turns something else than $knob: $side"
    fi
    diff -u "$work/rest" "$work/hardened" >"$work/out" ||
        fail "$pair: the two sides differ in more than $knob"
    : >"$work/out"
    if [ -n "$breaks" ] &&
        ! grep -qE "violation: $breaks\b" "$pair-documented.yaml"; then
        fail "$pair-documented.yaml: $knob breaks $breaks, which it does not expect"
    fi
done <"$work/table"

for file in scenarios/flaws/*.yaml; do
    name=$(basename "$file" .yaml)
    pair=scenarios/flaws/${name%-*}
    : >"$work/out"
    if [ "$name" != "${name%-documented}" ] && [ ! -f "$pair-hardened.yaml" ]; then
        fail "$file has no hardened side"
    elif [ "$name" != "${name%-hardened}" ]; then
        if [ ! -f "$pair-documented.yaml" ]; then
            fail "$file has no documented side"
        fi
        if grep -q 'violation:' "$file"; then
            fail "$file: the hardened side is expected to break"
        fi
    fi
    if [ "$name" = "${name%-documented}" ] ||
        grep -q "^$(basename "$pair" | tr - _) " "$work/table"; then
        continue
    fi
    cases=$((cases + 1))
    rest_of "$file" '^policy:'
    grep -q '^policy: documented$' "$work/line" || fail "$file: the policy is not documented"
    mv "$work/rest" "$work/documented"
    rest_of "$pair-hardened.yaml" '^policy:'
    grep -q '^policy: hardened$' "$work/line" || fail "$pair-hardened.yaml: the policy is not hardened"
    diff -u "$work/documented" "$work/rest" >"$work/out" ||
        fail "$pair: the two sides differ in more than the policy"
done

# ---- Invariants ---------------------------------------------------------------------------------

# A checker that nothing makes fire proves nothing. `check` and `twin` are tests of the tests.
: >"$work/out"
"$recoup" list invariants | awk '{ print $1 }' >"$work/invariants"
while read -r id; do
    case $id in check | twin) continue ;; esac
    cases=$((cases + 1))
    upper=$(printf '%s' "$id" | tr '[:lower:]' '[:upper:]')
    if ! grep -rqE "violation: $id\b" scenarios/flaws &&
        ! grep -qE "\bRCP_INVARIANT_$upper\b" tests/unit/test_*invariants.c; then
        fail "$id is broken by no scenario of flaws/ and by no world of test_*invariants.c"
    fi
done <"$work/invariants"

if [ "$broken" -gt 0 ]; then
    echo "flaws: $broken problems in $cases cases" >&2
    exit 1
fi
echo "flaws: $cases cases hold"
