#include "lib/fleet/command.h"

#include <stdarg.h>
#include <stdio.h>

static void
put(struct command *c, const char *arg, size_t len)
{
	if (c->argc == c->cap) {
		int cap = c->cap ? c->cap * 2 : 8;
		const char **argv =
		    arena_alloc(c->arena, (size_t)cap * sizeof(*argv));
		size_t *lens =
		    arena_alloc(c->arena, (size_t)cap * sizeof(*lens));

		if (c->argc > 0) {
			memcpy(argv, c->argv, (size_t)c->argc * sizeof(*argv));
			memcpy(lens, c->len, (size_t)c->argc * sizeof(*lens));
		}
		c->argv = argv;
		c->len = lens;
		c->cap = cap;
	}
	c->argv[c->argc] = arg;
	c->len[c->argc++] = len;
}

void
command_init(struct command *c, struct arena *arena, const char *verb)
{
	*c = (struct command){.arena = arena};
	command_add(c, verb);
}

void
command_add(struct command *c, const char *arg)
{
	put(c, arg, strlen(arg));
}

void
command_add_slice(struct command *c, struct slice s)
{
	put(c, arena_strndup(c->arena, s.data, s.len), s.len);
}

void
command_addf(struct command *c, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	command_add_slice(c, slice_buf(&text));
	buf_free(&text);
}

const char *
reply_field(const struct reply *r, const char *name)
{
	size_t i;

	if (r->type != REPLY_LIST)
		return NULL;
	for (i = 0; i + 1 < r->n; i += 2)
		if (slice_eq_str(r->items[i].text, name) &&
		    r->items[i + 1].type == REPLY_TEXT)
			return r->items[i + 1].text.data;
	return NULL;
}
