#!/usr/bin/env bash
# Each bug found so far comes back when its fix is taken out, and is seen: tests/regressions/NAME.patch takes
# it out, scenarios/regressions/NAME.yaml fails then, and holds without. The first lines of a patch:
#
#   # What it takes out.
#   # fails: WORD              the invariant, check or expectation that fails then
#   # test: tests/unit/X.c     where no scenario can show it: this test fails instead
#
# A scenario without a patch says why in its first lines: "No patch: ...".
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=$((failed + 1))
}

mapfile -t sources < <(c_files core yaml sim reports cmd/host cmd/recoup)
mapfile -t support < <(c_files tests/support tests/models)
compile_objects "$work/objects" gcc -O1 -- "${sources[@]}" "${support[@]}"

# run RECOUP NAME: the exit code of the scenario's run; its report goes to $work/NAME.json.
run() {
    "$1" run "scenarios/regressions/$2.yaml" --tapes "$work/tapes" --json "$work/$2.json" \
        >"$work/$2.log" 2>&1
}

# Says by what the scenario fails: names of invariants and checks, and what the verdict says.
failing() {
    python3 -c '
import json, sys
for result in json.load(open(sys.argv[1], encoding="utf-8"))["results"]:
    print(result["reason"], *[v["invariant"] for v in result["violations"]])' "$work/$1.json"
}

# without_fix PATCH: the objects with this patch applied, into $work/without.
without_fix() {
    local file flags
    rm -rf "$work/tree" "$work/without"
    mkdir "$work/tree"
    cp -r core yaml sim "$work/tree"
    cp -r "$work/objects" "$work/without"
    patch --strip 1 --directory "$work/tree" --fuzz 0 --silent <"$1" >"$work/patch.log" 2>&1 ||
        return 1
    while read -r file; do
        flags_of "$file"
        (cd "$work/tree" && gcc -O1 "${flags[@]}" -c "$file" -o "$work/without/$file.o") || return 1
    done < <(sed -n 's,^+++ b/,,p' "$1")
}

# link OBJECTS OUT FOLDERS... [-- LIBRARIES...]: what lies below these folders of OBJECTS becomes OUT.
link() {
    local from=$1 out=$2 folders=() objects
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        folders+=("$from/$1")
        shift
    done
    mapfile -t objects < <(find "${folders[@]}" -name '*.o' | LC_ALL=C sort)
    gcc -o "$out" "${objects[@]}" "${library_libs[@]}" "${@:2}"
}

# The scenario's run, or the test, fails without the fix, and by this word.
scenario_fails() {
    local name=$1 word=$2
    link "$work/without" "$work/recoup" core yaml sim reports cmd
    if run "$work/recoup" "$name"; then
        fail "$name holds without its fix"
    elif ! failing "$name" | grep -q "$word"; then
        failing "$name" >&2
        fail "$name fails without its fix, but not by $word"
    else
        printf 'ok  %-36s fails without its fix, by %s\n' "$name" "$word"
    fi
}

test_fails() {
    local name=$1 word=$2 test=$3 flags code=0
    flags_of "$test"
    gcc -O1 "${flags[@]}" -c "$test" -o "$work/without/test.o"
    link "$work/without" "$work/test" test.o core yaml sim cmd/host tests/support tests/models -- "${cmocka_libs[@]}"
    (
        "$work/test"
        exit $?
    ) >"$work/test.log" 2>&1 || code=$?
    if [ "$code" = 0 ]; then
        fail "$test holds without the fix of $name"
    elif ! grep -q "$word" "$work/test.log"; then
        fail "$test fails without the fix of $name, but not by $word"
    else
        printf 'ok  %-36s fails without its fix, by %s in %s\n' "$name" "$word" "$test"
    fi
}

for patch in tests/regressions/*.patch; do
    name=$(basename "$patch" .patch)
    word=$(sed -n 's/^# fails: //p' "$patch")
    test=$(sed -n 's/^# test: //p' "$patch")
    if [ -z "$word" ]; then
        fail "$patch: say '# fails: WORD' in its first lines"
    elif ! without_fix "$patch"; then
        cat "$work/patch.log" >&2
        fail "$patch does not apply or compile any more: make it anew"
    elif [ -n "$test" ]; then
        test_fails "$name" "$word" "$test"
    else
        scenario_fails "$name" "$word"
    fi
done

link "$work/objects" "$work/fixed" core yaml sim reports cmd
for scenario in scenarios/regressions/*.yaml; do
    name=$(basename "$scenario" .yaml)
    run "$work/fixed" "$name" || fail "$scenario does not hold: recoup run $scenario"
    [ -e "tests/regressions/$name.patch" ] || grep -q '^# .*No patch:' "$scenario" ||
        fail "$scenario has no tests/regressions/$name.patch; or it says why: '# No patch: ...'"
done
[ "$failed" = 0 ] || exit 1
echo "each bug comes back without its fix, and is seen"
