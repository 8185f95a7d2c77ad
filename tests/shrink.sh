#!/usr/bin/env bash
# Shrinks failing runs in six builds: each comes down to the same file within seconds, and every build
# that runs the file sees the fingerprint that was shrunk.
#
#   tests/shrink.sh      ./zigw build test:shrink
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh
. build/six.sh

seconds_max=10 # of processor time for one search, in the slowest build: what others compute is not its fault
lines_max=40   # of a result, comments not counted
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is shrunk: the first seed that fails of swarms under these policies, a scenario, a tape.
swarms=(
    "documented          --policy documented"
    "resolved_means      --set resolved_means=handed_to_producer"
    "retry_failed        --set retry_failed=new_row"
    "offset_commit       --set offset_commit=after_handler"
    "open_rows           --set open_rows=many"
    "amounts             --set amounts=not_compared"
)
searches=(
    "scenario            slot-sold-twice-documented.yaml"
    "tape                late.tape.yaml"
    # Five hours of chance meetings, and 61 payments in each other's way: neither comes down line by line.
    "hours               --seed 92 --set retry_failed=new_row"
    "crowd               --seed 6 --set log_unavailable=nothing"
)

failed=0
fail() {
    failed=1
    echo "shrink: $1" >&2
}

for name in "${six_builds[@]}"; do
    six_build "$name"
done

# first_failure WORD...: the first seed of a swarm that fails; its tape goes to $work/tapes.
first=$root/$(six_recoup gcc-release)
first_failure() {
    "$first" swarm "$@" --seeds 1..5000 --tapes "$work/tapes" --json "$work/swarm.json" >"$work/swarm.log" || true
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["failures"][0]["seed"])' "$work/swarm.json"
}

for swarm in "${swarms[@]}"; do
    read -r -a words <<<"$swarm"
    searches+=("${words[0]} --seed $(first_failure "${words[@]:1}") ${words[*]:1}")
done
cp scenarios/flaws/slot-sold-twice-documented.yaml "$work/"
seed=$(first_failure --set late_retry=blind_upsert)
cp "$work/tapes/swarm-$seed-seed-$seed.tape.yaml" "$work/late.tape.yaml"

# run_search BUILD NAME WORD...: BUILD/NAME.yaml and what was said.
run_search() {
    local build=$1 name=$2 user system TIMEFORMAT='%0U %0S'
    shift 2
    mkdir -p "$work/$build"
    cp "$work"/*.yaml "$work/$build/"
    if ! { time { (cd "$work/$build" && "$root/$(six_recoup "$build")" shrink "$@" -o "$name.yaml") \
        >"$work/$build/$name.out" 2>&1; }; } 2>"$work/$build/$name.took"; then
        fail "$build: recoup shrink $* failed: $(cat "$work/$build/$name.out")"
        return 1
    fi
    read -r user system <"$work/$build/$name.took"
    if [ $((user + system)) -ge "$seconds_max" ]; then
        fail "$build: recoup shrink $* took $((user + system)) s"
    fi
}

events_most=0
for search in "${searches[@]}"; do
    read -r -a words <<<"$search"
    name=${words[0]}
    for build in "${six_builds[@]}"; do
        run_search "$build" "$name" "${words[@]:1}" || continue 2
        if ! cmp "$work/${six_builds[0]}/$name.yaml" "$work/$build/$name.yaml" >&2; then
            fail "$name: $build shrinks it to another file than ${six_builds[0]}"
        fi
    done
    small=$work/${six_builds[0]}/$name.yaml
    fingerprint=$(awk '$1 == "fingerprint" { print $2 }' "${small%.yaml}.out")
    for build in "${six_builds[@]}"; do
        if ! said=$("$(six_recoup "$build")" run "$small"); then
            fail "$name: recoup run fails in $build: $said"
        fi
        if ! "$(six_recoup "$build")" replay "$small" | grep -qF "fingerprint $fingerprint"; then
            fail "$name: $build does not see $fingerprint"
        fi
    done
    events=$(awk '$1 == "events" { gsub(",", "", $2); print $2 }' "${small%.yaml}.out")
    events_most=$((events > events_most ? events : events_most))
    lines=$(grep -cvE '^(#|$)' "$small")
    if [ "$lines" -gt "$lines_max" ]; then
        fail "$name: $lines lines are more than a glance"
    fi
    printf 'shrink: %-15s %s, %d lines\n' "$name" "$(grep -oE 'events .*' "${small%.yaml}.out")" "$lines"
done
if [ "$events_most" -le 500 ]; then
    fail "no run has over 500 events: $events_most"
fi
if [ "$failed" -ne 0 ]; then
    exit 1
fi
echo "shrink: ${#searches[@]} searches, six builds: the same files, the same fingerprints"
