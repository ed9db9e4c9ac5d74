#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# client.sh build LANGUAGE, client.sh run LANGUAGE [EVENT_ID]: the command that README's table of clients has for it, in
# its folder of examples/. What Go, npm and Maven load stays in .cache. A client that is built already is not built
# again. Exit 77: what it needs is not here and could not be got; the reason is on stderr.
# client.sh list: the languages.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ "$1" = list ]; then
    exec sed -n 's/^|[^|]*| `examples\/\([a-z]*\)` .*/\1/p' "$root/README.md"
fi
what=$1 language=$2
folder=$root/examples/$language

command=$(awk -F ' *[|] *' -v row="\`examples/$language\`" -v column="$([ "$what" = build ] && echo 4 || echo 5)" '
    $3 == row { gsub(/`/, "", $column); print $column }' "$root/README.md" | sed 's|python3|/usr/bin/python3|')
[ -n "$command" ] || { echo "README.md has no client in examples/$language"; exit 1; }

export GOCACHE="$root/.cache/go/build" GOMODCACHE="$root/.cache/go/mod" GOFLAGS=-modcacherw GOTOOLCHAIN=local
export npm_config_cache="$root/.cache/npm"
export MAVEN_OPTS="-Dmaven.repo.local=$root/.cache/maven -Dstyle.color=never"
cd "$folder"

if [ "$what" = run ]; then
    [ $# -lt 3 ] || case $language in
    java) command="$command -Dexec.args=$3" ;;
    *) command="$command $3" ;;
    esac
    exec sh -c "exec $command"
fi

# --- build ---

needs_of() {
    case $1 in
    go) echo go protoc ;;
    python) echo /usr/bin/python3 ;;
    node) echo node npm ;;
    java) echo javac mvn ;;
    ruby) echo ruby grpc_tools_ruby_protoc ;;
    cpp) echo g++ make protoc grpc_cpp_plugin ;;
    esac
}
for program in $(needs_of "$language"); do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 77; }
done

# What a build is made from.
sources() {
    printf '%s\n' "$command"
    find . "$root/proto/google" "$root/proto/myevents/v1" -type f -not -path './gen/*' -not -path './node_modules/*' \
        -not -path './target/*' | LC_ALL=C sort | xargs sha256sum
}
mkdir -p gen
sources >gen/sources.now
! cmp -s gen/sources.now gen/sources || exit 0
status=0
sh -c "$command" >gen/build.log 2>&1 || status=$?
# `go run` compiles all its libraries at its first time, which no client's time should have to bear.
[ "$status$language" != 0go ] || go build -o gen/client . >>gen/build.log 2>&1 || status=$?
if [ $status = 0 ]; then
    mv gen/sources.now gen/sources
    exit 0
fi
cat gen/build.log >&2
# The words in which Go, npm and Maven say that nobody answered.
if grep -qE 'dial tcp|no such host|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|Could not transfer|Unknown host' gen/build.log; then
    echo "examples/$language: its libraries could not be loaded" >&2
    exit 77
fi
exit 1
