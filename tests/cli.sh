#!/usr/bin/env bash
# Holds the recoup command to what it says of itself: exit codes, messages, help, reports, diagrams.
#
#   tests/cli.sh [RECOUP]              RECOUP is zig-out/bin/recoup unless told
#   tests/cli.sh --update [RECOUP]     rewrites tests/golden/*.mmd first; read the difference as prose
#
# tests/golden/NAME.arrows are the arrows of the first document, copied by hand and never rewritten;
# tests/golden/NAME.mmd are what recoup diagram scenarios/documented/NAME.yaml draws.
set -euo pipefail
cd "$(dirname "$0")/.."

update=
if [ "${1:-}" = --update ]; then
    update=1
    shift
fi
recoup=$(realpath "${1:-zig-out/bin/recoup}")
if [ ! -x "$recoup" ]; then
    echo "cli: $recoup is not there; ./zigw build makes it" >&2
    exit 2
fi
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cases=0
broken=0

fail() {
    broken=$((broken + 1))
    printf 'cli: %s\n' "$1" >&2
    sed 's/^/    /' "$work/out" "$work/err" | head -n 20 >&2
}

# expect CODE TEXT WORD...: recoup WORD... ends with CODE, and what it prints, on either stream, has
# a line that matches TEXT (an extended regular expression).
expect() {
    local code=$1 text=$2 got=0
    shift 2
    cases=$((cases + 1))
    (cd "$work" && "$recoup" "$@") >"$work/out" 2>"$work/err" </dev/null || got=$?
    if [ "$got" -ne "$code" ]; then
        fail "recoup $*: ended with $got, not $code"
    elif [ -n "$text" ] && ! cat "$work/out" "$work/err" | grep -qE -- "$text"; then
        fail "recoup $*: says nothing like '$text'"
    fi
}

# interrupt PID: sends SIGINT as soon as the program has said that it listens, so that no sleep decides
# whether it comes before the end.
interrupt() {
    local caught=0
    while [ -e "/proc/$1/status" ] && [ $((16#$caught & 2)) -eq 0 ]; do
        [ "$(readlink "/proc/$1/exe")" = "$recoup" ] || continue # the shell that becomes it
        caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
        caught=${caught:-0}
    done
    kill -INT "$1" 2>/dev/null || fail "it was over before it could be interrupted"
}

# prints_on out|err: the last command wrote only there.
prints_on() {
    local other=err
    [ "$1" = err ] && other=out
    cases=$((cases + 1))
    if [ -s "$work/$other" ] || [ ! -s "$work/$1" ]; then
        fail "the last command should have written on std$1 alone"
    fi
}

# ---- Files to try it on -------------------------------------------------------------------------

mkdir -p "$work/good/inner" "$work/empty"
cat >"$work/good/one.yaml" <<'YAML'
# One user pays. It works.
seeds: 1..3
workload:
  - {pay: {user: 1}}
expect:
  - {answer: 200, count: 1}
YAML
cp "$work/good/one.yaml" "$work/good/inner/two.yaml"
cp "$work/good/one.yaml" "$work/wrong.yaml"
sed -i 's/count: 1/count: 2/' "$work/wrong.yaml"
cat >"$work/idle.yaml" <<'YAML'
# A fault that comes when everything is over tests nothing.
workload:
  - {pay: {user: 1}}
faults:
  - {fault: mysql_deadlock, on: fence}
YAML
cat >"$work/flawed.yaml" <<'YAML'
# An outage that begins with the first statement.
polycy: hardened
workload:
  - {pay: {user: 1}}
YAML
printf 'hello' >"$work/text.yaml"

# ---- Usage --------------------------------------------------------------------------------------

expect 2 'a verb is missing; see recoup --help'
prints_on err
expect 2 "'fly' is not a verb" fly
expect 0 'EXIT STATUS' --help
prints_on out
expect 0 'recoup ' --version
for verb in run swarm explore twice replay shrink diagram check list; do
    for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES; do
        expect 0 "^$section\$" "$verb" --help
    done
    prints_on out
    expect 2 'unknown option --fly; see recoup' "$verb" --fly
    prints_on err
    "$recoup" "$verb" --help | awk 'length > 100 { exit 1 }' || fail "$verb --help is too wide"
done
for verb in run explore diagram check list replay shrink; do
    expect 2 "recoup $verb: .*; see recoup $verb --help" "$verb"
    prints_on err
done

expect 2 "'5\.\.1': A\.\.B" run good --seeds 5..1
expect 2 "'x': A\.\.B" run good --seeds x
expect 2 '--seeds wants a value' run good --seeds
expect 2 "'lax': documented or hardened" run good --policy lax
expect 2 'no such knob' run good --set fly=1
expect 2 'claim is plain_select or fenced' swarm --set claim=fly
expect 2 "'60': a number with a unit" swarm --time 60
expect 2 "'3/2': I/N" swarm --shard 3/2
expect 2 "'0/2': I/N" swarm --shard 0/2
expect 2 'a whole number' swarm --jobs many
expect 2 'swarm takes no file' swarm good
expect 2 'a whole number' replay --seed -1
expect 2 'one file at a time' replay good/one.yaml wrong.yaml
expect 2 "--faults '9': at most 8" explore good/one.yaml --faults 9
expect 2 "--crashes '5': at most 4" explore good/one.yaml --crashes 5
expect 2 "--memory '3X': a number with a unit" explore good/one.yaml --memory 3X
expect 2 "--jobs '100': at most 64" explore good/one.yaml --jobs 100
expect 2 "--reductions 'maybe': on or off" explore good/one.yaml --reductions maybe
expect 2 'one scenario at a time' explore good/one.yaml wrong.yaml
expect 2 '^nowhere\.yaml:1:1: ' shrink nowhere.yaml -o x.yaml
expect 2 '^flawed\.yaml:2:1: .*polycy' shrink flawed.yaml -o x.yaml
expect 2 'invariants, faults, knobs or scenarios' list everything

# ---- Input --------------------------------------------------------------------------------------

expect 0 '^ +explore +see a small world completely' --help
for verb in run check replay diagram explore; do
    expect 2 '^nowhere\.yaml:1:1: ' "$verb" nowhere.yaml
    expect 2 '^flawed\.yaml:2:1: .*polycy' "$verb" flawed.yaml
    prints_on err
    expect 2 '^text\.yaml:1:1: ' "$verb" text.yaml
done
expect 2 '^flawed\.yaml:2:1: ' run good flawed.yaml
expect 2 'empty:1:1: no scenario' run empty
expect 0 'good/one\.yaml: good: hardened, seeds 1\.\.3' check good

# ---- Recordings ---------------------------------------------------------------------------------

# The writer of these files knows the format from its description alone.
recording() {
    python3 tests/recordings.py "$1" "$work/$2.recording" "$2"
}
recording 1-0 foreign
expect 2 'by build by hand in format 1-0000000000000001; this is build .*, which reads 2-' \
    replay foreign.recording
prints_on err
format=$(sed -n 's/.*which reads \([0-9a-f-]*\):.*/\1/p' "$work/err")
mkdir "$work/flights"
recording "$format" equal
recording "$format" different
recording "$format" mended
recording "$format" senseless
cp "$work/equal.recording" "$work/flights"
head -c 110 "$work/equal.recording" >"$work/cut.recording"
sed 's/by hand/by hond/' "$work/equal.recording" >"$work/damaged.recording"
expect 0 '^equal: 1 files, 2 events, 0 effects$' replay equal.recording
expect 0 '^equal: 2 files, 4 events, 0 effects$' replay equal.recording flights
expect 0 '^2 2026-09-21T14:13:20\.020Z stop$' replay flights -v
expect 0 'cut off behind its last whole entry, [0-9]+ bytes are left' replay cut.recording
prints_on out
expect 1 'differs at event 2, 2026-09-21T14:13:20\.020Z: stop' replay different.recording
expect 1 'was: reply role=payment request_id=5 status=200' replay equal.recording different.recording
expect 1 'mended\.recording: differs at event 2, .*: stop' replay mended.recording
expect 1 'was: check:stop_comes_late' replay mended.recording
expect 1 'is:  no check fails' replay mended.recording
expect 2 'damaged at byte 0, behind event 0' replay damaged.recording
prints_on err
expect 2 'no node can have seen this' replay senseless.recording
expect 2 'no recording \(\*\.recording\) in this folder' replay empty
expect 2 'equal\.yaml: No such file' replay equal.recording equal.yaml
expect 2 'good/one\.yaml: no recording' replay equal.recording good/one.yaml
expect 2 'a recording has its own seed and policy; see recoup' replay equal.recording --seed 3

# ---- Lists --------------------------------------------------------------------------------------

expect 0 '^accepted_is_settled +at drain ' list invariants
expect 0 '^mysql_late_commit ' list faults
expect 0 '^ +documented +plain_select +breaks ' list knobs
expect 0 'One user pays\.' list scenarios good

# ---- Runs ---------------------------------------------------------------------------------------

# json FILE EXPRESSION: what python makes of it, with the report as `it`.
json() {
    python3 -c 'import json, sys; it = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$@"
}

# same WHAT GOT WANTED
same() {
    cases=$((cases + 1))
    if [ "$2" != "$3" ]; then
        fail "$1: '$2', not '$3'"
    fi
}

expect 0 '^2 as expected, 0 not as expected, 0 errors' run good --json all.json --junit all.xml
same 'results' "$(json "$work/all.json" 'len(it["results"])')" 2
same 'outcome' "$(json "$work/all.json" 'it["results"][0]["outcome"]')" held
same 'summary' "$(json "$work/all.json" 'it["summary"]["as_expected"]')" 2
same 'JUnit' "$(python3 -c 'import sys, xml.etree.ElementTree as tree
print(len(list(tree.parse(sys.argv[1]).iter("testcase"))))' "$work/all.xml")" 2
expect 0 '^ +seed 2 +held' run good -v
expect 0 'PaymentService -> MySQL: approve user 1' run good/one.yaml -vv
expect 0 '\(2 runs' run good --seeds 7

expect 1 'line 6: expected answers 200: 2 .*counted 1' run wrong.yaml --json wrong.json
expect 1 ' replay wrong.yaml --seed 1 -v' run wrong.yaml
same 'as_expected' "$(json "$work/wrong.json" 'it["results"][0]["as_expected"]')" False
expect 1 'did not fire: .*mysql_deadlock on fence' run idle.yaml
expect 2 'No such file' run good --json nowhere/all.json

# The same run twice has the same digest, and a replay of it too.
expect 0 '' run good/one.yaml --seeds 2 --json first.json
digest=$(json "$work/first.json" 'it["results"][0]["trace_digest"]')
expect 0 "digest $digest" replay good/one.yaml --seed 2
expect 0 'PaymentService -> Redis: get token of user 1' replay good/one.yaml -v
expect 0 '^sequenceDiagram' diagram good/one.yaml
expect 0 'participant Kafka' diagram good/one.yaml --all
# ---- Swarm --------------------------------------------------------------------------------------

expect 0 'every invariant held' swarm --seeds 1..200 --jobs 1 --json one.json
expect 0 'every invariant held' swarm --seeds 1..200 --jobs 3 --json three.json
same 'digest for any number of jobs' "$(json "$work/three.json" 'it["totals"]["trace_digest"]')" \
    "$(json "$work/one.json" 'it["totals"]["trace_digest"]')"
expect 0 ' +100 \(' swarm --seeds 1..200 --shard 2/2
expect 0 'every invariant held' swarm --time 300ms
expect 3 'until it was stopped' swarm --seeds 1..1000000000 --time 300ms

# documented loses a payment soon; the command that it prints shows the same seed.
expect 1 'replay +.*replay --seed [0-9]+ --policy documented -v' swarm --policy documented \
    --seeds 1..1000 --json lost.json
seed=$(json "$work/lost.json" 'it["failures"][0]["seed"]')
print=$(json "$work/lost.json" 'it["failures"][0]["fingerprint"]')
expect 1 "fingerprint $print" replay --seed "$seed" --policy documented
expect 1 "fingerprint $print" replay "recoup-tapes/swarm-$seed-seed-$seed.tape.yaml"
expect 1 "first seed" swarm --policy documented --seeds 1..1000 --keep-going

# Interrupted: what was found until then is said, and the code is 3.
cases=$((cases + 1))
"$recoup" swarm --seeds 1..1000000000 >"$work/out" 2>"$work/err" &
swarm=$!
interrupt "$swarm"
code=0
wait "$swarm" || code=$?
if [ "$code" -ne 3 ] || ! grep -q 'trace digest' "$work/out"; then
    fail "an interrupted swarm ended with $code, not 3"
fi

# ---- Explore ------------------------------------------------------------------------------------

small=$root/scenarios/explore/one-payment.yaml
sed 's/exchanges: .*/exchanges: 1/' "$small" >"$work/tight.yaml"
{ sed 's/^policy: .*/policy: documented/' "$small"; echo 'expect: [{ violation: ok_is_approved }]'; } \
    >"$work/flaw.yaml"

{ cat "$small" && printf 'tape: [{ fault: mysql_refused, on: approve, user: 1, node: 1, nth: 1 }]\n'; } \
    >"$work/taped.yaml"
expect 2 'with a tape cannot be explored: .*remove it' explore taped.yaml
expect 2 'too large to explore: world.exchanges is [0-9]+; allowed: at most 64' explore \
    "$root/scenarios/documented/normal-payment.yaml"
expect 2 '--memory: .* takes [0-9]+M at least with --jobs 2' explore "$small" --memory 1M --jobs 2
expect 2 'cannot write nowhere/x.json: No such' explore "$small" --json nowhere/x.json
expect 2 'cannot write nowhere/x.xml: No such' explore "$small" --junit nowhere/x.xml

# What is complete is certified, for a person and in two files that say the same.
cases_in() {
    python3 -c 'import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
cases = list(suite.iter("testcase"))
of = lambda kind: sum(case.find(kind) is not None for case in cases)
assert [len(cases), of("skipped"), of("failure")] == [
    int(suite.get(word)) for word in ("tests", "skipped", "failures")]
print(len(cases), of("skipped"), of("failure"))' "$1"
}
expect 0 '^complete: every invariant held' explore "$small" --certificate --crashes 1 --faults 0 \
    --json proof.json --junit proof.xml
same 'chance that a state was not seen' \
    "$(sed -nE 's/^  bound .* a chance of at most 2\^(-[0-9]+)$/\1/p' "$work/out")" \
    "$(json "$work/proof.json" 'it["collision_log2"]')"
held=$(json "$work/proof.json" 'it["singles"]["reached and held"]')
all=$(json "$work/proof.json" 'it["singles"]["catalogue"]')
same 'strikes printed as held' "$(grep -cE 'reached and held, [0-9,]+ times?$' "$work/out")" "$held"
same 'strikes held' \
    "$(json "$work/proof.json" 'sum(s["fate"] == "reached and held" for s in it["strikes"])')" "$held"
same 'strikes of the catalogue' "$(json "$work/proof.json" 'len(it["strikes"])')" "$all"
same 'fates' "$(json "$work/proof.json" 'sum(it["singles"].values())')" $((2 * all))
same 'JUnit of a proof' "$(cases_in "$work/proof.xml")" "$((all + 1)) $((all - held)) 0"
same 'states' "$(json "$work/proof.json" 'format(it["states"], ",")')" \
    "$(sed -nE 's/^  ([0-9,]+) states, .*/\1/p' "$work/out")"
cases=$((cases + 1))
[ "$held" -gt 10 ] || fail "only $held single crashes were reached"

# A violation: the shortest, the same for any number of jobs, and its tape is a run that fails alike.
expect 1 '^the shortest violation has 9 events' explore "$small" --policy documented --jobs 1 \
    --json broken.json --junit broken.xml
sed -n '/shortest/,/ tape /p' "$work/out" >"$work/story"
same 'JUnit of a violation' "$(cases_in "$work/broken.xml")" '1 0 1'
same 'violated' "$(json "$work/broken.json" 'it["violated"]')" ok_is_approved
print_explored=$(json "$work/broken.json" 'it["fingerprint"]')
for jobs in 2 3; do
    expect 1 'violated ok_is_approved' explore "$small" --policy documented --jobs "$jobs"
    same "story for --jobs $jobs" "$(sed -n '/shortest/,/ tape /p' "$work/out")" "$(cat "$work/story")"
done
expect 1 "fingerprint $print_explored" replay "$(json "$work/broken.json" 'it["tape"]')"
expect 0 'violated ok_is_approved, as expected' explore flaw.yaml
expect 1 'expects ok_is_approved to be violated' explore flaw.yaml --policy hardened --faults 0

# In little memory the frontier waits packed, and the same is seen.
seen_in() {
    "$recoup" explore "$small" --faults 1 --crashes 1 --memory "$1" --jobs "$2" 2>&1 |
        sed -n 's/^ *\(.* transitions, depth [0-9]*\),.*/\1/p; /^complete/p'
}
in_much=$(seen_in 1G 2)
same 'depths explored' "$(grep -c 'states' <<<"$in_much")" 3
same 'explored in little memory' "$(seen_in 6M 2)" "$in_much"
same 'explored in little memory alone' "$(seen_in 6M 1)" "$in_much"

# Stopped: by room, by memory, by a person. What was covered is said, and nothing is called complete.
expect 3 'give the world more .exchanges.' explore tight.yaml
expect 3 '^covered completely: faults 0, crashes 0; of faults 1, crashes 0' explore tight.yaml
expect 3 'not complete: .*memory' explore "$small" --faults 2 --memory 4M --json part.json \
    --junit part.xml
same 'complete' "$(json "$work/part.json" 'it["complete"], "strikes" in it')" '(False, False)'
same 'JUnit of a search that was stopped' "$(cases_in "$work/part.xml")" '1 1 0'
cases=$((cases + 1))
"$recoup" explore "$small" --faults 8 --crashes 4 >"$work/out" 2>"$work/err" &
explore=$!
interrupt "$explore"
code=0
wait "$explore" || code=$?
if [ "$code" -ne 3 ] || ! grep -qE '^(covered completely|of faults)' "$work/out"; then
    fail "an interrupted exploration ended with $code, not 3"
fi

# ---- Twice --------------------------------------------------------------------------------------

expect 2 'a scenario file or folder is missing, or --seeds' twice
expect 2 "'fly:1': KIND:N, where KIND is request" twice good/one.yaml --point fly:1
expect 2 "counts from 1" twice good/one.yaml --point commit:0
expect 2 '-v needs --point' twice good/one.yaml -v
expect 2 'would compare nothing' twice good/one.yaml --points 0
expect 2 '^flawed\.yaml:2:1: ' twice flawed.yaml
expect 0 'everything settled alike' twice good/one.yaml --json twice.json --junit twice.xml
expect 0 'everything settled alike' twice --seeds 1..3 --points 2
expect 1 'the run has no such point' twice good/one.yaml --point pass:99999
# What differs is told with the command that shows it again.
expect 1 'approved_once is violated' twice --seeds 1..20 --policy documented --json twice.json
replay=$(json "$work/twice.json" 'it["results"][0]["replay"]')
read -ra words <<<"${replay#* }"
expect 1 'MySQL: approve' "${words[@]}"

# ---- Shrink -------------------------------------------------------------------------------------

# What documented lost above comes down to a file that runs as it expects, and fails as it did.
expect 0 "fingerprint $print" shrink --seed "$seed" --policy documented -o small.yaml
expect 0 'as expected' run small.yaml
expect 0 "fingerprint $print" replay small.yaml
expect 0 "fingerprint $print" shrink "recoup-tapes/swarm-$seed-seed-$seed.tape.yaml" -o from-tape.yaml
expect 0 "fingerprint $print" shrink small.yaml -o again.yaml
same 'result of shrinking what is small' "$(grep -v '^#' "$work/small.yaml")" \
    "$(grep -v '^#' "$work/again.yaml")"
cases=$((cases + 1))
if ! grep -q '^# Broken: ' "$work/small.yaml" || ! grep -q '# without it: ' "$work/small.yaml"; then
    fail 'a shrunk scenario does not say what goes wrong, or what happens without its fault'
fi

# What is there stays, unless told; what cannot be written is said before the search.
expect 2 'small\.yaml is there already; --force' shrink --seed "$seed" --policy documented -o small.yaml
expect 0 'written to small.yaml' shrink --seed "$seed" --policy documented -o small.yaml --force
expect 2 'cannot write nowhere/x\.yaml: No such' shrink --seed "$seed" --policy documented -o nowhere/x.yaml
expect 2 '-o OUT\.yaml is missing' shrink good/one.yaml
expect 2 'a file or --seed is missing' shrink -o x.yaml
expect 2 'one file at a time' shrink good/one.yaml wrong.yaml -o x.yaml

# A run that holds, and tapes that are no longer what they were.
expect 1 'nothing to shrink: every invariant held in seed 3' shrink good/one.yaml -o x.yaml
tape=$work/recoup-tapes/swarm-$seed-seed-$seed.tape.yaml
head -c "$(($(wc -c <"$tape") - 20))" "$tape" >"$work/cut.tape.yaml"
expect 2 '^cut\.tape\.yaml:[0-9]+:[0-9]+: ' shrink cut.tape.yaml -o x.yaml
sed 's/nth: 1/nth: 99/; s/^policy: documented/policy: hardened/' "$tape" >"$work/other.tape.yaml"
expect 1 'entries of the tape met nothing: it is of another' shrink other.tape.yaml -o x.yaml
sed 's/^tape:/reel:/' "$tape" >"$work/newer.tape.yaml"
expect 2 '^newer\.tape\.yaml:[0-9]+:1: .*reel' shrink newer.tape.yaml -o x.yaml
cases=$((cases + 1))
if [ -e "$work/x.yaml" ] || [ -e "$work/x.yaml.part" ]; then
    fail 'a search that found nothing left a file'
fi

# Interrupted: the smallest so far is written, and the code is 3. A crowd makes the first run long.
for kind in pay pay_again status; do
    echo "  - { at: 0s, every: 1ms, $kind: { activity: 2, users: 1..30000 } }"
done >"$work/crowd"
sed -e 's/^world:.*/world: { activities: 2, users: 30000 }/' -e "/^workload:/r $work/crowd" \
    "$root/scenarios/flaws/late-retry-documented.yaml" >"$work/crowd.yaml"
cases=$((cases + 1))
(cd "$work" && exec "$recoup" shrink crowd.yaml -o crowd-small.yaml) >"$work/out" 2>"$work/err" &
shrink=$!
interrupt "$shrink"
code=0
wait "$shrink" || code=$?
if [ "$code" -ne 3 ] || ! grep -q 'not 1-minimal yet' "$work/out"; then
    fail "an interrupted search ended with $code, not 3"
fi
expect 0 'as expected' run crowd-small.yaml

# ---- Colour -------------------------------------------------------------------------------------

if grep -q $'\033' "$work/out" "$work/err"; then
    fail 'colours where there is no terminal'
fi
if command -v script >/dev/null; then
    for no_color in '' 1; do
        cases=$((cases + 1))
        NO_COLOR=$no_color TERM=xterm script -qec "$recoup run $work/good/one.yaml" /dev/null \
            >"$work/out" 2>"$work/err" </dev/null || true
        coloured=$(tr -d '\r' <"$work/out" | grep -c $'\033\[3[12]m' || true)
        if [ -z "$no_color" ] && [ "$coloured" -eq 0 ]; then
            fail 'no colours at a terminal'
        elif [ -n "$no_color" ] && [ "$coloured" -ne 0 ]; then
            fail 'colours in spite of NO_COLOR'
        fi
    done
fi

# ---- Diagrams -----------------------------------------------------------------------------------

# Participants and arrows without their words.
arrows_of() {
    sed -nE 's/^ *(actor .*|participant .*)$/\1/p; s/^ *([A-Za-z_]+--?(>>|x)[A-Za-z_]+):.*$/\1/p' "$1"
}

for arrows in tests/golden/*.arrows; do
    name=$(basename "$arrows" .arrows)
    drawn=tests/golden/$name.mmd
    scenario=scenarios/documented/$name.yaml
    cases=$((cases + 2))
    if ! (cd "$root" && "$recoup" diagram "$scenario") >"$work/drawn.mmd" 2>"$work/err"; then
        : >"$work/out"
        fail "recoup diagram $scenario does not draw"
        continue
    fi
    if [ -n "$update" ]; then
        cp "$work/drawn.mmd" "$drawn"
    fi
    if ! diff -u "$drawn" "$work/drawn.mmd" >"$work/out" 2>"$work/err"; then
        fail "recoup diagram $scenario is not $drawn"
    fi
    arrows_of "$work/drawn.mmd" >"$work/drawn.arrows"
    if ! diff -u "$arrows" "$work/drawn.arrows" >"$work/out" 2>"$work/err"; then
        fail "recoup diagram $scenario has not the documented arrows"
    fi
done

if [ "$broken" -gt 0 ]; then
    echo "cli: $broken of $cases cases broken" >&2
    exit 1
fi
echo "cli: $cases cases hold"
