# SPDX-License-Identifier: Apache-2.0
# Sourced by ./myevents test: builds three ways, runs every suite, counts. A failure or (in CI) a skip fails the run.
# Arguments choose suites.

suites="$*"
summary=$(mktemp)
trap 'rm -f "$summary"' EXIT

# run_in FOLDER TITLE SUITES: one line per failed or skipped test, the rest is counted.
run_in() {
    folder=$1 title=$2; shift 2
    wanted=''
    for suite in "$@"; do
        case " ${suites:-$suite} " in *" $suite "*) wanted="$wanted --suite $suite" ;; esac
    done
    [ -n "$wanted" ] || return 0
    say "testing: $title"
    rm -f "$folder/meson-logs/testlog.json"
    # shellcheck disable=SC2086
    meson test -C "$folder" --no-rebuild --print-errorlogs $wanted >"$folder/test.log" 2>&1 || true
    [ -s "$folder/meson-logs/testlog.json" ] || { cat "$folder/test.log" >&2; printf 'FAIL\n' >>"$summary"; return 0; }
    sed -n 's/.*"result": "\([A-Z]*\)".*/\1/p' "$folder/meson-logs/testlog.json" >>"$summary"
    grep -E '^ *[0-9]+/[0-9]+ .* (FAIL|SKIP|TIMEOUT|ERROR)' "$folder/test.log" || true
    if grep -qE ' (FAIL|TIMEOUT|ERROR) ' "$folder/test.log"; then
        sed -n '/^=\+/,$p' "$folder/test.log" | tail -n 200
    fi
}

count() { grep -cE "^($1)\$" "$summary" || true; }

say 'building'
build_in build
run_in build 'as released' unit lint service fuzz e2e

say 'building with AddressSanitizer and UndefinedBehaviourSanitizer'
build_in build-asan -Db_sanitize=address,undefined -Db_lundef=false
ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    run_in build-asan 'AddressSanitizer and UndefinedBehaviourSanitizer' unit service fuzz

say 'building with ThreadSanitizer'
build_in build-tsan -Db_sanitize=thread -Db_lundef=false
TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=0 exitcode=66" \
    run_in build-tsan 'ThreadSanitizer' unit service

passed=$(count 'OK|EXPECTEDFAIL') skipped=$(count SKIP)
failed=$(count 'FAIL|TIMEOUT|ERROR|INTERRUPT|UNEXPECTEDPASS')
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    say 'in CI everything can be installed, so a skip is a failure'
    failed=$((failed + skipped)) skipped=0
fi
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
