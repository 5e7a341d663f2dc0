#include "policyd/tables.h"

#include "config.h"

#include <inttypes.h>

#include "lib/base/text.h"
#include "policyd/board.h"
#include "policyd/catalogue.h"
#include "policyd/drains.h"
#include "policyd/holds.h"
#include "policyd/share.h"
#include "policyd/show.h"
#include "policyd/tally.h"

#define DIGEST_SHOWN 15 /* octets: "sha256:1234abcd" */

/* A moment, for people: "2026-11-23 10:00:07". */
static void
moment(struct rows *r, const char *name, int64_t wall_ms)
{
	char text[32];

	clock_minute(text, sizeof(text), wall_ms);
	rows_textf(r, name, "%s:%02d", text, (int)(wall_ms / 1000 % 60));
}

/* The same, without the day when that is today. */
static void
lately(struct rows *r, const char *name, int64_t wall_ms)
{
	int64_t day = 86400000;
	char text[32];

	if (wall_ms / day != clock_wall_ms() / day) {
		moment(r, name, wall_ms);
		return;
	}
	clock_minute(text, sizeof(text), wall_ms);
	rows_textf(r, name, "%s:%02d", strchr(text, ' ') + 1,
	    (int)(wall_ms / 1000 % 60));
}

static void
bytes(struct rows *r, const char *name, double n)
{
	char text[SHOW_SIZE];

	text_human_bytes(text, sizeof(text), (int64_t)n);
	rows_text(r, name, text);
}

static void
drained_why(const struct policyd *p, const struct gateway *g, struct rows *r)
{
	struct drain d;
	char until[32] = "resumed";

	if (!drains_find(p->drains, g->id, &d)) {
		rows_text(r, "why", "taken out of service");
		return;
	}
	if (d.until_ms > 0)
		clock_minute(until, sizeof(until), d.until_ms);
	rows_textf(r, "why", "until %s%s%s", until, d.reason[0] ? ": " : "",
	    d.reason);
}

/* The word that says how it stands, and more words why. */
static void
state(const struct policyd *p, const struct gateway *g, struct rows *r)
{
	enum score_verdict v = tally_verdict(p, g);
	double now_s = policyd_now_s(p);
	char age[SHOW_SIZE];

	rows_text(r, "state", v == SCORE_ELIGIBLE ? "live" :
	    v == SCORE_NO_ASSETS ? "no assets" : score_verdict_name(v));
	switch (v) {
	case SCORE_DRAINED:
		drained_why(p, g, r);
		break;
	case SCORE_DEAD:
		rows_text(r, "why", "no report since policyd started");
		break;
	case SCORE_SILENT:
		rows_textf(r, "why", "last report %s ago",
		    show_seconds(age, now_s - g->state.last_report_s));
		break;
	case SCORE_REFUSED:
		rows_textf(r, "why", "refused a connection %s ago",
		    show_seconds(age, now_s - g->state.refused_s));
		break;
	case SCORE_NO_ASSETS:
		rows_text(r, "why", g->assets_error[0] ? g->assets_error :
		    "does not hold our asset set");
		break;
	default:
		rows_text(r, "why", "");
		break;
	}
}

static void
gateway_row(const struct policyd *p, const struct gateway *g, struct rows *r)
{
	double wait_s = score_wait_s(&g->state, policyd_now_s(p));
	const char *digest = g->n_digests ? g->digests[0] : "none";
	char text[SHOW_SIZE];

	rows_begin(r);
	rows_text(r, "id", g->id);
	state(p, g, r);
	rows_textf(r, "messages", "%" PRId64, g->queue_messages);
	bytes(r, "queue", (double)g->queue_bytes);
	rows_number(r, "queue_messages", (double)g->queue_messages);
	rows_number(r, "queue_bytes", (double)g->queue_bytes);
	rows_textf(r, "booked", "%" PRId64, g->unaccepted_n);
	rows_text(r, "wait", show_seconds(text, wait_s));
	rows_number(r, "wait_s", wait_s);
	text_human_bytes(text, sizeof(text), (int64_t)g->drain_bytes_per_s);
	rows_textf(r, "rate", "%s/s", text);
	rows_number(r, "drain_bytes_per_s", g->drain_bytes_per_s);
	rows_textf(r, "assets", "%.*s", DIGEST_SHOWN, digest);
	rows_text(r, "asset_digest", digest);
	rows_end(r);
}

static void
gateways(const struct policyd *p, struct rows *r)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot;

	for (slot = 0; slot < all->n_slots; slot++)
		if (all->slot[slot])
			gateway_row(p, all->slot[slot], r);
}

static void
count(struct rows *r, const char *name, int64_t n)
{
	rows_textf(r, name, "%" PRId64, n);
}

static void
campaign_row(const struct policyd *p, const struct campaign *c, struct rows *r)
{
	const struct board_campaign *b = board_campaign(p->board, c->name);
	int64_t now_ms = clock_wall_ms(), sent = b->counts.sent;
	double mean_s = sent > 0
	    ? (double)b->counts.ttr_ms_sum / 1e3 / (double)sent : 0;
	char text[SHOW_SIZE];
	struct hold hold;

	rows_begin(r);
	rows_text(r, "name", c->name);
	rows_text(r, "state", holds_find(p->holds, c->name, &hold) ?
	    hold_kind_name(hold.kind) :
	    campaign_early(r->arena, c, now_ms) ? "to come" :
	    campaign_over(r->arena, c, now_ms) ? "over" : "running");
	count(r, "relayed", b->counts.relayed);
	count(r, "received", sent);
	count(r, "bounced", b->counts.bounced);
	count(r, "deferrals", b->counts.delivery_deferrals);
	count(r, "suppressed", b->counts.suppressed);
	count(r, "rejected", b->counts.rejected);
	count(r, "put_off", b->counts.deferred_requests);
	rows_text(r, "mean", sent > 0 ? show_seconds(text, mean_s) : "");
	rows_number(r, "mean_s", mean_s);
	rows_end(r);
}

static void
campaigns(const struct policyd *p, struct rows *r)
{
	size_t i;

	for (i = 0; p->catalogue && i < BOARD_CAMPAIGNS &&
	    catalogue_at(p->catalogue, i); i++)
		campaign_row(p, catalogue_at(p->catalogue, i), r);
}

static void
decisions(const struct policyd *p, struct rows *r)
{
	const struct board_decision *d;
	char text[SHOW_SIZE];
	size_t i;

	for (i = 0; (d = board_decision(p->board, i)) != NULL; i++) {
		rows_begin(r);
		lately(r, "at", d->at_ms);
		rows_number(r, "at_ms", (double)d->at_ms);
		rows_text(r, "action", d->action);
		rows_text(r, "reason", d->reason);
		rows_text(r, "gateways", d->gateways);
		rows_text(r, "score",
		    *d->ticket ? show_seconds(text, d->score_s) : "");
		rows_number(r, "score_s", d->score_s);
		rows_text(r, "campaign", d->campaign);
		rows_text(r, "creative", d->creative);
		rows_text(r, "site", d->site);
		rows_text(r, "ticket", d->ticket);
		rows_end(r);
	}
}

static void
headline(const struct policyd *p, struct rows *r)
{
	const struct gateways *all = &p->fleet.gateways;
	bool redis = store_ready(p->store);
	int slot, n = 0, able = 0;

	for (slot = 0; slot < all->n_slots; slot++) {
		if (!all->slot[slot])
			continue;
		n++;
		able += tally_verdict(p, all->slot[slot]) == SCORE_ELIGIBLE;
	}
	rows_number(r, "gateways_able", able);
	rows_number(r, "gateways_known", n);
	rows_textf(r, "headline", "%d of %d gateways can be chosen. Redis %s.%s%s",
	    able, n, redis ? "answers" : "does not answer",
	    !p->catalogue ? " No asset set could be loaded: all stubs wait." :
	    p->catalogue_error ? " The newest asset set could not be loaded." :
	    "", p->config_stale ?
	    " nearpost.conf has changed and was not taken up; the log says why." :
	    "");
	rows_text(r, "redis", redis ? "answers" : "does not answer");
}

/* What is missing from a table, or why it is empty. */
static void
sites_note(const struct policyd *p, struct rows *r)
{
	const struct gateways *all = &p->fleet.gateways;
	int slot, n = 0;

	for (slot = 0; slot < all->n_slots; slot++)
		n += all->slot[slot] != NULL;
	if (p->fleet.sites.n == 0)
		rows_text(r, "sites_note",
		    "No site is known yet: one is with its first stub.");
	else if (n > TABLES_COLUMNS)
		rows_textf(r, "sites_note", "The first %d of %d gateways; "
		    "nearpostctl sites SITE has them all.", TABLES_COLUMNS, n);
	else
		rows_text(r, "sites_note", "");
}

static void
campaigns_note(const struct policyd *p, struct rows *r)
{
	size_t n = p->catalogue ? catalogue_count(p->catalogue) : 0;

	if (!p->catalogue)
		rows_text(r, "campaigns_note", "No asset set is loaded.");
	else if (n > BOARD_CAMPAIGNS)
		rows_textf(r, "campaigns_note", "The first %d of %zu, by name; "
		    "nearpostctl campaigns has them all.", BOARD_CAMPAIGNS, n);
	else
		rows_text(r, "campaigns_note", "");
}

static void
summary(const struct policyd *p, struct rows *r)
{
	int64_t now_ms = clock_wall_ms();
	double up_s = (double)(loop_mono_ms(p->loop) - p->started_ms) / 1000;
	char text[SHOW_SIZE];

	headline(p, r);
	moment(r, "now", now_ms);
	rows_number(r, "now_ms", (double)now_ms);
	rows_text(r, "version", PACKAGE_VERSION);
	rows_text(r, "up", show_seconds(text, up_s));
	rows_number(r, "up_s", up_s);
	rows_textf(r, "policyds", "%d", share_daemons(p->share));
	rows_textf(r, "assets", "%.*s", DIGEST_SHOWN,
	    p->catalogue ? catalogue_digest(p->catalogue) : "none");
	sites_note(p, r);
	campaigns_note(p, r);
	rows_text(r, "decisions_note", board_decision(p->board, 0) ? "" :
	    "Nothing was decided yet.");
}

static const struct {
	const char *name;
	void (*write)(const struct policyd *p, struct rows *r);
} tables[] = {
    {"gateways", gateways},
    {"columns", tables_columns},
    {"sites", tables_sites},
    {"campaigns", campaigns},
    {"decisions", decisions},
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

bool
tables_write(const char *name, struct rows *r, void *ctx)
{
	size_t i;

	if (!name) {
		rows_begin(r);
		summary(ctx, r);
		rows_end(r);
		return true;
	}
	for (i = 0; i < N_TABLES; i++)
		if (strcmp(name, tables[i].name) == 0) {
			tables[i].write(ctx, r);
			return true;
		}
	return false;
}

void
tables_json(struct policyd *p, struct buf *out)
{
	struct json *root = json_begin();
	struct rows r = {0};
	size_t i;

	rows_begin_root(&r, root);
	summary(p, &r);
	rows_end(&r);
	for (i = 0; i < N_TABLES; i++) {
		rows_to_json(&r, json_add_list(root, tables[i].name));
		tables[i].write(p, &r);
	}
	json_end(&root, out);
}
