/* verb=why: the record of a decision, by ticket, or by the queue id that the
 * advert had on its gateway. */
#include <stdlib.h>

#include "lib/base/text.h"
#include "policyd/admin_look.h"
#include "policyd/decisions.h"

#define TICKET_LEN 32
#define QUEUE_ID_MAX 31

struct event {
	int64_t seq;
	struct slice text;
};

static void
refuse(struct ask *ask, const char *why)
{
	policy_addf(&ask->answer, "action", "REJECT %s", why);
	ask_answer(ask);
}

static int
by_seq(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void
add_events(struct ask *ask, const struct reply *r)
{
	struct event *list = arena_alloc(ask->arena,
	    (r->n / 2 + 1) * sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i + 1 < r->n; i += 2)
		if (text_int(r->items[i].text, 0, INT64_MAX, &list[n].seq) == 0)
			list[n++].text = r->items[i + 1].text;
	qsort(list, n, sizeof(*list), by_seq);
	for (i = 0; i < n && i < POLICY_ATTRS_MAX / 2 &&
	    ask->answer.len < POLICY_MESSAGE_MAX / 2; i++)
		policy_add(&ask->answer,
		    arena_printf(ask->arena, "event.%zu", i), list[i].text);
}

static void
add_decision(struct ask *ask, struct slice rest)
{
	struct slice line;
	int n;

	if (!slice_split(&rest, '\n', &line))
		return;
	policy_add(&ask->answer, "decision", line);
	for (n = 0; slice_split(&rest, '\n', &line); n++)
		policy_add(&ask->answer,
		    arena_printf(ask->arena, "row.%d", n), line);
}

static void
on_decision(enum store_result result, const struct reply *r, void *ctx)
{
	struct ask *ask = ctx;
	bool decided, delivered;

	if (result != STORE_OK) {
		refuse(ask, store_result_text(result));
		return;
	}
	decided = r[0].type == REPLY_TEXT;
	delivered = r[1].type == REPLY_LIST && r[1].n > 0;
	if (!decided && !delivered) {
		refuse(ask, "nothing is known of that ticket");
		return;
	}
	policy_add_str(&ask->answer, "action", "OK");
	if (decided)
		add_decision(ask, r[0].text);
	if (delivered)
		add_events(ask, &r[1]);
	ask_answer(ask);
}

static void
load(struct ask *ask, const char *ticket)
{
	struct command c[SCHEMA_DECISION_LOADS];
	struct policyd *p = ask->p;

	policy_add_str(&ask->answer, "ticket", ticket);
	schema_decision_load(
	    c, ask->arena, p->config.policyd.redis_prefix, ticket);
	store_call(p->store, c, SCHEMA_DECISION_LOADS, on_decision, ask);
}

static void
on_queue(enum store_result result, const struct reply *r, void *ctx)
{
	struct ask *ask = ctx;

	if (result != STORE_OK)
		refuse(ask, store_result_text(result));
	else if (r[0].type != REPLY_TEXT || r[0].text.len != TICKET_LEN)
		refuse(ask, "no gateway has told of that queue id, or it is "
			    "not kept any more; the initiator's log has the "
			    "ticket beside its own queue id");
	else
		load(ask, arena_strndup(
		    ask->arena, r[0].text.data, r[0].text.len));
}

void
admin_why(struct ask *ask)
{
	struct policyd *p = ask->p;
	const char *id = policy_get_str(ask->arena, &ask->m, "id");
	struct command c;

	decisions_flush(p->decisions);
	if (strlen(id) == TICKET_LEN &&
	    strspn(id, "0123456789abcdef") == TICKET_LEN) {
		load(ask, id);
		return;
	}
	if (*id == '\0' || strlen(id) > QUEUE_ID_MAX) {
		refuse(ask, "id is no ticket and no queue id");
		return;
	}
	schema_queue_load(&c, ask->arena, p->config.policyd.redis_prefix, id);
	store_call(p->store, &c, 1, on_queue, ask);
}
