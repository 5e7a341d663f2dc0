#include "gateway-agent/desk.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/mail/policy.h"

#define DESK_MODE 0600
#define WALL_MS_MAX ((int64_t)1 << 53)

struct visitor {
	LIST_ENTRY(visitor) next;
	struct desk *desk;
	struct conn *conn;
};

struct desk {
	struct listener *listener;
	struct tracker *tracker;
	const struct halts *halts;
	LIST_HEAD(, visitor) visitors;
	const struct visitor *teller; /* who told what follows; NULL = nobody */
	char *digests, *fault;
	int64_t since_ms;
	int64_t opened_ms, told_ms; /* monotonic; told_ms 0 = never */
	struct doings doings;
};

static bool
get(const struct policy_message *m, const char *name, char *dst, size_t size)
{
	struct slice v = policy_get(m, name);

	if (v.len == 0 || v.len >= size)
		return false;
	memcpy(dst, v.data, v.len);
	dst[v.len] = '\0';
	return true;
}

static int64_t
get_ms(const struct policy_message *m, const char *name)
{
	return policy_get_int(m, name, -1, 0, WALL_MS_MAX);
}

#define GET(m, name, dst) get((m), (name), (dst), sizeof(dst))

/* Neither is claimed: it may come again when the campaign goes on. */
static const char *
held(struct visitor *v, const struct claim *c, const struct hold *h,
    struct buf *out)
{
	struct buf text = {0};

	(void)tracker_release(v->desk->tracker, c->ticket, c->queue_id);
	hold_tell(&text, c->campaign, h);
	policy_add(out, "text", slice_buf(&text));
	buf_free(&text);
	return h->kind == HOLD_PAUSED ? "PAUSED" : "CANCELLED";
}

static const char *
on_claim(struct visitor *v, const struct policy_message *m, struct buf *out)
{
	static const char *const answers[] = {
	    [CLAIM_NEW] = "NEW",
	    [CLAIM_ACCEPTED] = "ACCEPTED",
	    [CLAIM_PENDING] = "PENDING",
	    [CLAIM_REFUSED] = "REFUSED",
	};
	enum claim_answer answer;
	const struct hold *h;
	struct claim c;

	memset(&c, 0, sizeof(c));
	c.requested_ms = get_ms(m, "requested_ms");
	c.eom_ms = get_ms(m, "eom_ms");
	c.expires_ms = get_ms(m, "expires_ms");
	c.size_bytes = policy_get_int(m, "size", -1, 0, WALL_MS_MAX);
	if (!GET(m, "ticket", c.ticket) || !GET(m, "queue_id", c.queue_id) ||
	    !GET(m, "campaign", c.campaign) ||
	    !GET(m, "creative", c.creative) ||
	    !GET(m, "recipient", c.recipient) || c.requested_ms < 0 ||
	    c.eom_ms < 0 || c.expires_ms < 0 || c.size_bytes < 0)
		return "REFUSED";
	answer = tracker_claim(v->desk->tracker, &c);
	h = halts_find(v->desk->halts, c.campaign);
	if (answer == CLAIM_NEW && h)
		return held(v, &c, h, out);
	return answers[answer];
}

static const char *
on_release(struct visitor *v, const struct policy_message *m, struct buf *out)
{
	char ticket[33], queue_id[32];

	(void)out;
	if (!GET(m, "ticket", ticket) || !GET(m, "queue_id", queue_id))
		return "REFUSED";
	(void)tracker_release(v->desk->tracker, ticket, queue_id);
	return "OK";
}

static void
put_text(char **dst, struct slice s)
{
	free(*dst);
	*dst = xstrndup(s.data ? s.data : "", s.len);
}

static const char *
on_assets(struct visitor *v, const struct policy_message *m, struct buf *out)
{
	struct slice s = policy_get(m, "digests");
	struct desk *d = v->desk;
	bool news;

	(void)out;
	news = d->teller != v || !slice_eq_str(s, d->digests);

	put_text(&d->digests, s);
	put_text(&d->fault, policy_get(m, "fault"));
	d->since_ms = get_ms(m, "since_ms");
	doings_read(m, &d->doings);
	d->teller = v;
	d->told_ms = clock_mono_ms();
	if (news)
		log_info("assets=%s verified by the expander",
		    *d->digests ? d->digests : "none");
	return "OK";
}

static const struct {
	const char *request;
	/* The action; more attributes go into out. */
	const char *(*handle)(struct visitor *v,
	    const struct policy_message *m, struct buf *out);
} requests[] = {
    {"claim", on_claim},
    {"release", on_release},
    {"assets", on_assets},
};

static void
visitor_free(struct visitor *v)
{
	struct desk *d = v->desk;

	if (d->teller == v)
		d->teller = NULL;
	LIST_REMOVE(v, next);
	conn_free(&v->conn);
	free(v);
}

static bool
answer(struct visitor *v, const struct policy_message *m)
{
	struct slice request = policy_get(m, "request");
	struct buf out = {0}, more = {0};
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (!slice_eq_str(request, requests[i].request))
			continue;
		policy_add_str(&out, "action", requests[i].handle(v, m, &more));
		buf_add_slice(&out, slice_buf(&more));
		policy_end(&out);
		conn_write(v->conn, slice_buf(&out));
		buf_free(&more);
		buf_free(&out);
		return true;
	}
	return false;
}

static void
on_readable(struct conn *c, void *ctx)
{
	struct visitor *v = ctx;

	for (;;) {
		struct arena *arena = arena_new();
		struct policy_message m;
		const char *error = "unknown request";
		size_t used;
		int rc = policy_parse(arena, conn_input(c), &m, &used,
		    &error);

		if (rc > 0 && !answer(v, &m))
			rc = -1;
		if (rc > 0)
			conn_consume(c, used);
		arena_free(&arena);
		if (rc == 0)
			return;
		if (rc < 0) {
			log_warnx("expander: %s; disconnecting", error);
			visitor_free(v);
			return;
		}
	}
}

static void
on_closed(struct conn *c, const char *reason, void *ctx)
{
	(void)c;
	(void)reason;
	visitor_free(ctx);
}

static void
on_accepted(struct conn *c, void *ctx)
{
	static const struct conn_cbs cbs = {NULL, on_readable, on_closed};
	struct desk *d = ctx;
	struct visitor *v = xcalloc(1, sizeof(*v));

	v->desk = d;
	v->conn = c;
	LIST_INSERT_HEAD(&d->visitors, v, next);
	conn_set_ctx(c, &cbs, v);
}

struct desk *
desk_new(struct loop *loop, const char *listen, struct tracker *tracker,
    const struct halts *halts, char **error_r)
{
	struct desk *d = xcalloc(1, sizeof(*d));
	struct endpoint at;
	const char *why;

	d->tracker = tracker;
	d->halts = halts;
	d->opened_ms = loop_mono_ms(loop);
	put_text(&d->digests, slice_of(""));
	put_text(&d->fault, slice_of(""));
	doings_clear(&d->doings);
	LIST_INIT(&d->visitors);
	if (endpoint_parse(listen, &at, &why) != 0) {
		*error_r = xasprintf("agent.observer = \"%s\": %s", listen,
		    why);
		desk_free(&d);
		return NULL;
	}
	d->listener = listener_new(loop, &at, DESK_MODE, NULL, on_accepted, d,
	    error_r);
	endpoint_free(&at);
	if (!d->listener)
		desk_free(&d);
	return d;
}

void
desk_free(struct desk **dp)
{
	struct desk *d = *dp;
	struct visitor *v;

	if (!d)
		return;
	while ((v = LIST_FIRST(&d->visitors)))
		visitor_free(v);
	listener_free(&d->listener);
	free(d->digests);
	free(d->fault);
	free(d);
	*dp = NULL;
}

struct desk_assets
desk_assets(const struct desk *d, int64_t now_ms)
{
	/* It has just been started, as we were, and looks through its sets. */
	if (d->told_ms == 0 && now_ms - d->opened_ms <= DESK_SILENT_MS)
		return (struct desk_assets){"", 0, ""};
	if (!d->teller || now_ms - d->told_ms > DESK_SILENT_MS)
		return (struct desk_assets){"", 0, "the expander does not answer; "
		    "the log of nearpost-agent has more"};
	return (struct desk_assets){d->digests, d->since_ms, d->fault};
}

const struct doings *
desk_doings(const struct desk *d)
{
	return &d->doings;
}
