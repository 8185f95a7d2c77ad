#!/usr/bin/env bash
# Builds a fuzz target with afl-cc, runs afl-fuzz on it from the committed corpus, and says what came of
# it. Everything it writes goes to zig-out/fuzz/NAME.
#
#   fuzz/run.sh NAME [OPTION...]       ./zigw build fuzz:NAME -- [OPTION...]
#
#   --seconds N      stop after this long (60)
#   --executions N   stop after about so many
#   --seed S         of AFL++'s own chance (1)
#   --asan           with AddressSanitizer and UBSan: slower, and sees what is read past its end
#   --from DIR       begin from these inputs, not from fuzz/corpus/NAME
#   --policy P       schedule: hardened (default), or documented, where there is something to find
#
# Exits 0 where nothing crashed, 1 where something did; the command that replays it is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
. fuzz/build.sh

usage() {
    echo "fuzz/run.sh: $1; see the head of that file for what is allowed" >&2
    exit 2
}

number() {
    case $2 in
    '' | *[!0-9]*) usage "$1 '$2' is no whole number" ;;
    esac
}

name=${1:-}
[ -f "fuzz/fuzz_$name.c" ] || usage "there is no target '$name'"
shift
bound=(-V 60) seed=1 sanitizer='' from=fuzz/corpus/$name
while [ $# -gt 0 ]; do
    case $1 in
    --asan)
        sanitizer=asan
        shift
        continue
        ;;
    --seconds | --executions | --seed | --from | --policy)
        [ $# -ge 2 ] || usage "$1 wants a value"
        ;;
    *) usage "unknown option '$1'" ;;
    esac
    case $1 in
    --seconds)
        number "$1" "$2"
        bound=(-V "$2")
        ;;
    --executions)
        number "$1" "$2"
        bound=(-E "$2")
        ;;
    --seed)
        number "$1" "$2"
        seed=$2
        ;;
    --from)
        [ -d "$2" ] || usage "--from '$2' is no folder"
        from=$2
        ;;
    --policy)
        case $2 in
        hardened | documented) export RCP_FUZZ_POLICY=$2 ;;
        *) usage "--policy '$2': hardened or documented" ;;
        esac
        ;;
    esac
    shift 2
done

# The largest input worth trying: a schedule of more orders than it reads tells nothing new.
case $name in
schedule) largest=64 ;;
core) largest=1024 ;;
*) largest=4096 ;;
esac

bin=zig-out/fuzz/bin${sanitizer:+-$sanitizer}
out=zig-out/fuzz/$name
fuzz_build "$name" "$bin" "$sanitizer"
rm -rf "$out"
mkdir -p "$out"

dictionary=()
if [ -f "fuzz/$name.dict" ]; then
    dictionary=(-x "fuzz/$name.dict")
fi
TIMEFORMAT='%U %S' # CPU seconds of afl-fuzz and the target
if ! { time afl-fuzz -i "$from" -o "$out" -s "$seed" "${bound[@]}" -G "$largest" -t 1000 -m none \
    "${dictionary[@]}" -- "$bin/fuzz-$name" >"$out/afl-fuzz.log" 2>&1; } 2>"$out/cpu"; then
    tail -n 20 "$out/afl-fuzz.log" >&2
    echo "fuzz:$name: afl-fuzz failed; the log is $out/afl-fuzz.log" >&2
    exit 2
fi

stat_of() {
    sed -n "s/^$1 *: *//p" "$out/default/fuzzer_stats"
}
crashes=("$out"/default/crashes/id*)
[ -e "${crashes[0]}" ] || crashes=()
hangs=("$out"/default/hangs/id*)
[ -e "${hangs[0]}" ] || hangs=()
executions=$(stat_of execs_done)
per_cpu_second=$(awk -v n="$executions" '{ print n / ($1 + $2) }' "$out/cpu")
printf 'fuzz:%s%s: %d executions in %d s, %.0f a second (%.0f per CPU second), stability %s, %d inputs kept, %d of %d edges, %d crashes, %d hangs\n' \
    "$name" "${sanitizer:+ ($sanitizer)}" "$executions" "$(stat_of run_time)" \
    "$(stat_of execs_per_sec)" "$per_cpu_second" "$(stat_of stability)" \
    "$(stat_of corpus_count)" "$(stat_of edges_found)" "$(stat_of total_edges)" ${#crashes[@]} ${#hangs[@]}

# One line for each kind of finding: what its replay says first, how often, and how to see it.
policy=${RCP_FUZZ_POLICY:+RCP_FUZZ_POLICY=$RCP_FUZZ_POLICY }
for file in "${crashes[@]}" "${hangs[@]}"; do
    { timeout 60 "$bin/fuzz-$name" "$file" 2>&1 | head -n 100 >"$out/said" || true; } 2>/dev/null
    said=$(grep -m 1 -E "^fuzz-$name: |ERROR|runtime error|check:" "$out/said") || said='says nothing'
    printf '%s\t%s\n' "${said#"fuzz-$name: "}" "$file"
done | sort | awk -F '\t' '
    $1 != last { last = $1; kinds[++count] = $1; files[count] = $2 }
    { times[count]++ }
    END { for (i = 1; i <= count; i++) printf "%s\t%d\t%s\n", kinds[i], times[i], files[i] }' |
    while IFS=$'\t' read -r said times file; do
        printf '    %d x %s\n        to replay: %s%s/fuzz-%s %q\n' \
            "$times" "$said" "$policy" "$bin" "$name" "$file"
    done
[ ${#crashes[@]} -eq 0 ] && [ ${#hangs[@]} -eq 0 ]
