#!/usr/bin/env bash
# Runs integration tests, recoupd and the PG under AddressSanitizer, UBSan and LeakSanitizer, or under ThreadSanitizer.
#
#   tests/sanitize_integration.sh address|thread [NAME...]     all of tests/integration, or those of these names
#   ./zigw build test:integration:asan -- [NAME...]
#   ./zigw build test:integration:tsan -- [NAME...]
#
# As tests/sanitize.sh it compiles with gcc. The tests run in a folder that has the sanitized programs where they look
# for them. What a sanitizer has to say ends the process that it says it of: with a code that no test expects, and with
# its words in a report that is shown at the end. Debian's libraries are not instrumented; tests/tsan says what that
# hides.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/compile.sh
root=$PWD
kind=${1:-}
shift || true

case $kind in
address)
    # Sanitized code confuses gcc about what is initialized; the plain builds still warn.
    sanitizer=(-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -Wno-maybe-uninitialized)
    programs_too=()
    run=()
    ;;
thread)
    # Its shadow lies where a randomized address space may have put something else.
    sanitizer=(-fsanitize=thread -Wno-tsan)
    programs_too=(tests/tsan/c11_threads.c)
    run=(setarch -R)
    ;;
*)
    echo "usage: tests/sanitize_integration.sh address|thread [NAME...]" >&2
    exit 2
    ;;
esac
out=$root/zig-out/sanitize-$kind
rm -rf "$out"
mkdir -p "$out/run/zig-out/bin" "$out/tests"
ln -s "$root/tests" "$root/prod" "$out/run/" # scripts of servers, and the tables
ln -sf "$root/zig-out/bin/recoup" "$out/run/zig-out/bin/recoup" # it replays what the tests have recorded
compiler=("${SANITIZE_CC:-gcc}" -O1 -g -fno-omit-frame-pointer -DRCP_DEBUG "-DRCP_COMMIT=\"sanitized\"" "${sanitizer[@]}")

# --- What there is to compile ---

mapfile -t serving < <(c_files core yaml prod)
mapfile -t simulating < <(c_files sim cmd/host)
mapfile -t recoupd < <(c_files cmd/recoupd)
mapfile -t lab < <(c_files cmd/recoup-lab lab)
if [ $# -gt 0 ]; then
    tests=("${@/#/tests/integration/}")
    tests=("${tests[@]/%/.c}")
else
    mapfile -t tests < <(pattern='test_*.c' c_files tests/integration)
fi

# included FILE: the .c beside each header of tests/ and lab/ that it includes, theirs included.
declare -A seen
included() {
    local header beside
    while read -r header; do
        beside=${header%.h}.c
        if [ -e "$beside" ] && [ -z "${seen[$beside]:-}" ]; then
            seen[$beside]=1
            printf '%s\n' "$beside"
            included "$beside"
            included "$header"
        fi
    done < <(sed -n 's/^#include "\(\(tests\|lab\)\/.*\.h\)"$/\1/p' "$1")
}

# --- Compiling ---

mapfile -t supporting < <(c_files tests/integration/support tests/prod/support)
carried=()
for table in rcp_migration_files rcp_checkout; do
    carried+=("$out/$table.c")
done
python3 build/embed.py "${carried[0]}" rcp_migration_files prod/sql/*.sql
python3 build/embed.py "${carried[1]}" rcp_checkout \
    prod/page/checkout.css prod/page/checkout.html prod/page/checkout.js
compile_objects "$out" "${compiler[@]}" -- "${serving[@]}" "${simulating[@]}" "${recoupd[@]}" "${lab[@]}" \
    "${supporting[@]}" "${tests[@]}" "${programs_too[@]}"
for file in "${carried[@]}"; do
    "${compiler[@]}" -I. -c "$file" -o "${file%.c}.o"
done

# Sets objects to those of these files.
objects_of() {
    objects=("${@/#/$out/}")
    objects=("${objects[@]/%/.o}")
}
objects_of "${serving[@]}" "${simulating[@]}"
ar rcs "$out/libhouse.a" "${objects[@]}" "${carried[@]/%.c/.o}"

# link PROGRAM FILE...
link() {
    local program=$1
    shift
    objects_of "$@" "${programs_too[@]}"
    "${compiler[@]}" "${objects[@]}" "$out/libhouse.a" "${library_libs[@]}" "${prod_libs[@]}" "${cmocka_libs[@]}" \
        -o "$program"
}
link "$out/run/zig-out/bin/recoupd" "${recoupd[@]}"
link "$out/run/zig-out/bin/recoup-lab" "${lab[@]}"

# The two releases after this one, as build.zig makes them: what stands on prod/version.h anew, before the archive,
# and a migration more for each.
mapfile -t versioned < <(grep -rl --include='*.c' '^#include "prod/version.h"$' prod | sort)
migrations=(tests/integration/releases/*.sql)

# release NAME WRITTEN: it writes rows and records of this version.
release() {
    local folder=$out/$1 macros=() of file
    for of in RECORD ROW; do
        macros+=("-DRCP_${of}_VERSION_READ=2" "-DRCP_${of}_VERSION_WRITTEN=$2")
    done
    mkdir -p "$folder"
    compile_objects "$folder" "${compiler[@]}" "${macros[@]}" -- "${versioned[@]}"
    python3 build/embed.py "$folder/migrations.c" rcp_migration_files prod/sql/*.sql "${migrations[@]:0:$2}"
    "${compiler[@]}" -I. -c "$folder/migrations.c" -o "$folder/migrations.o"
    objects_of "${recoupd[@]}" "${programs_too[@]}"
    objects+=("$folder/migrations.o")
    for file in "${versioned[@]}"; do
        objects+=("$folder/$file.o")
    done
    "${compiler[@]}" "${objects[@]}" "$out/libhouse.a" "${library_libs[@]}" "${prod_libs[@]}" \
        -o "$out/run/zig-out/bin/$1"
}
if [[ " ${tests[*]} " == *test_upgrade* ]]; then
    release recoupd-next 1
    release recoupd-later 2
fi

# --- Running ---

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:log_path=$out/report
export UBSAN_OPTIONS=print_stacktrace=1:log_path=$out/report
export TSAN_OPTIONS=suppressions=$root/tests/tsan/suppressions.txt:halt_on_error=1:log_path=$out/report
failed=0

# Two at once: they wait for clocks and servers most of the time.
run_one() {
    local name parts
    name=$(basename "$1" .c)
    seen=()
    mapfile -t parts < <(included "$1")
    # Before the archive: what a test includes may stand in for a real part.
    link "$out/tests/$name" "$1" "${parts[@]}"
    (cd "$out/run" && "${run[@]}" "$out/tests/$name") >"$out/tests/$name.log" 2>&1
}
names=()
for test in "${tests[@]}"; do
    run_one "$test" &
    names[$!]=$test
    if [ "$(jobs -rp | wc -l)" -ge 2 ]; then
        wait -n || failed=1
    fi
done
for job in "${!names[@]}"; do
    wait "$job" || failed=1
    echo "test:integration, $kind: ${names[$job]}"
    cat "$out/tests/$(basename "${names[$job]}" .c).log"
done
for report in "$out"/report.*; do
    if [ -e "$report" ]; then
        cat "$report"
        failed=1
    fi
done
if [ $failed -ne 0 ]; then
    exit 1
fi
echo "test:integration, $kind: ${#tests[@]} programs, recoupd and the PG are clean"
