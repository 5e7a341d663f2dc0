/* struct json is jansson's json_t: what is added is owned by the tree. */
#include "lib/base/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static json_t *
tree(struct json *j)
{
	return (json_t *)(void *)j;
}

static struct json *
handle(json_t *j)
{
	return (struct json *)(void *)j;
}

/* Takes the value over.  It fails for want of memory only. */
static struct json *
add(struct json *at, const char *name, json_t *value)
{
	int failed = name ? json_object_set_new(tree(at), name, value) :
	    json_array_append_new(tree(at), value);

	if (failed)
		fatalx(EX_TEMPFAIL, "out of memory");
	return handle(value);
}

struct json *
json_begin(void)
{
	json_t *root = json_object();

	if (!root)
		fatalx(EX_TEMPFAIL, "out of memory");
	return handle(root);
}

struct json *
json_add_object(struct json *at, const char *name)
{
	return add(at, name, json_object());
}

struct json *
json_add_list(struct json *at, const char *name)
{
	return add(at, name, json_array());
}

void
json_add_text(struct json *at, const char *name, struct slice value)
{
	struct buf good = {0};
	size_t i, n;

	for (i = 0; i < value.len; i += n) {
		n = utf8_sequence(
		    (const unsigned char *)value.data + i, value.len - i);
		if (n > 0) {
			buf_add(&good, value.data + i, n);
		} else {
			buf_add_str(&good, REPLACEMENT);
			n = 1;
		}
	}
	(void)add(at, name, json_stringn(good.len ? good.data : "", good.len));
	buf_free(&good);
}

void
json_add_int(struct json *at, const char *name, int64_t value)
{
	(void)add(at, name, json_integer(value));
}

void
json_add_real(struct json *at, const char *name, double value)
{
	(void)add(at, name, json_real(value));
}

void
json_add_bool(struct json *at, const char *name, bool value)
{
	(void)add(at, name, json_boolean(value));
}

void
json_end(struct json **root, struct buf *out)
{
	char *text = json_dumps(
	    tree(*root), JSON_COMPACT | JSON_REAL_PRECISION(12));

	if (!text)
		fatalx(EX_TEMPFAIL, "out of memory");
	buf_add_str(out, text);
	buf_add_char(out, '\n');
	free(text);
	json_decref(tree(*root));
	*root = NULL;
}

struct json *
json_parse(struct slice text)
{
	json_t *root = json_loadb(text.data ? text.data : "", text.len, 0, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return NULL;
	}
	return handle(root);
}

void
json_free(struct json **root)
{
	json_decref(tree(*root));
	*root = NULL;
}

struct json *
json_get(struct json *at, const char *name)
{
	json_t *found = json_object_get(tree(at), name);

	return json_is_object(found) ? handle(found) : NULL;
}

struct slice
json_get_text(struct json *at, const char *name)
{
	json_t *found = json_object_get(tree(at), name);

	return (struct slice){json_string_value(found),
	    json_string_length(found)};
}

double
json_get_number(struct json *at, const char *name, double otherwise)
{
	json_t *found = json_object_get(tree(at), name);

	return json_is_number(found) ? json_number_value(found) : otherwise;
}
