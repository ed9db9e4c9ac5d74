/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/emit.h"

#include "proto/plugin/model.h"
#include "proto/plugin/template.h"

/* METHOD_UNARY and so on of mesh/method.h. */
static const char *kind_name(const struct method_model *method) {
    static const char *const names[2][2] = {
        {"METHOD_UNARY", "METHOD_SERVER_STREAM"},
        {"METHOD_CLIENT_STREAM", "METHOD_BIDI_STREAM"},
    };
    return names[method->client_streams][method->server_streams];
}

void emit_service(struct buffer *out, const char *template, const struct service_model *service) {
    const struct template_value values[] = {
        {"full_name", service->full_name},
        {"service", service->lower},
        {"SERVICE", service->upper},
        {NULL},
    };
    template_append(out, template, values);
}

void emit_method(struct buffer *out, const char *template, const struct service_model *service,
    const struct method_model *method) {
    const struct template_value values[] = {
        {"service", service->lower},
        {"SERVICE", service->upper},
        {"name", method->name},
        {"path", method->path},
        {"method", method->lower},
        {"METHOD", method->upper},
        {"kind", kind_name(method)},
        {"idempotency", method->idempotency},
        {"Input", method->input_type},
        {"input_descriptor", method->input_descriptor},
        {"Output", method->output_type},
        {"output_descriptor", method->output_descriptor},
        {NULL},
    };
    template_append(out, template, values);
}
