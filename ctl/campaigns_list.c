/* The table of campaigns: policyd says which there are and which are stopped, and
 * Redis has the counters of all policyds together, of former campaigns as well. */
#include "config.h"

#include "ctl/campaigns.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ctl/fleet.h"
#include "ctl/row_json.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/fleet/schema.h"
#include "lib/fleet/store_sync.h"

struct row {
	const char *name, *state, *reason;
	int64_t since_ms;
	struct campaign_counts counts;
};
struct table {
	struct arena *arena;
	struct store_sync *store;
	struct row *rows;
	size_t n, cap;
	bool policyd; /* it has told which are open */
};

static struct row *
row_of(struct table *t, const char *name)
{
	struct row *r;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return &t->rows[i];
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->rows = xrealloc(t->rows, t->cap * sizeof(*t->rows));
	}
	r = &t->rows[t->n++];
	*r = (struct row){arena_strdup(t->arena, name),
	    t->policyd ? "former" : "unknown", "", 0, {0}};
	return r;
}

static const char *
field(struct table *t, struct slice row, const char *name)
{
	struct slice value = fleet_field(row, name);

	return arena_strndup(t->arena, value.data, value.len);
}

static void
take_states(struct table *t, const struct policy_message *m)
{
	struct slice row;

	t->policyd = true;
	for (int n = 0; fleet_row(t->arena, m, "campaign", n, &row); n++) {
		struct row *r = row_of(t, field(t, row, "name"));

		r->state = field(t, row, "state");
		r->reason = field(t, row, "reason");
		r->since_ms = (int64_t)fleet_number(row, "since_ms");
	}
}

static int
take_counts(const char *name, void *ctx)
{
	struct table *t = ctx;

	return store_sync_campaign(t->store, name, &row_of(t, name)->counts);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name,
	    ((const struct row *)b)->name);
}

/* Stubs that were answered for good, and how many of these are on the way. */
static int64_t
requested(const struct campaign_counts *c)
{
	return c->relayed + c->suppressed + c->rejected;
}

static int64_t
under_way(const struct campaign_counts *c)
{
	int64_t n = c->relayed - c->sent - c->bounced;

	return n > 0 ? n : 0;
}

static void
print_row(const struct row *r)
{
	const struct campaign_counts *c = &r->counts;
	char last[32] = "never", since[32], mean[32] = "-";

	if (c->last_ms > 0)
		clock_minute(last, sizeof(last), c->last_ms);
	if (c->sent > 0)
		(void)snprintf(mean, sizeof(mean), "%.1f s",
		    (double)c->ttr_ms_sum / (double)c->sent / 1000);
	printf("%-20s %-9s %9lld %9lld %9lld %8lld %8lld %7lld %8lld %9s  %s\n",
	    r->name, r->state, (long long)requested(c), (long long)c->relayed,
	    (long long)c->sent, (long long)under_way(c),
	    (long long)c->delivery_deferrals, (long long)c->bounced,
	    (long long)c->suppressed, mean, last);
	if (r->since_ms > 0) {
		clock_minute(since, sizeof(since), r->since_ms);
		printf("    %s since %s UTC%s%s\n", r->state, since,
		    *r->reason ? ": " : "", r->reason);
	}
}

static void
add_row(struct json *list, const struct row *r)
{
	const struct campaign_counts *c = &r->counts;
	struct json *o = json_add_object(list, NULL);

	json_add_text(o, "name", slice_of(r->name));
	json_add_text(o, "state", slice_of(r->state));
	if (r->since_ms > 0) {
		json_add_int(o, "since_ms", r->since_ms);
		json_add_text(o, "reason", slice_of(r->reason));
	}
	json_add_int(o, "requested", requested(c));
	json_add_int(o, "relayed", c->relayed);
	json_add_int(o, "delivered", c->sent);
	json_add_int(o, "under_way", under_way(c));
	json_add_int(o, "deferred_attempts", c->delivery_deferrals);
	json_add_int(o, "bounced", c->bounced);
	json_add_int(o, "suppressed", c->suppressed);
	json_add_int(o, "rejected", c->rejected);
	json_add_int(o, "requests_put_off", c->deferred_requests);
	if (c->sent > 0)
		json_add_real(o, "mean_s",
		    (double)c->ttr_ms_sum / (double)c->sent / 1000);
	if (c->last_ms > 0)
		json_add_int(o, "last_ms", c->last_ms);
}

static void
show(const struct ctl *ctl, const struct table *t)
{
	struct json *root, *list;

	if (ctl->json) {
		root = json_begin();
		list = json_add_list(root, "campaigns");
		for (size_t i = 0; i < t->n; i++)
			add_row(list, &t->rows[i]);
		json_print(&root);
		return;
	}
	puts("campaign             state     requested   relayed delivered "
	     "underway deferred bounced suppress      mean  last activity (UTC)");
	for (size_t i = 0; i < t->n; i++)
		print_row(&t->rows[i]);
	if (t->n == 0)
		puts("none; nearpostctl assets says which set is in use");
}

int
campaigns_list(struct ctl *ctl)
{
	struct table t = {.arena = arena_new()};
	struct policy_message m;
	char *error = NULL;
	int asked = fleet_ask(ctl, t.arena, "campaigns", &m), status = asked;

	if (asked == EX_OK)
		take_states(&t, &m);
	t.store = store_sync_open(&ctl->config.policyd, &error);
	if (!t.store) {
		log_warnx("%s", error);
		status = EX_TEMPFAIL;
	} else if (store_sync_each(t.store, STORE_CAMPAIGNS, take_counts,
	    &t) < 0) {
		log_warnx("Redis: %s", store_sync_error(t.store));
		status = EX_TEMPFAIL;
	}
	if (t.n > 0)
		qsort(t.rows, t.n, sizeof(*t.rows), by_name);
	/* What is known is shown; the exit status says that some is missing. */
	if (asked == EX_OK || status != EX_TEMPFAIL)
		show(ctl, &t);
	store_sync_close(&t.store);
	free(t.rows);
	free(error);
	arena_free(&t.arena);
	return status;
}
