#include "lib/fleet/store_reply.h"

#include <hiredis/hiredis.h>

static void
set_text(struct arena *arena, const redisReply *in, enum reply_type type,
    struct reply *out)
{
	out->type = type;
	out->text.data = arena_strndup(arena, in->str, in->len);
	out->text.len = in->len;
}

void
store_reply_convert(
    struct arena *arena, const void *redis_reply, struct reply *out_r)
{
	const redisReply *in = redis_reply;
	size_t i;

	*out_r = (struct reply){.type = REPLY_NIL};
	switch (in->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		set_text(arena, in, REPLY_TEXT, out_r);
		return;
	case REDIS_REPLY_ERROR:
		set_text(arena, in, REPLY_ERROR, out_r);
		return;
	case REDIS_REPLY_INTEGER:
		out_r->type = REPLY_INT;
		out_r->number = in->integer;
		return;
	case REDIS_REPLY_ARRAY:
		out_r->type = REPLY_LIST;
		out_r->n = in->elements;
		if (in->elements == 0)
			return;
		out_r->items =
		    arena_alloc(arena, in->elements * sizeof(*out_r->items));
		/* RESP2 lists of ours are two deep; the reader itself allows
		 * seven. */
		for (i = 0; i < in->elements; i++)
			store_reply_convert(
			    arena, in->element[i], &out_r->items[i]);
		return;
	default:
		return;
	}
}
