#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# readme.sh TOUR: runs the commands of that tour as they stand in README, against the system whose places the
# environment names: REST, EVENT_SERVICE, BOOKING_SERVICE, DATA, MYEVENTSCTL. The tour by gRPC needs BUF.
# What has a time in it is given more, for a machine that does other things too.
set -eu
tour=$1
readme=$(dirname "$0")/../../README.md

script=$(awk -v begin="<!-- $tour -->" -v end="<!-- /$tour -->" '
    $0 == begin { in_tour = 1 }
    $0 == end { in_tour = 0 }
    /^```/ { in_block = in_tour && $0 == "```sh"; next }
    in_block' "$readme" | sed \
    -e "s|127\.0\.0\.1:8080|$REST|g" \
    -e "s|127\.0\.0\.1:50051|$EVENT_SERVICE|g" \
    -e "s|127\.0\.0\.1:50052|$BOOKING_SERVICE|g" \
    -e "s|^buf |${BUF:-buf} |" \
    -e "s|\$PWD/\.data|$DATA|g" \
    -e 's|--max-time 2 |--max-time 10 |' \
    -e 's/myeventsctl \(loadgen\|verify\) /&--agree-within 60s /' \
    -e "s|build/cli/myeventsctl|$MYEVENTSCTL|g")
[ -n "$script" ] || { echo "README.md has no $tour"; exit 1; }
# The tour shows a mistake and a stream that is cut, so a command that fails does not end it.
printf '%s\n' "$script" | sh
