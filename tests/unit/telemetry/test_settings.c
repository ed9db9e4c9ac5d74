/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/trace.h"
#include "telemetry/config.h"

struct program {
    struct telemetry_config telemetry;
};

static const struct config_entry entries[] = {
    TELEMETRY_CONFIG_ENTRIES(offsetof(struct program, telemetry))};
static const struct config_table table = {
    .program = "program", .entries = entries, .count = ARRAY_SIZE(entries)};

static struct arena arena;

static int setup(void **state) {
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state) {
    arena_deinit(&arena);
    return 0;
}

enum { VARIABLES_MAX = 4 };

/* What a program's start says to this environment; NULL: nothing. */
static const char *read_variables(
    const char *const variables[VARIABLES_MAX], struct settings *ret_settings) {
    static char message[1024];
    struct program program = {0};
    char *environment[VARIABLES_MAX + 1] = {0};
    for (size_t i = 0; i < VARIABLES_MAX && variables[i]; i++)
        environment[i] = (char *)variables[i];
    if (config_parse(&table, environment, &program, message, sizeof(message)) != 0)
        return message;
    return settings_read(&program.telemetry, "event-service", &arena, ret_settings);
}

static struct settings read_well(const char *const variables[VARIABLES_MAX]) {
    struct settings settings;
    const char *problem = read_variables(variables, &settings);
    if (problem)
        fail_msg("refused: %s", problem);
    return settings;
}

static const char *attribute(const struct settings *settings, const char *key) {
    const char *value = NULL;
    for (size_t i = 0; i < settings->attribute_count; i++)
        if (strcmp(settings->attributes[i].key, key) == 0) {
            assert_null(value); /* once */
            value = settings->attributes[i].value;
        }
    return value ? value : "";
}

static void traces_are_off_until_an_endpoint_is_named(void **state) {
    static const struct {
        const char *const variables[VARIABLES_MAX];
        bool is_on;
    } rows[] = {
        {{NULL}, false},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT="}, false},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1"}, true},
        {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://a:1"}, true},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1", "OTEL_SDK_DISABLED=true"}, false},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1", "OTEL_TRACES_EXPORTER=none"}, false},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1", "OTEL_TRACES_EXPORTER=otlp"}, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        print_message("%s\n", rows[i].variables[0] ? rows[i].variables[0] : "");
        assert_int_equal(read_well(rows[i].variables).is_on, rows[i].is_on);
    }
}

static void an_endpoint_becomes_a_target(void **state) {
    static const struct {
        const char *variable, *target;
    } rows[] = {
        {"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317", "127.0.0.1:4317"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:55680/", "collector:55680"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.traces.svc", "collector.traces.svc:4317"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]:4317", "[::1]:4317"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]", "[::1]:4317"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const variables[VARIABLES_MAX] = {rows[i].variable};
        assert_string_equal(read_well(variables).target, rows[i].target);
    }
    const char *const both[VARIABLES_MAX] = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:1",
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://all:2"};
    assert_string_equal(read_well(both).target, "traces:1");
}

static void wrong_values_are_refused_with_their_variable(void **state) {
    static const struct {
        const char *const variables[VARIABLES_MAX];
        const char *words;
    } rows[] = {
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=https://collector:4317"},
            "OTEL_EXPORTER_OTLP_ENDPOINT: https:// is not supported yet"},
        {{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://collector"},
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: https:// is not supported yet"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317"},
            "OTEL_EXPORTER_OTLP_ENDPOINT: \"collector:4317\" is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://:4317"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:0"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:70000"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a:4318/v1/traces"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://a b:1"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_ENDPOINT=http://u@a:1"}, "is not http://host:port"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=novalue"},
            "OTEL_EXPORTER_OTLP_HEADERS: entry 1: it is key=value"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=1,=x"}, "entry 2: it is key=value"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=%zz"}, "it is key=value"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=%4"}, "it is key=value"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a b=x"}, "a key is made of letters"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=%C3%A9"}, "a value is printable ASCII"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=%0A"}, "a value is printable ASCII"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=grpc-timeout=1S"}, "grpc-... and ...-bin cannot be set"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=x-bin=AA"}, "grpc-... and ...-bin cannot be set"},
        {{"OTEL_EXPORTER_OTLP_HEADERS=a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,"
          "o=1,p=1,q=1"},
            "there are at most 16"},
        {{"OTEL_RESOURCE_ATTRIBUTES=a"}, "OTEL_RESOURCE_ATTRIBUTES: entry 1: it is key=value"},
        {{"OTEL_RESOURCE_ATTRIBUTES=a=%FF"}, "OTEL_RESOURCE_ATTRIBUTES: entry 1: it is key=value"},
        {{"OTEL_TRACES_SAMPLER=sometimes"}, "OTEL_TRACES_SAMPLER: \"sometimes\" is not always_on"},
        {{"OTEL_TRACES_SAMPLER_ARG=half"}, "OTEL_TRACES_SAMPLER_ARG: it is a number from 0 to 1"},
        {{"OTEL_TRACES_SAMPLER_ARG=1.1"}, "OTEL_TRACES_SAMPLER_ARG: it is a number from 0 to 1"},
        {{"OTEL_TRACES_SAMPLER_ARG=-0.1"}, "OTEL_TRACES_SAMPLER_ARG: it is a number from 0 to 1"},
        {{"OTEL_TRACES_SAMPLER_ARG=nan"}, "OTEL_TRACES_SAMPLER_ARG: it is a number from 0 to 1"},
        {{"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: \"http/protobuf\" is not grpc"},
        {{"OTEL_TRACES_EXPORTER=zipkin"}, "OTEL_TRACES_EXPORTER: \"zipkin\" is not otlp or none"},
        {{"OTEL_EXPORTER_OTLP_TIMEOUT=0"}, "OTEL_EXPORTER_OTLP_TIMEOUT: \"0\" is not"},
        {{"OTEL_SDK_DISABLED=maybe"}, "OTEL_SDK_DISABLED: \"maybe\" is not"},
        {{"OTEL_BSP_MAX_QUEUE_SIZE=100"},
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: it is at most OTEL_BSP_MAX_QUEUE_SIZE"},
        {{"OTEL_BSP_MAX_QUEUE_SIZE=100000"}, "OTEL_BSP_MAX_QUEUE_SIZE: \"100000\" is not"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct settings settings;
        const char *problem = read_variables(rows[i].variables, &settings);
        if (!problem || !strstr(problem, rows[i].words))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].variables[0],
                problem ? problem : "nothing", rows[i].words);
    }
}

static void headers_become_metadata(void **state) {
    const char *const variables[VARIABLES_MAX] = {
        "OTEL_EXPORTER_OTLP_HEADERS= Authorization = Basic%20abc%3D , x-tenant=7,,x-tenant=8"};
    struct settings settings = read_well(variables);
    assert_int_equal(settings.header_count, 2);
    assert_string_equal(settings.headers[0].key, "authorization");
    assert_string_equal(settings.headers[0].value, "Basic abc=");
    assert_string_equal(settings.headers[1].key, "x-tenant");
    assert_string_equal(settings.headers[1].value, "7");
}

static void a_resource_says_who_reports(void **state) {
    const char *const none[VARIABLES_MAX] = {NULL};
    struct settings settings = read_well(none);
    assert_string_equal(attribute(&settings, "service.name"), "event-service");
    assert_string_equal(attribute(&settings, "service.version"), MYEVENTS_VERSION);
    assert_int_equal(strlen(attribute(&settings, "service.instance.id")), 36);
    assert_string_equal(attribute(&settings, "telemetry.sdk.language"), "c");

    const char *const given[VARIABLES_MAX] = {
        "OTEL_RESOURCE_ATTRIBUTES=service.name=other,deployment.environment.name=caf%C3%A9"};
    settings = read_well(given);
    assert_string_equal(attribute(&settings, "service.name"), "other");
    assert_string_equal(attribute(&settings, "deployment.environment.name"), "caf\xc3\xa9");

    const char *const named[VARIABLES_MAX] = {
        "OTEL_SERVICE_NAME=mine", "OTEL_RESOURCE_ATTRIBUTES=service.name=other"};
    settings = read_well(named);
    assert_string_equal(attribute(&settings, "service.name"), "mine");
}

static bool takes_root(const struct settings *settings, const char *trace_id) {
    return sampler_takes(&settings->sampler, NULL, trace_id);
}

static void a_sampler_has_its_ratio(void **state) {
    static const char quarter[] = "00000000000000004000000000000000"; /* at 0.25 */
    const char *const defaults[VARIABLES_MAX] = {NULL};
    const char *const above[VARIABLES_MAX] = {
        "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.26"};
    const char *const below[VARIABLES_MAX] = {
        "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.24"};
    const char *const all[VARIABLES_MAX] = {"OTEL_TRACES_SAMPLER=traceidratio"};
    struct settings settings = read_well(defaults);
    assert_int_equal(settings.sampler.kind, SAMPLER_PARENT_ALWAYS_ON);
    settings = read_well(above);
    assert_int_equal(settings.sampler.kind, SAMPLER_PARENT_RATIO);
    assert_true(takes_root(&settings, quarter));
    settings = read_well(below);
    assert_false(takes_root(&settings, quarter));
    settings = read_well(all);
    assert_true(takes_root(&settings, "ffffffffffffffffffffffffffffffff"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(traces_are_off_until_an_endpoint_is_named),
        cmocka_unit_test(an_endpoint_becomes_a_target),
        cmocka_unit_test(wrong_values_are_refused_with_their_variable),
        cmocka_unit_test(headers_become_metadata),
        cmocka_unit_test(a_resource_says_who_reports),
        cmocka_unit_test(a_sampler_has_its_ratio),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
