/* The recipient's record and the domain's site are asked for side by side; the
 * job goes on when both have answered or run out of time. */
#include "policyd/select.h"

#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/crypto.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/fleet/erase.h"
#include "policyd/erased.h"
#include "policyd/job.h"
#include "policyd/limits.h"
#include "policyd/resolve.h"

#define EARLIER_MAX 1000 /* as milter.max_recipients */

static void
found_out(struct job *j)
{
	if (--j->waiting > 0)
		return;
	job_decide(j);
	job_answer(j);
}

static void
on_recipient(enum store_result result, const struct reply *replies, void *ctx)
{
	struct job *j = ctx;

	j->redis = result;
	if (result == STORE_OK)
		schema_recipient_read(j->ask->arena, replies, &j->recipient);
	found_out(j);
}

/* Of another hash tag, so a call of its own; the two come in any order. */
static void
on_digest(enum store_result result, const struct reply *replies, void *ctx)
{
	struct job *j = ctx;

	if (result == STORE_OK)
		schema_digest_read(j->ask->arena, &replies[0], &j->erased);
	else
		j->digest = result;
	found_out(j);
}

static void
on_domain(enum domain_status status, struct site *site, void *ctx)
{
	struct job *j = ctx;
	const char *name = NULL;

	j->domain = status;
	/* By name: it may be dropped while we wait for Redis. */
	if (site)
		name = site->name;
	else if (status == DOMAIN_UNKNOWN)
		name = limits_site(j->ask->p->limits, j->address.domain);
	j->site_name = name ? arena_strdup(j->ask->arena, name) : NULL;
	found_out(j);
}

static void
find_out(struct job *j)
{
	struct policyd *p = j->ask->p;
	struct command c[2];

	vars_init(&j->recipient.record, j->ask->arena);
	j->waiting = 3; /* the third is this function itself */
	schema_recipient_lookup(
	    c, j->ask->arena, p->config.policyd.redis_prefix, j->key);
	store_call(p->store, c, 2, on_recipient, j);
	if (erased_ever(p->erased)) {
		j->waiting++;
		schema_digest_lookup(c, j->ask->arena,
		    p->config.policyd.redis_prefix, j->key);
		store_call(p->store, c, 1, on_digest, j);
	}
	resolve(p->resolver, j->address.domain, on_domain, j);
	found_out(j);
}

static void
read_routable(struct job *j)
{
	struct slice list = policy_get(&j->ask->m, "routable"), part;

	j->all_routable = list.data == NULL;
	while (slice_split(&list, ',', &part)) {
		char id[ADDRESS_ID_MAX + 1] = "";
		const struct gateway *g;

		part = slice_trim(part);
		if (!address_id_ok(part))
			continue;
		memcpy(id, part.data, part.len);
		g = gateway_find(&j->ask->p->fleet.gateways, id);
		if (g)
			j->routable[g->slot] = true;
	}
}

/* The booking is known by the ticket's id, so that delivery events find it. */
static void
read_booking(struct job *j)
{
	if (booking_id(policy_get(&j->ask->m, "ticket"), j->booking) != 0)
		random_bytes(j->booking, BOOKING_ID_SIZE);
}

/* Recipients of one message are asked for in a row, each after the answer to the
 * one before. */
static void
read_earlier(struct job *j)
{
	int64_t n;

	if (text_int(policy_get(&j->ask->m, "earlier"), 0, EARLIER_MAX, &n) == 0)
		j->earlier = (int)n;
}

static void
read_stub_vars(struct job *j)
{
	const struct policy_message *m = &j->ask->m;
	const char *error;
	size_t i;

	vars_init(&j->stub, j->ask->arena);
	for (i = 0; i < m->n; i++) {
		struct slice name = m->attrs[i].name;

		if (name.len <= 4 || memcmp(name.data, "var.", 4) != 0)
			continue;
		name.data += 4;
		name.len -= 4;
		if (vars_set(&j->stub, name, m->attrs[i].value, &error) != 0)
			job_settle(j, CAUSE_VARIABLE, NULL, "%s", error);
	}
}

static void
start(struct ask *ask, bool explain)
{
	struct job *j = xcalloc(1, sizeof(*j));
	const char *error;

	j->ask = ask;
	j->explain = explain;
	j->campaign_name = policy_get_str(ask->arena, &ask->m, "campaign");
	j->creative_name = policy_get_str(ask->arena, &ask->m, "creative");
	read_routable(j);
	read_booking(j);
	read_earlier(j);
	read_stub_vars(j);
	if (address_parse(ask->arena, policy_get(&ask->m, "recipient"),
		&j->address, &error) != 0)
		job_settle(j, CAUSE_ADDRESS, NULL, "recipient: %s", error);
	job_find_campaign(j);
	if (j->action) {
		job_answer(j);
		return;
	}
	j->key = address_key(ask->arena, &j->address);
	find_out(j);
}

void
select_request(struct ask *ask)
{
	start(ask, false);
}

void
explain_request(struct ask *ask)
{
	start(ask, true);
}
