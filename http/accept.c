/* SPDX-License-Identifier: Apache-2.0 */
#include "http/accept.h"

/* "0.75" as 750; what is malformed counts as 1. */
static int read_quality(struct text value) {
    uint64_t whole, fraction = 0;
    struct text digits = text_cut(&value, '.');
    if (text_to_u64(digits, &whole) < 0 || whole > 1 || value.size > 3 ||
        (value.size > 0 && text_to_u64(value, &fraction) < 0))
        return ACCEPT_QUALITY_MAX;
    for (size_t i = value.size; i < 3; i++)
        fraction *= 10;
    int quality = (int)(whole * 1000 + fraction);
    return quality < ACCEPT_QUALITY_MAX ? quality : ACCEPT_QUALITY_MAX;
}

static bool find_parameter(struct text parameters, struct text wanted, struct text *ret_value) {
    while (parameters.size > 0) {
        struct text value = text_trim(text_cut(&parameters, ';'));
        struct text name = text_trim(text_cut(&value, '='));
        if (!text_equal_ignore_case(name, wanted))
            continue;
        *ret_value = text_trim(value);
        return true;
    }
    return false;
}

static int quality_of(struct text parameters) {
    struct text quality;
    if (!find_parameter(parameters, TEXT("q"), &quality))
        return ACCEPT_QUALITY_MAX;
    return read_quality(quality);
}

/* 2: this one, 1: any, 0: another. */
static int fit_version(struct text parameters, struct text version) {
    struct text asked;
    if (version.size == 0 || !find_parameter(parameters, TEXT("version"), &asked))
        return 1;
    return text_equal(asked, version) ? 2 : 0;
}

/* 4: itself in this version, 3: itself, 2: its type, 1: anything, 0: something else. */
static int fit(struct text range, struct text parameters, struct text name, struct text version) {
    if (text_equal_ignore_case(range, name)) {
        int how_well = fit_version(parameters, version);
        return how_well ? 2 + how_well : 0;
    }
    if (text_equal(range, TEXT("*")) || text_equal(range, TEXT("*/*")))
        return 1;
    struct text subtype = range, type = text_cut(&subtype, '/');
    bool has_type = text_equal(subtype, TEXT("*")) &&
                    text_equal_ignore_case(type, text_cut(&name, '/'));
    return has_type ? 2 : 0;
}

int accept_quality(struct text header, struct text name) {
    return accept_quality_of_version(header, name, TEXT(""));
}

int accept_quality_of_version(struct text header, struct text name, struct text version) {
    int best = 0, quality = 0;
    while (header.size > 0) {
        struct text parameters = text_cut(&header, ',');
        struct text range = text_trim(text_cut(&parameters, ';'));
        int how_well = fit(range, parameters, name, version);
        if (how_well <= best)
            continue;
        best = how_well;
        quality = quality_of(parameters);
    }
    return quality;
}
