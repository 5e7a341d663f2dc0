/* What became of every recipient goes to the log when it is sure, and bookings of
 * what does not go out are undone: policyd counts them as load. */
#include "milter/outcome.h"

#include <string.h>

#include "lib/base/log.h"
#include "milter/recipient.h"

static const char *
safe(const struct session_message *m, const char *text)
{
	size_t size = strlen(text) * 4 + 4;

	return log_safe(arena_alloc(m->arena, size), size, text);
}

static void
log_recipient(const struct outcome *o, const struct session_message *m,
    const struct choice *c, const char *fate, const char *why)
{
	const char *campaign = o->stub ? o->stub->campaign : "";
	const char *recipient = safe(m, recipient_text(m->arena, c));
	struct buf gateways = {0};

	if (strcmp(fate, "relayed") != 0) {
		log_info("%s: stub=%s campaign=%s recipient=%s reason=\"%s\"",
		    m->queue_id, fate, campaign, recipient, safe(m, why));
		return;
	}
	ranking_text(&c->gateways, ',', &gateways);
	log_info("%s: stub=relayed campaign=%s creative=%s recipient=%s "
	    "gateways=%s reason=%s score_ms=%s ticket=%s", m->queue_id,
	    campaign, safe(m, c->creative), recipient, gateways.data,
	    safe(m, c->reason), safe(m, c->score_ms), c->ticket);
	buf_free(&gateways);
}

static void
log_outcome(const struct outcome *o, const struct session_message *m,
    bool applied)
{
	const char *all = o->verdict == SESSION_REJECT ? "rejected" : "deferred";
	size_t i;

	if (o->again)
		log_info("%s: stub=again recipients=%zu", m->queue_id,
		    m->n_rcpts);
	if (o->fault || o->again) {
		if (o->fault)
			log_info("%s: stub=%s campaign=%s sender=%s recipients=%zu "
			    "reason=\"%s\"", m->queue_id, all,
			    o->stub ? o->stub->campaign : "-", safe(m, m->from),
			    m->n_rcpts, safe(m, o->fault));
		return;
	}
	for (i = 0; i < o->n; i++) {
		const struct choice *c = &o->choices[i];

		if (c->kind == CHOICE_REJECT || c->kind == CHOICE_DEFER)
			log_recipient(o, m, c, all, c->text);
		else if (o->verdict == SESSION_REJECT ||
		    o->verdict == SESSION_TEMPFAIL)
			log_recipient(o, m, c, all,
			    "because of another recipient");
		else if (c->kind == CHOICE_SUPPRESSED)
			log_recipient(o, m, c, "suppressed",
			    arena_printf(m->arena, "%s since %s", c->reason,
			        c->since));
		else if (applied)
			log_recipient(o, m, c, "relayed", NULL);
		else
			log_recipient(o, m, c, all,
			    "the MTA did not take the changes");
	}
}

/* By recipients, as policyd counts what it refuses itself. */
static void
count(const struct outcome *o, const struct decide_world *w,
    const struct session_message *m)
{
	size_t i;

	if (o->fault)
		refusals_count(w->refusals, o->cause,
		    m->n_rcpts ? m->n_rcpts : 1);
	for (i = 0; i < o->n && !o->fault; i++)
		if (o->choices[i].kind == CHOICE_DEFER ||
		    o->choices[i].kind == CHOICE_REJECT)
			refusals_count(w->refusals, o->choices[i].cause, 1);
}

static void
unbook(const struct outcome *o, const struct decide_world *w,
    const struct session_message *m)
{
	struct slice *requests = arena_alloc(m->arena,
	    (o->n + 1) * sizeof(*requests));
	struct policy_message *answers = arena_alloc(m->arena,
	    (o->n + 1) * sizeof(*answers));
	struct buf text = {0};
	const char *error;
	size_t n = 0, i;

	for (i = 0; i < o->n; i++) {
		if (!*o->choices[i].booking)
			continue;
		buf_clear(&text);
		policy_add_str(&text, "request", "nearpost_admin");
		policy_add_str(&text, "verb", "unbook");
		policy_add_str(&text, "booking", o->choices[i].booking);
		policy_end(&text);
		requests[n].data = arena_strndup(m->arena, text.data,
		    text.len);
		requests[n++].len = text.len;
	}
	buf_free(&text);
	/* A booking that stays ends by itself. */
	if (n && w->ask(w->ask_ctx, m->arena, requests, n, answers,
	             &error) != 0)
		log_debug("%s: bookings not undone: %s", m->queue_id, error);
}

void
outcome_done(const struct outcome *o, const struct decide_world *w,
    const struct session_message *m, bool applied)
{
	if (!o)
		return;
	log_outcome(o, m, applied);
	count(o, w, m);
	if (!applied)
		unbook(o, w, m);
}
