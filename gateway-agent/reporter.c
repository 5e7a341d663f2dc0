#include "gateway-agent/reporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway-agent/samples.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

#define CONNECT_MS 5000
#define BACKOFF_FIRST_MS 250
/* A policyd that is back, or that has just been told of this gateway, should not
 * do without it for longer. */
#define BACKOFF_MAX_MS 1000
#define ANSWER_MS 10000   /* silence longer than this, and than three reports
                           * would take: connect anew */
#define ASKED_MAX 16      /* requests not yet answered */
#define BATCH_EVENTS 200
#define BATCH_BYTES (128 * 1024)
#define WARN_MS 60000

enum asked { ASKED_HELLO = 0, ASKED_REPORT, ASKED_EVENTS };

struct line { /* to one policyd */
	struct reporter *reporter;
	struct endpoint to;
	char *name;     /* in its certificate */
	const char *text; /* as configured */
	struct conn *conn;
	struct timer *retry;
	int64_t backoff_ms;
	bool ready;     /* it said OK to our hello */
	enum asked asked[ASKED_MAX];
	int n_asked, n_reports;    /* of them */
	int64_t sent_ms, round_ms; /* last report; from one to its answer */
	uint64_t rtt_sent; /* samples before this number were sent */
	int64_t batch_seq; /* last event of the batch under way; 0 = none */
	struct log_limit down_limit;
	bool was_down;
};

struct reporter {
	struct loop *loop;
	const struct config *config;
	struct outbox *outbox;
	struct reporter_ops ops;
	struct tls *tls;
	struct timer *tick;
	struct line *lines;
	size_t n_lines;
	struct samples samples;
	int64_t seq;
};

static void line_connect(void *ctx);

static void
line_down(struct line *l, const char *reason)
{
	char why[200];
	int64_t ms = l->backoff_ms ? l->backoff_ms : BACKOFF_FIRST_MS;

	if (log_may(&l->down_limit, loop_mono_ms(l->reporter->loop), WARN_MS))
		log_warnx("policyd=%s reason=\"%s\": trying again", l->text,
		    log_safe(why, sizeof(why), reason));
	l->was_down = true;
	conn_free(&l->conn);
	l->ready = false;
	l->n_asked = l->n_reports = 0;
	l->round_ms = -1;
	l->batch_seq = 0;
	l->rtt_sent = 0; /* the same samples again: policyd may have restarted */
	l->backoff_ms = ms * 2 < BACKOFF_MAX_MS ? ms * 2 : BACKOFF_MAX_MS;
	timer_free(&l->retry);
	l->retry = timer_new(l->reporter->loop, ms, false, line_connect, l);
}

static void
ask(struct line *l, enum asked what, struct buf *out)
{
	policy_end(out);
	l->asked[l->n_asked++] = what;
	conn_write(l->conn, slice_buf(out));
	buf_free(out);
}

static void
on_opened(struct conn *c, void *ctx)
{
	struct line *l = ctx;
	struct reporter *r = l->reporter;
	const struct config_gateway *me = config_gateway(r->config,
	    r->config->agent.id);
	struct hello hello = {.version = REPORT_VERSION,
	    .uplink_mbit = me ? me->uplink_mbit : 0,
	    .report_interval_ms = r->config->agent.report_interval_ms,
	    .probe_rate = r->config->agent.probes
		? r->config->agent.probe_rate
		: 0};
	struct report now = {0};
	struct buf out = {0};

	(void)c;
	r->ops.sample(&now, r->ops.ctx);
	if (now.n_digests)
		memcpy(hello.asset_digest, now.digests[0],
		    sizeof(hello.asset_digest));
	memcpy(hello.id, r->config->agent.id,
	    strnlen(r->config->agent.id, sizeof(hello.id) - 1));
	policy_add_str(&out, "request", "nearpost_hello");
	hello_write(&out, &hello);
	ask(l, ASKED_HELLO, &out);
}

static void
send_report(struct line *l)
{
	struct reporter *r = l->reporter;
	struct report_rtt rtt[REPORT_RTT_MAX];
	struct report report = {.seq = ++r->seq, .rtt = rtt,
	    .round_ms = l->n_reports ? -1 : l->round_ms};
	struct buf out = {0};

	if (l->n_asked >= ASKED_MAX - 1)
		return;
	r->ops.sample(&report, r->ops.ctx);
	report.now_ms = clock_wall_ms();
	l->sent_ms = clock_mono_ms();
	l->n_reports++;
	l->rtt_sent = samples_since(&r->samples, l->rtt_sent, report.now_ms,
	    rtt, &report.n_rtt);
	policy_add_str(&out, "request", "nearpost_report");
	report_write(&out, &report);
	ask(l, ASKED_REPORT, &out);
}

static void
send_events(struct line *l)
{
	struct outbox *o = l->reporter->outbox;
	const void *pos = NULL;
	struct buf out = {0};
	struct slice text;
	char name[32];
	int64_t seq;
	int n = 0;

	if (l->batch_seq || outbox_count(o) == 0 ||
	    l->n_asked >= ASKED_MAX - 1)
		return;
	policy_add_str(&out, "request", "nearpost_events");
	while (n < BATCH_EVENTS && out.len < BATCH_BYTES &&
	    outbox_next(o, &pos, &seq, &text)) {
		(void)snprintf(name, sizeof(name), "event.%d", n++);
		policy_add(&out, name, text);
		l->batch_seq = seq;
	}
	ask(l, ASKED_EVENTS, &out);
}

static struct line *
events_line(struct reporter *r)
{
	size_t i;

	for (i = 0; i < r->n_lines; i++)
		if (r->lines[i].ready)
			return &r->lines[i];
	return NULL;
}

void
reporter_push(struct reporter *r)
{
	struct line *l = events_line(r);

	if (l)
		send_events(l);
}

static void
take_probes(const struct line *l, const struct policy_message *m)
{
	const struct reporter_ops *ops = &l->reporter->ops;
	struct arena *arena = arena_new();
	struct report_probes probes;
	int i;

	report_probes_read(arena, m, &probes);
	for (i = 0; i < probes.n; i++)
		ops->probe(&probes.list[i], probes.interval_ms, ops->ctx);
	ops->answered(m, ops->ctx);
	arena_free(&arena);
}

/* false: the connection is of no use. */
static bool
take_answer(struct line *l, const struct policy_message *m)
{
	struct slice action = policy_get(m, "action");
	bool ok = slice_eq_str(action, "OK");
	enum asked what;
	char text[200], safe[400];

	if (l->n_asked == 0)
		return false;
	what = l->asked[0];
	l->n_asked--;
	memmove(l->asked, l->asked + 1,
	    (size_t)l->n_asked * sizeof(l->asked[0]));
	if (!ok) {
		(void)snprintf(text, sizeof(text), "%.*s",
		    (int)(action.len < 199 ? action.len : 199),
		    action.data ? action.data : "");
		if (log_may(&l->down_limit, loop_mono_ms(l->reporter->loop),
		        WARN_MS))
			log_warnx("policyd=%s refused our %s: \"%s\"", l->text,
			    what == ASKED_HELLO ? "hello" : what ==
			    ASKED_REPORT ? "report" : "events",
			    log_safe(safe, sizeof(safe), text));
	}
	switch (what) {
	case ASKED_HELLO:
		if (!ok)
			return false;
		l->ready = true;
		l->backoff_ms = 0;
		log_info("policyd=%s connected", l->text);
		send_report(l);
		reporter_push(l->reporter);
		return true;
	case ASKED_REPORT:
		l->round_ms = -1;
		if (--l->n_reports == 0 && ok)
			l->round_ms = clock_mono_ms() - l->sent_ms;
		/* We were frozen: no report would be taken with that. */
		if (l->round_ms > REPORT_ROUND_MAX_MS)
			l->round_ms = -1;
		if (ok)
			take_probes(l, m);
		return true;
	case ASKED_EVENTS:
		if (ok)
			outbox_acked(l->reporter->outbox, l->batch_seq);
		l->batch_seq = 0;
		/* The next batch at once; after a refusal with the next report. */
		if (ok)
			reporter_push(l->reporter);
		return true;
	}
	return false;
}

static void
on_readable(struct conn *c, void *ctx)
{
	struct line *l = ctx;

	for (;;) {
		struct arena *arena = arena_new();
		struct policy_message m;
		const char *error = "unexpected or refusing answer";
		size_t used;
		int rc = policy_parse(arena, conn_input(c), &m, &used,
		    &error);

		if (rc > 0 && !take_answer(l, &m))
			rc = -1;
		if (rc > 0)
			conn_consume(c, used);
		arena_free(&arena);
		if (rc == 0)
			return;
		if (rc < 0) {
			line_down(l, error);
			return;
		}
	}
}

static void
on_closed(struct conn *c, const char *reason, void *ctx)
{
	(void)c;
	line_down(ctx, reason);
}

static void
line_connect(void *ctx)
{
	static const struct conn_cbs cbs = {on_opened, on_readable,
	    on_closed};
	struct line *l = ctx;
	int64_t three_ms = 3 * l->reporter->config->agent.report_interval_ms;

	timer_free(&l->retry);
	l->conn = conn_connect(l->reporter->loop, &l->to, l->reporter->tls,
	    l->name, CONNECT_MS, &cbs, l);
	conn_idle_timeout(l->conn,
	    three_ms > ANSWER_MS ? three_ms : ANSWER_MS);
}

static void
on_tick(void *ctx)
{
	struct reporter *r = ctx;
	size_t i;

	for (i = 0; i < r->n_lines; i++)
		if (r->lines[i].ready)
			send_report(&r->lines[i]);
	reporter_push(r);
}

struct reporter *
reporter_new(struct loop *loop, const struct config *config,
    struct outbox *outbox, const struct reporter_ops *ops, char **error_r)
{
	const struct config_agent *a = &config->agent;
	struct reporter *r = xcalloc(1, sizeof(*r));
	size_t i;

	r->loop = loop;
	r->config = config;
	r->outbox = outbox;
	r->ops = *ops;
	r->seq = clock_wall_ms();
	r->tls = tls_new(a->tls.cert, a->tls.key, a->tls.ca, error_r);
	if (!r->tls) {
		reporter_free(&r);
		return NULL;
	}
	r->n_lines = a->policyd.n;
	r->lines = xcalloc(r->n_lines ? r->n_lines : 1, sizeof(*r->lines));
	for (i = 0; i < r->n_lines; i++) {
		struct line *l = &r->lines[i];
		const char *why;

		l->reporter = r;
		l->text = a->policyd.items[i];
		if (endpoint_parse(l->text, &l->to, &why) != 0) {
			*error_r = xasprintf("agent.policyd = \"%s\": %s",
			    l->text, why);
			reporter_free(&r);
			return NULL;
		}
		l->name = xstrdup(*a->policyd_name ? a->policyd_name :
		    l->to.host ? l->to.host : "");
		line_connect(l);
	}
	r->tick = timer_new(loop, a->report_interval_ms, true, on_tick, r);
	return r;
}

void
reporter_free(struct reporter **rp)
{
	struct reporter *r = *rp;
	size_t i;

	if (!r)
		return;
	timer_free(&r->tick);
	for (i = 0; r->lines && i < r->n_lines; i++) {
		timer_free(&r->lines[i].retry);
		conn_free(&r->lines[i].conn);
		endpoint_free(&r->lines[i].to);
		free(r->lines[i].name);
	}
	samples_clear(&r->samples);
	free(r->lines);
	tls_free(&r->tls);
	free(r);
	*rp = NULL;
}

void
reporter_rtt(struct reporter *r, const char *host, int64_t rtt_us)
{
	samples_add(&r->samples, host, rtt_us, clock_wall_ms());
}
