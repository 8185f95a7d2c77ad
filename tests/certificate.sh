#!/usr/bin/env bash
# What complete searches of one payment and of one order prove, kept in docs/results/certificate-*.md.
#
#   tests/certificate.sh                    a fault, and for the payment a crash: complete, and reaches what is written
#   tests/certificate.sh --write [WORLD]    writes them, or one of them, after a search with two faults
#
# Bounded, it takes seconds; written, as long as the machine needs for some ten million transitions each. How
# often a strike was reached and how many states there are may change with the core; which are reached may not.
set -euo pipefail
cd "$(dirname "$0")/.."

recoup=$(realpath "${RECOUP:-zig-out/bin/recoup}")
if [ ! -x "$recoup" ]; then
    echo "certificate: $recoup is not there; ./zigw build makes it" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# certify WORLD FAULTS CRASHES: prints the certificate; fails with what was found where there is none.
certify() {
    "$recoup" explore "scenarios/explore/$1.yaml" --faults "$2" --crashes "$3" --memory 8G --certificate \
        >"$work/said" || {
        cat "$work/said" >&2
        return 1
    }
    sed -n '/^certificate of /,$p' "$work/said"
}

# reached: the strikes of a certificate, without how often.
reached() {
    sed -nE 's/^  ([a-z_]+)$/\1/p; s/(reached and held), [0-9,]+ times?$/\1/p'
}

# write_page WORLD CRASHES TITLE: the page, after a search with two faults.
write_page() {
    local page=docs/results/certificate-$1.md
    certify "$1" 2 "$2" >"$work/full"
    cat >"$page" <<PAGE
# Certificate of $3

What a complete search of \`scenarios/explore/$1.yaml\` proves, written by
\`./zigw build certificate -- --write\`. A strike is a fault at a site. *Reached and held*: it struck, and
everything that can follow was seen and kept every promise. The other words say why a strike was not
reached; they are proved, since the search was complete.

## Faults 2, crashes $2

\`\`\`
$(cat "$work/full")
\`\`\`

## Faults 1, crashes $2

What CI searches again: \`./zigw build certificate\`.

\`\`\`
$(cat "$work/bounded")
\`\`\`
PAGE
    echo "certificate: written to $page"
}

# compare WORLD CRASHES: what is reached now, and what is written.
compare() {
    local page=docs/results/certificate-$1.md
    if [ ! -f "$page" ]; then
        echo "certificate: $page is not there; ./zigw build certificate -- --write makes it" >&2
        exit 2
    fi
    sed -n "/^## Faults 1, crashes $2\$/,\$p" "$page" | reached >"$work/wanted"
    reached <"$work/bounded" >"$work/got"
    if ! diff -u "$work/wanted" "$work/got"; then
        echo "certificate: other strikes are reached than $page says; ./zigw build certificate -- --write" >&2
        exit 1
    fi
    echo "certificate of ${1//-/ }: $(grep -c held "$work/got") strikes reached and held, as written"
}

write=
if [ "${1:-}" = --write ]; then
    write=1
    shift
fi
while read -r world crashes title; do
    if [ -n "${1:-}" ] && [ "$1" != "$world" ]; then
        continue
    fi
    certify "$world" 1 "$crashes" >"$work/bounded"
    if [ -n "$write" ]; then
        write_page "$world" "$crashes" "$title"
    else
        compare "$world" "$crashes"
    fi
done <<'WORLDS'
one-payment 1 one payment
one-order 0 one order
WORLDS
