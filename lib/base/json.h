/* JSON (RFC 8259).  Going out: a tree is made from its root downwards and written in
 * one line; members stand in the order in which they were added.  Coming in: a text
 * becomes a tree, which is asked for its members. */
#ifndef NEARPOST_BASE_JSON_H
#define NEARPOST_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct json; /* an object or a list, owned by what it was added to */

/* The root, an object; json_end() frees it. */
struct json *json_begin(void);
/* name: of the new member; NULL when `at` is a list. */
struct json *json_add_object(struct json *at, const char *name);
struct json *json_add_list(struct json *at, const char *name);
/* What is no UTF-8 becomes U+FFFD. */
void json_add_text(struct json *at, const char *name, struct slice value);
void json_add_int(struct json *at, const char *name, int64_t value);
/* Finite numbers only. */
void json_add_real(struct json *at, const char *name, double value);
void json_add_bool(struct json *at, const char *name, bool value);
/* Appends the whole and a newline; sets *root to NULL. */
void json_end(struct json **root, struct buf *out);

/* An object, or NULL for anything else.  json_free() it. */
struct json *json_parse(struct slice text);
void json_free(struct json **root);
/* The object that is the member `name` of an object, or NULL; at may be NULL. */
struct json *json_get(struct json *at, const char *name);
/* The same for a text ({NULL, 0}: there is none) and a number. */
struct slice json_get_text(struct json *at, const char *name);
double json_get_number(struct json *at, const char *name, double otherwise);

#endif
