/* Compiled to what the comparison needs, since it runs for every creative of
 * every stub.  The rest of the language will go into parse() and struct target. */
#include "lib/mail/target.h"

#include <stdlib.h>

#include "lib/base/text.h"

struct target {
	char *field, *text;
	size_t text_len;
};

static const char example[] = "write it like lang == 'en'";

static void
skip_blanks(struct slice *s)
{
	while (s->len && (*s->data == ' ' || *s->data == '\t')) {
		s->data++;
		s->len--;
	}
}

static struct slice
take_name(struct slice *s)
{
	struct slice name = {s->data, 0};

	while (name.len < s->len && name.len < VARS_NAME_MAX &&
	    vars_name_ok((struct slice){s->data, name.len + 1}))
		name.len++;
	s->data += name.len;
	s->len -= name.len;
	return name;
}

static char *
show(struct slice s)
{
	return s.len ? xasprintf("\"%.*s\"", (int)(s.len > 40 ? 40 : s.len), s.data)
	             : xstrdup("the end");
}

static char *
fault(const char *wanted, struct slice at)
{
	char *here = show(at);
	char *text = xasprintf("%s is wanted before %s; %s", wanted, here, example);

	free(here);
	return text;
}

struct target *
target_parse(struct slice text, char **error_r)
{
	struct slice rest = slice_trim(text), name, value;
	const char *end;
	struct target *t;

	if (text.len > TARGET_MAX || !text_is_utf8(text) ||
	    text_has_control(text)) {
		*error_r = xasprintf("the condition is longer than %d octets, no "
		    "UTF-8, or has control characters", TARGET_MAX);
		return NULL;
	}
	name = take_name(&rest);
	if (name.len == 0) {
		*error_r = fault("a field's name", rest);
		return NULL;
	}
	skip_blanks(&rest);
	if (rest.len < 2 || memcmp(rest.data, "==", 2) != 0) {
		*error_r = fault("==", rest);
		return NULL;
	}
	rest = (struct slice){rest.data + 2, rest.len - 2};
	skip_blanks(&rest);
	end = rest.len && (*rest.data == '\'' || *rest.data == '"')
	    ? memchr(rest.data + 1, *rest.data, rest.len - 1) : NULL;
	if (!end) {
		*error_r = fault("a text in quotes", rest);
		return NULL;
	}
	value = (struct slice){rest.data + 1, (size_t)(end - rest.data) - 1};
	rest.len -= value.len + 2;
	rest.data = end + 1;
	skip_blanks(&rest);
	if (rest.len) {
		*error_r = fault("the end", rest);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->field = xstrndup(name.data, name.len);
	t->text = xstrndup(value.data, value.len);
	t->text_len = value.len;
	return t;
}

bool
target_true(const struct target *t, const struct vars *data)
{
	const struct var *v = vars_get(data, slice_of(t->field));
	struct slice have = v ? v->value : (struct slice){"", 0};

	return slice_eq(have, (struct slice){t->text, t->text_len});
}

void
target_free(struct target **t)
{
	if (!*t)
		return;
	free((*t)->field);
	free((*t)->text);
	free(*t);
	*t = NULL;
}
