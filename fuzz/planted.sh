#!/usr/bin/env bash
# Plants a bug that loses a payment into a copy of the core, and lets fuzz:schedule look for it from a
# corpus of one zero byte, under fixed seeds: does coverage-guided timing find what it is meant to?
#
#   fuzz/planted.sh [RUNS]      ./zigw build fuzz:planted -- [RUNS]      5 runs, seeds 1 to 5
#
# What is found must go wrong with the bug, and not without it. Fails where a run does not find it within
# two minutes, or the median is above 60 seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/build.sh

runs=${1:-5}
case $runs in
'' | *[!0-9]* | 0)
    echo "usage: fuzz/planted.sh [RUNS]" >&2
    exit 2
    ;;
esac
patch=fuzz/planted/lost-payment.patch
seconds_max=120
median_max=60
out=zig-out/fuzz/planted

# A tree of its own, so that nothing planted is ever near the sources.
mkdir -p "$out"
rm -rf "$out/tree" "$out"/seed-*
mkdir -p "$out/tree/tests" "$out/tree/cmd" "$out/zero"
cp -r build core yaml sim fuzz reports prod "$out/tree"
cp -r tests/support "$out/tree/tests"
cp -r cmd/host cmd/recoup "$out/tree/cmd"
patch --directory="$out/tree" --strip=1 --fuzz=0 --quiet <"$patch" || {
    echo "fuzz:planted: $patch no longer applies: plant the bug anew" >&2
    exit 1
}
printf '\0' >"$out/zero/zero"
bin=$PWD/$out/bin
(cd "$out/tree" && fuzz_build schedule "$bin")
clean=zig-out/fuzz/bin
fuzz_build schedule "$clean"

export AFL_BENCH_UNTIL_CRASH=1
times=()
for ((seed = 1; seed <= runs; seed++)); do
    found=$out/seed-$seed
    began=$(date +%s%N)
    afl-fuzz -i "$out/zero" -o "$found" -s "$seed" -V "$seconds_max" -G 64 -t 1000 -m none -- \
        "$bin/fuzz-schedule" >"$out/seed-$seed.log" 2>&1 || {
        tail -n 20 "$out/seed-$seed.log" >&2
        exit 2
    }
    took_ms=$((($(date +%s%N) - began) / 1000000))
    executions=$(sed -n 's/^execs_done *: *//p' "$found/default/fuzzer_stats")
    crash=("$found"/default/crashes/id*)
    if [ ! -e "${crash[0]}" ]; then
        echo "fuzz:planted: seed $seed: not found in $seconds_max s, $executions executions" >&2
        exit 1
    fi
    said=$("$bin/fuzz-schedule" "${crash[0]}" 2>&1 | sed -n 's/.*: violated //p') || true
    if [ -z "$said" ] || ! "$clean/fuzz-schedule" "${crash[0]}" >"$out/clean.log" 2>&1; then
        cat "$out/clean.log" >&2
        echo "fuzz:planted: seed $seed: this is not the planted bug: ${crash[0]}" >&2
        exit 1
    fi
    times+=("$took_ms")
    printf 'fuzz:planted: seed %d: %d.%03d s, %d executions: %s\n' \
        "$seed" $((took_ms / 1000)) $((took_ms % 1000)) "$executions" "$said"
done
mapfile -t sorted < <(printf '%s\n' "${times[@]}" | sort -n)
median_ms=${sorted[$((${#sorted[@]} / 2))]}
printf 'fuzz:planted: found in %d of %d runs, median %d.%03d s\n' \
    ${#times[@]} "$runs" $((median_ms / 1000)) $((median_ms % 1000))
[ "$median_ms" -le $((median_max * 1000)) ]
