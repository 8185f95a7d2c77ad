#!/usr/bin/env bash
# Holds the complete search to Spin: the same models, the same distinct states, the same transitions.
#
#   tests/spin.sh            ./zigw build test:spin
#   tests/spin.sh --bench    ./zigw build bench: where Spin is not installed, the C twins' rates alone
#
# tests/models/NAME.pml is searched by Spin (exhaustively, without reduction or compression), its C twin by
# sim/engine/search.c with one worker; zig-out/bin/recoup-bench holds the twins. Rates are states per second of
# CPU time, so that a busy machine does not count, and the two take turns, so that it slows both alike. Counts
# must be equal, and the twin at least twice as fast, median against median.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=5    # odd, so that the median is one of them
least=200   # percent of Spin's rate
large=50000 # states from which on a search takes long enough for a rate
bench=zig-out/bin/recoup-bench

has_spin=1
if ! command -v spin >/dev/null 2>&1; then
    has_spin=0
    if [ "${1:-}" != --bench ]; then
        echo "spin: not installed; ./zigw installs what build/packages.txt lists" >&2
        exit 2
    fi
fi

failed=0
complain() {
    echo "spin: $*" >&2
    failed=1
}

# build DIR PML FLAGS...: DIR/pan searches the model.
build() {
    local dir=$1 pml=$PWD/tests/models/$2
    shift 2
    (cd "$dir" && spin "$@" -a "$pml" >spin.log) || {
        cat "$dir/spin.log" >&2
        exit 1
    }
    gcc -O2 -DSAFETY -DNOREDUCE -o "$dir/pan" "$dir/pan.c"
}

# cpu_ms OUT COMMAND...: runs it, its output into the file OUT; prints the milliseconds of CPU time it took.
cpu_ms() {
    local out=$1 TIMEFORMAT='%U %S'
    shift
    { time "$@" >"$out" 2>&1; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1000 }'
}

# spin_once DIR SLOTS: prints states, transitions and milliseconds. SLOTS is the logarithm of the hash table.
# Spin counts the way into the first state as a transition, the twin does not.
spin_once() {
    local ms
    ms=$(cpu_ms "$1/pan.log" "$1/pan" -n -m10000 "-w$2")
    if ! grep -q 'errors: 0$' "$1/pan.log" || grep -q 'max search depth' "$1/pan.log"; then
        cat "$1/pan.log" >&2
        return 1
    fi
    awk -v ms="$ms" '/ states, stored$/ { states = $1 }
        / transitions \(= stored\+matched\)$/ { transitions = $1 - 1 }
        END { printf "%d %d %d\n", states, transitions, ms }' "$1/pan.log"
}

# twin_once DIR NAME: the same of the twin.
twin_once() {
    local ms
    ms=$(cpu_ms "$1/twin.log" "$bench" twin "$2")
    sed -n "s/^states=\([0-9]*\) transitions=\([0-9]*\)$/\1 \2 $ms/p" "$1/twin.log" | grep . || {
        cat "$1/twin.log" >&2
        return 1
    }
}

# rate STATES MS
rate() {
    echo $(($1 * 1000 / ($2 > 0 ? $2 : 1)))
}

# median NUMBERS...
median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# compare NAME PML SLOTS FLAGS...
compare() {
    local name=$1 pml=$2 slots=$3 dir=zig-out/spin/$1
    local twin twin_rate twin_rates=() theirs spin_rate spin_rates=() percent
    shift 3
    mkdir -p "$dir"
    if [ "$has_spin" -eq 1 ]; then
        build "$dir" "$pml" "$@"
    fi
    for _ in $(seq "$rounds"); do
        read -r -a twin <<<"$(twin_once "$dir" "$name")"
        twin_rates+=("$(rate "${twin[0]}" "${twin[2]}")")
        if [ "$has_spin" -eq 1 ]; then
            read -r -a theirs <<<"$(spin_once "$dir" "$slots")"
            spin_rates+=("$(rate "${theirs[0]}" "${theirs[2]}")")
        fi
    done
    printf '%-14s %7d states %8d transitions' "$name" "${twin[0]}" "${twin[1]}"
    twin_rate=$(median "${twin_rates[@]}")
    if [ "$has_spin" -eq 0 ]; then
        printf '   %d states/s\n' "$twin_rate"
        return
    fi
    if [ "${theirs[0]}" -lt "$large" ]; then
        printf '   over too soon for a rate\n'
    else
        spin_rate=$(median "${spin_rates[@]}")
        percent=$((twin_rate * 100 / spin_rate))
        printf '   states/s: recoup %d, Spin %d: %d.%02d times\n' \
            "$twin_rate" "$spin_rate" $((percent / 100)) $((percent % 100))
        [ "$percent" -ge "$least" ] || complain "$name: less than twice as fast as Spin"
    fi
    [ "${twin[0]}" = "${theirs[0]}" ] ||
        complain "$name: ${twin[0]} distinct states, but Spin stores ${theirs[0]}"
    [ "${twin[1]}" = "${theirs[1]}" ] ||
        complain "$name: ${twin[1]} transitions, but Spin takes ${theirs[1]}"
}

compare two_phase two_phase.pml 20
compare payment_2_1_2_1 payment.pml 20 -DFAULTS=2 -DCRASHES=1 -DASKS=2 -DLOSSES=1
compare payment_3_2_3_0 payment.pml 20 -DFAULTS=3 -DCRASHES=2 -DASKS=3 -DLOSSES=0
if [ "$failed" -ne 0 ]; then
    exit 1
fi
if [ "$has_spin" -eq 1 ]; then
    echo "spin: counts agree"
fi
