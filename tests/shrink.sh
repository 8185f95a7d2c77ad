#!/usr/bin/env bash
# Shrinks failing runs in six builds: each comes down to the same file within seconds, and every build
# that runs the file sees the fingerprint that was shrunk.
#
#   tests/shrink.sh      ./zigw build test:shrink
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh
. build/six.sh

seconds_max=10 # for one search, in the slowest build
lines_max=40   # of a result, comments not counted
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What is shrunk: swarm seeds, a scenario, a tape. The words after the name are the input.
searches=(
    "lost                --seed 36 --policy documented"
    "orders              --seed 146 --policy documented"
    "resolved_means      --seed 326 --set resolved_means=handed_to_producer"
    "retry_failed        --seed 29 --set retry_failed=new_row"
    "offset_commit       --seed 14 --set offset_commit=after_handler"
    "scenario            slot-sold-twice-documented.yaml"
    "tape                late.tape.yaml"
)

failed=0
fail() {
    failed=1
    echo "shrink: $1" >&2
}

for name in "${six_builds[@]}"; do
    six_build "$name"
done

# The inputs that are files. The swarm says 1: it is to find something.
first=$root/$(six_recoup "${six_builds[0]}")
cp scenarios/flaws/slot-sold-twice-documented.yaml "$work/"
"$first" swarm --seeds 16 --set late_retry=blind_upsert --tapes "$work/tapes" >"$work/swarm.log" || true
cp "$work"/tapes/*-seed-16.tape.yaml "$work/late.tape.yaml"

# run_search BUILD NAME WORD...: BUILD/NAME.yaml and what was said.
run_search() {
    local build=$1 name=$2 started=$SECONDS
    shift 2
    mkdir -p "$work/$build"
    cp "$work"/*.yaml "$work/$build/"
    if ! (cd "$work/$build" && "$root/$(six_recoup "$build")" shrink "$@" -o "$name.yaml") \
        >"$work/$build/$name.out" 2>&1; then
        fail "$build: recoup shrink $* failed: $(cat "$work/$build/$name.out")"
        return 1
    fi
    if [ $((SECONDS - started)) -ge "$seconds_max" ]; then
        fail "$build: recoup shrink $* took $((SECONDS - started)) s"
    fi
}

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
    lines=$(grep -cvE '^(#|$)' "$small")
    if [ "$lines" -gt "$lines_max" ]; then
        fail "$name: $lines lines are more than a glance"
    fi
    printf 'shrink: %-15s %s, %d lines\n' "$name" "$(grep -oE 'events .*' "${small%.yaml}.out")" "$lines"
done
if [ "$failed" -ne 0 ]; then
    exit 1
fi
echo "shrink: ${#searches[@]} searches, six builds: the same files, the same fingerprints"
