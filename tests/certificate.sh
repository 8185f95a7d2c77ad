#!/usr/bin/env bash
# What a complete search of one payment proves, kept in docs/results/certificate-one-payment.md.
#
#   tests/certificate.sh                         faults 1, crashes 1: complete, and reaches what is written there
#   tests/certificate.sh --write [K C]           writes it, after a search with faults K (2), crashes C (1)
#
# Bounded, it takes seconds; written, as long as the machine needs for some ten million transitions. How often
# a strike was reached and how many states there are may change with the core; which are reached may not.
set -euo pipefail
cd "$(dirname "$0")/.."

recoup=zig-out/bin/recoup
scenario=scenarios/explore/one-payment.yaml
page=docs/results/certificate-one-payment.md
if [ ! -x "$recoup" ]; then
    echo "certificate: $recoup is not there; ./zigw build makes it" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# certify FAULTS CRASHES: prints the certificate; fails with what was found where there is none.
certify() {
    "$recoup" explore "$scenario" --faults "$1" --crashes "$2" --memory 8G --certificate >"$work/said" || {
        cat "$work/said" >&2
        return 1
    }
    sed -n '/^certificate of /,$p' "$work/said"
}

# reached: the strikes of a certificate, without how often.
reached() {
    sed -nE 's/^  ([a-z_]+)$/\1/p; s/(reached and held), [0-9,]+ times?$/\1/p'
}

certify 1 1 >"$work/bounded"
if [ "${1:-}" = --write ]; then
    faults=${2:-2} crashes=${3:-1}
    certify "$faults" "$crashes" >"$work/full"
    {
        echo '# Certificate of one payment'
        echo
        echo 'What a complete search of `scenarios/explore/one-payment.yaml` proves, written by'
        echo '`./zigw build certificate -- --write`. A strike is a fault at a site. *Reached and held*: it struck, and'
        echo 'everything that can follow was seen and kept every promise. The other words say why a strike was not'
        echo 'reached; they are proved, since the search was complete.'
        echo
        if [ "$faults $crashes" != '1 1' ]; then
            echo "## Faults $faults, crashes $crashes"
            echo
            echo '```'
            cat "$work/full"
            echo '```'
            echo
        fi
        echo '## Faults 1, crashes 1'
        echo
        echo 'What CI searches again: `./zigw build certificate`.'
        echo
        echo '```'
        cat "$work/bounded"
        echo '```'
    } >"$page"
    echo "certificate: written to $page"
    exit
fi

if [ ! -f "$page" ]; then
    echo "certificate: $page is not there; ./zigw build certificate -- --write makes it" >&2
    exit 2
fi
sed -n '/^## Faults 1, crashes 1$/,$p' "$page" | reached >"$work/wanted"
reached <"$work/bounded" >"$work/got"
if ! diff -u "$work/wanted" "$work/got"; then
    echo "certificate: other strikes are reached than $page says; ./zigw build certificate -- --write" >&2
    exit 1
fi
echo "certificate: $(grep -c held "$work/got") strikes reached and held, as written"
