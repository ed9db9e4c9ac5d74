/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/booking/model.h"

int model_taken(const struct model *model, char state) {
    int seats = 0;
    for (int i = 0; i < model->count; i++)
        if (model->bookings[i].state == state)
            seats += model->bookings[i].seats;
    return seats;
}

static int model_all_taken(const struct model *model) {
    return model_taken(model, 'h') + model_taken(model, 's');
}

void model_expire(struct model *model, int which) {
    struct model_booking *booking = &model->bookings[which];
    if (booking->state == 'h' && model->now >= booking->deadline)
        booking->state = 'x';
}

static int model_deadline(const struct model *model) {
    int deadline = model->now + MODEL_HOLD;
    return deadline > MODEL_START ? MODEL_START : deadline;
}

enum outcome model_book(struct model *model, int seats, bool hold) {
    if (!model->known)
        return OUTCOME_NOT_ON_SALE;
    if (model->off)
        return OUTCOME_EVENT_CANCELLED;
    if (model->now >= MODEL_START)
        return OUTCOME_EVENT_STARTED;
    if (model_all_taken(model) + seats > model->capacity)
        return OUTCOME_SOLD_OUT;
    model->bookings[model->count++] = (struct model_booking){
        .state = hold ? 'h' : 's',
        .seats = seats,
        .deadline = hold ? model_deadline(model) : 0,
    };
    return OUTCOME_OK;
}

/* What a confirmation and an extension have in common. */
static enum outcome model_hold(struct model *model, int which) {
    model_expire(model, which);
    char state = model->bookings[which].state;
    if (state == 's')
        return OUTCOME_ALREADY_CONFIRMED;
    if (state == 'c')
        return OUTCOME_ALREADY_CANCELLED;
    if (state == 'x')
        return OUTCOME_HOLD_EXPIRED;
    return model->off ? OUTCOME_EVENT_CANCELLED : OUTCOME_OK;
}

enum outcome model_confirm(struct model *model, int which) {
    enum outcome outcome = model_hold(model, which);
    if (outcome == OUTCOME_ALREADY_CONFIRMED)
        return OUTCOME_UNCHANGED;
    if (outcome == OUTCOME_OK) {
        model->bookings[which].state = 's';
        model->bookings[which].deadline = 0;
    }
    return outcome;
}

enum outcome model_extend(struct model *model, int which) {
    enum outcome outcome = model_hold(model, which);
    if (outcome)
        return outcome;
    if (model->bookings[which].extended)
        return OUTCOME_ALREADY_EXTENDED;
    model->bookings[which].extended = true;
    model->bookings[which].deadline = model_deadline(model);
    return OUTCOME_OK;
}

enum outcome model_cancel(struct model *model, int which) {
    model_expire(model, which);
    char state = model->bookings[which].state;
    if (state != 'h' && state != 's')
        return OUTCOME_UNCHANGED;
    model->bookings[which].state = 'c';
    return OUTCOME_OK;
}

enum outcome model_call_off(struct model *model, int which) {
    if (!model->off)
        return OUTCOME_UNCHANGED;
    char before = model->bookings[which].state;
    enum outcome outcome = model_cancel(model, which);
    return model->bookings[which].state == before ? outcome : OUTCOME_OK;
}

enum outcome model_set_capacity(struct model *model, int capacity, int version) {
    if (version < model->capacity_version)
        return OUTCOME_UNCHANGED;
    if (capacity < model_all_taken(model))
        return OUTCOME_CAPACITY_BELOW_SOLD;
    if (capacity == model->capacity && version == model->capacity_version)
        return OUTCOME_UNCHANGED;
    model->capacity = capacity;
    model->capacity_version = version;
    return OUTCOME_OK;
}

enum outcome model_apply(struct model *model, int capacity, bool off, int version) {
    if (model->known && version <= model->version)
        return OUTCOME_UNCHANGED;
    if (version >= model->capacity_version && capacity >= model_all_taken(model)) {
        model->capacity = capacity;
        model->capacity_version = version;
    }
    model->known = true;
    model->version = version;
    if (off)
        model->off = true;
    return OUTCOME_OK;
}
