#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# .clang-format decides spaces; every source names its licence in its first line.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v clang-format >/dev/null || { echo 'skipped: clang-format is not installed'; exit 77; }
failed=0

sources=$(find base mesh bus store http system telemetry proto services gateway cli tests bench -name '*.[ch]' -not -path '*/build/*' -not -path '*/gen/*')
# shellcheck disable=SC2086
clang-format --dry-run -Werror $sources || failed=1
for file in $sources $(find . -maxdepth 4 -name meson.build -not -path './build*'); do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$file: no SPDX line"; failed=1; }
done
exit $failed
