#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Python that README shows stands in the client of that language, line by line and in this order.
set -eu
cd "$(dirname "$0")/../.."
shown=$(awk '/^```/ { inside = $0 == "```python"; next } inside' README.md)
[ -n "$shown" ] || { echo 'README.md shows no Python'; exit 1; }
SHOWN=$shown awk '
    { text = text $0 "\n" }
    END { exit !index(text, ENVIRON["SHOWN"] "\n") }' examples/python/client.py ||
    { echo 'README.md shows what examples/python/client.py does not have'; exit 1; }
