#!/usr/bin/env bash
# The shortest counterexample for each flaw: a small world searched completely with one knob turned.
#
#   tests/explore.sh            checks that each flaw is found, and that `hardened` holds in the same world
#   tests/explore.sh --write    and writes docs/results/explore-knobs.md
#
# A knob that breaks no invariant (its row says so) is listed with that reason. Set RECOUP to use another
# binary, JOBS for the number of threads.
set -euo pipefail
cd "$(dirname "$0")/.."

write=
if [ "${1:-}" = --write ]; then
    write=1
fi
recoup=$(realpath "${RECOUP:-zig-out/bin/recoup}")
jobs=${JOBS:-2}
seconds_max=60 # a counterexample that takes longer does not come in seconds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# knob, world in scenarios/explore, faults and crashes at most. One payment shows what it can; where a flaw
# needs another person, another node, or a fault that lasts, a world of its own has it.
cat >"$work/worlds" <<'WORLDS'
token_delete       one-payment                 1 1
entry_unavailable  one-payment                 1 1
nothing_durable    one-payment                 2 0
log_unavailable    one-payment                 1 1
user_mismatch      a-stranger-pays             1 1
token_missing      one-payment                 1 1
claim              one-row-two-schedulers      0 1
resolved_means     one-payment                 1 1
retry_failed       poisoned-row                1 0
attempt_counts     row-refused-until-the-heal  0 1
offset_commit      one-payment                 2 0
unusable_record    unusable-record             1 1
late_retry         payment-and-rejection       1 1
open_rows          one-payment                 2 0
open_retry_token   one-place-two-users         1 0
unknown_commit     one-payment                 1 1
pg_accepted        one-order                   1 0
callback_trust     one-order                   1 0
which_transaction  one-order                   1 0
query_4xx          one-order-settles-late      1 0
answered_500       one-order                   1 0
no_answer          one-order                   1 0
several_tries      one-order-one-node          2 0
not_found          one-order                   1 0
pending_long       one-order                   1 0
query_failing      one-order-pg-silent         0 1
refund             one-order                   1 0
amounts            one-order                   1 0
units_back         one-order-two-lines         1 1
lock_order         one-order-one-node          2 0
idempotency_key    one-order                   1 0
documented         one-payment                 1 1
WORLDS

failed=0
complain() {
    echo "explore: $*" >&2
    failed=1
}

# search WORLD FAULTS CRASHES ARGS...: its words into $work/said; sets code and seconds.
search() {
    local world=$1 faults=$2 crashes=$3 started=$EPOCHREALTIME
    shift 3
    code=0
    (cd "$work" && timeout "$seconds_max" "$recoup" explore "$OLDPWD/scenarios/explore/$world.yaml" \
        --faults "$faults" --crashes "$crashes" --jobs "$jobs" --memory 2G "$@") \
        >"$work/said" 2>&1 || code=$?
    seconds=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
    if [ "$code" -gt 1 ]; then
        cat "$work/said" >&2
    fi
}

# Tells of what was found: faults and crashes that it took, invariant, events. A way that never comes to an
# end, once all faults are over, is no state that violates anything, and ends where the drain gives up.
read_finding() {
    bounds=$(sed -nE 's/^ *faults ([0-9]+), crashes ([0-9]+): (violated|cycle after the heal).*/\1 | \2/p' \
        "$work/said")
    events=$(sed -n 's/^the shortest violation has \([0-9]*\) events.*/\1/p' "$work/said")
    invariant=$(sed -n 's/^.*: violated \([a-z_:]*\) in seed.*/\1/p' "$work/said" | head -1)
}

# flaw NAME SIDE WORLD FAULTS CRASHES ARGS...: one row of the table.
flaw() {
    local name=$1 side=$2 world=$3 faults=$4 crashes=$5
    shift 5
    search "$world" "$faults" "$crashes" "$@"
    read_finding
    if [ "$code" -ne 1 ] || [ -z "$invariant" ]; then
        complain "$name=$side is not found in $world with $faults faults and $crashes crashes"
        return
    fi
    echo "| \`$name\` | \`$side\` | \`$world\` | $bounds | \`$invariant\` | $events | $seconds |" \
        >>"$work/rows"
}

# name, documented side and broken invariant of each knob, from the command itself.
"$recoup" list knobs | awk '
    /^[a-z]/ { knob = $1 }
    $1 == "documented" { print knob, $2, ($4 == "no" ? "-" : $4) }' >"$work/knobs"
: >"$work/rows"
while read -r knob side invariant_of; do
    if [ "$invariant_of" = - ]; then
        echo "| \`$knob\` | \`$side\` | none: it breaks no invariant | - | - | - | - | - |" >>"$work/rows"
        continue
    fi
    if ! read -r world faults crashes < <(awk -v k="$knob" '$1 == k { print $2, $3, $4 }' "$work/worlds"); then
        complain "$knob has no world in tests/explore.sh: add one"
        continue
    fi
    flaw "$knob" "$side" "$world" "$faults" "$crashes" --policy hardened --set "$knob=$side"
done <"$work/knobs"
read -r world faults crashes < <(awk '$1 == "documented" { print $2, $3, $4 }' "$work/worlds")
flaw documented "all of them" "$world" "$faults" "$crashes" --policy documented

# The other side of each: the same worlds hold with the same bounds when no knob is turned.
awk '{ print $2, $3, $4 }' "$work/worlds" | LC_ALL=C sort -u >"$work/bounds"
while read -r world faults crashes; do
    search "$world" "$faults" "$crashes" --policy hardened
    if [ "$code" -ne 0 ]; then
        complain "$world does not hold under hardened with $faults faults and $crashes crashes"
        continue
    fi
    tail=$(grep -E 'states, .* transitions' "$work/said" | tail -1)
    states=${tail%% states*}
    echo "| \`$world\` | $faults | $crashes | ${states// /} | $seconds |" >>"$work/held"
done <"$work/bounds"

# Without the reductions, too, and in memory that its frontier would not fit in if it did not wait packed.
search one-payment 1 1 --policy hardened --reductions off --memory 24M
if [ "$code" -ne 0 ]; then
    complain "one-payment does not hold under hardened without reductions in 24M: exit $code"
fi

cat >"$work/page" <<EOF
# What exploring finds of each flaw

\`tests/explore.sh --write\`: policy \`hardened\` with one knob on its documented side, each in a small world
of \`scenarios/explore\` that is searched completely: first without faults, then with more. The path found is
the shortest with the fewest faults; some end in a cycle that never drains, and have as many events as the
drain allows. \`invariant\` is what it breaks first, which need not be the knob's own;
\`seconds\` is the whole search, $jobs threads on a busy machine.

| knob | documented side | world | faults | crashes | invariant | events | seconds |
|---|---|---|---:|---:|---|---:|---:|
$(cat "$work/rows")

With no knob turned the same worlds hold, completely, within the bounds that the searches were given:

| world | faults | crashes | states | seconds |
|---|---:|---:|---:|---:|
$(cat "$work/held")
EOF
cat "$work/page"
if [ -n "$write" ] && [ "$failed" -eq 0 ]; then
    cp "$work/page" docs/results/explore-knobs.md
fi
exit "$failed"
