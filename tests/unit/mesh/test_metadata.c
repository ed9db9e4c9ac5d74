/* SPDX-License-Identifier: Apache-2.0 */

/* What goes beside the messages, there and back, and the compression that it asks for. */

#include "relay.h"
#include "stand.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <zlib.h>

#include "base/task.h"
#include "mesh/core.h"
#include "mesh/inflate.h"

/* What a client saw of one call. */
struct seen {
    struct stand *stand;
    struct arena arena;
    struct text initial, binary, trailing;
    int metadata_count;
    int done_count;
    int message_count;
    size_t size; /* of the last message */
    enum status_code code;
};

static void see_metadata(struct rpc *rpc, void *data) {
    struct seen *seen = data;
    seen->initial = text_from(
        arena_copy_text(&seen->arena, rpc_initial_metadata(rpc, "x-initial")));
    seen->trailing = text_from(
        arena_copy_text(&seen->arena, rpc_trailing_metadata(rpc, "x-trailing")));
    struct text bytes = rpc_trailing_metadata(rpc, "x-any-bin");
    seen->binary = (struct text){arena_copy(&seen->arena, bytes.data, bytes.size), bytes.size};
    seen->metadata_count++;
    assert_int_equal(seen->done_count, 0);
}

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    struct seen *seen = data;
    MUTEX_GUARD(&seen->stand->lock);
    seen->message_count++;
    seen->size = message->data.len;
    pthread_cond_broadcast(&seen->stand->changed);
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct seen *seen = data;
    MUTEX_GUARD(&seen->stand->lock);
    seen->code = status->code;
    seen->done_count++;
    pthread_cond_broadcast(&seen->stand->changed);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    struct seen *seen = data;
    MUTEX_GUARD(&seen->stand->lock);
    if (reply) {
        seen->message_count++;
        seen->size = reply->data.len;
    }
    seen->code = status->code;
    seen->done_count++;
    pthread_cond_broadcast(&seen->stand->changed);
}

static void seen_init(struct seen *seen, struct stand *stand) {
    *seen = (struct seen){.stand = stand};
    arena_init(&seen->arena, 0);
}

static struct rpc_options options_of(struct seen *seen) {
    return (struct rpc_options){.on_metadata = see_metadata, .on_metadata_data = seen};
}

static void begin_unary(struct seen *seen) {
    EchoRequest request = ECHO_REQUEST_INIT;
    struct rpc_options options = options_of(seen);
    echo_service_hold(seen->stand->channel, &options, &request, on_reply, seen);
}

static void begin_watch(struct seen *seen) {
    EchoRequest request = ECHO_REQUEST_INIT;
    struct rpc_options options = options_of(seen);
    const struct echo_service_watch_events events = {on_message, on_done};
    echo_service_watch(seen->stand->channel, &options, &request, &events, seen);
}

static void begin_talk(struct seen *seen) {
    struct rpc_options options = options_of(seen);
    const struct echo_service_talk_events events = {on_message, on_done, NULL};
    echo_service_talk(seen->stand->channel, &options, &events, seen);
}

static void (*const begins[])(struct seen *seen) = {begin_unary, begin_watch, begin_talk};

static void reply(struct call *call) {
    if (call_method(call)->kind == METHOD_UNARY)
        reply_text(call, "");
    else
        call_finish(call);
}

static void refuse(struct call *call) {
    call_fail(call, STATUS_ABORTED, "ON_PURPOSE", "enough");
}

static void comes_back_with(void (*end)(struct call *call), enum status_code code) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
        struct seen seen;
        seen_init(&seen, &stand);
        begins[i](&seen);
        struct call *call = stand_held(&stand, (int)i);
        assert_int_equal(call_add_initial_metadata(call, "x-initial", TEXT("first")), 0);
        assert_int_equal(call_add_trailing_metadata(call, "x-trailing", TEXT("last")), 0);
        assert_int_equal(call_add_trailing_metadata(call, "x-any-bin", TEXT("\0\xff\n")), 0);
        end(call);
        stand_wait(&stand, &seen.done_count, 1);
        assert_int_equal(seen.code, code);
        assert_int_equal(seen.metadata_count, 1);
        /* An error without a message has but one block of metadata, the trailing one. */
        assert_true(text_equal(seen.initial, TEXT("first")));
        assert_true(text_equal(seen.trailing, TEXT("last")));
        assert_true(text_equal(seen.binary, TEXT("\0\xff\n")));
        arena_deinit(&seen.arena);
    }
    stand_stop(&stand);
}

static void it_comes_back_with_an_answer(void **state) {
    comes_back_with(reply, STATUS_OK);
}

static void it_comes_back_with_an_error(void **state) {
    comes_back_with(refuse, STATUS_ABORTED);
}

static void what_grpc_would_not_carry_is_refused(void **state) {
    const struct {
        const char *key;
        struct text value;
        int r;
    } rows[] = {
        {"x-ok", TEXT("printable ~"), 0},
        {"x-ok-bin", TEXT("\0\n\xff"), 0},
        {"X-Upper", TEXT("value"), -EINVAL},
        {"", TEXT("value"), -EINVAL},
        {"with space", TEXT("value"), -EINVAL},
        {":path", TEXT("value"), -EINVAL},
        {"grpc-status", TEXT("0"), -EINVAL},
        {"x-plain", TEXT("line\nfeed"), -EINVAL},
        {"x-plain", TEXT("\xc3\xa4"), -EINVAL},
    };
    struct stand stand;
    struct seen seen;
    stand_start(&stand, NULL);
    seen_init(&seen, &stand);
    begin_unary(&seen);
    struct call *call = stand_held(&stand, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(call_add_initial_metadata(call, rows[i].key, rows[i].value), rows[i].r);
        assert_int_equal(call_add_trailing_metadata(call, rows[i].key, rows[i].value), rows[i].r);
    }
    for (int i = 2; i < CALL_METADATA_MAX; i++)
        assert_int_equal(call_add_trailing_metadata(call, "x-ok", TEXT("value")), 0);
    assert_int_equal(call_add_trailing_metadata(call, "x-ok", TEXT("value")), -E2BIG);
    reply(call);
    stand_wait(&stand, &seen.done_count, 1);
    assert_int_equal(seen.code, STATUS_OK);
    arena_deinit(&seen.arena);
    stand_stop(&stand);
}

static void the_first_message_takes_it_along(void **state) {
    struct stand stand;
    struct seen seen;
    EchoResponse response = ECHO_RESPONSE_INIT;
    stand_start(&stand, NULL);
    seen_init(&seen, &stand);
    begin_watch(&seen);
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(call_add_initial_metadata(call, "x-initial", TEXT("first")), 0);
    echo_service_watch_send(call, &response);
    assert_int_equal(call_add_initial_metadata(call, "x-late", TEXT("value")), -EALREADY);
    assert_int_equal(call_add_trailing_metadata(call, "x-trailing", TEXT("last")), 0);
    call_finish(call);
    stand_wait(&stand, &seen.done_count, 1);
    assert_true(text_equal(seen.initial, TEXT("first")));
    assert_true(text_equal(seen.trailing, TEXT("last")));
    arena_deinit(&seen.arena);
    stand_stop(&stand);
}

/* What happens to a stream of raw bytes, a letter each: its beginning, a message, its end. */
struct course {
    struct stand *stand;
    char letters[8];
    int done_count;
    struct arena arena;
    struct text initial;
};

static void note_step(struct course *course, char letter) {
    MUTEX_GUARD(&course->stand->lock);
    size_t size = strlen(course->letters);
    assert_true(size < sizeof(course->letters) - 1);
    course->letters[size] = letter;
    course->done_count += letter == 'e';
    pthread_cond_broadcast(&course->stand->changed);
}

static void on_begun(struct rpc *rpc, void *data) {
    struct course *course = data;
    course->initial = text_from(
        arena_copy_text(&course->arena, rpc_initial_metadata(rpc, "x-initial")));
    note_step(course, 'b');
}

static enum rpc_flow on_raw_message(struct rpc *rpc, struct text message, void *data) {
    note_step(data, 'm');
    return RPC_NEXT;
}

static void on_raw_done(struct rpc *rpc, const struct status *status, void *data) {
    note_step(data, 'e');
}

static void it_comes_before_the_first_message(void **state) {
    static const struct rpc_events events = {
        .on_message = on_raw_message, .on_done = on_raw_done, .on_initial_metadata = on_begun};
    struct stand stand;
    EchoResponse response = ECHO_RESPONSE_INIT;
    stand_start(&stand, NULL);
    struct course course = {.stand = &stand};
    arena_init(&course.arena, 0);
    rpc_start(
        stand.channel, &echo_service.methods[ECHO_SERVICE_WATCH], NULL, TEXT(""), &events, &course);
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(call_add_initial_metadata(call, "x-initial", TEXT("first")), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(call_send(call, &response.base), 0);
    call_finish(call);
    stand_wait(&stand, &course.done_count, 1);
    assert_string_equal(course.letters, "bmme");
    assert_true(text_equal(course.initial, TEXT("first")));
    arena_deinit(&course.arena);
    stand_stop(&stand);
}

static void a_handler_sees_all_of_the_clients(void **state) {
    const struct rpc_metadata metadata[] = {{"x-one", TEXT("1")}, {"x-two", TEXT("2")}};
    const struct rpc_options options = {.metadata = metadata, .metadata_count = 2};
    EchoRequest request = ECHO_REQUEST_INIT;
    struct text key, value;
    struct stand stand;
    char all[512] = "";
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, &options, &request);
    struct call *call = stand_held(&stand, 0);
    for (size_t cursor = 0, used = 0; call_metadata_next(call, &cursor, &key, &value);)
        used += (size_t)snprintf(
            all + used, sizeof(all) - used, "%.*s=%.*s\n", TEXT_ARG(key), TEXT_ARG(value));
    assert_non_null(strstr(all, "x-one=1\nx-two=2\n"));
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 1);
    stand_stop(&stand);
}

enum { LARGE = 200 * 1000 };

/* A stand whose client goes through a relay that counts. */
static struct relay *count_bytes(struct stand *stand) {
    struct relay *relay = relay_new(stand->port);
    char target[64];
    snprintf(target, sizeof(target), "127.0.0.1:%d", relay_port(relay));
    channel_free(stand->channel);
    stand->channel = channel_new(stand->client_loop, target, NULL);
    return relay;
}

static void compressed_requests_are_small_on_their_way(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    const EchoResponse *response = NULL;
    stand_start(&stand, NULL);
    struct relay *relay = count_bytes(&stand);
    request.data = (ProtobufCBinaryData){LARGE, arena_zalloc(&stand.arena, LARGE)};
    struct status status = stand_call(
        &stand, ECHO_SERVICE_ECHO, &(struct rpc_options){.compresses = true}, &request, &response);
    assert_int_equal(status.code, STATUS_OK);
    assert_int_equal(response->data.len, LARGE);
    assert_memory_equal(response->data.data, request.data.data, LARGE);
    assert_in_range(relay_passed(relay, RELAY_TO_SERVER), 1, LARGE / 20);
    assert_in_range(relay_passed(relay, RELAY_TO_CLIENT), LARGE, 2 * LARGE);
    stand_stop(&stand);
    relay_free(relay);
}

static void answer_large(struct call *call, uint8_t *zeros, bool compresses) {
    EchoResponse response = ECHO_RESPONSE_INIT;
    response.data = (ProtobufCBinaryData){LARGE, zeros};
    if (compresses)
        call_compress(call);
    if (call_method(call)->kind == METHOD_UNARY) {
        call_reply(call, &response.base);
        return;
    }
    call_send(call, &response.base);
    call_finish(call);
}

static void compressed_answers_are_small_on_their_way(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    uint8_t *zeros = arena_zalloc(&stand.arena, LARGE);
    struct relay *relay = count_bytes(&stand);
    for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
        struct seen seen;
        seen_init(&seen, &stand);
        begins[i](&seen);
        answer_large(stand_held(&stand, (int)i), zeros, true);
        stand_wait(&stand, &seen.done_count, 1);
        assert_int_equal(seen.code, STATUS_OK);
        assert_int_equal(seen.message_count, 1);
        assert_int_equal(seen.size, LARGE);
        arena_deinit(&seen.arena);
    }
    assert_in_range(relay_passed(relay, RELAY_TO_CLIENT), 1, LARGE / 20);
    stand_stop(&stand);
    relay_free(relay);
}

/* What came compressed, a letter a message: 'c' or 'p' for plain. */
struct marks {
    struct stand *stand;
    int count, done_count;
    char letters[8];
};

static void mark(struct marks *marks, bool was_compressed) {
    MUTEX_GUARD(&marks->stand->lock);
    assert_true(marks->count < (int)sizeof(marks->letters) - 1);
    marks->letters[marks->count++] = was_compressed ? 'c' : 'p';
    pthread_cond_broadcast(&marks->stand->changed);
}

static enum rpc_flow mark_request(struct call *call, const EchoRequest *request, void *data) {
    mark(data, call_was_compressed(call));
    return RPC_NEXT;
}

static enum rpc_flow mark_answer(struct rpc *rpc, const EchoResponse *message, void *data) {
    mark(data, rpc_was_compressed(rpc));
    return RPC_NEXT;
}

static void mark_done(struct rpc *rpc, const struct status *status, void *data) {
    struct marks *marks = data;
    MUTEX_GUARD(&marks->stand->lock);
    marks->done_count++;
    pthread_cond_broadcast(&marks->stand->changed);
}

/* They go out at once, so that most wait in the queue, and what is to become of each with it. */
static void send_both_ways(struct rpc *rpc, struct call *call, const char *pattern) {
    static uint8_t zeros[1000];
    EchoRequest request = ECHO_REQUEST_INIT;
    EchoResponse response = ECHO_RESPONSE_INIT;
    request.data = response.data = (ProtobufCBinaryData){sizeof(zeros), zeros};
    call_compress(call);
    for (char last = 'c'; *pattern; last = *pattern++) {
        if (*pattern != last) {
            rpc_skip_compression(rpc, *pattern == 'p');
            call_skip_compression(call, *pattern == 'p');
        }
        assert_int_equal(echo_service_talk_send_request(rpc, &request), 0);
        assert_int_equal(echo_service_talk_send(call, &response), 0);
    }
}

static void stream_both_ways(struct stand *stand, int round, const char *pattern) {
    static const struct echo_service_talk_reader reader = {mark_request, NULL};
    static const struct echo_service_talk_events events = {mark_answer, mark_done, NULL};
    const struct rpc_options options = {.compresses = true};
    struct marks requests = {.stand = stand}, answers = {.stand = stand};
    struct rpc *rpc = echo_service_talk(stand->channel, &options, &events, &answers);
    struct call *call = stand_held(stand, round);
    send_both_ways(rpc, call, pattern);
    echo_service_talk_read(call, &reader, &requests);
    stand_wait(stand, &requests.count, (int)strlen(pattern));
    call_finish(call);
    stand_wait(stand, &answers.done_count, 1);
    assert_string_equal(requests.letters, pattern);
    assert_string_equal(answers.letters, pattern);
}

/* The server uses what a call was made of again for another. */
static void a_stream_compresses_the_messages_that_are_to_be(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (int round = 0; round < HELD_MAX; round++)
        stream_both_ways(&stand, round, round % 2 ? "ccpp" : "cpccp");
    stand_stop(&stand);
}

static void see_compression(struct rpc *rpc, void *data) {
    *(bool *)data = rpc_was_compressed(rpc);
}

static void a_unary_call_knows_what_came_compressed(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < 4; i++) {
        bool was_compressed = false, compresses = i & 1, answers_so = i & 2;
        struct seen seen;
        const struct rpc_options options = {
            .compresses = compresses,
            .on_metadata = see_compression,
            .on_metadata_data = &was_compressed,
        };
        EchoRequest request = ECHO_REQUEST_INIT;
        EchoResponse response = ECHO_RESPONSE_INIT;
        request.data = (ProtobufCBinaryData){LARGE, arena_zalloc(&stand.arena, LARGE)};
        response.data = request.data;
        seen_init(&seen, &stand);
        echo_service_hold(stand.channel, &options, &request, on_reply, &seen);
        struct call *call = stand_held(&stand, i);
        assert_int_equal(call_was_compressed(call), compresses);
        if (answers_so)
            call_compress(call);
        call_reply(call, &response.base);
        stand_wait(&stand, &seen.done_count, 1);
        assert_int_equal(was_compressed, answers_so);
        arena_deinit(&seen.arena);
    }
    stand_stop(&stand);
}

/* 50 MB that are 50 kB on their way, for a server that takes 100 kB. */
static void a_message_that_grows_beyond_its_limit_is_refused(void **state) {
    enum { HUGE = 50 * 1000 * 1000 };
    const struct rpc_options options = {.compresses = true};
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, &(struct server_options){.message_size_max = 100 * 1000});
    channel_free(stand.channel);
    stand.channel = channel_new(
        stand.client_loop, stand.target, &(struct channel_options){.message_size_max = 2 * HUGE});
    request.data = (ProtobufCBinaryData){HUGE, arena_zalloc(&stand.arena, HUGE)};
    struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, &options, &request, NULL);
    assert_string_equal(status_code_name(status.code), "RESOURCE_EXHAUSTED");
    assert_string_equal(status.message, "request is larger than 100000 bytes");
    struct seen seen;
    seen_init(&seen, &stand);
    const struct echo_service_chat_events events = {on_message, on_done, NULL};
    struct rpc *rpc = echo_service_chat(stand.channel, &options, &events, &seen);
    echo_service_chat_send_request(rpc, &request);
    stand_wait(&stand, &seen.done_count, 1);
    assert_string_equal(status_code_name(seen.code), "RESOURCE_EXHAUSTED");
    assert_int_equal(stand.echo_count, 0);
    arena_deinit(&seen.arena);
    stand_stop(&stand);
}

static void refuse_an_answer_beyond_its_limit(bool is_compressed) {
    struct stand stand;
    stand_start(&stand, NULL);
    uint8_t *zeros = arena_zalloc(&stand.arena, LARGE);
    channel_free(stand.channel);
    stand.channel = channel_new(
        stand.client_loop, stand.target, &(struct channel_options){.message_size_max = LARGE / 2});
    for (size_t i = 0; i < ARRAY_SIZE(begins); i++) {
        struct seen seen;
        seen_init(&seen, &stand);
        begins[i](&seen);
        answer_large(stand_held(&stand, (int)i), zeros, is_compressed);
        stand_wait(&stand, &seen.done_count, 1);
        assert_string_equal(status_code_name(seen.code), "RESOURCE_EXHAUSTED");
        assert_int_equal(seen.message_count, 0);
        arena_deinit(&seen.arena);
    }
    stand_stop(&stand);
}

static void an_answer_beyond_its_limit_is_refused(void **state) {
    refuse_an_answer_beyond_its_limit(false);
}

static void an_answer_that_grows_beyond_its_limit_is_refused(void **state) {
    refuse_an_answer_beyond_its_limit(true);
}

static int unpack(const void *data, size_t size, size_t size_max) {
    grpc_slice slice;
    int r = inflate_text((struct text){data, size}, size_max, &slice);
    if (r == 0)
        grpc_slice_unref(slice);
    return r;
}

static void what_is_damaged_is_not_unpacked(void **state) {
    uint8_t plain[1000] = {0}, packed[1200];
    uLongf size = sizeof(packed);
    assert_int_equal(compress(packed, &size, plain, sizeof(plain)), Z_OK);
    assert_int_equal(unpack(packed, size, sizeof(plain)), 0);
    assert_int_equal(unpack(packed, size, sizeof(plain) - 1), -EMSGSIZE);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(unpack(packed, cut, sizeof(plain)), -EBADMSG);
    assert_int_equal(unpack(packed, size + 1, sizeof(plain)), -EBADMSG); /* something follows */
    assert_int_equal(unpack("no such thing", 13, sizeof(plain)), -EBADMSG);
}

/* 256 MB of zeros, that is some 250 kB. */
static uLong pack_zeros(uint8_t *packed, uLong room) {
    enum { CHUNKS = 256, CHUNK = 1024 * 1024 };
    uint8_t *zeros = calloc(1, CHUNK);
    z_stream stream = {.next_out = packed, .avail_out = (uInt)room};
    assert_int_equal(deflateInit(&stream, 1), Z_OK);
    for (int i = 0; i < CHUNKS; i++) {
        stream.next_in = zeros;
        stream.avail_in = CHUNK;
        assert_int_equal(deflate(&stream, i == CHUNKS - 1 ? Z_FINISH : Z_NO_FLUSH),
            i == CHUNKS - 1 ? Z_STREAM_END : Z_OK);
    }
    deflateEnd(&stream);
    free(zeros);
    return stream.total_out;
}

static long resident_most_kib(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* Before any other test, which would be larger. */
static void what_is_beyond_the_limit_takes_no_memory(void **state) {
    enum { ROOM = 4 * 1024 * 1024, LIMIT = 100 * 1000, GROWTH_MAX_KIB = 64 * 1024 };
    uint8_t *packed = malloc(ROOM);
    uLong size = pack_zeros(packed, ROOM);
    long before = resident_most_kib();
    assert_int_equal(unpack(packed, size, LIMIT), -EMSGSIZE);
    assert_in_range(resident_most_kib() - before, 0, GROWTH_MAX_KIB);
    free(packed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_beyond_the_limit_takes_no_memory),
        cmocka_unit_test(it_comes_back_with_an_answer),
        cmocka_unit_test(it_comes_back_with_an_error),
        cmocka_unit_test(what_grpc_would_not_carry_is_refused),
        cmocka_unit_test(the_first_message_takes_it_along),
        cmocka_unit_test(it_comes_before_the_first_message),
        cmocka_unit_test(a_handler_sees_all_of_the_clients),
        cmocka_unit_test(compressed_requests_are_small_on_their_way),
        cmocka_unit_test(compressed_answers_are_small_on_their_way),
        cmocka_unit_test(a_stream_compresses_the_messages_that_are_to_be),
        cmocka_unit_test(a_unary_call_knows_what_came_compressed),
        cmocka_unit_test(a_message_that_grows_beyond_its_limit_is_refused),
        cmocka_unit_test(an_answer_beyond_its_limit_is_refused),
        cmocka_unit_test(an_answer_that_grows_beyond_its_limit_is_refused),
        cmocka_unit_test(what_is_damaged_is_not_unpacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
