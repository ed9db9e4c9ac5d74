/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a folder of its own, and short ways to write to it and look into it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"
#include "store/store.h"

enum collection { DOCUMENTS, ROWS, COLLECTION_COUNT };

struct fixture {
    char folder[128];
    char url[160];
    struct store_options options;
    struct store *store;
    atomic_int broken; /* how often on_broken ran */
    char why[512];
};

extern const struct store_schema fixture_schema;

/* Runs the tests once per driver; fixture_scheme is then its URL's. */
extern const char *fixture_scheme;
int run_over_drivers(const struct CMUnitTest *tests, size_t count);

struct fixture *fixture_new(const char *scheme); /* open */
void fixture_free(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);
/* A path beside the store's folder, removed with the fixture. */
void fixture_path(const struct fixture *fixture, const char *name, char ret_path[static 160]);

struct text text_of_string(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One write and, when `event` is not empty, one record. Waits. */
int put(struct fixture *fixture, const char *partition, uint64_t version, struct text key,
    struct text value, const char *event);
/* Returns when all that was submitted before is answered. */
void wait_for_all(struct fixture *fixture);
/* One commit with the records number `from` to `from` + `count` - 1, each 10 ms younger. */
void add_records(struct fixture *fixture, uint64_t version, unsigned from, unsigned count);
size_t trim(struct fixture *fixture, uint64_t sequence, int64_t before_ms);
uint64_t version_of(struct fixture *fixture, const char *partition);
/* Asserts what a fresh view shows. NULL: absent. */
void assert_document(struct fixture *fixture, const char *key, const char *value);
void assert_bounds(struct fixture *fixture, uint64_t first, uint64_t last);
void assert_text(struct text actual, const char *expected);
struct store_record record_of(const char *event, int64_t time_ms);

/* Keeps the writer's thread inside a done call until let_go(), so that what is submitted meanwhile
 * is one group. */
struct hold {
    struct store_commit commit;
    sem_t is_held, may_go;
};
void hold_on(struct fixture *fixture, struct hold *hold, const char *partition, uint64_t version);
void let_go(struct hold *hold);
