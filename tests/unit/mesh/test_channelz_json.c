/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/channelz_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "grpc/channelz/v1/channelz.pb-c.h"
#include "mesh/message.h"
#include "stand.h"

typedef Grpc__Channelz__V1__Socket Socket;
typedef Grpc__Channelz__V1__GetTopChannelsResponse Channels;
typedef Grpc__Channelz__V1__SocketOptionLinger Linger;

#define SOCKET   &grpc__channelz__v1__socket__descriptor
#define CHANNELS &grpc__channelz__v1__get_top_channels_response__descriptor
#define TIMEOUT  &grpc__channelz__v1__socket_option_timeout__descriptor

static struct arena arena;

static int setup(void **state) {
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state) {
    arena_deinit(&arena);
    return 0;
}

static void *read_json(const ProtobufCMessageDescriptor *descriptor, const char *json) {
    void *message = channelz_json_read(&arena, descriptor, text_from(json));
    if (!message)
        fail_msg("refused: %s", json);
    return message;
}

static void a_channel_is_read_as_core_writes_it(void **state) {
    const Channels *channels = read_json(CHANNELS,
        "{\"channel\":[{\"ref\":{\"channelId\":\"4\",\"name\":\"a\"},\"data\":{"
        "\"state\":{\"state\":\"TRANSIENT_FAILURE\"},\"target\":\"h:1\",\"callsStarted\":"
        "\"9223372036854775807\",\"callsFailed\":\"-9223372036854775808\",\"trace\":{"
        "\"numEventsLogged\":\"7\",\"events\":[{\"severity\":\"CT_ERROR\",\"description\":"
        "\"\\u20ac\\\"\",\"timestamp\":\"2026-11-26T19:18:29.207901209Z\","
        "\"subchannelRef\":{\"subchannelId\":\"5\"}},{}]}},\"subchannelRef\":[{\"subchannelId\":"
        "\"5\"},{\"subchannelId\":\"6\"}]},{}],\"end\":true}");
    assert_int_equal(channels->n_channel, 2);
    assert_true(channels->end);
    const Grpc__Channelz__V1__Channel *channel = channels->channel[0];
    const Grpc__Channelz__V1__ChannelData *data = channel->data;
    const Grpc__Channelz__V1__ChannelTraceEvent *event = data->trace->events[0];
    assert_int_equal(channel->ref->channel_id, 4);
    assert_string_equal(channel->ref->name, "a");
    assert_int_equal(data->state->state, 4);
    assert_string_equal(data->target, "h:1");
    assert_true(data->calls_started == INT64_MAX && data->calls_failed == INT64_MIN);
    assert_int_equal(data->calls_succeeded, 0);
    assert_int_equal(data->trace->n_events, 2);
    assert_string_equal(event->description, "\xe2\x82\xac\"");
    assert_int_equal(event->severity, 3);
    assert_int_equal(event->timestamp->seconds, 1795720709);
    assert_int_equal(event->timestamp->nanos, 207901209);
    assert_int_equal(event->child_ref_case, 5);
    assert_int_equal(event->subchannel_ref->subchannel_id, 5);
    assert_int_equal(channel->n_subchannel_ref, 2);
    assert_int_equal(channel->subchannel_ref[1]->subchannel_id, 6);
    assert_null(channels->channel[1]->ref);
}

static void a_socket_is_read_by_either_name_of_a_field(void **state) {
    const Socket *socket = read_json(SOCKET,
        "{\"local\":{\"tcpip_address\":{\"ip_address\":\"fwAAAQ==\",\"port\":34721}},"
        "\"remote\":{\"tcpipAddress\":{\"ipAddress\":\"fwAAAg\",\"port\":\"443\"}},"
        "\"security\":{\"tls\":{\"standardName\":\"T\",\"remoteCertificate\":\"\"}},"
        "\"data\":{\"localFlowControlWindow\":\"65535\",\"remoteFlowControlWindow\":0,"
        "\"option\":[{\"name\":\"SO_LINGER\",\"additional\":{\"@type\":"
        "\"type.googleapis.com/grpc.channelz.v1.SocketOptionLinger\",\"active\":true,"
        "\"duration\":\"1.5s\"}}]}}");
    assert_int_equal(socket->local->address_case, 1);
    assert_int_equal(socket->local->tcpip_address->ip_address.len, 4);
    assert_memory_equal(socket->local->tcpip_address->ip_address.data, "\x7f\0\0\1", 4);
    assert_int_equal(socket->local->tcpip_address->port, 34721);
    assert_memory_equal(socket->remote->tcpip_address->ip_address.data, "\x7f\0\0\2", 4);
    assert_int_equal(socket->remote->tcpip_address->port, 443);
    assert_string_equal(socket->security->tls->standard_name, "T");
    assert_int_equal(socket->security->tls->remote_certificate.len, 0);
    assert_int_equal(socket->data->local_flow_control_window->value, 65535);
    assert_int_equal(socket->data->remote_flow_control_window->value, 0);
    const Google__Protobuf__Any *any = socket->data->option[0]->additional;
    assert_string_equal(any->type_url, "type.googleapis.com/grpc.channelz.v1.SocketOptionLinger");
    const Linger *linger = (const Linger *)message_unpack(&arena,
        &grpc__channelz__v1__socket_option_linger__descriptor,
        (struct text){(const char *)any->value.data, any->value.len});
    assert_non_null(linger);
    assert_true(linger->active);
    assert_int_equal(linger->duration->seconds, 1);
    assert_int_equal(linger->duration->nanos, 500000000);
}

static void null_is_absence_and_a_strange_name_is_passed_over(void **state) {
    const Socket *socket = read_json(
        SOCKET, "{\"ref\":null,\"news\":[{\"a\":1e9}],\"remoteName\":null,\"remote_Name\":\"x\"}");
    assert_null(socket->ref);
    assert_string_equal(socket->remote_name, "");
}

static void an_enum_is_also_read_by_number(void **state) {
    const Channels *channels = read_json(
        CHANNELS, "{\"channel\":[{\"data\":{\"state\":{\"state\":77}}}]}");
    assert_int_equal(channels->channel[0]->data->state->state, 77);
}

static void check_timestamp(const char *text, int64_t seconds, int nanos) {
    char json[128];
    snprintf(json, sizeof(json), "{\"lastMessageSentTimestamp\":\"%s\"}", text);
    const Grpc__Channelz__V1__SocketData *data = read_json(
        &grpc__channelz__v1__socket_data__descriptor, json);
    const Google__Protobuf__Timestamp *read = data->last_message_sent_timestamp;
    if (read->seconds != seconds || read->nanos != nanos)
        fail_msg("%s is read as %" PRId64 " s %d ns", text, read->seconds, read->nanos);
}

static void a_timestamp_keeps_its_nanoseconds(void **state) {
    check_timestamp("1970-01-01T00:00:00Z", 0, 0);
    check_timestamp("1970-01-01T00:00:00.000000001Z", 0, 1);
    check_timestamp("1969-12-31T23:59:59.25Z", -1, 250000000);
    check_timestamp("1969-12-31T23:59:59Z", -1, 0);
    check_timestamp("1970-01-01T01:00:00.5+01:00", 0, 500000000);
    check_timestamp("2000-02-29T12:00:00.123456789Z", 951825600, 123456789);
}

static void check_duration(const char *text, int64_t seconds, int nanos) {
    char json[128];
    snprintf(json, sizeof(json), "{\"duration\":\"%s\"}", text);
    const Grpc__Channelz__V1__SocketOptionTimeout *timeout = read_json(TIMEOUT, json);
    if (timeout->duration->seconds != seconds || timeout->duration->nanos != nanos)
        fail_msg("%s is read as %" PRId64 " s %d ns", text, timeout->duration->seconds,
            timeout->duration->nanos);
}

static void a_duration_has_a_sign_and_nanoseconds(void **state) {
    check_duration("0s", 0, 0);
    check_duration("3s", 3, 0);
    check_duration("-1.5s", -1, -500000000);
    check_duration("-0.000000001s", 0, -1);
    check_duration("315576000000s", 315576000000, 0);
}

static void what_a_field_cannot_hold_is_refused(void **state) {
    static const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const char *json;
    } bad[] = {
        {SOCKET, ""},
        {SOCKET, "{"},
        {SOCKET, "[]"},
        {SOCKET, "null"},
        {SOCKET, "{} {}"},
        {SOCKET, "{\"ref\":1}"},
        {SOCKET, "{\"ref\":{},\"ref\":{}}"},
        {SOCKET, "{\"remoteName\":5}"},
        {SOCKET, "{\"remoteName\":\"\xff\"}"},
        {SOCKET, "{\"remoteName\":\"a\\u0000b\"}"},
        {SOCKET, "{\"ref\":{\"socketId\":\"\"}}"},
        {SOCKET, "{\"ref\":{\"socketId\":\"1x\"}}"},
        {SOCKET, "{\"ref\":{\"socketId\":1.5}}"},
        {SOCKET, "{\"ref\":{\"socketId\":\"9223372036854775808\"}}"},
        {SOCKET, "{\"local\":{\"tcpipAddress\":{\"port\":2147483648}}}"},
        {SOCKET, "{\"local\":{\"tcpipAddress\":{\"ipAddress\":\"?\"}}}"},
        {SOCKET, "{\"local\":{\"tcpipAddress\":{\"ipAddress\":4}}}"},
        {SOCKET, "{\"local\":{\"tcpipAddress\":{},\"udsAddress\":{}}}"},
        {SOCKET, "{\"data\":{\"option\":{}}}"},
        {SOCKET, "{\"data\":{\"option\":[1]}}"},
        {SOCKET, "{\"data\":{\"option\":[null]}}"},
        {SOCKET, "{\"data\":{\"option\":[{\"additional\":{}}]}}"},
        {SOCKET, "{\"data\":{\"option\":[{\"additional\":{\"@type\":\"x/unheard\"}}]}}"},
        {SOCKET, "{\"data\":{\"localFlowControlWindow\":\"a\"}}"},
        {SOCKET, "{\"data\":{\"lastMessageSentTimestamp\":\"yesterday\"}}"},
        {SOCKET, "{\"data\":{\"lastMessageSentTimestamp\":5}}"},
        {SOCKET, "{\"data\":{\"lastMessageSentTimestamp\":\"1970-01-01T00:00:00.1234567890Z\"}}"},
        {&grpc__channelz__v1__socket_option_tcp_info__descriptor, "{\"tcpiRtt\":-1}"},
        {&grpc__channelz__v1__socket_option_tcp_info__descriptor, "{\"tcpiRtt\":4294967296}"},
        {CHANNELS, "{\"end\":\"true\"}"},
        {CHANNELS, "{\"channel\":[{\"data\":{\"state\":{\"state\":\"GONE\"}}}]}"},
        {CHANNELS, "{\"channel\":[{\"data\":{\"state\":{\"state\":true}}}]}"},
        {TIMEOUT, "{\"duration\":\"1\"}"},
        {TIMEOUT, "{\"duration\":\"s\"}"},
        {TIMEOUT, "{\"duration\":\"-s\"}"},
        {TIMEOUT, "{\"duration\":\"1.s\"}"},
        {TIMEOUT, "{\"duration\":\".5s\"}"},
        {TIMEOUT, "{\"duration\":\"--1s\"}"},
        {TIMEOUT, "{\"duration\":\"1.-5s\"}"},
        {TIMEOUT, "{\"duration\":\"1.0000000001s\"}"},
        {TIMEOUT, "{\"duration\":\"315576000001s\"}"},
        {TIMEOUT, "{\"duration\":1}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (channelz_json_read(&arena, bad[i].descriptor, text_from(bad[i].json)))
            fail_msg("accepted: %s", bad[i].json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_is_read_as_core_writes_it),
        cmocka_unit_test(a_socket_is_read_by_either_name_of_a_field),
        cmocka_unit_test(null_is_absence_and_a_strange_name_is_passed_over),
        cmocka_unit_test(an_enum_is_also_read_by_number),
        cmocka_unit_test(a_timestamp_keeps_its_nanoseconds),
        cmocka_unit_test(a_duration_has_a_sign_and_nanoseconds),
        cmocka_unit_test(what_a_field_cannot_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
