/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The identifiers that the code of one file will define. Two that are equal would fail in the C
 * compiler, far from the proto that caused it; here they fail by the name of service and method. */

struct arena;
struct buffer;
struct file_model;

void claim_names(struct arena *arena, const struct file_model *file, struct buffer *errors);
