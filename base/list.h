/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Intrusive doubly linked list: the link is embedded in its owner, container_of() leads back. */

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct list {
    struct list *next;
    struct list *previous;
};

#define LIST_INIT(name)                                                                            \
    { &(name), &(name) }

static inline void list_init(struct list *list) {
    list->next = list->previous = list;
}

static inline bool list_is_empty(const struct list *list) {
    return list->next == list;
}

static inline void list_insert_between(
    struct list *entry, struct list *before, struct list *after) {
    entry->previous = before;
    entry->next = after;
    before->next = entry;
    after->previous = entry;
}

static inline void list_push_back(struct list *list, struct list *entry) {
    list_insert_between(entry, list->previous, list);
}

static inline void list_push_front(struct list *list, struct list *entry) {
    list_insert_between(entry, list, list->next);
}

/* Safe to call again: the removed entry becomes a list of its own. */
static inline void list_remove(struct list *entry) {
    entry->previous->next = entry->next;
    entry->next->previous = entry->previous;
    list_init(entry);
}

/* NULL when empty. */
static inline struct list *list_pop_front(struct list *list) {
    struct list *entry = list->next;
    if (entry == list)
        return NULL;
    list_remove(entry);
    return entry;
}

/* Moves all of `from` to the end of `to`. */
static inline void list_splice_back(struct list *to, struct list *from) {
    if (list_is_empty(from))
        return;
    struct list *first = from->next, *last = from->previous;
    list_init(from);
    first->previous = to->previous;
    to->previous->next = first;
    last->next = to;
    to->previous = last;
}

#define list_for_each(entry, head)                                                                 \
    for (struct list *entry = (head)->next; entry != (head); entry = entry->next)
/* The body may remove `entry`. */
#define list_for_each_safe(entry, head)                                                            \
    for (struct list *entry = (head)->next, *entry##_next = entry->next; entry != (head);          \
         entry = entry##_next, entry##_next = entry->next)
