#!/usr/bin/env bash
# Holds the source tree and the plain release archives to the architecture in docs/ARCHITECTURE.md.
#
#   tests/structure.sh core=libcore.a sim=libsim.a      ./zigw build test:structure
#
# Arrows point one way: core sees nothing, sim and reports see little, cmd ties. Nothing in core or
# sim may be written to outside the blocks that the caller gives, so no run leaks into the next.
# Every rule prints what is wrong and what is allowed, and all rules run before the verdict.
set -euo pipefail
cd "$(dirname "$0")/.."

core=
sim=
for argument in "$@"; do
    case $argument in
    core=*) core=${argument#core=} ;;
    sim=*) sim=${argument#sim=} ;;
    *)
        echo "usage: tests/structure.sh [core=ARCHIVE] [sim=ARCHIVE]" >&2
        exit 2
        ;;
    esac
done

rules=0
broken=0

# verdict RULE ALLOWED FINDINGS: no findings, no breach.
verdict() {
    rules=$((rules + 1))
    if [ -n "$3" ]; then
        broken=$((broken + 1))
        printf 'structure: %s\n%s\n    allowed: %s\n' "$1" "$(sed 's/^/    /' <<<"$3")" "$2" >&2
    fi
}

# ---- Archives -----------------------------------------------------------------------------------

# Symbols that an archive needs and does not itself define, with the object that needs them.
undefined_in() {
    nm -A "$1" | awk '
        { symbol = $NF; type = $(NF - 1); object = $1; sub(/:[0-9a-f]*$/, "", object) }
        type == "U" { needed[symbol] = object; next }
        { defined[symbol] = 1 }
        END { for (s in needed) if (!(s in defined)) print s, needed[s] }' | LC_ALL=C sort
}

# Symbols with room in a section that can be written to at run time. .data.rel.ro is constant once
# loaded (tables of pointers), so it does not count.
writable_in() {
    objdump -t "$1" | awk '
        /file format/ { object = $1; sub(/:$/, "", object); next }
        {
            split($0, half, "\t")
            words = split(half[1], left, " ")
            split(half[2], right, " ")
            section = left[words]
            size = right[1]
            name = right[words_of(half[2])]
        }
        size !~ /^0*$/ && section !~ /^\.data\.rel\.ro/ &&
            section ~ /^(\.data|\.bss|\.tdata|\.tbss|\.sdata|\.sbss|\*COM\*)/ && name != section {
            print name, "in", section, "of", object
        }
        function words_of(text, parts) { return split(text, parts, " ") }' | LC_ALL=C sort
}

if [ -n "$core" ]; then
    verdict "core calls out of itself" "memcpy memset memcmp rcp_check_failed" \
        "$(undefined_in "$core" | grep -vE '^(memcpy|memset|memcmp|rcp_check_failed) ' || true)"
    verdict "core has writable data" "const tables; state lives in the node's block" \
        "$(writable_in "$core")"
fi
if [ -n "$sim" ]; then
    verdict "sim has writable data" "const tables; state lives in the world's block" \
        "$(writable_in "$sim")"
fi

# ---- Includes -----------------------------------------------------------------------------------

# assert.h is where C17 keeps static_assert; an assert() would show as a symbol above.
freestanding='assert|float|iso646|limits|stdalign|stdarg|stdbool|stddef|stdint|stdnoreturn|string'
iso_c="$freestanding|complex|ctype|errno|fenv|inttypes|locale|math|setjmp|signal|stdatomic"
iso_c="$iso_c|stdio|stdlib|tgmath|threads|time|uchar|wchar|wctype"
posix='dirent|fcntl|fnmatch|glob|libgen|pthread|strings|unistd|sys/[a-z]+'

# includes_but FOLDER ALLOWED [EXCLUDED]: the include lines that a pattern does not match.
includes_but() {
    if [ ! -d "$1" ]; then
        return
    fi
    grep -rnE --include='*.c' --include='*.h' '^[[:space:]]*#[[:space:]]*include' "$1" |
        grep -vE "#[[:space:]]*include[[:space:]]+($2)" |
        { [ -z "${3:-}" ] && cat || grep -vE "^$3"; } || true
}

verdict "core includes more than it may see" \
    '"core/...", freestanding headers, string.h, and assert.h for static_assert' \
    "$(includes_but core "\"core/|<($freestanding)\.h>")"
verdict "sim includes more than it may see" \
    '"core/...", "sim/..." and ISO C headers; what needs an operating system is in sim/scenario/' \
    "$(includes_but sim "\"core/|\"sim/|<($iso_c)\.h>" 'sim/scenario/')"
verdict "sim/scenario includes more than it may see" \
    '"core/...", "sim/...", "yaml/...", ISO C, POSIX' \
    "$(includes_but sim/scenario "\"core/|\"sim/|\"yaml/|<($iso_c|$posix)\.h>")"
verdict "yaml includes more than it may see" \
    '"yaml/...", ISO C, and in .c files libfyaml.h' \
    "$(includes_but yaml "\"yaml/|<($iso_c)\.h>|<libfyaml\.h>")"
verdict "a header shows YAML to its users" \
    'libfyaml.h in yaml/*.c' \
    "$(grep -rnE --include='*.h' 'include[[:space:]]*<libfyaml' . 2>/dev/null |
        grep -vE '^\./(\.|zig-out)' || true)"
verdict "YAML is read outside its folder" \
    'libfyaml.h in yaml/*.c; tests may look at other YAML' \
    "$(grep -rnE --include='*.c' 'include[[:space:]]*<libfyaml' . 2>/dev/null |
        grep -vE '^\./(yaml/|tests/|\.|zig-out)' || true)"
verdict "prod includes more than it may see" \
    '"core/...", "prod/...", "yaml/...", and libraries; never sim or reports' \
    "$(includes_but prod '"core/|"prod/|"yaml/|<')"
clients='hiredis/|mysql\.h|librdkafka/|curl/|microhttpd\.h'
verdict "a client library is known outside of its adapter" \
    "$clients in prod/*_adapter.*" \
    "$(grep -rnE --include='*.[ch]' "#include <($clients)" prod cmd/recoupd 2>/dev/null |
        grep -vE '^prod/[a-z_/]*_adapter\.[ch]:' || true)"
verdict "reports includes more than it may see" \
    '"reports/...", "core/record.h", ISO C, POSIX, jansson.h and libxml2' \
    "$(includes_but reports "\"reports/|\"core/record\.h\"|<($iso_c|$posix)\.h>|<jansson\.h>|<libxml/")"

# ---- One choice at a time -----------------------------------------------------------------------

# C leaves the order of two calls in one expression to the compiler, so two choices in one
# statement would make another run of the same tape. gcc takes the comments out and keeps the
# line numbers.
twice_chosen() {
    local file
    find core sim cmd tests -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort |
        while IFS= read -r file; do
            if ! grep -q 'rcp_choose' "$file"; then
                continue
            fi
            gcc -fpreprocessed -dD -E -x c "$file" 2>/dev/null | awk -v file="$file" '
                /^# [0-9]+ "/ { line = $2 - 1; next }
                { line++ }
                /^[[:space:]]*#/ { next }
                {
                    gsub(/"([^"\\]|\\.)*"/, "\"\"")
                    count = split($0, parts, /[;{}]/)
                    for (i = 1; i <= count; i++) {
                        if (i > 1) calls = 0
                        calls += gsub(/rcp_choose[a-z0-9_]*[[:space:]]*\(/, "&", parts[i])
                        if (calls > 1) { print file ":" line ": " $0; calls = 0 }
                    }
                }'
        done
}
verdict "one statement calls rcp_choose twice" "one choice a statement; name the first result" \
    "$(twice_chosen)"

if [ "$broken" -gt 0 ]; then
    echo "structure: $broken of $rules rules broken" >&2
    exit 1
fi
echo "structure: $rules rules hold"
