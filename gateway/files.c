/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/files.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "gateway/error.h"
#include "gateway/file_type.h"
#include "gateway/files_private.h"
#include "gateway/gateway_private.h"
#include "gateway/transcode/percent.h"
#include "gateway/visit.h"
#include "http/accept.h"
#include "http/server.h"

/* Scripts, styles and connections of our own only; nobody may put our pages into theirs. */
static const char PAGE_POLICY[] =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const struct file_coding file_codings[FILE_FORMS] = {
    [FILE_AS_IS] = {"", ""},
    [FILE_BROTLI] = {"br", ".br"},
    [FILE_GZIP] = {"gzip", ".gz"},
};

/* What the client takes, best first; as it is goes always. */
static enum file_form choose_form(const struct file *file, const struct visit *visit) {
    static const enum file_form preferred[] = {FILE_BROTLI, FILE_GZIP};
    struct text accepted = visit_header(visit, "accept-encoding");
    for (size_t i = 0; i < ARRAY_SIZE(preferred); i++) {
        const char *coding = file_codings[preferred[i]].name;
        if (file->forms[preferred[i]].bytes.data && accept_quality(accepted, text_from(coding)) > 0)
            return preferred[i];
    }
    return FILE_AS_IS;
}

static void add_headers(
    const struct file *file, enum file_form form, struct http_exchange *exchange) {
    http_add_header(exchange, "ETag", etag_text(&file->forms[form].etag));
    http_add_header(exchange, "Cache-Control",
        file->is_immutable ? TEXT("public, max-age=31536000, immutable") : TEXT("no-cache"));
    if (file->has_codings)
        http_add_header(exchange, "Vary", TEXT("Accept-Encoding"));
    if (file->is_page)
        http_add_header(exchange, "Content-Security-Policy", text_from(PAGE_POLICY));
}

static void answer_file(const struct file *file, struct visit *visit) {
    enum file_form form = choose_form(file, visit);
    struct text known = visit_header(visit, "if-none-match");
    visit->traffic = &visit->gateway->traffic.files;
    if (!visit_is_read(visit)) {
        http_add_header(visit->exchange, "Allow", TEXT("GET, HEAD"));
        error_reply(visit, 405, "files can only be read");
        return;
    }
    add_headers(file, form, visit->exchange);
    if (known.size > 0 && etag_matches(&file->forms[form].etag, known)) {
        visit_reply_empty(visit, 304);
        return;
    }
    if (form != FILE_AS_IS)
        http_add_header(visit->exchange, "Content-Encoding", text_from(file_codings[form].name));
    visit_reply(visit, 200, file->type, file->forms[form].bytes);
}

/* "/" and "/help/" stand for the index of their folder. */
static const struct file *find(const struct files *files, struct visit *visit) {
    struct text path = visit->request->path;
    if (!percent_is_sound(path))
        return NULL;
    path = percent_decode(visit->arena, path, PERCENT_SEGMENT);
    if (text_ends_with(path, TEXT("/")))
        path = text_from(arena_printf(visit->arena, "%.*sindex.html", TEXT_ARG(path)));
    const struct file *file = map_get(&files->by_path, path);
    return file && file->forms[FILE_AS_IS].bytes.data ? file : NULL;
}

bool files_answer(const struct files *files, struct visit *visit) {
    const struct file *file = find(files, visit);
    if (file)
        answer_file(file, visit);
    return file;
}

bool files_answer_page(const struct files *files, struct visit *visit) {
    const struct file *index = map_get(&files->by_path, TEXT("/index.html"));
    struct text accept = visit_header(visit, "accept");
    /* A browser that goes to a page names HTML; what asks for just anything is no browser. */
    if (!index || !visit_is_read(visit) || !text_contains_ignore_case(accept, TEXT("text/html")))
        return false;
    answer_file(index, visit);
    return true;
}
