#include "config.h"

#include "ctl/adverts.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sysexits.h>

#include "ctl/fleet.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/delivery.h"
#include "lib/fleet/store_sync_tickets.h"

#define TICKET_LEN 32

struct search {
	struct adverts *found;
	const char *field;  /* of a decision: "recipient" or "queue_id" */
	struct slice value; /* as it stands there */
	const char *recipient; /* of an event; NULL: those of the tickets found */
};

static struct advert_row *
row_of(struct adverts *a, const char *ticket, bool may_add)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->rows[i].ticket, ticket) == 0)
			return &a->rows[i];
	if (!may_add || strlen(ticket) != TICKET_LEN)
		return NULL;
	if (a->n == a->cap) {
		a->cap = a->cap ? 2 * a->cap : 64;
		a->rows = xrealloc(a->rows, a->cap * sizeof(*a->rows));
	}
	a->rows[a->n] = (struct advert_row){.campaign = "", .gateway = "",
	    .status = "on the way"};
	memcpy(a->rows[a->n].ticket, ticket, TICKET_LEN);
	return &a->rows[a->n++];
}

static int
on_decision(const char *ticket, struct slice text, void *ctx)
{
	struct search *s = ctx;
	struct slice is = fleet_field(text, s->field), ranked, first;
	struct advert_row *row;

	if (is.len == 0 || is.len != s->value.len ||
	    strncasecmp(is.data, s->value.data, is.len) != 0)
		return 0;
	row = row_of(s->found, ticket, true);
	if (!row)
		return 0;
	ranked = fleet_field(text, "gateways");
	first = ranked;
	(void)slice_split(&ranked, ',', &first);
	row->at_ms = (int64_t)fleet_number(text, "at_ms");
	row->campaign = arena_strndup(s->found->arena,
	    fleet_field(text, "campaign").data,
	    fleet_field(text, "campaign").len);
	row->gateway =
	    arena_strndup(s->found->arena, first.data, first.len);
	return 0;
}

static int
on_event(const char *ticket, struct slice text, void *ctx)
{
	struct search *s = ctx;
	struct advert_row *row;
	struct delivery d;
	const char *error;

	if (delivery_parse(text, &d, &error) != 0)
		return 0;
	row = row_of(s->found, ticket, s->recipient &&
	    strcasecmp(d.recipient, s->recipient) == 0);
	if (!row || d.seq < row->seq)
		return 0;
	row->seq = d.seq;
	row->status = delivery_status_text(d.status);
	if (row->at_ms == 0)
		row->at_ms = d.requested_ms;
	row->campaign = arena_strdup(s->found->arena, d.campaign);
	row->gateway = arena_strndup(s->found->arena,
	    fleet_field(text, "gateway").data,
	    fleet_field(text, "gateway").len);
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	const struct advert_row *x = a, *y = b;

	return (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms);
}

int
adverts_find(struct ctl *ctl, const char *recipient, const char *queue_id,
    struct adverts *out_r)
{
	struct buf escaped = {0};
	struct search s = {out_r, recipient ? "recipient" : "queue_id",
	    {NULL, 0}, recipient};
	struct store_sync *store;
	char *error = NULL;
	int status = EX_OK;

	*out_r = (struct adverts){.arena = arena_new()};
	delivery_escape(&escaped, recipient ? recipient : queue_id);
	s.value = slice_buf(&escaped);
	store = store_sync_open(&ctl->config.policyd, &error);
	if (!store) {
		log_warnx("%s", error);
		status = EX_TEMPFAIL;
	} else if (store_sync_decisions(store, on_decision, &s) < 0 ||
	    store_sync_delivered(store, on_event, &s) < 0) {
		log_warnx("Redis: %s", store_sync_error(store));
		status = EX_TEMPFAIL;
	}
	if (out_r->n > 1)
		qsort(out_r->rows, out_r->n, sizeof(*out_r->rows),
		    newest_first);
	store_sync_close(&store);
	free(error);
	buf_free(&escaped);
	return status;
}

void
adverts_free(struct adverts *a)
{
	free(a->rows);
	arena_free(&a->arena);
	*a = (struct adverts){0};
}

static void
print_json(const struct adverts *a)
{
	struct json *root = json_begin();
	struct json *list = json_add_list(root, "adverts");

	for (size_t i = 0; i < a->n; i++) {
		const struct advert_row *r = &a->rows[i];
		struct json *o = json_add_object(list, NULL);

		json_add_text(o, "ticket", slice_of(r->ticket));
		json_add_int(o, "at_ms", r->at_ms);
		json_add_text(o, "campaign", slice_of(r->campaign));
		json_add_text(o, "gateway", slice_of(r->gateway));
		json_add_text(o, "status", slice_of(r->status));
	}
	json_print(&root);
}

void
adverts_print(const struct ctl *ctl, const struct adverts *a)
{
	char when[32];

	if (ctl->json) {
		print_json(a);
		return;
	}
	puts("decided (UTC)     campaign             gateway   status      "
	     "ticket");
	for (size_t i = 0; i < a->n; i++) {
		const struct advert_row *r = &a->rows[i];

		clock_minute(when, sizeof(when), r->at_ms);
		printf("%-16s  %-20s %-9s %-11s %s\n", when, r->campaign,
		    r->gateway, r->status, r->ticket);
	}
	puts("\nnearpostctl why TICKET tells the story of one of them");
}
