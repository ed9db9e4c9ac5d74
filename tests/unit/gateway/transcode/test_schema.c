/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "google/protobuf/descriptor.pb-c.h"

static void fields_are_found_by_number_and_by_both_names(void **state) {
    const struct schema_message *kinds = sample_message("Kinds");
    const struct schema_field *field = schema_field(kinds, TEXT("fInt32"));
    assert_non_null(field);
    assert_ptr_equal(schema_field(kinds, TEXT("f_int32")), field);
    assert_ptr_equal(schema_field_numbered(kinds, 5), field);
    assert_text_equal(field->key, "\"fInt32\":");
    assert_text_equal(field->zero, "\"fInt32\":0");
    assert_ptr_equal(schema_field_numbered(kinds, 536870911), schema_field(kinds, TEXT("fFar")));
    assert_null(schema_field_numbered(kinds, 0));
    assert_null(schema_field_numbered(kinds, 10));
    assert_null(schema_field_numbered(kinds, 536870910));
    assert_null(schema_field(kinds, TEXT("")));
    assert_null(schema_field(kinds, TEXT("fint32")));
    assert_non_null(schema_field(sample_message("WellKnown"), TEXT("x-other")));
}

static void fields_know_their_kind(void **state) {
    const struct schema_message *lists = sample_message("Lists");
    assert_true(schema_field(lists, TEXT("fInt32"))->is_packed);
    assert_false(schema_field(lists, TEXT("fUnpacked"))->is_packed);
    assert_false(schema_field(lists, TEXT("fString"))->is_packed);
    const struct schema_field *map = schema_field(sample_message("Maps"), TEXT("byInt32"));
    assert_true(map->is_map);
    assert_true(map->message->is_map_entry);
    const struct schema_message *choice = sample_message("Choice");
    assert_int_equal(schema_field(choice, TEXT("text"))->oneof, 0);
    assert_true(schema_field(choice, TEXT("text"))->has_presence);
    assert_int_equal(schema_field(choice, TEXT("beside"))->oneof, -1);
    assert_false(schema_field(choice, TEXT("beside"))->has_presence);
    assert_text_equal(choice->oneof_names[0], "choice");
    assert_int_equal(sample_message("google.protobuf.Struct")->shape, SHAPE_STRUCT);
    assert_int_equal(sample_message("google.protobuf.Empty")->shape, SHAPE_PLAIN);
}

static void an_optional_field_has_presence_and_no_oneof(void **state) {
    const struct rule rule = {"Get", "GET", "/x", NULL};
    struct rules rules;
    rules_init(&rules, &rule, 1);
    const struct schema_field *field = schema_field(
        schema_message(rules.schema, TEXT("r.M")), TEXT("o"));
    assert_true(field->has_presence);
    assert_int_equal(field->oneof, -1);
    assert_text_equal(field->zero, "");
    assert_text_equal(
        schema_field(schema_message(rules.schema, TEXT("r.M")), TEXT("a"))->zero, "\"a\":\"\"");
    rules_deinit(&rules);
}

static void fields_stand_by_number_and_as_declared(void **state) {
    const struct schema_message *message = sample_message("Unordered");
    assert_text_equal(message->fields[0].name, "first");
    assert_text_equal(message->fields[2].name, "last");
    assert_int_equal(message->fields[2].index, 2);
    assert_text_equal(message->declared[0]->name, "last");
    assert_text_equal(message->declared[2]->name, "first");
}

static void enums_are_found_both_ways(void **state) {
    const struct schema_enum *colour = schema_enum(sample_schema(), TEXT("sample.v1.Colour"));
    assert_int_equal(colour->value_count, 4);
    assert_text_equal(schema_enum_value(colour, 0)->name, "COLOUR_UNSPECIFIED");
    assert_text_equal(schema_enum_value(colour, 7)->quoted, "\"COLOUR_BLUE\"");
    assert_text_equal(schema_enum_value(colour, -3)->name, "COLOUR_BELOW");
    assert_null(schema_enum_value(colour, 2));
    assert_null(schema_enum_value(colour, INT32_MAX));
    assert_null(schema_enum_value(colour, INT32_MIN));
}

static void methods_know_their_rules(void **state) {
    const struct schema_method *get = schema_method(sample_schema(), TEXT("/sample.v1.Things/Get"));
    assert_non_null(get);
    assert_text_equal(get->full_name, "sample.v1.Things.Get");
    assert_int_equal(get->rule_count, 3);
    assert_text_equal(get->rules[0].verb, "GET");
    assert_text_equal(get->rules[1].pattern, "/v1/{name=shelves/*/things/*}");
    assert_int_equal(get->effect, EFFECT_NONE);
    assert_false(get->is_server_streaming);
    const struct schema_method *watch = schema_method(
        sample_schema(), TEXT("/sample.v1.Things/Watch"));
    assert_true(watch->is_server_streaming);
    assert_false(watch->is_client_streaming);
    const struct schema_method *purge = schema_method(
        sample_schema(), TEXT("/sample.v1.Things/Purge"));
    assert_text_equal(purge->rules[0].verb, "PURGE");
    assert_int_equal(
        schema_method(sample_schema(), TEXT("/sample.v1.Things/Hidden"))->rule_count, 0);
    assert_null(schema_method(sample_schema(), TEXT("/sample.v1.Things/None")));
}

static void comments_are_kept(void **state) {
    const struct schema_message *kinds = sample_message("Kinds");
    assert_text_equal(kinds->comment, "One of each.");
    assert_text_equal(schema_field(kinds, TEXT("fFar"))->comment, "Far away from the others.");
    assert_text_equal(schema_field(kinds, TEXT("fBool"))->comment, "");
    const struct schema_enum *colour = schema_enum(sample_schema(), TEXT("sample.v1.Colour"));
    assert_text_equal(schema_enum_value(colour, 1)->comment, "Like blood.");
    const struct schema_method *get = schema_method(sample_schema(), TEXT("/sample.v1.Things/Get"));
    assert_text_equal(get->comment, "Gives one.");
    assert_text_equal(get->service->comment, "Things over REST.");
}

static void the_same_file_in_two_sets_is_read_once(void **state) {
    const struct rule rule = {"Get", "GET", "/x"};
    struct buffer set = {0}, error = {0};
    rules_set(&rule, 1, &set);
    struct text twice[] = {buffer_text(&set), buffer_text(&set)};
    struct schema *schema = schema_new(twice, 2, &error);
    assert_non_null(schema);
    assert_int_equal(schema->service_count, 1);
    schema_free(schema);
    buffer_deinit(&set);
}

/* Sets that protoc would not write. */

typedef Google__Protobuf__FileDescriptorSet set_proto;
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;

static void assert_set_refused(set_proto *set, const char *sentence) {
    struct buffer error = {0};
    size_t size = google__protobuf__file_descriptor_set__get_packed_size(set);
    char *bytes = malloc(size);
    google__protobuf__file_descriptor_set__pack(set, (uint8_t *)bytes);
    struct text text = {bytes, size};
    assert_null(schema_new(&text, 1, &error));
    assert_text_equal(buffer_text(&error), sentence);
    buffer_deinit(&error);
    free(bytes);
}

static void bad_sets_are_told_why(void **state) {
    field_proto field = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__INIT;
    field_proto other = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__INIT;
    field_proto *fields[] = {&field, &other};
    message_proto message = GOOGLE__PROTOBUF__DESCRIPTOR_PROTO__INIT;
    message_proto *messages[] = {&message, &message};
    file_proto file = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_PROTO__INIT;
    file_proto *files[] = {&file};
    set_proto set = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_SET__INIT;
    file.name = (char *)"a.proto";
    file.package = (char *)"p";
    file.message_type = messages;
    file.n_message_type = 1;
    message.name = (char *)"M";
    message.field = fields;
    message.n_field = 1;
    field.name = (char *)"f";
    field.number = 1;
    field.has_number = field.has_type = true;
    field.type = GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE;
    field.type_name = (char *)".p.Missing";
    other = field;
    other.number = 2;
    set.file = files;
    set.n_file = 1;

    assert_set_refused(
        &set, "field f of p.M has the type p.Missing, which no file of the set declares");
    field.type_name = other.type_name = (char *)".p.M";
    message.n_field = 2;
    assert_set_refused(&set, "two fields of p.M have the JSON name f");
    field.number = 0;
    assert_set_refused(&set, "message p.M has a field without a name or with a bad number");
    field.number = 536870912;
    assert_set_refused(&set, "message p.M has a field without a name or with a bad number");
    message.n_field = 0;
    file.n_message_type = 2;
    assert_set_refused(&set, "message p.M is declared twice");
    file.n_message_type = 1;
    file.package = (char *)"google.protobuf";
    message.name = (char *)"Struct";
    assert_set_refused(&set, "message google.protobuf.Struct lacks field 1");
}

static void bytes_that_are_no_set_are_refused(void **state) {
    struct buffer error = {0};
    struct text bytes = TEXT("\x0a\xff");
    assert_null(schema_new(&bytes, 1, &error));
    assert_text_equal(
        buffer_text(&error), "the descriptor set is no google.protobuf.FileDescriptorSet");
    buffer_deinit(&error);
    schema_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_number_and_by_both_names),
        cmocka_unit_test(fields_know_their_kind),
        cmocka_unit_test(an_optional_field_has_presence_and_no_oneof),
        cmocka_unit_test(fields_stand_by_number_and_as_declared),
        cmocka_unit_test(enums_are_found_both_ways),
        cmocka_unit_test(methods_know_their_rules),
        cmocka_unit_test(comments_are_kept),
        cmocka_unit_test(the_same_file_in_two_sets_is_read_once),
        cmocka_unit_test(bad_sets_are_told_why),
        cmocka_unit_test(bytes_that_are_no_set_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
