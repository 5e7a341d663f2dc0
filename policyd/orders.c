#include "policyd/orders.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/fleet/order.h"

#define TICK_MS 100

struct order {
	char *text; /* NULL: none; it was withdrawn */
	/* Not in Redis yet; what Redis says of it is older. */
	bool pending;
	int sending; /* so often it is on its way */
	unsigned given; /* how often it was changed here */
	bool listed; /* in the answer that is being taken */
};
struct orders {
	struct policyd *p;
	const char *hash;
	struct timer *tick;
	struct map *by_name;
	unsigned given, given_at_load;
	bool loading;
	void (*look)(void *ctx);
	void *ctx;
};
struct sending {
	struct orders *orders;
	char *name;
	unsigned given;
};

static const char *
prefix(const struct orders *o)
{
	return o->p->config.policyd.redis_prefix;
}

static void
order_free(void *order)
{
	struct order *one = order;

	free(one->text);
	free(one);
}

static struct order *
order_of(struct orders *o, struct slice name)
{
	struct order *one = map_get(o->by_name, name);

	if (!one) {
		one = xcalloc(1, sizeof(*one));
		(void)map_set(o->by_name, name, one);
	}
	return one;
}

static void
set_text(struct order *one, const char *text)
{
	free(one->text);
	one->text = text ? xstrdup(text) : NULL;
}

const char *
orders_find(const struct orders *o, const char *name)
{
	const struct order *one = map_get(o->by_name, slice_of(name));

	return one ? one->text : NULL;
}

bool
orders_next(const struct orders *o, size_t *pos, struct slice *name_r,
    const char **text_r)
{
	void *value;

	while (map_next(o->by_name, pos, name_r, &value)) {
		*text_r = ((struct order *)value)->text;
		if (*text_r)
			return true;
	}
	return false;
}

static void
on_sent(enum store_result result, const struct reply *replies, void *ctx)
{
	struct sending *s = ctx;
	struct order *one = order_of(s->orders, slice_of(s->name));

	(void)replies;
	one->sending--;
	if (result == STORE_OK && one->given == s->given)
		one->pending = false;
	free(s->name);
	free(s);
}

static void
send_order(struct orders *o, struct slice name, struct order *one)
{
	struct sending *s = xcalloc(1, sizeof(*s));
	struct arena *arena = arena_new();
	struct command c;

	s->orders = o;
	s->given = one->given;
	s->name = xstrndup(name.data, name.len);
	if (one->text)
		schema_order_set(&c, arena, prefix(o), o->hash, s->name,
		    one->text);
	else
		schema_order_clear(&c, arena, prefix(o), o->hash, s->name);
	one->sending++;
	store_call(o->p->store, &c, 1, on_sent, s);
	arena_free(&arena);
}

void
orders_give(struct orders *o, const char *name, const char *text)
{
	struct order *one = order_of(o, slice_of(name));

	set_text(one, text);
	one->pending = true;
	one->given++;
	o->given++;
	o->look(o->ctx);
	send_order(o, slice_of(name), one);
}

bool
orders_kept(const struct orders *o)
{
	struct slice name;
	size_t at = 0;
	void *value;

	while (map_next(o->by_name, &at, &name, &value))
		if (((struct order *)value)->pending)
			return false;
	return true;
}

static void
take(struct orders *o, const struct reply *r)
{
	struct slice name;
	size_t at = 0, i;
	void *value;

	for (i = 0; r->type == REPLY_LIST && i + 1 < r->n; i += 2) {
		struct order *one = order_of(o, r->items[i].text);

		one->listed = true;
		if (!one->pending)
			set_text(one, r->items[i + 1].text.data);
	}
	while (map_next(o->by_name, &at, &name, &value)) {
		struct order *one = value;

		if (!one->listed && !one->pending)
			set_text(one, NULL);
		one->listed = false;
	}
}

static void
on_loaded(enum store_result result, const struct reply *replies, void *ctx)
{
	struct orders *o = ctx;

	o->loading = false;
	/* An order that was given since is newer than this answer. */
	if (result != STORE_OK || o->given != o->given_at_load)
		return;
	take(o, &replies[0]);
	o->look(o->ctx);
}

void
orders_load(struct orders *o)
{
	struct arena *arena;
	struct command c;

	if (o->loading || !store_ready(o->p->store))
		return;
	arena = arena_new();
	o->loading = true;
	o->given_at_load = o->given;
	schema_orders_load(&c, arena, prefix(o), o->hash);
	store_call(o->p->store, &c, 1, on_loaded, o);
	arena_free(&arena);
}

static void
on_tick(void *ctx)
{
	struct orders *o = ctx;
	struct slice name;
	size_t at = 0;
	void *value;

	while (store_ready(o->p->store) &&
	    map_next(o->by_name, &at, &name, &value)) {
		struct order *one = value;

		if (one->pending && one->sending == 0)
			send_order(o, name, one);
	}
	orders_load(o);
	o->look(o->ctx); /* the time of one may be up */
}

struct orders *
orders_new(struct policyd *p, const char *hash, void (*look)(void *ctx),
    void *ctx)
{
	struct orders *o = xcalloc(1, sizeof(*o));

	o->p = p;
	o->hash = hash;
	o->look = look;
	o->ctx = ctx;
	o->by_name = map_new();
	o->tick = timer_new(p->loop, TICK_MS, true, on_tick, o);
	return o;
}

void
orders_free(struct orders **op)
{
	struct orders *o = *op;

	if (!o)
		return;
	*op = NULL;
	timer_free(&o->tick);
	map_free(&o->by_name, order_free);
	free(o);
}
