/* Whose turn it is, and who was visited too lately; the visit itself is in
 * visit.c.  A visit is noted when it begins, so that one that fails counts. */
#include "gateway-agent/prober.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway-agent/lately.h"
#include "gateway-agent/visit.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define NOTES_MAX 65536 /* hosts and sites visited lately */
#define NOTE_SIZE 300   /* "host " and a name */

struct probe {
	LIST_ENTRY(probe) running;
	STAILQ_ENTRY(probe) waiting;
	struct prober *prober;
	char *host, *site;
	int64_t interval_ms;
	struct visit *visit;
	bool measured;
};

struct prober {
	struct loop *loop;
	struct dns *dns;
	int port;
	struct timer *tick;
	struct map *known; /* waiting or running, by host */
	struct lately *lately; /* by "host NAME" and "site NAME" */
	STAILQ_HEAD(, probe) waiting;
	LIST_HEAD(, probe) running;
	size_t n_waiting, n_running;
	int64_t ended, failed;
	bool closing;
	void (*result)(const char *host, int64_t rtt_us, void *ctx);
	void *ctx;
};

static void
probe_free(struct probe *b)
{
	(void)map_del(b->prober->known, slice_of(b->host));
	visit_free(&b->visit);
	free(b->host);
	free(b->site);
	free(b);
}

/* why: NULL when all went well. */
static void
finish(struct probe *b, const char *why)
{
	char host[NOTE_SIZE];

	if (why)
		log_debug("probe host=%s failed=\"%s\"",
		    log_safe(host, sizeof(host), b->host), why);
	LIST_REMOVE(b, running);
	b->prober->n_running--;
	b->prober->ended++;
	b->prober->failed += !b->measured;
	probe_free(b);
}

static void
on_rtt(int64_t us, void *ctx)
{
	struct probe *b = ctx;

	b->measured = true;
	b->prober->result(b->host, us, b->prober->ctx);
}

static void
on_over(const char *why, void *ctx)
{
	finish(ctx, why);
}

static void
set_port(struct sockaddr_storage *a, int port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port =
		    htons((uint16_t)port);
	else
		((struct sockaddr_in *)a)->sin_port = htons((uint16_t)port);
}

static void
on_address(const struct dns_addr_answer *answer, void *ctx)
{
	static const struct visit_patience patience = {PROBER_CONNECT_MS,
	    PROBER_GREETING_MS, PROBER_BYE_MS};
	static const struct visit_ops ops = {on_rtt, on_over};
	struct probe *b = ctx;
	struct sockaddr_storage to;
	const char *error;

	if (b->prober->closing || answer->status != DNS_OK ||
	    answer->n == 0) {
		finish(b, "no address");
		return;
	}
	to = answer->addr[0];
	set_port(&to, b->prober->port);
	b->visit = visit_new(
	    b->prober->loop, &to, &patience, &ops, b, &error);
	if (!b->visit)
		finish(b, error);
}

static struct slice
note_name(char name[NOTE_SIZE], const char *what, const char *of)
{
	(void)snprintf(name, NOTE_SIZE, "%s %s", what, of);
	return slice_of(name);
}

static bool
may(const struct prober *p, const char *what, const char *of,
    int64_t interval_ms)
{
	char name[NOTE_SIZE];

	return lately_may(p->lately, note_name(name, what, of),
	    clock_mono_ms(), interval_ms);
}

static bool
may_probe(const struct prober *p, const char *host, const char *site,
    int64_t interval_ms)
{
	return may(p, "host", host, interval_ms) &&
	    may(p, "site", site, interval_ms);
}

static void
begin(struct probe *b)
{
	struct prober *p = b->prober;
	int64_t now_ms = clock_mono_ms();
	char name[NOTE_SIZE];

	lately_note(p->lately, note_name(name, "host", b->host), now_ms);
	lately_note(p->lately, note_name(name, "site", b->site), now_ms);
	LIST_INSERT_HEAD(&p->running, b, running);
	p->n_running++;
	dns_addr(p->dns, b->host, on_address, b);
}

/* Since it was asked for, another server of its site may have been probed. */
static void
on_tick(void *ctx)
{
	struct prober *p = ctx;
	struct probe *b;

	while (p->n_running < PROBER_IN_FLIGHT &&
	    (b = STAILQ_FIRST(&p->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&p->waiting, waiting);
		p->n_waiting--;
		if (may_probe(p, b->host, b->site, b->interval_ms)) {
			begin(b);
			return;
		}
		probe_free(b);
	}
}

struct prober *
prober_new(struct loop *loop, struct dns *dns, int64_t per_second, int port,
    void (*result)(const char *host, int64_t rtt_us, void *ctx), void *ctx)
{
	struct prober *p = xcalloc(1, sizeof(*p));

	p->loop = loop;
	p->dns = dns;
	p->port = port;
	p->known = map_new();
	p->lately = lately_new(NOTES_MAX);
	STAILQ_INIT(&p->waiting);
	LIST_INIT(&p->running);
	p->result = result;
	p->ctx = ctx;
	p->tick = timer_new(loop, 1000 / (per_second > 0 ? per_second : 1),
	    true, on_tick, p);
	return p;
}

/* Names still being looked up come back with DNS_FAILED in dns_free(). */
void
prober_free(struct prober **pp)
{
	struct prober *p = *pp;
	struct probe *b;

	if (!p)
		return;
	timer_free(&p->tick);
	while ((b = STAILQ_FIRST(&p->waiting))) {
		STAILQ_REMOVE_HEAD(&p->waiting, waiting);
		probe_free(b);
	}
	p->closing = true;
	dns_free(&p->dns);
	while ((b = LIST_FIRST(&p->running)))
		finish(b, NULL);
	map_free(&p->known, NULL);
	lately_free(&p->lately);
	free(p);
	*pp = NULL;
}

void
prober_ask(struct prober *p, const char *host, const char *site,
    int64_t interval_ms)
{
	struct probe *b;

	if (*host == '\0' || p->n_waiting >= PROBER_WAITING ||
	    map_get(p->known, slice_of(host)))
		return;
	if (!site)
		site = host;
	if (interval_ms <= 0)
		interval_ms = PROBER_INTERVAL_MS;
	if (!may_probe(p, host, site, interval_ms))
		return;
	b = xcalloc(1, sizeof(*b));
	b->prober = p;
	b->host = xstrdup(host);
	b->site = xstrdup(site);
	b->interval_ms = interval_ms;
	(void)map_set(p->known, slice_of(host), b);
	STAILQ_INSERT_TAIL(&p->waiting, b, waiting);
	p->n_waiting++;
}

size_t
prober_in_flight(const struct prober *p)
{
	return p->n_running;
}

void
prober_ended(const struct prober *p, int64_t *ended_r, int64_t *failed_r)
{
	*ended_r = p->ended;
	*failed_r = p->failed;
}
