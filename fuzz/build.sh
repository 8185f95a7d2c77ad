# shellcheck shell=bash
# Compiles fuzz targets with afl-cc. Sourced by bash scripts that stand in a root of the sources.
#
#   fuzz_build NAME OUT [asan]      leaves OUT/fuzz-NAME, with afl-cc's instrumentation
#
# The house is compiled again only where one of its files has changed; the target always.

# shellcheck source=build/compile.sh
. build/compile.sh

export AFL_QUIET=1 AFL_LLVM_DENYLIST=fuzz/uninstrumented.txt

# For afl-fuzz: no terminal to draw on, nobody to warn, no core dumps to wait for, a core of its own where
# there is one; and how a target is told to end (fuzz/afl_answer.c).
export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_TRY_AFFINITY=1
export AFL_NO_CRASH_README=1 AFL_KILL_SIGNAL=15

fuzz_compiler=(afl-clang-fast -O2 -g)
fuzz_link=("-Wl,--wrap=raise,--wrap=waitpid") # fuzz/afl_answer.c has them

# The same for every target: an archive, so that each takes only what it uses.
fuzz_house() {
    pattern='*.[ch]' c_files core yaml sim cmd/host fuzz/support
    printf 'prod/%s\n' {hex,embedded}.h {token,payload_json}.{c,h} kafka/retry_record.{c,h} \
        pg/{cards,pg_json}.{c,h} http/{ask.h,ask_{payment,order,callback}.c} \
        http/{identity,json,trace,language}.{c,h} loop/handles.{c,h} ctl/{verb,request,answer}.{c,h}
    printf '%s\n' fuzz/target.h fuzz/yaml_round.{c,h} tests/support/storm{,_order}.{c,h} \
        cmd/recoup/options.{c,h} reports/text.{c,h}
}

fuzz_build() {
    local name=$1 out=$2 sanitizer=${3:-} compiler=("${fuzz_compiler[@]}") sources stamp objects file
    if [ "$sanitizer" = asan ]; then
        export AFL_USE_ASAN=1 AFL_USE_UBSAN=1
        compiler+=(-O1 -fno-omit-frame-pointer)
    fi
    mkdir -p "$out"
    mapfile -t sources < <(fuzz_house | grep '\.c$')
    stamp=$({
        echo "${compiler[@]}" "${c_flags[@]}"
        afl-clang-fast --version
        sha256sum "$AFL_LLVM_DENYLIST"
        fuzz_house | xargs sha256sum
    } 2>&1 | sha256sum)
    if [ "$(cat "$out/house.sha256" 2>/dev/null)" != "$stamp" ]; then
        rm -rf "$out/objects" "$out/libhouse.a" "$out/house.sha256"
        compile_objects "$out/objects" "${compiler[@]}" -- "${sources[@]}"
        objects=()
        for file in "${sources[@]}"; do
            objects+=("$out/objects/$file.o")
        done
        ar rcs "$out/libhouse.a" "${objects[@]}"
        echo "$stamp" >"$out/house.sha256"
    fi
    sources=(fuzz/afl_main.c fuzz/afl_answer.c "fuzz/fuzz_$name.c")
    compile_objects "$out/objects" "${compiler[@]}" -- "${sources[@]}"
    objects=("${sources[@]/#/$out/objects/}")
    "${compiler[@]}" "${fuzz_link[@]}" "${objects[@]/%/.o}" \
        "$out/libhouse.a" "${library_libs[@]}" "${prod_libs[@]}" -o "$out/fuzz-$name"
}
