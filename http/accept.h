/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a client says it prefers: Accept and Accept-Encoding (RFC 9110 section 12.5). */

#include "base/text.h"

enum { ACCEPT_QUALITY_MAX = 1000 };

/*
 * 0 (not at all) to ACCEPT_QUALITY_MAX. The range that fits `name` most exactly counts: itself, its
 * "type" with any subtype, anything. 0 when none fits.
 */
int accept_quality(struct text header, struct text name);
/* The same for a form that has a version: a range that asks for another one does not fit, one that
 * asks for this one fits more exactly than one without. */
int accept_quality_of_version(struct text header, struct text name, struct text version);
