#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sourced by `./myevents test [SUITE ...]`: builds three ways, runs the suites, counts test programs. A failure, or in CI
# a skip, fails the run.

suites="$*"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
begin=$(date +%s)

# stage TITLE COMMAND...: one line with what it is and how long it took.
stage() {
    title=$1 from=$(date +%s); shift
    printf '%-60s' "$title" >&2
    stage_status=0
    "$@" || stage_status=$?
    [ -z "${stage_said:-}" ] || printf '%-60s' "$title" >&2
    printf '%5s s\n' "$(($(date +%s) - from))" >&2
    stage_said=''
    return $stage_status
}

# What a stage has to say stands below its title.
tell() { [ -n "${stage_said:-}" ] || echo >&2; stage_said=yes; cat >&2; }

build_for_tests() {
    set_up "$@" >"$results.log" 2>&1 && compile "$1" >"$results.log" 2>&1 && return 0
    tell <"$results.log"
    echo FAIL >>"$results"
    return 1
}

# What the failed programs said, the last lines of each: between a line with scissors and one of dashes.
failed_logs() {
    awk '
        index($0, "✀") { n = 0; inside = 1; next }
        inside && index($0, "―――") == 1 {
            print "-- " title
            for (i = n > 80 ? n - 79 : 1; i <= n; i++) print "   " line[i]
            inside = 0
            next
        }
        inside { line[++n] = $0; next }
        / (FAIL|TIMEOUT|ERROR)( |$)/ { title = $0 }' "$1"
}

# The lines of failed and skipped programs, then what the failed ones said.
show_bad() {
    grep -E '^ *[0-9]+/[0-9]+ .* (FAIL|SKIP|TIMEOUT|ERROR)( |$)' "$1" | sort -u >"$results.log"
    [ -s "$results.log" ] || return 0
    failed_logs "$1" >>"$results.log"
    tell <"$results.log"
}

# wanted SUITE...: those of them that are, as options of meson; false when none is.
wanted() {
    options=''
    for suite in "$@"; do
        case " ${suites:-$suite} " in *" $suite "*) options="$options --suite $suite" ;; esac
    done
    [ -n "$options" ]
}

# run_suites FOLDER SUITE...: those of them that are wanted.
run_suites() {
    folder=$1; shift
    wanted "$@" || return 0
    rm -f "$folder/meson-logs/testlog.json"
    # shellcheck disable=SC2086
    meson test -C "$folder" --no-rebuild --print-errorlogs $options >"$folder/test.log" 2>&1 || true
    if [ ! -s "$folder/meson-logs/testlog.json" ]; then
        grep -q '^No tests defined\|^No suitable tests' "$folder/test.log" && return 0
        tell <"$folder/test.log"
        echo ERROR >>"$results"
        return 0
    fi
    sed -n 's/.*"result": "\([A-Z]*\)".*/\1/p' "$folder/meson-logs/testlog.json" >>"$results"
    show_bad "$folder/test.log"
}

count() { grep -cE "^($1)\$" "$results" || true; }

# Each case with each of the others, a line a case.
run_interop() {
    rm -f build/tests/interop/*.result
    run_suites build interop
    tests/interop/table build/tests/interop >"$results.log"
    [ ! -s "$results.log" ] || tell <"$results.log"
}

test_released() {
    wanted unit lint service fuzz e2e interop web browser || return 0
    stage 'building' build_for_tests build || return 0
    ! wanted unit lint service fuzz || stage 'testing: unit, lint, service, fuzz' run_suites build unit lint service fuzz
    ! wanted web || stage 'testing: the pages' run_suites build web
    ! wanted interop || stage 'testing: gRPC interop with Go, Java and Ruby' run_interop
    ! wanted browser || stage 'testing: the pages in a browser' run_suites build browser
    ! wanted e2e || stage 'testing: the whole system' run_suites build e2e
}

test_addresses() {
    wanted unit service fuzz sanitized || return 0
    sanitizers='AddressSanitizer, UndefinedBehaviourSanitizer'
    stage "building: $sanitizers" build_for_tests build-asan -Db_sanitize=address,undefined -Db_lundef=false || return 0
    ASAN_OPTIONS=detect_stack_use_after_return=1
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    export ASAN_OPTIONS UBSAN_OPTIONS
    stage "testing: $sanitizers" run_suites build-asan unit service fuzz sanitized
}

test_threads() {
    wanted unit service sanitized || return 0
    stage 'building: ThreadSanitizer' build_for_tests build-tsan -Db_sanitize=thread -Db_lundef=false || return 0
    TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp exitcode=66"
    export TSAN_OPTIONS
    stage 'testing: ThreadSanitizer' run_suites build-tsan unit service sanitized
}

test_released
test_addresses
test_threads
rm -f "$results.log"

passed=$(count 'OK|EXPECTEDFAIL') skipped=$(count SKIP)
failed=$(count 'FAIL|TIMEOUT|ERROR|INTERRUPT|UNEXPECTEDPASS')
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    say 'in CI everything can be installed, so a skip counts as a failure'
    failed=$((failed + skipped)) skipped=0
fi

say "$(($(date +%s) - begin)) s in all"
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
