/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include "check.h"

struct example {
    const char *listen_addr;
    const char *database_url;
    const char *name;
    const char *motto;
    int64_t threads;
    int64_t offset;
    int64_t hold_ttl_ms;
    int64_t grace_ms;
    int64_t cache_bytes;
    int64_t log_format;
    const char *peers;
    const char *metrics_addr;
    bool reflection;
};

#define MEMBER(member) offsetof(struct example, member)
#define DAY_MS         (24 * 3600 * 1000)

static const struct config_entry entries[] = {
    {"LISTEN_ADDR", CONFIG_ADDRESS, MEMBER(listen_addr), "0.0.0.0:50051", .choices = "unix",
        .help = "where gRPC is served"},
    {"DATABASE_URL", CONFIG_URL, MEMBER(database_url), NULL, .choices = "lmdb|mongodb",
        .help = "where documents live"},
    {"NAME", CONFIG_TEXT, MEMBER(name), "event", .min = 2, .max = 8},
    {"MOTTO", CONFIG_TEXT, MEMBER(motto), ""},
    {"MYEVENTS_THREADS", CONFIG_INT, MEMBER(threads), "4", .min = 1, .max = 64},
    {"MYEVENTS_OFFSET", CONFIG_INT, MEMBER(offset), "-5"},
    {"HOLD_TTL", CONFIG_DURATION_MS, MEMBER(hold_ttl_ms), "10m", .min = 1000, .max = DAY_MS},
    {"GRACE", CONFIG_DURATION_MS, MEMBER(grace_ms), "1500ms"},
    {"CACHE_SIZE", CONFIG_BYTES, MEMBER(cache_bytes), "1MiB", .min = 1024,
        .max = INT64_C(64) << 30},
    {"LOG_FORMAT", CONFIG_CHOICE, MEMBER(log_format), "logfmt", .choices = "logfmt|json"},
    {"PEERS", CONFIG_ADDRESSES, MEMBER(peers), "", .choices = "unix"},
    {"METRICS_ADDR", CONFIG_ADDRESS, MEMBER(metrics_addr), "0.0.0.0:9101"},
    {"REFLECTION", CONFIG_BOOL, MEMBER(reflection), "true"},
};
static const struct config_table table = {
    "event-service", "stores events", entries, ARRAY_SIZE(entries)};

static const char database[] = "DATABASE_URL=lmdb:///data";

static int parse(
    const char *first, const char *second, struct example *example, char message[static 1024]) {
    char *environment[] = {(char *)first, (char *)second, NULL};
    memset(example, 0, sizeof(*example));
    return config_parse(&table, environment, example, message, 1024);
}

/* `variable` beside a good DATABASE_URL. */
static struct example accept(const char *variable) {
    struct example example;
    char message[1024];
    int r = parse(variable, database, &example, message);
    assert_string_equal(message, "");
    assert_int_equal(r, 0);
    return example;
}

static void refuse(const char *variable, const char *expected) {
    struct example example;
    char message[1024];
    int r = parse(variable, database, &example, message);
    assert_string_equal(message, expected);
    assert_int_equal(r, CONFIG_REFUSED);
}

static void several_addresses_are_separated_by_commas(void **state) {
    assert_string_equal(accept("PEERS=127.0.0.1:50051").peers, "127.0.0.1:50051");
    assert_string_equal(accept("PEERS=127.0.0.1:1,unix:/run/a").peers, "127.0.0.1:1,unix:/run/a");
    refuse("PEERS=127.0.0.1:1,,unix:/run/a",
        "PEERS: \"127.0.0.1:1,,unix:/run/a\" is not host:port or unix:/path, several separated by "
        "commas\n");
}

static void what_is_not_set_has_its_default(void **state) {
    struct example example = accept("HOME=/root");
    assert_string_equal(example.listen_addr, "0.0.0.0:50051");
    assert_string_equal(example.database_url, "lmdb:///data");
    assert_string_equal(example.name, "event");
    assert_string_equal(example.motto, "");
    assert_int_equal(example.threads, 4);
    assert_int_equal(example.offset, -5);
    assert_int_equal(example.hold_ttl_ms, 600000);
    assert_int_equal(example.grace_ms, 1500);
    assert_int_equal(example.cache_bytes, 1 << 20);
    assert_int_equal(example.log_format, 0);
    assert_true(example.reflection);
}

static void set_to_nothing_is_not_set(void **state) {
    assert_string_equal(accept("LISTEN_ADDR=").listen_addr, "0.0.0.0:50051");
    assert_int_equal(accept("HOLD_TTL=").hold_ttl_ms, 600000);
}

static void a_name_must_match_whole(void **state) {
    assert_string_equal(accept("NAME2=other").name, "event");
    assert_string_equal(accept("NAM=other").name, "event");
    assert_string_equal(accept("NAME=a=b").name, "a=b");
}

static void a_required_variable_that_is_missing_is_named(void **state) {
    struct example example;
    char message[1024];
    assert_int_equal(parse("A=b", "C=d", &example, message), CONFIG_REFUSED);
    assert_string_equal(message,
        "DATABASE_URL is not set, but required: lmdb://... or mongodb://..., where documents "
        "live\n");
    assert_int_equal(parse("DATABASE_URL=", "C=d", &example, message), CONFIG_REFUSED);
}

static void texts_have_lengths(void **state) {
    assert_string_equal(accept("NAME=12345678").name, "12345678");
    refuse("NAME=123456789", "NAME: \"123456789\" is not a text of 2 to 8 bytes\n");
    refuse("NAME=x", "NAME: \"x\" is not a text of 2 to 8 bytes\n");
    char variable[5000] = "MOTTO=", expected[512], shown[81];
    memset(variable + 6, 'm', 4096);
    assert_int_equal(strlen(accept(variable).motto), 4096);
    variable[6 + 4096] = 'm';
    memset(shown, 'm', 80);
    shown[80] = '\0';
    snprintf(expected, sizeof(expected), "MOTTO: \"%s...\" is not a text of at most 4096 bytes\n",
        shown);
    refuse(variable, expected);
}

static void whole_numbers_have_bounds(void **state) {
    assert_int_equal(accept("MYEVENTS_THREADS=1").threads, 1);
    assert_int_equal(accept("MYEVENTS_THREADS=64").threads, 64);
    assert_int_equal(accept("MYEVENTS_OFFSET=-9223372036854775808").offset, INT64_MIN);
    refuse("MYEVENTS_THREADS=0", "MYEVENTS_THREADS: \"0\" is not a whole number from 1 to 64\n");
    refuse("MYEVENTS_THREADS=65", "MYEVENTS_THREADS: \"65\" is not a whole number from 1 to 64\n");
    refuse(
        "MYEVENTS_THREADS=four", "MYEVENTS_THREADS: \"four\" is not a whole number from 1 to 64\n");
    refuse("MYEVENTS_THREADS= 4", "MYEVENTS_THREADS: \" 4\" is not a whole number from 1 to 64\n");
    refuse("MYEVENTS_OFFSET=1.5", "MYEVENTS_OFFSET: \"1.5\" is not a whole number\n");
    refuse("MYEVENTS_OFFSET=9223372036854775808",
        "MYEVENTS_OFFSET: \"9223372036854775808\" is not a whole number\n");
}

static void booleans_are_words(void **state) {
    assert_true(accept("REFLECTION=TRUE").reflection);
    assert_true(accept("REFLECTION=1").reflection);
    assert_true(accept("REFLECTION=yes").reflection);
    assert_true(accept("REFLECTION=On").reflection);
    assert_false(accept("REFLECTION=false").reflection);
    assert_false(accept("REFLECTION=0").reflection);
    assert_false(accept("REFLECTION=no").reflection);
    assert_false(accept("REFLECTION=off").reflection);
    refuse("REFLECTION=y", "REFLECTION: \"y\" is not true, false, 1, 0, yes, no, on or off\n");
}

static void choices_are_exact(void **state) {
    assert_int_equal(accept("LOG_FORMAT=json").log_format, 1);
    refuse("LOG_FORMAT=xml", "LOG_FORMAT: \"xml\" is not logfmt or json\n");
    refuse("LOG_FORMAT=JSON", "LOG_FORMAT: \"JSON\" is not logfmt or json\n");
    refuse("LOG_FORMAT=logfmt|json", "LOG_FORMAT: \"logfmt|json\" is not logfmt or json\n");
}

#define NOT_A_TTL(value)                                                                           \
    refuse("HOLD_TTL=" value,                                                                      \
        "HOLD_TTL: \"" value                                                                       \
        "\" is not a duration with a unit (ms, s, m, h or d) from 1s to 1d\n")

static void durations_have_a_unit(void **state) {
    assert_int_equal(accept("GRACE=250ms").grace_ms, 250);
    assert_int_equal(accept("GRACE=2s").grace_ms, 2000);
    assert_int_equal(accept("GRACE=10m").grace_ms, 600000);
    assert_int_equal(accept("GRACE=24h").grace_ms, DAY_MS);
    assert_int_equal(accept("GRACE=7d").grace_ms, 7 * DAY_MS);
    assert_int_equal(accept("GRACE=0s").grace_ms, 0);
    NOT_A_TTL("600");
    NOT_A_TTL("0");
    NOT_A_TTL("s");
    NOT_A_TTL("-1s");
    NOT_A_TTL("1.5s");
    NOT_A_TTL("1 s");
    NOT_A_TTL("1S");
    NOT_A_TTL("1s ");
    NOT_A_TTL("1m30s");
    NOT_A_TTL("999ms");
    NOT_A_TTL("25h");
    NOT_A_TTL("200000000000d");
    refuse("GRACE=213503982335d", /* 2^64 ms and a little more */
        "GRACE: \"213503982335d\" is not a duration with a unit (ms, s, m, h or d)\n");
    refuse("GRACE=99999999999999999999s",
        "GRACE: \"99999999999999999999s\" is not a duration with a unit (ms, s, m, h or d)\n");
}

#define NOT_A_SIZE(value)                                                                          \
    refuse("CACHE_SIZE=" value,                                                                    \
        "CACHE_SIZE: \"" value "\" is not a size in bytes, KiB, MiB, GiB or TiB from 1KiB to "     \
        "64GiB\n")

static void sizes_may_have_a_unit(void **state) {
    assert_int_equal(accept("CACHE_SIZE=65536").cache_bytes, 65536);
    assert_int_equal(accept("CACHE_SIZE=64KiB").cache_bytes, 65536);
    assert_int_equal(accept("CACHE_SIZE=3MiB").cache_bytes, 3 << 20);
    assert_int_equal(accept("CACHE_SIZE=64GiB").cache_bytes, INT64_C(64) << 30);
    NOT_A_SIZE("1023");
    NOT_A_SIZE("65GiB");
    NOT_A_SIZE("1TiB");
    NOT_A_SIZE("64KB");
    NOT_A_SIZE("64k");
    NOT_A_SIZE("KiB");
    NOT_A_SIZE("9223372036854775807TiB");
}

static void addresses_are_host_and_port_or_a_path(void **state) {
    static const char *const accepted[] = {"localhost:0", "event-1.mesh_a.local:65535",
        "127.0.0.1:50051", "[::1]:8080", "[fe80::1%eth0]:1", "unix:/run/event.sock"};
    static const char *const refused[] = {"foo", "foo:", ":8080", "foo:65536", "foo:-1", "foo:+1",
        "foo:80a", "a b:80", "::1:80", "[]:80", "[::1]", "[::1:80", "http://foo:80",
        "unix:", "unix:/", "unix:run/x"};
    char variable[256], expected[256];
    for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
        snprintf(variable, sizeof(variable), "LISTEN_ADDR=%s", accepted[i]);
        assert_string_equal(accept(variable).listen_addr, accepted[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        snprintf(variable, sizeof(variable), "LISTEN_ADDR=%s", refused[i]);
        snprintf(expected, sizeof(expected), "LISTEN_ADDR: \"%s\" is not host:port or unix:/path\n",
            refused[i]);
        refuse(variable, expected);
    }
}

static void an_address_has_a_length(void **state) {
    char variable[512] = "METRICS_ADDR=", *host = variable + strlen(variable);
    memset(host, 'h', CONFIG_ADDRESS_SIZE - 1 - strlen(":80"));
    strcat(host, ":80");
    assert_string_equal(accept(variable).metrics_addr, host);
    memmove(host + 1, host, strlen(host) + 1);
    struct example example;
    char message[1024];
    assert_int_equal(parse(variable, database, &example, message), CONFIG_REFUSED);
}

static void a_path_is_an_address_only_where_it_may_be(void **state) {
    assert_string_equal(accept("METRICS_ADDR=127.0.0.1:1").metrics_addr, "127.0.0.1:1");
    refuse("METRICS_ADDR=unix:/run/a", "METRICS_ADDR: \"unix:/run/a\" is not host:port\n");
}

static void a_path_fits_a_socket_address(void **state) {
    char variable[256] = "LISTEN_ADDR=unix:/";
    memset(variable + strlen(variable), 'p', 106);
    accept(variable);
    variable[strlen(variable)] = 'p';
    struct example example;
    char message[1024];
    assert_int_equal(parse(variable, database, &example, message), CONFIG_REFUSED);
}

static void refuse_url(const char *url, const char *shown) {
    struct example example;
    char variable[256], message[1024], expected[256];
    snprintf(variable, sizeof(variable), "DATABASE_URL=%s", url);
    assert_int_equal(parse(variable, NULL, &example, message), CONFIG_REFUSED);
    snprintf(expected, sizeof(expected),
        "DATABASE_URL: \"%s\" is not lmdb://... or mongodb://...\n", shown);
    assert_string_equal(message, expected);
}

static void urls_have_a_known_scheme(void **state) {
    struct example example;
    char message[1024];
    assert_int_equal(parse("DATABASE_URL=mongodb://a:b@h/d", NULL, &example, message), 0);
    assert_string_equal(example.database_url, "mongodb://a:b@h/d");
    refuse_url("mysql://x", "mysql://x");
    refuse_url("lmdb://", "lmdb://");
    refuse_url("lmdb:/data", "lmdb:/data");
    refuse_url("/data", "/data");
    refuse_url("LMDB:///data", "LMDB:///data");
    refuse_url("lmdb:///a b", "lmdb:///a b");
}

static void a_password_is_not_shown(void **state) {
    refuse_url("mysql://root:secret@host/db", "mysql://***@host/db");
    refuse_url("mysql://root:se@cret@host/db", "mysql://***@host/db");
}

static void what_a_terminal_would_obey_is_escaped(void **state) {
    refuse("LOG_FORMAT=\x1b[2J\"\xff",
        "LOG_FORMAT: \"\\u001b[2J\\\"\xef\xbf\xbd\" is not logfmt or json\n");
}

static void an_unknown_variable_of_ours_is_a_mistake(void **state) {
    refuse("MYEVENTS_THREAD=4",
        "MYEVENTS_THREAD is not a variable of event-service; did you mean MYEVENTS_THREADS?\n");
    refuse("MYEVENTS_OFSETT=",
        "MYEVENTS_OFSETT is not a variable of event-service; did you mean MYEVENTS_OFFSET?\n");
    refuse("MYEVENTS_SOMETHING_ELSE=1",
        "MYEVENTS_SOMETHING_ELSE is not a variable of event-service; see --help\n");
    refuse("MYEVENTS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS=1",
        "MYEVENTS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS_THREADS is not a "
        "variable of event-service; see --help\n");
    accept("OTHER_THING=1");
}

static void every_mistake_is_said_at_once(void **state) {
    struct example example;
    char message[1024];
    assert_int_equal(parse("HOLD_TTL=5", "REFLECTION=maybe", &example, message), CONFIG_REFUSED);
    assert_string_equal(message,
        "DATABASE_URL is not set, but required: lmdb://... or mongodb://..., where documents "
        "live\n"
        "HOLD_TTL: \"5\" is not a duration with a unit (ms, s, m, h or d) from 1s to 1d\n"
        "REFLECTION: \"maybe\" is not true, false, 1, 0, yes, no, on or off\n");
}

static int load(const char *argument, struct example *example) {
    char *argv[] = {(char *)table.program, (char *)argument, NULL};
    return config_load(&table, argument ? 2 : 1, argv, example);
}

static void help_shows_the_whole_table(void **state) {
    static const char *const parts[] = {"event-service " MYEVENTS_VERSION ": stores events\n",
        "\n  LISTEN_ADDR\n      where gRPC is served\n      host:port or unix:/path; default "
        "0.0.0.0:50051\n",
        "\n  DATABASE_URL\n      where documents live\n      lmdb://... or mongodb://...; "
        "required\n",
        "\n  MOTTO\n      a text of at most 4096 bytes; default none\n",
        "\n  HOLD_TTL\n      a duration with a unit (ms, s, m, h or d) from 1s to 1d; default "
        "10m\n"};
    struct example example;
    struct capture capture;
    char output[8192];
    capture_start(&capture, STDOUT_FILENO);
    int r = load("--help", &example);
    capture_end(&capture, output, sizeof(output));
    assert_int_equal(r, CONFIG_DONE);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (!strstr(output, parts[i]))
            fail_msg("\"%s\" is not in \"%s\"", parts[i], output);
    for (size_t i = 0; i < table.count; i++)
        assert_non_null(strstr(output, entries[i].name));
}

static void the_version_is_one_line(void **state) {
    struct example example;
    struct capture capture;
    char output[256];
    capture_start(&capture, STDOUT_FILENO);
    int r = load("--version", &example);
    capture_end(&capture, output, sizeof(output));
    assert_int_equal(r, CONFIG_DONE);
    assert_string_equal(output, "event-service " MYEVENTS_VERSION "\n");
}

static void no_other_argument_is_understood(void **state) {
    struct example example;
    struct capture capture;
    char output[256];
    capture_start(&capture, STDERR_FILENO);
    int r = load("--port=1", &example);
    capture_end(&capture, output, sizeof(output));
    assert_int_equal(r, CONFIG_REFUSED);
    assert_string_equal(output, "event-service: \"--port=1\" is not an argument; see --help\n");
}

static void the_program_reads_its_own_environment(void **state) {
    struct example example = {0};
    struct capture capture;
    char output[1024];
    setenv("DATABASE_URL", "lmdb:///here", 1);
    assert_int_equal(load(NULL, &example), 0);
    assert_string_equal(example.database_url, "lmdb:///here");

    setenv("DATABASE_URL", "here", 1);
    setenv("REFLECTION", "maybe", 1);
    capture_start(&capture, STDERR_FILENO);
    int r = load(NULL, &example);
    capture_end(&capture, output, sizeof(output));
    assert_int_equal(r, CONFIG_REFUSED);
    assert_string_equal(output,
        "event-service: DATABASE_URL: \"here\" is not lmdb://... or mongodb://...\n"
        "event-service: REFLECTION: \"maybe\" is not true, false, 1, 0, yes, no, on or off\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_set_has_its_default),
        cmocka_unit_test(several_addresses_are_separated_by_commas),
        cmocka_unit_test(set_to_nothing_is_not_set),
        cmocka_unit_test(a_name_must_match_whole),
        cmocka_unit_test(a_required_variable_that_is_missing_is_named),
        cmocka_unit_test(texts_have_lengths),
        cmocka_unit_test(whole_numbers_have_bounds),
        cmocka_unit_test(booleans_are_words),
        cmocka_unit_test(choices_are_exact),
        cmocka_unit_test(durations_have_a_unit),
        cmocka_unit_test(sizes_may_have_a_unit),
        cmocka_unit_test(addresses_are_host_and_port_or_a_path),
        cmocka_unit_test(an_address_has_a_length),
        cmocka_unit_test(a_path_is_an_address_only_where_it_may_be),
        cmocka_unit_test(a_path_fits_a_socket_address),
        cmocka_unit_test(urls_have_a_known_scheme),
        cmocka_unit_test(a_password_is_not_shown),
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(an_unknown_variable_of_ours_is_a_mistake),
        cmocka_unit_test(every_mistake_is_said_at_once),
        cmocka_unit_test(help_shows_the_whole_table),
        cmocka_unit_test(the_version_is_one_line),
        cmocka_unit_test(no_other_argument_is_understood),
        cmocka_unit_test(the_program_reads_its_own_environment),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
