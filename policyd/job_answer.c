#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/codec.h"
#include "lib/base/mem.h"
#include "lib/mail/selection.h"
#include "policyd/board.h"
#include "policyd/catalogue.h"
#include "policyd/decisions.h"
#include "policyd/job.h"
#include "policyd/limits.h"
#include "policyd/persist.h"
#include "policyd/rates.h"
#include "policyd/share.h"
#include "policyd/tally.h"

static const struct {
	const char *action, *counter;
	enum metric metric;
	enum recent_what recent;
} actions[] = {
    {"RELAY", "relayed", METRIC_SELECT_RELAY, RECENT_CHOSEN},
    {"SUPPRESSED", "suppressed", METRIC_SELECT_SUPPRESSED,
	RECENT_SUPPRESSED},
    {"DEFER", "deferred_requests", METRIC_SELECT_DEFER,
	RECENT_PUT_OFF},
    {"REJECT", "rejected", METRIC_SELECT_REJECT, RECENT_REJECTED},
};
#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const struct gateway *
gateway_at(const struct job *j, int slot)
{
	return j->ask->p->fleet.gateways.slot[slot];
}

const char *
job_ranked(const struct job *j)
{
	const struct fleet_choice *c = &j->choice;

	if (c->second < 0)
		return gateway_at(j, c->first)->id;
	return arena_printf(j->ask->arena, "%s,%s", gateway_at(j, c->first)->id,
	    gateway_at(j, c->second)->id);
}

/* The stub's own values are in the stub. */
static void
add_data(struct job *j)
{
	const struct vars *record = &j->recipient.record;
	size_t i;

	for (i = 0; i < record->n; i++) {
		const struct var *v = &record->list[i];

		if (!selection_travels(j->campaign, &j->stub, v->name))
			continue;
		policy_add(&j->ask->answer,
		    arena_printf(j->ask->arena, "data.%s", v->name), v->value);
	}
}

static void
answer_relay(struct job *j)
{
	struct policyd *p = j->ask->p;
	struct buf *out = &j->ask->answer;
	const struct score *s = &j->choice.score[j->choice.first];
	struct buf booking = {0};

	hex_encode(&booking, j->booking, BOOKING_ID_SIZE);
	policy_add_str(out, "action", "RELAY");
	policy_add_str(out, "gateways", job_ranked(j));
	policy_add_str(out, "creative", j->creative->name);
	policy_add_str(out, "asset_digest", catalogue_digest(p->catalogue));
	policy_addf(out, "score_ms", "%.0f", s->total_s * 1000);
	policy_add_str(out, "reason", j->choice.reason);
	policy_addf(out, "size", "%.0f", j->size_bytes);
	policy_add(out, "booking", slice_buf(&booking));
	buf_free(&booking);
	add_data(j);
	if (out->len > POLICY_MESSAGE_MAX - 2) {
		buf_clear(out);
		j->cause = CAUSE_RECORD;
		j->action = job_cause_action(j->cause);
		j->text = "the recipient's record is too large to travel; name "
			  "the fields it needs in record_fields";
	}
}

static void
book(struct job *j)
{
	struct policyd *p = j->ask->p;
	int64_t predicted_ms =
	    prediction_ms(j->choice.score[j->choice.first].total_s);

	fleet_book(&p->fleet, j->booking, j->choice.first,
	    j->site_name ? site_find(&p->fleet.sites, j->site_name) : NULL,
	    j->size_bytes, policyd_now_s(p));
	tally_chosen(p->tally, gateway_at(j, j->choice.first));
	decisions_made(p->decisions, j);
	fleet_predicted(
	    &p->fleet, j->booking, j->choice.first, predicted_ms);
	share_booked(p->share, j->booking,
	    p->fleet.gateways.slot[j->choice.first], j->site_name,
	    j->size_bytes, predicted_ms);
}

static void
answer_other(struct job *j)
{
	struct buf *out = &j->ask->answer;
	char since[32];

	if (strcmp(j->action, "SUPPRESSED") == 0) {
		clock_minute(since, sizeof(since), j->recipient.since_ms);
		policy_add_str(out, "action", "SUPPRESSED");
		policy_add_str(out, "reason", j->text);
		policy_add_str(out, "since", since);
		return;
	}
	policy_addf(out, "action", "%s %s", j->action, j->text);
	if (j->code)
		policy_add_str(out, "code", j->code);
}

void
job_row(struct buf *row, const struct job *j, int slot, int rank)
{
	const struct score *s = &j->choice.score[slot];
	int t;

	buf_printf(row, "id=%s;verdict=%s;rank=%d;total_ms=%.1f",
	    gateway_at(j, slot)->id, score_verdict_name(s->verdict), rank,
	    s->total_s * 1000);
	for (t = 0; t < SCORE_N_TERMS; t++)
		buf_printf(row, ";%s_ms=%.1f",
		    score_term_name((enum score_term)t), s->term_s[t] * 1000);
	buf_printf(row, ";wait_ms=%.0f;round_trip_us=%.0f;rtt_source=%s",
	    s->wait_s * 1000, s->rtt_s * 1e6, rtt_source_name(s->rtt_source));
	if (s->rtt_age_s >= 0)
		buf_printf(row, ";rtt_age_s=%.0f", s->rtt_age_s);
	if (j->site_name)
		limits_row(j->ask->p->limits, row,
		    site_find(&j->ask->p->fleet.sites, j->site_name), slot,
		    policyd_now_s(j->ask->p));
}

static void
add_row(struct job *j, int place)
{
	int slot = j->choice.order[place];
	bool eligible = j->choice.score[slot].verdict == SCORE_ELIGIBLE;
	struct buf row = {0};

	job_row(&row, j, slot, eligible ? place + 1 : 0);
	policy_add(&j->ask->answer,
	    arena_printf(j->ask->arena, "row.%d", place), slice_buf(&row));
	buf_free(&row);
}

static void
answer_explain(struct job *j)
{
	struct buf *out = &j->ask->answer;
	int i;

	policy_add_str(out, "action", "OK");
	if (strcmp(j->action, "RELAY") == 0)
		policy_addf(out, "verdict", "RELAY %s", job_ranked(j));
	else
		policy_addf(out, "verdict", "%s %s", j->action, j->text);
	if (j->key) {
		policy_add_str(out, "recipient", j->key);
		policy_add_str(out, "listed",
		    j->redis != STORE_OK ? "unknown"
			: j->recipient.listed ? "yes" : "no");
		policy_add_str(
		    out, "site_status", domain_status_name(j->domain));
	}
	if (j->site_name)
		policy_add_str(out, "site", j->site_name);
	if (j->creative) {
		policy_add_str(out, "creative", j->creative->name);
		policy_addf(out, "size", "%.0f", j->size_bytes);
		policy_add_str(out, "asset_digest",
		    catalogue_digest(j->ask->p->catalogue));
	}
	if (!j->chosen)
		return;
	policy_add_str(out, "reason", j->choice.reason);
	for (i = 0; i < j->choice.n; i++)
		add_row(j, i);
}

static void
record(const struct job *j)
{
	struct policyd *p = j->ask->p;
	const struct policy_message *m = &j->ask->m;
	struct arena *arena = j->ask->arena;
	char recipient[400], text[400];
	size_t i;

	job_cause_count(j);
	board_decided(p->board, j);
	for (i = 0; i < N_ACTIONS; i++) {
		if (strcmp(j->action, actions[i].action) != 0)
			continue;
		metrics_add(&p->metrics, actions[i].metric, 1);
		rates_answered(p->rates, actions[i].recent,
		    actions[i].recent == RECENT_CHOSEN
			? gateway_at(j, j->choice.first)
			: NULL);
		if (j->campaign)
			persist_count(p->persist, j->campaign_name,
			    actions[i].counter, 1);
	}
	metrics_observe(&p->metrics, HISTOGRAM_SELECT_SECONDS,
	    (double)(clock_mono_us() - j->ask->started_us) / 1e6);
	if (j->recipient.skipped)
		log_warnx("recipient=%s %d fields of the record are no usable "
			  "variables and were passed over",
		    log_safe(recipient, sizeof(recipient), j->key),
		    j->recipient.skipped);
	(void)log_safe(recipient, sizeof(recipient),
	    policy_get_str(arena, m, "recipient"));
	if (strcmp(j->action, "RELAY") == 0)
		log_info("recipient=%s campaign=%s creative=%s site=%s "
			 "gateways=%s reason=%s score_ms=%.0f size=%.0f",
		    recipient, j->campaign_name, j->creative->name,
		    j->site_name ? j->site_name : "unknown", job_ranked(j),
		    j->choice.reason,
		    j->choice.score[j->choice.first].total_s * 1000,
		    j->size_bytes);
	else
		log_info("recipient=%s campaign=%s action=%s text=%s",
		    recipient, j->campaign ? j->campaign_name : "unknown", j->action,
		    log_safe(text, sizeof(text), j->text));
}

void
job_answer(struct job *j)
{
	struct ask *ask = j->ask;

	if (j->explain) {
		answer_explain(j);
	} else {
		if (strcmp(j->action, "RELAY") == 0)
			answer_relay(j);
		if (strcmp(j->action, "RELAY") != 0)
			answer_other(j);
		/* Nobody is there to send a stub any more: no booking. */
		else if (ask->client)
			book(j);
		record(j);
	}
	if (j->explain)
		ask_answer(ask);
	else
		ask_answer_shared(ask);
	free(j);
}
