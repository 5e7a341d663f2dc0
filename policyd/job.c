/* The order of the checks is a promise: nobody who is suppressed learns of it
 * by a bounce, and a fault of the stub's author is told before one of ours. */
#include "policyd/job.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/mail/comeback.h"
#include "lib/mail/selection.h"
#include "policyd/catalogue.h"
#include "policyd/holds.h"
#include "policyd/mirror.h"
#include "policyd/persist.h"
#include "policyd/robin.h"

#define NOBODY_ALIVE_EVERY_MS 60000

void
job_settle(struct job *j, enum job_cause cause, const char *code,
    const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	if (j->action)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	j->action = job_cause_action(cause);
	j->cause = cause;
	j->code = code;
	j->text = arena_strdup(j->ask->arena, text.data);
	buf_free(&text);
}

/* Refused, and not deferred: the sender knows at once, and can mend it. */
static bool
too_early_or_late(struct job *j)
{
	const char *why = campaign_closed(j->ask->arena, j->campaign,
	    policyd_now(j->ask->p).wall_ms);

	if (why)
		job_settle(j, CAUSE_DATE, NULL, "%s", why);
	return why != NULL;
}

/* What waits now may go when the campaign is resumed; what comes back from a
 * cancelled one must not be tried for days. */
static bool
held(struct job *j)
{
	struct hold hold;
	struct buf text = {0};

	if (!holds_find(j->ask->p->holds, j->campaign_name, &hold))
		return false;
	hold_tell(&text, j->campaign_name, &hold);
	if (hold.kind == HOLD_PAUSED)
		job_settle(j, CAUSE_PAUSED, NULL, "%s", text.data);
	else
		job_settle(j, CAUSE_CANCELLED, HOLD_CANCELLED_CODE, "%s",
		    text.data);
	buf_free(&text);
	return true;
}

void
job_find_campaign(struct job *j)
{
	const struct policyd *p = j->ask->p;
	struct buf names = {0};
	const char *error = "";

	j->campaign = NULL;
	j->creative = NULL;
	if (!p->catalogue) {
		job_settle(j, CAUSE_ASSETS, NULL, "no asset set could be loaded: %s",
		    p->catalogue_error ? p->catalogue_error : "");
		return;
	}
	j->campaign = catalogue_campaign(p->catalogue, j->campaign_name);
	if (!j->campaign) {
		catalogue_names(p->catalogue, &names);
		job_settle(j, CAUSE_CAMPAIGN, NULL,
		    "there is no campaign \"%s\"; known are: %s",
		    j->campaign_name, names.data);
	} else if (too_early_or_late(j) || held(j)) {
		;
	} else if (*j->creative_name) {
		j->creative = selection_named(j->ask->arena, j->campaign,
		    j->creative_name, &error);
		if (!j->creative)
			job_settle(j, CAUSE_CREATIVE, NULL, "%s", error);
	}
	buf_free(&names);
}

/* Redis did not answer: is there another way to be sure that nobody is mailed
 * who must not be? */
static void
check_without_redis(struct job *j)
{
	const struct mirror *m = j->ask->p->mirror;
	const char *unfit = m ? mirror_unfit(m) : NULL;

	if (j->redis == STORE_OK)
		return;
	if (!m)
		job_settle(j, CAUSE_DATABASE, NULL, "recipient database %s",
		    store_result_text(j->redis));
	else if (unfit)
		job_settle(j, CAUSE_DATABASE, NULL, "recipient database %s, and %s",
		    store_result_text(j->redis), unfit);
	else if (mirror_has(m, j->key))
		job_settle(j, CAUSE_DATABASE, NULL,
		    "recipient database %s, and the recipient seems to be "
		    "suppressed",
		    store_result_text(j->redis));
}

static void
check_recipient(struct job *j)
{
	const struct recipient *r = &j->recipient;

	if (j->redis == STORE_OK)
		j->redis = j->digest;
	check_without_redis(j);
	if (j->erased.suppressed)
		r = &j->erased;
	if (r->suppressed)
		job_settle(j, CAUSE_SUPPRESSED, NULL, "%s",
		    *r->reason ? r->reason : "suppressed");
	if (j->redis == STORE_OK && !j->recipient.listed &&
	    j->ask->p->config.policyd.reject_unlisted)
		job_settle(j, CAUSE_UNLISTED, NULL,
		    "recipient is not in the recipient database");
}

/* Without Redis the record is missing, not empty: what cannot be decided then
 * waits instead of being refused for good. */
static void
check_creative(struct job *j)
{
	const struct selection_input in = {.campaign = j->campaign,
	    .stub = &j->stub, .record = &j->recipient.record,
	    .creative = j->creative, .key = j->key, .now_ms = clock_wall_ms()};
	struct selection s = selection_make(j->ask->arena, &in);
	const char *why = selection_fault(j->ask->arena, j->campaign, &s);
	enum job_cause cause = j->redis != STORE_OK ? CAUSE_DATABASE :
	    s.missing ? CAUSE_VARIABLE : CAUSE_NO_CREATIVE;

	j->creative = s.creative;
	if (why)
		job_settle(j, cause, NULL, "%s", why);
}

static void
check_domain(struct job *j)
{
	if (j->domain == DOMAIN_NULL_MX)
		job_settle(j, CAUSE_DOMAIN, "556 5.1.10",
		    "domain %s takes no mail (null MX)", j->address.domain);
	if (j->domain == DOMAIN_NO_NAME)
		job_settle(j, CAUSE_DOMAIN, "550 5.1.2",
		    "domain %s does not exist", j->address.domain);
}

/* Every gateway that could be chosen has sent the site what the admin allows. */
static void
at_site_rate(struct job *j, const struct fleet_question *q, double now_s)
{
	struct policyd *p = j->ask->p;
	char rate[32];
	struct buf wait = {0};

	text_human_rate(rate, sizeof(rate), q->site->limit.max_per_s);
	comeback_write(&wait, q->site->name,
	    fleet_site_rate_wait_s(&p->fleet, q, &j->choice, now_s));
	if (!j->explain && !j->action)
		metrics_add(&p->metrics, METRIC_SITE_RATE, 1);
	job_settle(j, CAUSE_SITE_RATE, NULL,
	    "every gateway is at its max_rate of %s%s", rate, wait.data);
	buf_free(&wait);
}

static void
nobody(struct job *j, const struct fleet_question *q, double now_s)
{
	struct policyd *p = j->ask->p;
	const struct fleet_choice *c = &j->choice;
	int count[SCORE_N_VERDICTS] = {0}, i;

	for (i = 0; i < c->n; i++)
		count[c->score[c->order[i]].verdict]++;
	if (count[SCORE_SITE_RATE]) {
		at_site_rate(j, q, now_s);
	} else if (count[SCORE_NOT_ROUTABLE]) {
		job_settle(j, CAUSE_NOT_ROUTABLE, NULL,
		    "no live gateway that holds the assets is in the transport "
		    "table of this mail server");
	} else if (count[SCORE_NO_ASSETS]) {
		job_settle(j, CAUSE_NO_ASSETS, NULL,
		    "no live gateway holds asset set %s yet",
		    catalogue_digest(p->catalogue));
	} else {
		job_settle(j, CAUSE_NO_GATEWAY, NULL, "no gateway is alive");
		if (log_may(&p->nobody_alive, loop_mono_ms(p->loop),
			NOBODY_ALIVE_EVERY_MS))
			log_warnx("no gateway is alive: of %d, %d silent, %d "
				  "never seen, %d refused, %d drained",
			    c->n, count[SCORE_SILENT], count[SCORE_DEAD],
			    count[SCORE_REFUSED], count[SCORE_DRAINED]);
	}
}

static void
choose(struct job *j)
{
	struct policyd *p = j->ask->p;
	struct fleet_question q = {
	    .size_bytes = j->size_bytes,
	    .asset_digest = catalogue_digest(p->catalogue),
	    .routable = j->all_routable ? NULL : j->routable,
	    .earlier = j->earlier,
	};
	double now_s = policyd_now_s(p);

	if (j->site_name)
		q.site = site_find(&p->fleet.sites, j->site_name);
	fleet_choose(&p->fleet, &q, now_s, !j->explain, &j->choice);
	if (j->choice.first >= 0) {
		j->chosen = true;
		if (!j->explain)
			robin_chosen(p->robin, &q, j->choice.first, now_s);
		job_settle(j, CAUSE_RELAY, NULL, "%s", "");
		return;
	}
	/* The whole order, to say why; at the same time, or somebody might be
	 * free by now. */
	fleet_choose(&p->fleet, &q, now_s, false, &j->choice);
	j->chosen = true;
	nobody(j, &q, now_s);
}

void
job_decide(struct job *j)
{
	job_find_campaign(j); /* anew: a reload may have come between */
	check_recipient(j);
	if (j->campaign)
		check_creative(j);
	check_domain(j);
	if (!j->creative)
		return;
	j->size_bytes =
	    catalogue_size(j->ask->p->catalogue, j->campaign, j->creative);
	if (!j->action || j->explain)
		choose(j);
}
