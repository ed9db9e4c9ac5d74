/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text with $names$ in it, so that the code we write looks like code where it is written.
 *
 *     const struct template_value values[] = {{"type", "struct text"}, {NULL}};
 *     template_append(&out, "extern const $type$ name;\n", values);
 */

struct buffer;

struct template_value {
    const char *name;
    const char *value;
};

/* The values end with a NULL name. A name that is not among them is a programmer's error. */
void template_append(struct buffer *out, const char *template, const struct template_value *values);
