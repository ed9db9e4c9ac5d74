#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No include climbs a floor or crosses to a sibling. Links are checked by the unit tests; this finds what needs no link.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

# forbid FOLDER PREFIX...: files of FOLDER include nothing that begins with a PREFIX.
forbid() {
    folder=$1; shift
    pattern=$(printf '|%s' "$@")
    found=$(grep -rnE "#include \"(${pattern#|})" --include='*.c' --include='*.h' "$folder")
    [ -z "$found" ] || { printf '%s\n' "$found"; failed=1; }
}

above='telemetry/ system/ services/ gateway/ cli/ tests/ bench/'
# shellcheck disable=SC2086
{
    forbid base mesh/ bus/ store/ http/ myevents/ google/ $above
    forbid mesh bus/ store/ http/ myevents/ $above
    forbid bus mesh/ store/ http/ myevents/ google/ $above
    forbid store mesh/ bus/ http/ myevents/ google/ $above
    forbid http mesh/ bus/ store/ myevents/ google/ $above
    forbid telemetry bus/ store/ http/ myevents/ system/ services/ gateway/ cli/ tests/ bench/
    forbid system bus/ store/ http/ telemetry/ services/ gateway/ cli/ tests/ bench/
    forbid services/relay mesh/ myevents/ services/event/ services/booking/ gateway/ cli/ tests/ bench/
    forbid services/event services/booking/ gateway/ cli/ tests/ bench/
    forbid services/booking services/event/ gateway/ cli/ tests/ bench/
    forbid gateway bus/ store/ services/ myevents/ cli/ tests/ bench/
    forbid gateway/transcode mesh/ http/
    forbid cli services/event/ gateway/ tests/ bench/
}

# What lies below a floor does not show above it.
strangers() {
    pattern=$1; shift
    found=$(grep -rnE "#include <($pattern)" --include='*.c' --include='*.h' "$@")
    [ -z "$found" ] || { printf '%s\n' "$found"; failed=1; }
}
strangers 'grpc/' base telemetry system bus store http services gateway cli
strangers 'hiredis/' base mesh telemetry system store http services gateway cli
strangers 'lmdb.h' base mesh telemetry system bus http services gateway cli

[ $failed = 0 ] && echo 'every include stays on its floor or goes down'
exit $failed
