#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh FILE NAME: a C source on stdout that defines `const struct text NAME` with the bytes of FILE.
set -eu
printf '/* Made from %s. */\n#include "proto/%s.h"\n\n' "${1##*/}" "$2"
printf 'static const unsigned char bytes[] = {\n'
od -An -v -tx1 "$1" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
printf '};\n\nconst struct text %s = {(const char *)bytes, sizeof(bytes)};\n' "$2"
