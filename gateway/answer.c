/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/answer.h"

#include "gateway/etag.h"
#include "gateway/gateway_private.h"
#include "gateway/visit.h"
#include "http/accept.h"
#include "http/server.h"

static bool wants_gzip(const struct visit *visit) {
    return accept_quality(visit_header(visit, "accept-encoding"), TEXT("gzip")) > 0;
}

static bool is_unchanged(const struct visit *visit, const struct etag *etag) {
    struct text known = visit_header(visit, "if-none-match");
    return known.size > 0 && etag_matches(etag, known);
}

/* Answers to reads carry a tag and may be kept, but never be used without asking. */
static bool tag(struct visit *visit, struct text json, const char *coding) {
    struct etag etag = etag_of(json, coding);
    http_add_header(visit->exchange, "ETag", etag_text(&etag));
    http_add_header(visit->exchange, "Cache-Control", TEXT("no-cache"));
    return is_unchanged(visit, &etag);
}

void answer_json(struct visit *visit, struct text json) {
    bool is_large = json.size >= ANSWER_GZIP_SIZE_MIN;
    bool is_zipped = is_large && wants_gzip(visit);
    if (is_large)
        http_add_header(visit->exchange, "Vary", TEXT("Accept-Encoding"));
    if (!visit_is_read(visit)) {
        http_add_header(visit->exchange, "Cache-Control", TEXT("no-store"));
    } else if (tag(visit, json, is_zipped ? "gzip" : "")) {
        visit_reply_empty(visit, 304);
        return;
    }
    if (is_zipped) {
        http_add_header(visit->exchange, "Content-Encoding", TEXT("gzip"));
        json = gzip_compress(&visit->gateway->gzip, json);
    }
    visit_reply(visit, 200, "application/json", json);
}
