#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh PROGRAM SOURCES DOC: what DOC shows is the program that stands here, in under sixty lines, and it works.
set -u
program=$1 sources=$2 doc=$3
failed=0

# is WHAT EXPECTED: both are said when they differ.
is() {
    [ "$1" = "$2" ] && return
    printf 'expected: %s\n     got: %s\n' "$2" "$1"
    failed=1
}

is "$("$program"; echo "status $?")" 'Hello, world!
status 0'
is "$("$program" Ada; echo "status $?")" 'Hello, Ada!
status 0'
is "$("$program" ''; echo "status $?")" 'name must not be empty
status 3'

# shown NAME: the block of code in the doc that follows a line "<!-- NAME -->".
shown() { awk -v mark="<!-- $1 -->" '$0 == mark { on = 1; next } on && /^```/ { if (open) exit; open = 1; next } open' "$doc"; }
# Without the line of the licence.
is "$(shown hello.proto)" "$(tail -n +2 "$sources/hello.proto")"
is "$(shown hello.c)" "$(tail -n +2 "$sources/hello.c")"
lines=$(wc -l <"$sources/hello.c")
[ "$lines" -lt 60 ] || { echo "hello.c has $lines lines, 59 are allowed"; failed=1; }
exit $failed
