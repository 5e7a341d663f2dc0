#include "policyd/board.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"
#include "policyd/catalogue.h"

#define READ_EVERY_S 3

struct board {
	struct policyd *p;
	struct board_decision decisions[BOARD_DECISIONS]; /* a ring */
	size_t made; /* ever */
	struct board_campaign campaigns[BOARD_CAMPAIGNS], asked[BOARD_CAMPAIGNS];
	size_t n_campaigns, n_asked;
	bool reading;
	unsigned ticks;
};

struct board *
board_new(struct policyd *p)
{
	struct board *b = xcalloc(1, sizeof(*b));

	b->p = p;
	return b;
}

void
board_free(struct board **b)
{
	free(*b);
	*b = NULL;
}

static void
copy(char *dst, size_t size, const char *src)
{
	(void)snprintf(dst, size, "%s", src ? src : "");
}

void
board_decided(struct board *b, const struct job *j)
{
	struct board_decision *d =
	    &b->decisions[b->made++ % BOARD_DECISIONS];
	struct buf ticket = {0};
	bool relayed = j->cause == CAUSE_RELAY;

	*d = (struct board_decision){
	    .at_ms = clock_wall_ms(), .action = j->action};
	/* Who was given no gateway has no ticket that leads anywhere. */
	if (relayed)
		hex_encode(&ticket, j->booking, BOOKING_ID_SIZE);
	copy(d->ticket, sizeof(d->ticket), ticket.data);
	buf_free(&ticket);
	copy(d->campaign, sizeof(d->campaign), j->campaign_name);
	copy(d->creative, sizeof(d->creative),
	    j->creative ? j->creative->name : "");
	copy(d->site, sizeof(d->site), j->site_name);
	copy(d->gateways, sizeof(d->gateways), relayed ? job_ranked(j) : "");
	copy(d->reason, sizeof(d->reason),
	    relayed ? j->choice.reason : job_cause_name(j->cause));
	if (relayed)
		d->score_s = j->choice.score[j->choice.first].total_s;
}

const struct board_decision *
board_decision(const struct board *b, size_t at)
{
	if (at >= b->made || at >= BOARD_DECISIONS)
		return NULL;
	return &b->decisions[(b->made - 1 - at) % BOARD_DECISIONS];
}

const struct board_campaign *
board_campaign(const struct board *b, const char *name)
{
	static const struct board_campaign nothing;
	size_t i;

	for (i = 0; i < b->n_campaigns; i++)
		if (strcmp(b->campaigns[i].name, name) == 0)
			return &b->campaigns[i];
	return &nothing;
}

static void
on_counters(enum store_result result, const struct reply *replies, void *ctx)
{
	struct board *b = ctx;
	size_t i;

	b->reading = false;
	if (result != STORE_OK)
		return; /* what was known is shown on */
	for (i = 0; i < b->n_asked; i++)
		schema_campaign_read(&replies[i], &b->asked[i].counts);
	memcpy(b->campaigns, b->asked, sizeof(b->campaigns));
	b->n_campaigns = b->n_asked;
}

static void
read_counters(struct board *b)
{
	const char *prefix = b->p->config.policyd.redis_prefix;
	struct command c[BOARD_CAMPAIGNS];
	struct arena *arena = arena_new();
	const struct campaign *campaign;
	size_t i;

	for (i = 0; i < BOARD_CAMPAIGNS; i++) {
		campaign = catalogue_at(b->p->catalogue, i);
		if (!campaign)
			break;
		copy(b->asked[i].name, sizeof(b->asked[i].name),
		    campaign->name);
		schema_campaign_load(&c[i], arena, prefix, campaign->name);
	}
	b->n_asked = i;
	if (i > 0) {
		b->reading = true;
		store_call(b->p->store, c, i, on_counters, b);
	}
	arena_free(&arena);
}

void
board_tick(struct board *b)
{
	if (b->ticks++ % READ_EVERY_S == 0 && !b->reading && b->p->catalogue &&
	    store_ready(b->p->store))
		read_counters(b);
}
