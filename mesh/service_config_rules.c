/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/service_config_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "mesh/status.h"

enum { PATH_SIZE = 256, NAME_SIZE_MAX = 256, METHODS_MAX = 1000, SHOWN_SIZE = 60 };

struct checker {
    const char *source;
    struct buffer *error;
    bool is_sound;
    char path[PATH_SIZE]; /* "methodConfig[0].retryPolicy" */
    struct buffer names;  /* "\n/service/method\n" of all methods so far */
};

/* One field of an object. */
struct field {
    const char *name;
    void (*check)(struct checker *checker, const json_t *value, const struct field *field);
    double min, max; /* of numbers, seconds, lists */
    const struct fields *fields;
    bool is_required;
};
struct fields {
    const struct field *list;
    size_t count;
};

/* --- sentences --- */

_printf_(2, 3) static void refuse(struct checker *checker, const char *format, ...) {
    va_list args;
    va_start(args, format);
    checker->is_sound = false;
    buffer_printf(
        checker->error, "%s: %s ", checker->source, *checker->path ? checker->path : "the whole");
    buffer_vprintf(checker->error, format, args);
    buffer_append_char(checker->error, '\n');
    va_end(args);
}

/* Appends to the path; the length to go back to. */
_printf_(2, 3) static size_t enter(struct checker *checker, const char *format, ...) {
    size_t before = strlen(checker->path);
    va_list args;
    va_start(args, format);
    vsnprintf(checker->path + before, sizeof(checker->path) - before, format, args);
    va_end(args);
    return before;
}

static void leave(struct checker *checker, size_t before) {
    checker->path[before] = '\0';
}

static void refuse_value(struct checker *checker, const json_t *value, const char *allowed) {
    char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    refuse(checker, "is %.*s%s; allowed: %s", SHOWN_SIZE, shown,
        strlen(shown) > SHOWN_SIZE ? "..." : "", allowed);
    free(shown);
}

/* --- values --- */

static void check_text(struct checker *checker, const json_t *value, const struct field *field) {
    if (!json_is_string(value) || json_string_length(value) > NAME_SIZE_MAX)
        refuse_value(checker, value, "a string of up to 256 bytes");
}

static void check_bool(struct checker *checker, const json_t *value, const struct field *field) {
    if (!json_is_boolean(value))
        refuse_value(checker, value, "true, false");
}

static void check_int(struct checker *checker, const json_t *value, const struct field *field) {
    char allowed[128];
    double number = json_number_value(value);
    if (json_is_integer(value) && number >= field->min && number <= field->max)
        return;
    snprintf(
        allowed, sizeof(allowed), "a whole number from %.12g to %.12g", field->min, field->max);
    refuse_value(checker, value, allowed);
}

static void check_real(struct checker *checker, const json_t *value, const struct field *field) {
    char allowed[128];
    double number = json_number_value(value);
    if (json_is_number(value) && number >= field->min && number <= field->max)
        return;
    snprintf(allowed, sizeof(allowed), "a number from %g to %g", field->min, field->max);
    refuse_value(checker, value, allowed);
}

/* "1.5s": digits, up to nine more behind a point, an s. */
static bool read_seconds(const char *text, double *ret_seconds) {
    size_t whole = strspn(text, "0123456789");
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    const char *end = text + whole + (fraction > 0 ? 1 + fraction : 0);
    *ret_seconds = strtod(text, NULL);
    return whole > 0 && whole < 12 && fraction <= 9 && strcmp(end, "s") == 0;
}

static void check_duration(
    struct checker *checker, const json_t *value, const struct field *field) {
    char allowed[128];
    double seconds;
    if (json_is_string(value) && read_seconds(json_string_value(value), &seconds) &&
        seconds >= field->min && seconds <= field->max)
        return;
    snprintf(allowed, sizeof(allowed), "seconds like \"1.5s\", from \"%gs\" to \"%.12gs\"",
        field->min, field->max);
    refuse_value(checker, value, allowed);
}

static bool is_status_code(const json_t *value) {
    for (int code = 1; json_is_string(value) && code < STATUS_CODE_COUNT; code++)
        if (strcmp(json_string_value(value), status_code_name(code)) == 0)
            return true;
    return false;
}

static void check_code(struct checker *checker, const json_t *value, const struct field *field) {
    if (!is_status_code(value))
        refuse_value(checker, value,
            "names of status codes but OK: \"UNAVAILABLE\", \"RESOURCE_EXHAUSTED\", ...");
}

/* --- objects and lists --- */

static const struct field *find_field(const struct fields *fields, const char *name) {
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].name, name) == 0)
            return &fields->list[i];
    return NULL;
}

static void refuse_unknown(struct checker *checker, const struct fields *fields) {
    struct buffer known = {0};
    for (size_t i = 0; i < fields->count; i++)
        buffer_printf(&known, "%s%s", i > 0 ? ", " : "", fields->list[i].name);
    if (known.size == 0)
        buffer_append_string(&known, "no field at all");
    refuse(checker, "is not known; allowed: %.*s", TEXT_ARG(known));
    buffer_deinit(&known);
}

static void check_fields(
    struct checker *checker, const json_t *object, const struct fields *fields) {
    const char *name, *dot = *checker->path ? "." : "";
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        const struct field *field = find_field(fields, name);
        size_t before = enter(checker, "%s%.*s", dot, SHOWN_SIZE, name);
        if (field)
            field->check(checker, value, field);
        else
            refuse_unknown(checker, fields);
        leave(checker, before);
    }
    for (size_t i = 0; i < fields->count; i++) {
        size_t before = enter(checker, "%s%s", dot, fields->list[i].name);
        if (fields->list[i].is_required && !json_object_get(object, fields->list[i].name))
            refuse(checker, "is missing");
        leave(checker, before);
    }
}

static void check_object(struct checker *checker, const json_t *value, const struct field *field) {
    if (json_is_object(value))
        check_fields(checker, value, field->fields);
    else
        refuse_value(checker, value, "an object");
}

/* The entries are what the first of the field's fields says. */
static void check_list(struct checker *checker, const json_t *value, const struct field *field) {
    size_t i;
    json_t *entry;
    char allowed[64];
    snprintf(allowed, sizeof(allowed), "a list of %g to %g entries", field->min, field->max);
    if (!json_is_array(value) || (double)json_array_size(value) < field->min ||
        (double)json_array_size(value) > field->max) {
        refuse_value(checker, value, allowed);
        return;
    }
    json_array_foreach(value, i, entry) {
        size_t before = enter(checker, "[%zu]", i);
        field->fields->list->check(checker, entry, field->fields->list);
        leave(checker, before);
    }
}

#define FIELDS(name) static const struct fields name = {name##_list, ARRAY_SIZE(name##_list)}

/* --- balancing --- */

enum { HOUR_S = 3600, MANY = 1000000 };

static void check_policy(struct checker *checker, const json_t *value, const struct field *field) {
    if (json_is_object(value) && json_object_size(value) == 1)
        check_fields(checker, value, field->fields);
    else
        refuse_value(checker, value, "an object with one policy, like {\"round_robin\": {}}");
}

static const struct fields no_fields;

static const struct field success_rate_list[] = {
    {"stdevFactor", check_int, 0, MANY},
    {"enforcementPercentage", check_int, 0, 100},
    {"minimumHosts", check_int, 1, MANY},
    {"requestVolume", check_int, 1, MANY},
};
FIELDS(success_rate);

static const struct field failure_percentage_list[] = {
    {"threshold", check_int, 0, 100},
    {"enforcementPercentage", check_int, 0, 100},
    {"minimumHosts", check_int, 1, MANY},
    {"requestVolume", check_int, 1, MANY},
};
FIELDS(failure_percentage);

static const struct field child_policies_list[] = {
    {"round_robin", check_object, .fields = &no_fields},
};
FIELDS(child_policies);
static const struct field child_policy_list[] = {{"", check_policy, .fields = &child_policies}};
FIELDS(child_policy);

static const struct field outlier_detection_list[] = {
    {"interval", check_duration, 0.01, HOUR_S},
    {"baseEjectionTime", check_duration, 0.01, 24 * HOUR_S},
    {"maxEjectionTime", check_duration, 0.01, 24 * HOUR_S},
    {"maxEjectionPercent", check_int, 0, 100},
    {"successRateEjection", check_object, .fields = &success_rate},
    {"failurePercentageEjection", check_object, .fields = &failure_percentage},
    {"childPolicy", check_list, 1, 8, .fields = &child_policy, .is_required = true},
};
FIELDS(outlier_detection);

static const struct field policies_list[] = {
    {"pick_first", check_object, .fields = &no_fields},
    {"round_robin", check_object, .fields = &no_fields},
    {"outlier_detection_experimental", check_object, .fields = &outlier_detection},
};
FIELDS(policies);
static const struct field policy_list[] = {{"", check_policy, .fields = &policies}};
FIELDS(policy);

/* --- methods --- */

static const struct field name_parts_list[] = {
    {"service", check_text},
    {"method", check_text},
};
FIELDS(name_parts);

/* {} stands for all methods. */
static void check_name(struct checker *checker, const json_t *value, const struct field *field) {
    char name[2 * NAME_SIZE_MAX + 8];
    const char *service = json_string_value(json_object_get(value, "service"));
    const char *method = json_string_value(json_object_get(value, "method"));
    check_object(checker, value, &(struct field){.fields = &name_parts});
    if (method && !(service && *service))
        refuse(checker, "has a method without a service");
    if (!checker->is_sound)
        return;
    snprintf(name, sizeof(name), "\n/%s/%s\n", service ? service : "", method ? method : "");
    if (checker->names.size > 0 &&
        memmem(checker->names.data, checker->names.size, name, strlen(name)))
        refuse(checker, "names %.*s, which has a config already", (int)strlen(name) - 2, name + 1);
    buffer_append_string(&checker->names, name);
}

static const struct field name_list[] = {{"", check_name}};
FIELDS(name);
static const struct field code_list[] = {{"", check_code}};
FIELDS(code);

static const struct field retry_policy_list[] = {
    {"maxAttempts", check_int, 2, 5, .is_required = true},
    {"initialBackoff", check_duration, 0.001, 60, .is_required = true},
    {"maxBackoff", check_duration, 0.001, 600, .is_required = true},
    {"backoffMultiplier", check_real, 0.001, 100, .is_required = true},
    {"retryableStatusCodes", check_list, 1, 16, .fields = &code, .is_required = true},
};
FIELDS(retry_policy);

static const struct field method_config_list[] = {
    {"name", check_list, 1, METHODS_MAX, .fields = &name, .is_required = true},
    {"timeout", check_duration, 0.001, 24 * HOUR_S},
    {"waitForReady", check_bool},
    {"maxRequestMessageBytes", check_int, 0, INT32_MAX},
    {"maxResponseMessageBytes", check_int, 0, INT32_MAX},
    {"retryPolicy", check_object, .fields = &retry_policy},
};
FIELDS(method_config);
static const struct field method_list[] = {{"", check_object, .fields = &method_config}};
FIELDS(method);

/* --- the whole --- */

static const struct field health_list[] = {
    {"serviceName", check_text, .is_required = true},
};
FIELDS(health);

static const struct field throttling_list[] = {
    {"maxTokens", check_int, 1, 1000, .is_required = true},
    {"tokenRatio", check_real, 0.001, 1000, .is_required = true},
};
FIELDS(throttling);

static const struct field root_list[] = {
    {"loadBalancingConfig", check_list, 1, 8, .fields = &policy},
    {"healthCheckConfig", check_object, .fields = &health},
    {"retryThrottling", check_object, .fields = &throttling},
    {"methodConfig", check_list, 0, METHODS_MAX, .fields = &method},
};
FIELDS(root);

/* Core takes the first policy of the list, and pick_first asks nobody for health. */
static void check_health_policy(struct checker *checker, const json_t *value) {
    const json_t *first = json_array_get(json_object_get(value, "loadBalancingConfig"), 0);
    if (!checker->is_sound || !json_object_get(value, "healthCheckConfig") ||
        !json_object_get(first, "pick_first"))
        return;
    size_t before = enter(checker, "healthCheckConfig");
    refuse(checker, "has no effect under pick_first; allowed: round_robin, "
                    "outlier_detection_experimental");
    leave(checker, before);
}

bool service_config_check(const char *source, const json_t *value, struct buffer *ret_error) {
    struct checker checker = {.source = source, .error = ret_error, .is_sound = true};
    check_object(&checker, value, &(struct field){.fields = &root});
    check_health_policy(&checker, value);
    buffer_deinit(&checker.names);
    return checker.is_sound;
}
