#!/usr/bin/env bash
# The checkout page in a real Chromium: tests/browser/checkout.test.mjs against tests/browser/server.c.
#
#   tests/browser/run.sh SERVER       ./zigw build test:browser
#
# Playwright comes from npm as package-lock.json pins it, and drives Debian's chromium: no browser is downloaded.
# It is kept, and screenshots are left, in zig-out/browser.
set -euo pipefail
cd "$(dirname "$0")/../.."

server=$(realpath "$1")
out=zig-out/browser
mkdir -p "$out"
if ! cmp -s tests/browser/package-lock.json "$out/package-lock.json"; then
    rm -rf "$out"
    mkdir -p "$out"
    cp tests/browser/package{,-lock}.json "$out"
    # What was not installed is no reason to believe so next time.
    npm ci --prefix "$out" --ignore-scripts --no-audit --no-fund --loglevel=error || {
        rm -rf "$out"
        exit 1
    }
fi
cp tests/browser/checkout.test.mjs "$out"
node "$out/checkout.test.mjs" "$server" "$out/screenshots"
